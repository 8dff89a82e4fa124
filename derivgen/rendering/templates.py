"""Templates: where they lie, the strict Jinja2 environment that fills them, and the base of the renderers that use them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, ClassVar

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from derivgen.documents.document import Block, Heading, PageBreak, Paragraph, Prose, Task
from derivgen.language import Wording
from derivgen.maths.style import Style
from derivgen.memo import READ_ONCE
from derivgen.rendering.renderer import Renderer, Spot

_PACKAGE = Path(__file__).resolve().parent.parent


class Safe(str):
    """Text in the output's own language, printed as it is; any other value a template prints is escaped."""

    __slots__ = ()


def folder(name: str) -> Path:
    """Return the folder of a format's templates: inside the package as installed, or beside it in a checkout."""
    for parent in (_PACKAGE / "templates", _PACKAGE.parent / "templates"):
        if (parent / name).is_dir():
            return parent / name
    raise FileNotFoundError(f"no templates for {name}: neither in {_PACKAGE} nor beside it")


@READ_ONCE
def environment(folders: tuple[str, ...], escape: Callable[[str], str], **delimiters: str) -> Environment:
    """Return the environment of a format; unknown names are errors, and `escape` is applied to all that is not `Safe`.

    A template is taken from the first of the folders that has it.
    """

    def finished(value: Any) -> str:
        return value if isinstance(value, Safe) else escape(str(value))

    made = Environment(
        loader=FileSystemLoader([folder(name) for name in folders]),
        undefined=StrictUndefined,
        autoescape=False,
        finalize=finished,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
        **delimiters,  # type: ignore[arg-type]
    )
    made.filters["indent"] = indented
    made.filters["join"] = joined
    made.filters["tex"] = Safe  # for a template's own macros, never for what comes from a document
    return made


def indented(text: Safe, width: int = 2) -> Safe:
    """Return the text with every line but the first moved to the right."""
    return Safe(text.strip("\n").replace("\n", "\n" + " " * width))


def joined(parts: tuple[Safe, ...], sign: str) -> Safe:
    """Return safe parts in a row. Raises TypeError for a part that is not safe."""
    if not all(isinstance(part, Safe) for part in parts):
        raise TypeError("only safe text can be joined in a template")
    return Safe(sign.join(parts))


class TemplateRenderer(Renderer[Safe, Safe]):
    """A renderer that fills a template of the format's folder for each kind of block."""

    ending: ClassVar[str]
    """What templates' names end in, before `.j2`."""
    between: ClassVar[str] = "\n"
    """What stands between two blocks."""

    bold: ClassVar[str]
    """How words that stand out are written, with `{}` in their place."""

    def __init__(self, style: Style, words: Wording, folders: tuple[str, ...], escape: Callable[[str], str], **delimiters: str):
        super().__init__(style, words)
        self.escape, self.templates = escape, environment(folders, escape, **delimiters)

    def fill(self, template: str, **values: Any) -> Safe:
        """Return the text of one template."""
        return Safe(self.templates.get_template(f"{template}.{self.ending}.j2").render(**values))

    def blocks(self, blocks: Iterable[Block], spot: Spot) -> Safe:
        """Return what becomes of blocks, those left out that come to nothing."""
        return Safe(self.between.join(view for view in self._views(tuple(blocks), spot) if view))

    def _views(self, blocks: tuple[Block, ...], spot: Spot) -> Iterator[str]:
        for block, own in zip(blocks, self.spots(blocks, spot), strict=True):
            yield self.block(block, own).strip("\n")

    def prose(self, prose: Prose, display: bool = False) -> Safe:
        """Return words and formulas in a line of text; `display` prints fractions at their full size."""
        return Safe("".join(self.inline(part, display) for part in prose))

    def text(self, words: str) -> Safe:
        """Return plain words, escaped."""
        return Safe(self.escape(words))

    def strong(self, words: str) -> Safe:
        """Return words that stand out."""
        return Safe(self.bold.format(self.escape(words)))

    def heading(self, block: Heading, spot: Spot) -> Safe:
        """Return a heading, what is displayed in it at full size; nothing where it is set in the line behind it."""
        if spot.run_in:
            return Safe("")
        return self.fill("heading", level=block.level, number=block.number, title=self.prose(block.title, True))

    def paragraph(self, block: Paragraph, spot: Spot) -> Safe:
        """Return a paragraph in its tone."""
        return self.fill("paragraph", tone=block.tone, prose=self.prose(block.prose), keep=spot.keep)

    def title(self, title: Prose) -> Safe:
        """Return a task's title."""
        return self.prose(title)

    def task(self, block: Task, spot: Spot, **more: Any) -> Safe:
        """Return a numbered question with its hint and its blocks; the template is given `more`, too."""
        return self.fill(
            "task",
            number=block.number,
            title=self.title(block.title),
            instruction=self.prose(block.instruction),
            points=block.points,
            hint_word=self.words.say("Hint"),
            hint=self.prose(block.hint),
            body=self.blocks(block.blocks, spot),
            **more,
        )

    def page_break(self, block: PageBreak, spot: Spot) -> Safe:
        """Return nothing: the format has no pages of its own."""
        return Safe("")
