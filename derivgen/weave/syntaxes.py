"""Kinds of documents: by a file's ending, which comments of it are marks, and in which format its pieces are."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import pairwise
from types import MappingProxyType

from derivgen.errors import Problem
from derivgen.frozen import dataclass, replace
from derivgen.weave.marks import END, NAMED, PREFIX, DocumentText, Mark, open_mathematics


@dataclass(frozen=True, slots=True)
class Syntax:
    """A kind of document: the format of its pieces, how its marks are found, whether a blank line goes around a piece.

    `running` yields where running text stands, from where to where: what would be a mark in another kind of document is a mistake
    there, and only shown elsewhere. `comment` says how a mark is written here. `label` says how a display's label is written in
    such a document, with `{}` in the label's place; empty where there are none.
    """

    format: str
    marks: Callable[[DocumentText], Iterable[Mark]]
    running: Callable[[DocumentText], Iterable[tuple[int, int]]]
    comment: str
    spaced: bool = False
    label: str = ""


_RAW = "script|style|textarea|title|xmp|iframe|noembed|noframes|pre"
_HTML = re.compile(
    rf"<!--(?P<comment>-?>|.*?(?:--!?>|\Z))"
    rf"|<(?P<raw>{_RAW})(?=[\s/>])(?:\"[^\"]*\"|'[^']*'|[^'\"<>])*>.*?(?:</(?P=raw)(?=[\s/>])|\Z)"
    rf"|<!\[CDATA\[.*?(?:\]\]>|\Z)"
    rf"|</?[a-zA-Z](?:\"[^\"]*\"|'[^']*'|[^'\"<>])*>",
    re.DOTALL | re.IGNORECASE,
)
"""A comment, or what may hold the letters of one without being one: raw text, preformatted text, a tag's attributes."""


def html_marks(document: DocumentText, start: int = 0, end: int | None = None) -> Iterator[Mark]:
    """Yield the marks among the comments of HTML; text in <script>, <style>, <pre> and the like holds none."""
    for found in _HTML.finditer(document.text, start, len(document.text) if end is None else end):
        comment = found["comment"]
        if comment is not None and comment.endswith("-->") and NAMED.match(comment.lstrip()):
            said = comment.removesuffix("-->")
            at = found.start("comment") + len(said) - len(said.lstrip())
            yield Mark(found.start(), found.end(), _tidied(said.strip()), at)


def _tidied(words: str) -> str:
    """Return the words of a mark; what ends a region is said in one way."""
    return END if re.fullmatch(r"/\s*derivgen", words) else words


def markdown_marks(document: DocumentText) -> list[Mark]:
    """Return the marks of Markdown: comments that are blocks of HTML. In code (fenced, indented, in a line) stands only text."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark")
    parser.core.ruler.enableOnly(["normalize", "block"])
    found: list[Mark] = []
    paragraph, below = "", -1  # the last paragraph, and the line below it
    for token in parser.parse(document.text):
        if token.map is None:
            continue
        if token.type == "inline":
            paragraph, below = token.content, token.map[1]
        if "derivgen" not in token.content:
            continue
        start, end = document.begin_of(token.map[0]), document.begin_of(token.map[1])
        if token.type == "html_block":
            display = _open_display(paragraph) if token.map[0] == below else ""
            found += (replace(mark, display=display) for mark in html_marks(document, start, end))
        elif token.type == "inline":
            found += _among_words(document, token.content, start, end)
    return [replace(mark, alone=mark.alone and _alone(document, mark, marks)) for mark, marks in _neighbours(found)]


def _open_display(paragraph: str) -> str:
    """Return the display that is open at the end of a paragraph, code passed over."""
    opened = open_mathematics(re.sub(r"(`+).*?\1", "", paragraph, flags=re.DOTALL))
    return "" if opened == "$" else opened


def _among_words(document: DocumentText, content: str, start: int, end: int) -> Iterator[Mark]:
    """Yield comments in the middle of a paragraph that would be marks on lines of their own."""
    from markdown_it import MarkdownIt

    for token in MarkdownIt("commonmark").parseInline(content)[0].children or ():
        if token.type == "html_inline" and NAMED.match(token.content.removeprefix("<!--").lstrip()):
            at = document.text.find(token.content.split("\n")[0], start, end)
            if at >= 0:
                yield Mark(at, at + len(token.content), _tidied(token.content[4:-3].strip()), at, alone=False)
                start = at + 1


def _neighbours(marks: list[Mark]) -> Iterator[tuple[Mark, tuple[Mark | None, Mark | None]]]:
    around = [None, *marks, None]
    yield from ((mark, (before, after)) for mark, before, after in zip(marks, around, around[2:], strict=False))


def _alone(document: DocumentText, mark: Mark, around: tuple[Mark | None, Mark | None]) -> bool:
    """Return whether nothing else stands on the mark's line but the other mark of its region."""
    line, (before, after) = document.line_of(mark.start), around
    begin, end = document.begin_of(line), document.begin_of(document.line_of(mark.end - 1) + 1)
    if before is not None and before.end > begin:
        begin = before.end
    if after is not None and after.start < end:
        end = after.start
    lead = document.text[begin : mark.start]
    return PREFIX.fullmatch(lead) is not None and not document.text[mark.end : end].strip()


