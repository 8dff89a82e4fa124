"""Drawings of a Markdown file: files of their own in a folder beside it, since GitHub shows none that stands in the text."""

from __future__ import annotations

import re
from base64 import b64decode
from html import unescape
from pathlib import Path

from derivgen.rendering.markdown_words import escaped
from derivgen.weave.marks import Wish

_INLINE = re.compile(r'<img alt="([^"<>]*)" src="data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)">')
"""A drawing as `derivgen piece --to md` writes it."""


class Drawings:
    """The drawings of one document, by the names that it links to: `notes.derivgen/net-drawing.svg`."""

    def __init__(self, document: Path):
        self.folder, self.place = document.parent, f"{document.stem}.derivgen"
        self.files: dict[str, bytes] = {}

    def taken_out(self, text: str, wish: Wish) -> tuple[str, tuple[str, ...]]:
        """A piece with links to files in the place of its drawings, and the files' names."""
        base = f"{self.place}/{_plain(f'{Path(wish.spec).stem}-{wish.piece}')}"
        names: list[str] = []

        def link(found: re.Match[str]) -> str:
            names.append(self._named(base, b64decode(found[2])))
            return f"![{escaped(unescape(found[1]))}]({names[-1].replace(' ', '%20')})"

        return _INLINE.sub(link, text), tuple(names)

    def _named(self, base: str, content: bytes) -> str:
        """A name for a drawing: the base, with a number where another drawing has it."""
        name, number = f"{base}.svg", 2
        while self.files.get(name, content) != content:
            name, number = f"{base}-{number}.svg", number + 1
        self.files[name] = content
        return name

    def due(self) -> dict[Path, bytes]:
        """The files that are missing, or that are not as they should be."""
        return {self.folder / name: content for name, content in self.files.items() if not self.is_there(name)}

    def is_there(self, name: str) -> bool:
        """Whether a drawing's file is as it should be."""
        try:
            return (self.folder / name).read_bytes() == self.files[name]
        except OSError:
            return False


def _plain(words: str) -> str:
    """`net-chain yhat/a_1` → `net-chain-yhat-a_1`: letters, digits and underscores, hyphens between them."""
    return re.sub(r"[^\w]+", "-", words).strip("-")
