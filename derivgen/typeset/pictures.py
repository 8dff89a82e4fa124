"""A drawing → PNG, for readers that know no SVG (LaTeX, Word): drawn by Typst, at the drawing's own size."""

from __future__ import annotations

import re
import struct
import zlib
from base64 import b64decode, b64encode
from contextlib import closing
from hashlib import sha256
from html import unescape

from derivgen.rendering.markdown import DRAWING
from derivgen.rendering.markdown_words import escaped
from derivgen.typeset.engines import TYPST
from derivgen.typeset.typst import TypstTypesetting, find_typesetter
from derivgen.typeset.typst_worker import RESOLUTION

_PNG = "document.png"
_PICTURE = """\
#set page(width: auto, height: auto, margin: 0pt)
#image("drawing.svg")
"""
_PNG_HEAD = 33  # bytes: the signature and the first chunk


def drawing_png(svg: str) -> bytes:
    """Return a drawing as a PNG of the same size in print, which also says what drawing it is (`is_png_of`). Raises ToolError."""
    engine = find_typesetter(TYPST)
    with closing(TypstTypesetting(_PICTURE, {"drawing.svg": svg}, engine=engine, name="drawing.png", output=_PNG)) as run:
        png = run.made()
    to_a_metre = round(RESOLUTION / 0.0254)
    size = _chunk(b"pHYs", struct.pack(">IIB", to_a_metre, to_a_metre, 1))
    return png[:_PNG_HEAD] + size + _drawing_chunk(svg) + png[_PNG_HEAD:]


def is_png_of(png: bytes, svg: str) -> bool:
    """Return whether `drawing_png` has made a file of a drawing, with whichever version of Typst."""
    return _drawing_chunk(svg) in png and png.endswith(_chunk(b"IEND", b""))


def _drawing_chunk(svg: str) -> bytes:
    return _chunk(b"tEXt", b"derivgen\0" + sha256(svg.encode()).hexdigest().encode())


def _chunk(kind: bytes, content: bytes) -> bytes:
    """Return a chunk of a PNG: its length, kind, content and checksum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def with_pictures(text: str) -> str:
    """Return a piece of Markdown, each drawing a PNG in its own link, as readers show it but GitHub. Raises ToolError."""

    def picture(found: re.Match[str]) -> str:
        png = b64encode(drawing_png(b64decode(found[2]).decode())).decode()
        return f"![{escaped(unescape(found[1]))}](data:image/png;base64,{png})"

    return DRAWING.sub(picture, text)
