r"""Presentation tree → LaTeX. Nothing in a name or in words can become a command."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from derivgen.maths.names import GREEK, is_index, is_letter
from derivgen.maths.style import DEFAULT, Style
from derivgen.maths.tree import Expr, Sym
from derivgen.memo import LATEX
from derivgen.present import boxes
from derivgen.present.boxes import Box
from derivgen.present.build import present
from derivgen.present.dialects import DIALECTS, ROW_END, Dialect
from derivgen.present.tex import greek, tex_text

OPERATORS = ("exp", "ln", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "max", "min", "arg")
"""Function names LaTeX has commands for."""


def latex(expr: Expr, style: Style = DEFAULT) -> str:
    r"""Print the expression in LaTeX, for use within mathematics.

    >>> from derivgen.maths.tree import Sum, Neg, Sym, Product, number
    >>> latex(Product((number(-2), Sum((Sym("y"), Neg(Sym("A_5")))))))
    '-2(y - A_{5})'
    >>> latex(Product((number(24), number(-1))))
    '24 \\cdot (-1)'
    """
    return printed(present(expr, style), style.dialect)


@LATEX
def printed(box: Box, dialect: str) -> str:
    """Print a box in a dialect of LaTeX."""
    return Printer(DIALECTS[dialect]).show(box)


def latex_name(name: str, style: Style = DEFAULT, index: str | int | None = None) -> str:
    r"""Print a name with its accent, superscript and subscripts.

    >>> latex_name("W_13"), latex_name("a__2_1"), latex_name("yhat"), latex_name("Loss"), latex_name("A_5", index="i")
    ('W_{13}', 'a^{2}_{1}', '\\hat{y}', '\\mathrm{Loss}', 'A_{5,i}')
    >>> latex_name("w_21", Style(sample="above"), "p"), latex_name("a__2_1", Style(sample="above"), 3)
    ('w^{(p)}_{21}', 'a^{2,(3)}_{1}')
    """
    return latex(Sym(name, index), style)


def latex_names(names: Sequence[str], style: Style = DEFAULT) -> list[str]:
    r"""Print many names; those that differ in the number at their end alone are spelled as the first and the last of them are.

    >>> latex_names(["w__1_11", "w__1_12", "w__1_13", "w__1_2_10", "yhat"])
    ['w^{1}_{11}', 'w^{1}_{12}', 'w^{1}_{13}', 'w^{1}_{2,10}', '\\hat{y}']
    """
    parts = [(name.rstrip("0123456789"), name) for name in names]
    ends: dict[str, list[str]] = {}
    for stem, name in parts:
        ends.setdefault(stem, []).append(name)
    before: dict[str, str] = {}
    for stem, alike in ends.items():
        closed = [(latex_name(name, style), f"{name[len(stem) :]}}}") for name in (alike[0], alike[-1])] if len(alike) > 2 else []
        starts = dict.fromkeys(text[: -len(end)] if text.endswith(end) else "" for text, end in closed)
        if len(starts) == 1 and next(iter(starts)):
            before[stem] = next(iter(starts))
    return [
        f"{before[stem]}{name[len(stem) :]}}}" if stem in before and name not in style.symbols else latex_name(name, style)
        for stem, name in parts
    ]


_STRUT = r"\vphantom{\Big|}"
"""Nothing, as high as a fraction in a matrix."""


class Printer:
    """Prints boxes in one dialect."""

    def __init__(self, dialect: Dialect):
        self.dialect = dialect

    def show(self, box: Box) -> str:
        """Print a box."""
        return PRINT[type(box)](self, box)

    def words(self, box: boxes.Words) -> str:
        r"""Return `\text{else}`"""
        command = self.dialect.text if box.heading else "text"
        return rf"\{command}{{{self.dialect.words(box.text)}}}"

    def fraction(self, box: boxes.Fraction) -> str:
        """Return one above the other."""
        return rf"\frac{{{self.show(box.over).rstrip()}}}{{{self.show(box.under)}}}"

    def scripts(self, box: boxes.Scripts) -> str:
        """Return what stands below, then what stands above."""
        below = f"_{{{self.show(box.below)}}}" if box.below is not None else ""
        above = f"^{{{self.show(box.above)}}}" if box.above is not None else ""
        return self.show(box.base) + below + above

    def primed(self, box: boxes.Primed) -> str:
        """Return a name with indices of its own in braces: TeX would count them together with the next ones."""
        of = self.show(box.of)
        base = f"{{{of}}}" if isinstance(box.of, boxes.Name) and ("_" in of or "^" in of) else of
        return f"{base}'_{{{self.show(box.by)}}}"

    def fenced(self, box: boxes.Fenced) -> str:
        """Return the box in brackets as tall as it is."""
        inside = self.show(box.inside)
        if box.fence == "|":
            return rf"\lvert {inside} \rvert"
        if box.fence == "{":
            return rf"\left\{{ {inside} \right\}}"
        if not box.tall:
            return f"({inside})"
        return rf"\!\left( {inside} \right)" if box.applied else rf"\left( {inside} \right)"

    def grid(self, box: boxes.Grid) -> str:
        """Return a matrix, or cases behind a brace."""
        rows = [" & ".join(map(self.show, row)) for row in box.rows]
        if box.cases:
            return rf"\begin{{cases}} {ROW_END.join(rows)} \end{{cases}}"
        if box.tall and self.dialect.tall_rows != ROW_END:  # on the web rows have room of their own, and Pandoc knows no phantoms
            rows = [f"{row} {_STRUT}" for row in rows]
        between = self.dialect.tall_rows if box.wide else ROW_END
        columns, most = len(box.rows[0]), self.dialect.most_columns
        if most is not None and columns > most:
            return rf"\left[ \begin{{array}}{{{'c' * columns}}} {between.join(rows)} \end{{array}} \right]"
        return rf"\begin{{bmatrix}} {between.join(rows)} \end{{bmatrix}}"

    def summation(self, box: boxes.Summation) -> str:
        """Return Σ, and the space before what is summed."""
        return rf"\sum_{{{self.show(box.index)}=1}}^{{{self.show(box.upper)}}} "

    def measured(self, box: boxes.Measured) -> str:
        """Return the size below the matrix."""
        size = rf"\scriptscriptstyle {self.show(box.rows)} \times {self.show(box.columns)}"
        return rf"\underset{{{size}}}{{{self.show(box.content)}}}"

    def labelled(self, box: boxes.Labelled) -> str:
        """Return the label below the frame."""
        words = rf"\{self.dialect.text}{{{self.dialect.words(box.words)} }}" if box.words else ""
        return rf"\,\underset{{{words}{self.show(box.label)}}}{{\boxed{{{self.show(box.content)}}}}}\,"

    def blank(self, box: boxes.Blank) -> str:
        """Return a gap, or the answer in it."""
        if box.content is None:
            return self.dialect.gap(box.gap.width, box.gap.height)
        return self.dialect.filled(box.gap.width, box.gap.height, self.show(box.content))


def _name(box: boxes.Name) -> str:
    """A name; a symbol with scripts of its own stands in braces before others."""
    base = box.symbol or (rf"\{box.accent}{{{_word(box.letter)}}}" if box.accent else _word(box.letter))
    script = (lambda text: text) if box.general else _script
    below = ",".join(map(script, box.below))
    above = ",".join((*map(script, box.above), *((f"({_script(box.sample)})",) if box.sample else ())))
    if box.symbol and not box.general and ((below and "_" in base) or (above and ("_" in base or "^" in base))):
        base = f"{{{base}}}"
    return base + (f"^{{{above}}}" if above else "") + (f"_{{{below}}}" if below else "")


def _script(text: str) -> str:
    return text if text.isdecimal() or is_index(text) else _word(text)


def _word(text: str) -> str:
    """One letter in italics, a Greek name as its letter, anything else upright and harmless."""
    if text.isascii() and is_letter(text):
        return text
    letter = GREEK.get(text, text)
    if is_letter(letter):
        return greek(letter)
    return rf"\mathrm{{{text}}}" if re.fullmatch(r"[A-Za-z0-9]+", text) else rf"\text{{{tex_text(text)}}}"


def _function(box: boxes.Function) -> str:
    r"""`\tanh`, `\operatorname{ReLU}`, or a letter as it is: `\sigma`, `g`; primes behind it as they are."""
    limits = r"\nolimits" if box.primes and box.name in {"max", "min"} else ""
    return _function_name(box.name) + limits + "'" * box.primes + (f"_{{{box.below}}}" if box.below else "")


def _function_name(name: str) -> str:
    if name in OPERATORS:
        return f"\\{name}"
    if re.fullmatch(r"[A-Za-z0-9]{2,}", name) and name not in GREEK:
        return rf"\operatorname{{{name}}}"
    return latex_name(name)


PRINT: Mapping[type[Box], Callable[[Any, Any], str]] = MappingProxyType(
    {
        boxes.Name: lambda p, b: _name(b),
        boxes.Function: lambda p, b: _function(b),
        boxes.Number: lambda p, b: b.text.replace(",", "{,}"),
        boxes.Placeholder: lambda p, b: b.text,
        boxes.Words: Printer.words,
        boxes.Sign: lambda p, b: b.mark.spaced(b.mark.latex),
        boxes.Glyph: lambda p, b: b.text,
        boxes.Row: lambda p, b: "".join([p.show(part) for part in b.parts]),
        boxes.Fraction: Printer.fraction,
        boxes.Scripts: Printer.scripts,
        boxes.Primed: Printer.primed,
        boxes.Root: lambda p, b: rf"\sqrt{{{p.show(b.inside)}}}",
        boxes.Fenced: Printer.fenced,
        boxes.Grid: Printer.grid,
        boxes.Summation: Printer.summation,
        boxes.Measured: Printer.measured,
        boxes.Labelled: Printer.labelled,
        boxes.Framed: lambda p, b: rf"\boxed{{{p.show(b.content)}}}",
        boxes.Blank: Printer.blank,
        boxes.Notation: lambda p, b: p.show(b.shown),
    }
)
"""How each kind of box is printed."""
