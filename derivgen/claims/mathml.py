"""MathML → the tokens that the same formula has in LaTeX, each with its place in the file."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from itertools import accumulate
from unicodedata import normalize

from derivgen.claims.tokens import ONES, Token, UnreadableError, plain_tokens
from derivgen.frozen import dataclass, field

MOST_DEPTH = 200
ELEMENT = re.compile(r"<math\b[^<>]*>.*?</math\s*>", re.DOTALL | re.IGNORECASE)
JOINED = re.compile(r"(?:\s|</?(?:div|span|wbr|b|strong|i|em)\b[^<>]*>)*(?:[=≈]\s*)?", re.IGNORECASE)
"""What may stand between two elements that are one formula."""
_EQUALS = re.compile(r"[=≈](?=\s*\Z)")
_NEW_LINE = re.compile(r"<div\b", re.IGNORECASE)
_EMPTY = ("mspace", "mprescripts", "none", "maligngroup", "malignmark", "wbr", "br", "img", "hr")
_LEAVES = ("mi", "mn", "mo", "mtext", "ms")
_ACCENTS = {"^": "hat", "ˆ": "hat", "̂": "hat", "¯": "bar", "‾": "bar", "~": "tilde", "˜": "tilde", "→": "vec", "˙": "dot"}
_LARGE = ("∑", "∏", "lim", "max", "min", "⋃", "∫")
BOLD_ONE = "\N{MATHEMATICAL BOLD DIGIT ONE}"
_BOLD = re.compile("[\U0001d400-\U0001d7ff]+")
_WITHOUT = {ord(sign): None for sign in "\u2061\u2062\u2063\u2064\u200b\ufe00"}


@dataclass
class _Node:
    """An element: its name, what is in it, and where in the file its text begins and ends."""

    name: str
    start: int
    end: int = 0
    text: str = ""
    children: list[_Node] = field(default_factory=list)


class _Parser(HTMLParser):
    """Builds the tree of elements of one text; what is opened and not closed ends with what is around it."""

    def __init__(self, text: str, offset: int):
        super().__init__(convert_charrefs=False)
        self.base = offset
        self.lines = [0, *accumulate(len(line) + 1 for line in text.split("\n"))]
        self.root = _Node("mrow", offset)
        self.stack = [self.root]
        self.feed(text)
        self.close()

    def _place(self) -> int:
        line, column = self.getpos()
        return self.base + self.lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs) -> None:
        node = _Node(tag, self._place() + len(self.get_starttag_text() or ""))
        if len(self.stack) > MOST_DEPTH:
            raise UnreadableError(f"elements nested more than {MOST_DEPTH} deep", node.start, node.start + 1)
        self.stack[-1].children.append(node)
        if tag not in _EMPTY and not (self.get_starttag_text() or "").endswith("/>"):
            self.stack.append(node)

    def handle_startendtag(self, tag: str, attrs) -> None:
        self.stack[-1].children.append(_Node(tag, self._place(), self._place()))

    def handle_endtag(self, tag: str) -> None:
        for k in range(len(self.stack) - 1, 0, -1):
            if self.stack[k].name == tag:
                for node in self.stack[k:]:
                    node.end = self._place()
                del self.stack[k:]
                return

    def handle_data(self, data: str) -> None:
        node = self.stack[-1]
        if node.name in _LEAVES:
            node.text += data

    def handle_entityref(self, name: str) -> None:
        from html import unescape

        self.handle_data(unescape(f"&{name};"))

    def handle_charref(self, name: str) -> None:
        from html import unescape

        self.handle_data(unescape(f"&#{name};"))


def tokens_of_elements(text: str, start: int, ones: bool = False) -> list[Token]:
    """Return the tokens of the elements of a text that begins at `start` of its file. Raises UnreadableError.

    >>> tokens = tokens_of_elements("<math><mfrac><mn>1</mn><msup><mi>x</mi><mn>2</mn></msup></mfrac></math>", 0)
    >>> "".join(token.text for token in tokens)
    '\\\\frac{1}{x^{2}}'
    """
    made: list[Token] = []
    before = 0
    for found in ELEMENT.finditer(text):
        if made:
            kind = "row" if _NEW_LINE.search(text, before, found.start()) else "space"
            made.append(Token(kind, r"\\" if kind == "row" else " ", start + found.start(), start + found.start()))
            if equals := _EQUALS.search(text, before, found.start()):
                made.append(Token("=" if equals[0] == "=" else "approx", equals[0], start + equals.start(), start + equals.end()))
        before = found.end()
        for node in _Parser(found.group(), start + found.start()).root.children:
            made += _Writer(ones).row(node.children, True)
    return made


class _Writer:
    """Elements → tokens; with `ones` a bold 1 is a vector of ones."""

    def __init__(self, ones: bool):
        self.ones = ones

    def row(self, nodes: list[_Node], whole: bool = False) -> list[Token]:
        """Return the tokens of elements in a row; a table that is all of a formula is an alignment of lines, no matrix."""
        shown = [node for node in nodes if node.name not in ("mspace", "annotation", "annotation-xml")]
        if whole and len(shown) == 1 and shown[0].name in ("mrow", "mstyle", "semantics", "mtable"):
            return self._joined(shown[0]) if shown[0].name == "mtable" else self.row(shown[0].children, True)
        if [node.name for node in shown] == ["mo", "mtable"] and shown[0].text.strip() == "{":
            return self._matrix(shown[1], "cases")
        return [token for node in nodes for token in self.one(node)]

    def one(self, node: _Node) -> list[Token]:
        """Return the tokens of one element."""
        if node.name in _LEAVES:
            return self._leaf(node)
        if node.name == "mspace":
            return [Token("space", " ", node.start, node.start)]
        if node.name in ("mphantom", "annotation", "annotation-xml", "mprescripts", "none"):
            return []
        if node.name == "semantics":
            return self.row(node.children[:1])
        if node.name == "mtable":
            return self._matrix(node)
        parts = node.children
        if node.name == "mfrac" and len(parts) == 2:
            return [self._command(r"\frac", node), *self._braced(parts[0]), *self._braced(parts[1])]
        if node.name == "msqrt":
            return [self._command(r"\sqrt", node), *self._braces(node, self.row(parts))]
        if node.name == "mroot" and len(parts) == 2:
            index = [Token("[", "[", node.start, node.start), *self.one(parts[1]), Token("]", "]", node.start, node.start)]
            return [self._command(r"\sqrt", node), *index, *self._braced(parts[0])]
        if node.name in ("msub", "msup") and len(parts) == 2:
            return [*self._base(parts[0]), *self._script("_" if node.name == "msub" else "^", parts[1])]
        if node.name == "msubsup" and len(parts) == 3:
            return [*self._base(parts[0]), *self._script("_", parts[1]), *self._script("^", parts[2])]
        if node.name in ("munder", "mover", "munderover") and len(parts) > 1:
            return self._around(node.name, parts)
        return self.row(parts)

    def _leaf(self, node: _Node) -> list[Token]:
        text = _BOLD.sub(lambda found: normalize("NFKC", found.group()), node.text.translate(_WITHOUT).strip())
        start, end = node.start, max(node.start, node.end)
        if not text:
            return []
        if self.ones and node.text.strip() == BOLD_ONE:
            return [Token("command", ONES, start, end)]
        if text in ("{", "}"):
            return [Token("(" if text == "{" else ")", "\\" + text, start, end)]
        if node.name in ("mtext", "ms") or (node.name == "mi" and len(text) > 1 and text.isalpha()):
            command = Token("command", r"\text" if node.name != "mi" else r"\mathrm", start, end)
            return [command, *self._braces(node, [Token("letters", node.text, start, end)])]
        if node.name == "mn" and re.fullmatch(r"\d+,\d+", text):
            return [Token("number", text.replace(",", "{,}"), start, end)]
        return [Token(token.kind, token.text, start, end) for token in plain_tokens(text)]

    def _command(self, text: str, node: _Node) -> Token:
        return Token("command", text, node.start, node.start)

    def _braces(self, node: _Node, inner: list[Token]) -> list[Token]:
        end = max(node.start, node.end)
        return [Token("{", "{", node.start, node.start), *inner, Token("}", "}", end, end)]

    def _braced(self, node: _Node) -> list[Token]:
        return self._braces(node, self.one(node))

    def _base(self, node: _Node) -> list[Token]:
        """Return a base; a letter, a word or an accented one stands for itself, anything else has braces."""
        inner = self.one(node)
        return inner if len(inner) == 1 or node.name in (*_LEAVES, "mover", "munder") else self._braces(node, inner)

    def _script(self, sign: str, node: _Node) -> list[Token]:
        return [Token(sign, sign, node.start, node.start), *self._braced(node)]

    def _around(self, name: str, parts: list[_Node]) -> list[Token]:
        """Return what stands below or above: limits of a sum, an accent; labels go."""
        base = self.one(parts[0])
        if any(token.text in _LARGE or token.text == r"\sum" for token in base[:3]) and len(base) <= 4:
            signs = ("_", "^") if name == "munderover" else ("_",) if name == "munder" else ("^",)
            return [*base, *(token for sign, part in zip(signs, parts[1:], strict=False) for token in self._script(sign, part))]
        accent = _ACCENTS.get(parts[-1].text.strip()) if name == "mover" else None
        return [self._command(f"\\{accent}", parts[0]), *self._braces(parts[0], base)] if accent else base

    def _cells(self, node: _Node) -> list[list[list[Token]]]:
        return [
            [self.row(cell.children) if cell.name == "mtd" else self.one(cell) for cell in row.children]
            for row in node.children
            if row.name in ("mtr", "mlabeledtr")
        ]

    def _matrix(self, node: _Node, kind: str = "matrix") -> list[Token]:
        name = self._braces(node, [Token("letters", kind, node.start, node.start)])
        begin, end = Token("begin", r"\begin", node.start, node.start), Token("end", r"\end", node.end, node.end)
        return [begin, *name, *self._joined(node), end, *name]

    def _joined(self, node: _Node) -> list[Token]:
        made: list[Token] = []
        for row in self._cells(node):
            for k, cell in enumerate(row):
                made += [Token("&", "&", node.start, node.start)] if k else []
                made += cell
            made.append(Token("row", r"\\", node.start, node.start))
        return made[:-1]
