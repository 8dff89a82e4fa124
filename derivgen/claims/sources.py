"""Files → formulas: where in LaTeX, Markdown, HTML, plain text and notebooks mathematics stands. Nothing is ever run."""

from __future__ import annotations

import json
import re
import sys
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from pathlib import PurePath

from derivgen.claims.mathml import ELEMENT, JOINED
from derivgen.errors import Problem, UserError
from derivgen.frozen import dataclass, replace
from derivgen.weave.marks import BOM, DocumentText

LARGEST = 1 << 25
"""Bytes of a file; a larger one is refused."""
MOST_IN_LINE = 4_000
"""Signs between two single dollar signs; between more there is text."""
MOST_IN_RUN = 60_000
"""Signs of elements that are one formula together."""
ENDINGS = (".tex", ".ltx", ".md", ".markdown", ".qmd", ".rmd", ".ipynb", ".html", ".htm", ".txt", ".rst")


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula: from `start` to `end` in its document; `elements` of MathML, or LaTeX; `aside`: in a remark beside another."""

    start: int
    end: int
    elements: bool = False
    aside: bool = False


@dataclass(frozen=True)
class Source:
    """A text with its formulas; `cell` is its number from 1 in a notebook, 0 elsewhere."""

    document: DocumentText
    formulas: tuple[Formula, ...]
    cell: int = 0


_ENVIRONMENTS = "equation|align|aligned|alignat|eqnarray|gather|multline|flalign|displaymath|math|gathered|split"
_OPENING = re.compile(
    r"(?P<escaped>\\\\)|(?P<opened>\$\$|\\\[|\\\("
    rf"|\\begin\s*\{{(?P<name>(?:{_ENVIRONMENTS})\*?)\}}(?:\{{\d\}})?|(?<!\\)\$)"
)
_IN_LINE = re.compile(r"(?:[^$\\\n]|\\.|\n(?!\s*\n))+(?=\$)")
_CLOSING = {"$$": "$$", r"\[": r"\]", r"\(": r"\)"}
_TEX_COMMENT = re.compile(r"(?<!\\)((?:\\\\)*)%[^\n]*")
_TEX_OTHER = re.compile(
    r"\\begin\s*\{(verbatim\*?|lstlisting|minted|comment|tikzpicture|dgpicture|filecontents\*?)\}.*?(?:\\end\s*\{\1\}|\Z)",
    re.DOTALL,
)
_CODE = re.compile(
    r"^(?P<fence>[ \t>]*(?:`{3,}|~{3,}))[^\n]*\n.*?(?:^[ \t>]*(?:`{3,}|~{3,})[ \t]*$|\Z)"
    r"|(?<!`)(?P<ticks>`+)(?!`)[^\n]*?(?<!`)(?P=ticks)(?!`)"
    r"|<!--.*?(?:-->|\Z)",
    re.DOTALL | re.MULTILINE,
)
_HTML = re.compile(
    r"<!--.*?(?:-->|\Z)|<(?P<raw>style|textarea|pre|code)\b[^>]*>.*?(?:</(?P=raw)\s*>|\Z)|<[/!?]?[a-zA-Z][^<>]*>",
    re.DOTALL | re.I,
)
_TEX_IN_HTML = re.compile(
    r"<(?P<tag>script|annotation)\b[^<>]*(?:math/tex|application/x-tex)[^<>]*>(?P<content>.*?)</(?P=tag)\s*>",
    re.DOTALL | re.IGNORECASE,
)
_NO_FORMULA = re.compile(
    r"<!--.*?(?:-->|\Z)|<(?P<raw>style|textarea|pre|code|script|template)\b[^>]*>.*?(?:</(?P=raw)\s*>|\Z)"
    r'|<div class="dg-reason">(?P<remark>.*?)</div>',  # beside one of our own lines
    re.DOTALL | re.IGNORECASE,
)
_TEX_REMARK = re.compile(r"\\dg(?:reason|aside\s*\{[^{}]*\})\s*\{[^$]{0,200}?\$(?P<remark>[^$]*\$\s*=\s*\$[^$]*)\$")
_JOINED = re.compile(r"\$(\s*[=≈]\s*)\$")
_EQUALS = re.compile(r"\s*[=≈]\s*\$(?!\$)")
"""What makes one formula of two in a line: $a$ = $b$."""
_SCRIPT = re.compile(r"<(script|math)\b[^<>]*>.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&amp;": "&", "&nbsp;": " ", "&minus;": "-", "&#x27;": "'", "&#39;": "'", "&quot;": '"'}
_PLAIN = re.compile(r"[^=\n]*\d[^=\n]*=[^\n]*\d|[\w^{}\\() ]+=[^\n]*\d")


def sources_of(data: bytes, name: str) -> tuple[Source, ...]:
    """Return a file's texts and their formulas. Raises UserError for what cannot be read."""
    if len(data) > LARGEST:
        raise UserError(Problem(f"{name} has {len(data):,} bytes; the limit is {LARGEST:,}"))
    ending = PurePath(name).suffix.lower() if name != "-" else ".md"
    if ending not in ENDINGS:
        raise UserError(
            Problem(f"{name}: mathematics is read in {', '.join(ENDINGS)}", hint="copy it to a file of one of these kinds")
        )
    if b"\0" in data[: 1 << 16]:
        raise UserError(Problem(f"{name} is no text"))
    try:
        text = data.removeprefix(BOM).decode()
    except UnicodeDecodeError as error:
        before = DocumentText(data[: error.start].decode(errors="replace"), name)
        message = f"the byte 0x{data[error.start]:02X} here is not UTF-8 text"
        raise UserError(Problem(message, before.place(len(before.text)), "save the file with the encoding UTF-8")) from None
    if ending == ".ipynb":
        return tuple(_cells(text, name))
    document = DocumentText(text, name)
    return (Source(document, tuple(_formulas(text, ending))),)