_TEX = re.compile(r"(?P<before>(?:[^%\\]|\\.|\\$)*)(?P<percent>%+)[ \t]*(?P<words>.*?)[ \t]*$", re.DOTALL)
_VERBATIM = (
    *("verbatim", "Verbatim", "BVerbatim", "LVerbatim", "SaveVerbatim", "VerbatimOut", "alltt"),
    *("lstlisting", "minted", "tcblisting", "comment", "filecontents"),
)
_OWN = re.compile(
    r"\\(?:lstnewenvironment|newverbatim|DefineVerbatimEnvironment|CustomVerbatimEnvironment|(?:new|New|Declare)(?:tcb|TCB)[lL]isting)"
    r"\s*(?:\[[^]]*\])?\s*\{(\w+)\*?\}|\\newminted\[(\w+)\]|\\newminted\{(\w+)\}"
)
"""Where a document names an environment of its own for verbatim text; a minted one without a name is called by its language."""


def _verbatim(document: DocumentText) -> tuple[str, ...]:
    """Return the environments in which a percent sign begins no comment."""
    own = (found[1] or found[2] or f"{found[3]}code" for found in _OWN.finditer(document.text))
    return (*_VERBATIM, *own)


def tex_marks(document: DocumentText) -> Iterator[Mark]:
    """Yield the marks of LaTeX: lines that are comments. In verbatim text and its like stands only text."""
    names = "|".join(re.escape(name) for name in _verbatim(document))
    begins, closing, opened = re.compile(rf"\\begin\s*\{{((?:{names})\*?)\}}"), "", ""
    for number, (begin, end) in enumerate(pairwise((*document.starts, len(document.text)))):
        line = document.line(number)
        if closing:
            closing = "" if closing in line else closing
            continue
        comment = _TEX.match(line)
        code = comment["before"] if comment else line
        opened = open_mathematics(code, opened) if line.strip() else ""  # TeX lets no mathematics go on over an empty line
        verbatim = next((found for found in begins.finditer(code) if f"\\end{{{found[1]}}}" not in line[found.end() :]), None)
        if verbatim is not None:
            closing = f"\\end{{{verbatim[1]}}}"
        elif comment is not None and begin < end and NAMED.match(comment["words"]):
            start = begin + comment.start("percent")
            words, at = _tidied(comment["words"]), begin + comment.start("words")
            display = "" if opened == "$" else opened
            yield Mark(start, begin + len(line), words, at, alone=not code.strip(), display=display)


def html_running(document: DocumentText) -> Iterator[tuple[int, int]]:
    """Yield where running text of HTML stands: between comments, tags, and what is preformatted or no text."""
    start = 0
    for found in _HTML.finditer(document.text):
        yield start, found.start()
        start = found.end()
    yield start, len(document.text)


def markdown_running(document: DocumentText) -> Iterator[tuple[int, int]]:
    """Yield where paragraphs of Markdown, headings and the like stand, code left out."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark")
    parser.core.ruler.enableOnly(["normalize", "block"])
    for token in parser.parse(document.text):
        if token.type == "inline" and token.map is not None and "derivgen" in token.content:
            yield document.begin_of(token.map[0]), document.begin_of(token.map[1])


def tex_running(document: DocumentText) -> Iterator[tuple[int, int]]:
    """Yield the lines of LaTeX that are neither comments nor verbatim text."""
    names = "|".join(re.escape(name) for name in _verbatim(document))
    verbatim = re.compile(rf"\\begin\s*\{{((?:{names})\*?)\}}.*?\\end\s*\{{\1\}}", re.DOTALL)
    shown = [found.span() for found in verbatim.finditer(document.text)]
    for begin, end in pairwise((*document.starts, len(document.text))):
        if not any(first <= begin < last for first, last in shown):
            yield begin, end


_ELSEWHERE = re.compile(r"^[ \t>]*(?P<sign>%+|<!--)[ \t]*(?P<words>derivgen:[ \t]*\S+)", re.MULTILINE)
"""A line that is a mark in LaTeX, or in Markdown and HTML."""


def strangers(document: DocumentText, syntax: Syntax) -> Iterator[Problem]:
    """Yield a problem for each line of running text that would be a mark in another kind of document, and is none here."""
    if all(found["sign"][0] == syntax.comment[0] for found in _ELSEWHERE.finditer(document.text)):
        return
    for start, end in syntax.running(document):
        for found in _ELSEWHERE.finditer(document.text[start:end]):
            if found["sign"][0] != syntax.comment[0]:
                place = document.place(start + found.start("sign"), found.end() - found.start("sign"))
                hint = f"here one is written  {syntax.comment.format(found['words'] + ' …')}"
                yield Problem("this is no mark in a document of this kind", place, hint)


MYST = Syntax("md", markdown_marks, markdown_running, "<!-- {} -->", spaced=True, label="({})")
QUARTO, OTHER_MARKDOWN = replace(MYST, label="{{#{}}}"), replace(MYST, label="")
NOTEBOOK = ".ipynb"
SYNTAXES: Mapping[str, Syntax] = MappingProxyType(
    {
        **dict.fromkeys((".md", ".markdown"), MYST),
        **{".qmd": QUARTO, ".rmd": OTHER_MARKDOWN},
        **dict.fromkeys((".tex", ".ltx"), Syntax("tex", tex_marks, tex_running, "% {}", label="{}")),
        **dict.fromkeys((".html", ".htm", ".xhtml"), Syntax("html", html_marks, html_running, "<!-- {} -->")),
    }
)
"""Each ending of a text and what such a text is. A notebook is JSON; its cells are Markdown."""
