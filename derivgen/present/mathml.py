"""Presentation tree → MathML Core.

What browsers draw by themselves is all that is used: rows, fractions, scripts, roots, tables and signs that stretch. Frames are
CSS. A printed box is a run of elements that can stand in any row; `mathml` puts them into one `<math>`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html import escape
from types import MappingProxyType
from typing import Any

from derivgen.maths.style import DEFAULT, Style
from derivgen.maths.tree import Expr, Filled, Gap
from derivgen.present import boxes
from derivgen.present.boxes import Box, RowKind
from derivgen.present.build import present
from derivgen.present.marks import Mark, Spacing
from derivgen.present.names import PRIME, beside, spelled

MINUS, DOT, TIMES, APPLY = "−", "⋅", "&#x2062;", "&#x2061;"
THIN = 0.1667
BOX = "border:1px solid;padding:0.25em 0.3em"
LABELLED = "border:1px solid;padding:0.2em 0.25em"

Answer = Callable[[Gap | Filled, str], str]
"""How a gap is printed: the gap, and the MathML of what is filled in (empty for a `Gap`)."""


def plain_gap(gap: Gap | Filled, inside: str) -> str:
    """Print a gap as a line to write on, an answer in a frame."""
    if isinstance(gap, Filled):
        return f'<mrow style="{BOX}">{inside}</mrow>'
    return f'<mspace width="{gap.width:g}em" height="1em" style="border-bottom:1px solid"/>'


def mathml(expr: Expr, style: Style = DEFAULT, answer: Answer = plain_gap, *, display: bool = False) -> str:
    """Print the expression as one `<math>` element; `display` prints fractions at their full size.

    >>> from derivgen.maths.tree import Quotient, Sym
    >>> mathml(Quotient(Sym("x"), Sym("yhat")))
    '<math><mfrac><mi>x</mi><mover accent="true"><mi>y</mi><mo stretchy="false">^</mo></mover></mfrac></math>'
    """
    return math(elements(expr, style, answer), display=display)


def math(inside: str, *, display: bool = False, words: str = "") -> str:
    """Put a `<math>` element around what is printed; `words` are for who reads no MathML."""
    shown = ' displaystyle="true"' if display else ""
    said = f' alttext="{escaped(words)}"' if words else ""
    return f"<math{shown}{said}>{inside}</math>"


def elements(expr: Expr, style: Style = DEFAULT, answer: Answer = plain_gap, *, solidus: bool = False) -> str:
    """Print the expression as MathML elements, for a row of others; with a `solidus` halves are 1/2.

    >>> from fractions import Fraction
    >>> from derivgen.maths.tree import Product, Sym, number
    >>> half = number(Fraction(1, 2))
    >>> elements(half, solidus=True), elements(Product((half, Sym("x"))), solidus=True)[:12]
    ('<mrow><mn>1</mn><mo>/</mo><mn>2</mn></mrow>', '<mfrac><mn>1')
    """
    return Printer(answer, solidus).show(present(expr, style))


class Printer:
    """Prints boxes; `answer` says how gaps are printed.

    With a `solidus` a fraction of two numbers stands on the line, as in running text, where a browser would copy ½ as 12; not
    beside a factor without a sign, which would seem to stand below it.
    """

    def __init__(self, answer: Answer = plain_gap, solidus: bool = False):
        self.answer, self.solidus = answer, solidus

    def show(self, box: Box) -> str:
        """Print a box as elements."""
        return PRINT[type(box)](self, box)

    def one(self, box: Box) -> str:
        """Print a box as a single element."""
        return self.show(box) if _is_single(box) else row(self.show(box))

    def row(self, box: boxes.Row) -> str:
        """Return boxes beside each other, as one element where they are a group."""
        if self.solidus and any(isinstance(part, boxes.Sign) and part.mark.spacing is Spacing.FACTORS for part in box.parts):
            return Printer(self.answer).row(box)
        inside = "".join([self.show(part) for part in box.parts])
        return row(inside) if box.kind is RowKind.GROUP and not (len(box.parts) == 1 and _is_single(box.parts[0])) else inside

    def fraction(self, box: boxes.Fraction) -> str:
        """Return one above the other, or numbers beside each other."""
        if self.solidus and isinstance(box.over, boxes.Number) and isinstance(box.under, boxes.Number):
            return row(f"{self.show(box.over)}<mo>/</mo>{self.show(box.under)}")
        return f"<mfrac>{self.one(box.over)}{self.one(box.under)}</mfrac>"

    def scripts(self, box: boxes.Scripts) -> str:
        """Return what stands below and above at the right."""
        box = beside(box)
        base = self.one(box.base)
        if box.above is None:
            return base if box.below is None else f"<msub>{base}{self.one(box.below)}</msub>"
        if box.below is None:
            return f"<msup>{base}{self.one(box.above)}</msup>"
        return f"<msubsup>{base}{self.one(box.below)}{self.one(box.above)}</msubsup>"

    def fenced(self, box: boxes.Fenced) -> str:
        """Return the box in brackets as tall as it is."""
        closing = {"(": ")", "{": "}"}.get(box.fence, box.fence)
        around = fence(box.fence, "prefix", box.tall), fence(closing, "postfix", box.tall)
        inside = self.show(box.inside).join(around)
        return row(inside) if box.tall else inside

    def grid(self, box: boxes.Grid) -> str:
        """Return a matrix, or cases behind a brace."""
        style = (
            "text-align:left"
            if box.cases
            else "height:1.9em;padding:0.3ex 0.4em"
            if box.tall
            else "padding:0.6ex 0.4em"
            if box.wide
            else ""
        )
        cell = f'<mtd style="{style}">' if style else "<mtd>"
        lines = ("".join(f"{cell}{self.show(part)}</mtd>" for part in line) for line in box.rows)
        table = f"<mtable>{''.join(f'<mtr>{line}</mtr>' for line in lines)}</mtable>"
        return row(fence("{", "prefix") + table if box.cases else fence("[", "prefix") + table + fence("]", "postfix"))

    def summation(self, box: boxes.Summation) -> str:
        """Return Σ between its bounds."""
        below = row(self.show(box.index) + operator("=") + "<mn>1</mn>")
        return f"<munderover><mo>∑</mo>{below}{self.one(box.upper)}</munderover>"

    def measured(self, box: boxes.Measured) -> str:
        """Return the size below the matrix."""
        size = f'<mrow scriptlevel="2">{self.show(box.rows)}<mo>×</mo>{self.show(box.columns)}</mrow>'
        return f"<munder>{self.one(box.content)}{size}</munder>"

    def labelled(self, box: boxes.Labelled) -> str:
        """Return the label below the frame."""
        below = row((word(box.words + "\u00a0") if box.words else "") + self.show(box.label))
        return f'{space(THIN)}<munder><mrow style="{LABELLED}">{self.show(box.content)}</mrow>{below}</munder>{space(THIN)}'

    def accent(self, box: boxes.Accent) -> str:
        """Return a box under an accent or above a line."""
        mark = f'<mo stretchy="{"true" if box.stretched else "false"}">{box.mark}</mo>'
        if box.below:
            return f"<munder>{self.one(box.base)}{mark}</munder>"
        return f'<mover accent="true">{self.one(box.base)}{mark}</mover>'

    def blank(self, box: boxes.Blank) -> str:
        """Return a gap, or the answer in it."""
        return self.answer(box.gap, "" if box.content is None else self.show(box.content))


def escaped(words: str) -> str:
    """Return words as text of an element or an attribute: nothing in them is markup, and control characters are left out.

    >>> escaped('a < b & "c"' + chr(7))
    'a &lt; b &amp; &quot;c&quot;'
    """
    return escape("".join(" " if c.isspace() and c != "\u00a0" else c for c in words if c.isprintable() or c.isspace()))


def operator(sign: str, form: str = "infix") -> str:
    """Print a sign; its form is said wherever a row may be cut beside it."""
    return f'<mo form="{form}">{sign}</mo>' if sign in (MINUS, "+", "±") or form != "infix" else f"<mo>{sign}</mo>"


def fence(sign: str, form: str, stretchy: bool = True, size: str = "") -> str:
    """Print a bracket, as tall as its row, as a line, or of a size of its own."""
    grown = f' minsize="{size}" maxsize="{size}"' if size else ""
    return f'<mo form="{form}" fence="true" stretchy="{"true" if stretchy else "false"}"{grown}>{sign}</mo>'


def space(em: float) -> str:
    """Print a space."""
    return f'<mspace width="{em:g}em"/>'


def word(text: str) -> str:
    """Print words among formulas, with their blanks."""
    return f"<mtext>{escaped(text)}</mtext>"


def phantom(inside: str) -> str:
    """Return room as wide as the elements, which are not seen."""
    return f"<mphantom>{inside}</mphantom>" if inside else ""


def row(inside: str) -> str:
    """Return the elements as one."""
    return f"<mrow>{inside}</mrow>"


def _is_single(box: Box) -> bool:
    """Return whether a box is printed as one element."""
    if isinstance(box, boxes.Row):
        return box.kind is RowKind.GROUP or (len(box.parts) == 1 and _is_single(box.parts[0]))
    if isinstance(box, boxes.Sign):
        return box.mark is not Mark.THIN and not (box.wide and box.mark.spacing is Spacing.FACTORS)
    if isinstance(box, boxes.Fenced):
        return box.tall
    if isinstance(box, boxes.Name):
        return _is_single(spelled(box))
    return _is_single(box.shown) if isinstance(box, boxes.Notation) else not isinstance(box, boxes.Labelled)


def _letter(box: boxes.Letter) -> str:
    upright = ' mathvariant="normal"' if box.upright and len(box.text) == 1 else ""
    return f"<mi{upright}>{escaped(box.text)}</mi>"


def _glyph(box: boxes.Glyph) -> str:
    """A sign of an index, or of a symbol."""
    form = f' form="{box.form}"' if box.form else ""
    apart = ' lspace="0" rspace="0"' if box.close else ' stretchy="false"' if box.form else ""
    return f"<mo{form}{apart}>{escaped(box.text)}</mo>"


_OTHERWISE: Mapping[Mark, str] = MappingProxyType(
    {
        Mark.NEGATIVE: operator(MINUS, "prefix"),
        Mark.THIN: operator(TIMES) + space(THIN),
        Mark.APPLY: operator(APPLY),
        Mark.PARTIAL: "<mi>∂</mi>",
        Mark.D: "<mi>d</mi>",
        Mark.D_OF: "<mi>d</mi>",
        Mark.NABLA: '<mi mathvariant="normal">∇</mi>',
        Mark.NABLA_SPACE: space(THIN),
        Mark.ONES: "<mn>𝟏</mn>",
        Mark.TOP: '<mo lspace="0" rspace="0">⊤</mo>',
    }
)
"""Signs that are not simply an operator."""


def _sign(box: boxes.Sign) -> str:
    mark = box.mark
    if mark in _OTHERWISE:
        return _OTHERWISE[mark]
    if mark.spacing is Spacing.FACTORS:
        return operator(TIMES) + (space(THIN) if box.wide else "")
    return operator(escape(mark.character))


PRINT: Mapping[type[Box], Callable[[Any, Any], str]] = MappingProxyType(
    {
        boxes.Name: lambda p, b: p.show(spelled(b)),
        boxes.Function: lambda p, b: p.one(spelled(b)),
        boxes.Number: lambda p, b: f"<mn>{b.text}</mn>",
        boxes.Placeholder: lambda p, b: f"<mn>{b.text}</mn>",
        boxes.Words: lambda p, b: word(b.text),
        boxes.Sign: lambda p, b: _sign(b),
        boxes.Row: Printer.row,
        boxes.Fraction: Printer.fraction,
        boxes.Scripts: Printer.scripts,
        boxes.Primed: lambda p, b: p.show(boxes.Scripts(boxes.Row((b.of, PRIME)), below=b.by)),
        boxes.Root: lambda p, b: f"<msqrt>{p.show(b.inside)}</msqrt>",
        boxes.Fenced: Printer.fenced,
        boxes.Grid: Printer.grid,
        boxes.Summation: Printer.summation,
        boxes.Measured: Printer.measured,
        boxes.Labelled: Printer.labelled,
        boxes.Framed: lambda p, b: f'<mrow style="{BOX}">{p.show(b.content)}</mrow>',
        boxes.Blank: Printer.blank,
        boxes.Notation: lambda p, b: p.show(b.shown),
        boxes.Letter: lambda p, b: _letter(b),
        boxes.Glyph: lambda p, b: _glyph(b),
        boxes.Space: lambda p, b: space(b.width),
        boxes.Accent: Printer.accent,
    }
)
"""How each kind of box is printed."""