def _cells(text: str, name: str) -> Iterator[Source]:
    try:
        whole = json.loads(text, strict=False, parse_int=str)
        cells = whole["cells"]
        if not isinstance(cells, list):
            raise TypeError
    except (json.JSONDecodeError, RecursionError, KeyError, TypeError):
        raise UserError(Problem(f"{name} is no notebook that can be read", hint="a notebook of format 4 has `cells`")) from None
    for number, cell in enumerate(cells, 1):
        if not isinstance(cell, dict) or cell.get("cell_type") != "markdown":
            continue
        source = cell.get("source", "")
        if isinstance(source, list):
            source = "".join(part for part in source if isinstance(part, str))
        if isinstance(source, str):
            yield Source(DocumentText(source, name), tuple(_formulas(source, ".md")), number)


def _formulas(text: str, ending: str) -> Iterator[Formula]:
    if ending in (".html", ".htm"):
        found = [Formula(*match.span("content")) for match in _TEX_IN_HTML.finditer(text)]
        found += _elements(_NO_FORMULA.sub(_blank, text), [formula.start for formula in found])
        masked = _HTML.sub(_blank, _SCRIPT.sub(_blank, text))
        remarks = [match.span("remark") for match in _NO_FORMULA.finditer(text) if match["remark"]]
        asides = [each for span in remarks for each in _elements(text, [], *span)]
        return _with_asides(sorted([*found, *_delimited(masked)], key=lambda formula: formula.start), asides)
    if ending in (".tex", ".ltx"):
        masked = masked_tex(text)
        asides = [Formula(*match.span("remark")) for match in _TEX_REMARK.finditer(masked)]
        return _with_asides(list(_delimited(masked)), asides)
    found = list(_delimited(_CODE.sub(_blank, text)))
    if ending == ".txt" and not found:
        return _lines(text)
    return iter(found)


def _with_asides(formulas: list[Formula], asides: list[Formula]) -> Iterator[Formula]:
    """Yield formulas in order, before each one what stands in remarks beside its lines."""
    waiting = deque(asides)
    for formula in formulas:
        while waiting and waiting[0].start < formula.end:
            yield replace(waiting.popleft(), aside=True)
        yield formula


def _elements(text: str, annotated: list[int], start: int = 0, end: int = sys.maxsize) -> Iterator[Formula]:
    """Yield MathML, elements that only tags of a line or a grid stand between as one; those with LaTeX in them are left out."""
    run: list[int] = []
    for match in ELEMENT.finditer(text, start, min(end, len(text))):
        place = bisect_left(annotated, match.start())
        if place < len(annotated) and annotated[place] < match.end():
            continue
        if run and not (match.end() - run[0] < MOST_IN_RUN and JOINED.fullmatch(text, run[1], match.start())):
            yield Formula(run[0], run[1], True)
            run = []
        run = [run[0] if run else match.start(), match.end()]
    if run:
        yield Formula(run[0], run[1], True)


def _lines(text: str) -> Iterator[Formula]:
    """Yield the lines of a text without delimiters that look like equations between numbers."""
    for match in re.finditer(r"[^\n]+", text):
        line = match.group()
        if len(line) > 2_000 or not _PLAIN.match(line):
            continue
        label = re.match(r"\s*(?:[-*•]|\d+[.)]|[^:=]*:)\s+", line)
        yield Formula(match.start() + (label.end() if label else 0), match.end())


def masked_tex(text: str) -> str:
    """Return LaTeX with blanks in the place of comments, verbatim text and drawings."""
    return _TEX_OTHER.sub(_blank, _TEX_COMMENT.sub(lambda found: found[1] + " " * (len(found.group()) - len(found[1])), text))


def _blank(found: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", found.group())


def _delimited(text: str) -> Iterator[Formula]:
    """Yield what stands between delimiters; one that is opened and never closed holds nothing."""
    position, missing = 0, set[str]()
    while found := _OPENING.search(text, position):
        position = found.end()
        if found["escaped"]:
            continue
        opened = found["opened"]
        closing = rf"\end{{{found['name']}}}" if found["name"] else _CLOSING.get(opened, "$")
        end = _end_of(text, position, closing) if closing not in missing else -1
        if end >= 0:
            start, position = position, end + len(closing)
            while closing == "$" and (equals := _EQUALS.match(text, position)):
                further = _end_of(text, equals.end(), "$")
                if further < 0:
                    break
                end, position = further, further + 1
            yield Formula(start, end)
        elif closing != "$":
            missing.add(closing)


def _end_of(text: str, start: int, closing: str) -> int:
    """Return where a formula ends, -1 where it does not; one in a line ends before the next empty line."""
    if closing != "$":
        return text.find(closing, start)
    window = text[start : start + MOST_IN_LINE]
    found = _IN_LINE.match(window)
    return start + found.end() if found and found.end() and not window[0].isspace() else -1


def text_of(source: Source, formula: Formula, ending: str) -> str:
    """Return a formula's text, of the same length as it has in the file, without comments, tags and the like."""
    text = source.document.text[formula.start : formula.end]
    if formula.elements:
        return _NO_FORMULA.sub(_blank, text)
    text = _JOINED.sub(r" \1 ", text)
    if ending in (".tex", ".ltx"):
        return _TEX_COMMENT.sub(lambda found: found[1] + " " * (len(found.group()) - len(found[1])), text)
    if ending in (".html", ".htm"):
        text = _HTML.sub(_blank, text)
        for entity, sign in _ENTITIES.items():
            text = text.replace(entity, sign + " " * (len(entity) - len(sign)))
        return text
    return re.sub(r"(?m)^[ \t]*>+ ?", lambda found: " " * len(found.group()), text) if "\n" in text else text
