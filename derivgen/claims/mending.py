"""A false figure → the right one in the way the author writes figures, and the line with it.

Checked files → copies with the right figures where the cause is certain; nothing else in them is changed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction

from derivgen.claims import judging
from derivgen.claims.claim import Change, Checked
from derivgen.claims.figures import Figure
from derivgen.claims.groups import ACCENTS
from derivgen.claims.points import seen_from
from derivgen.claims.spec_values import Measure
from derivgen.documents.compose import style_of
from derivgen.frozen import dataclass, replace
from derivgen.maths import arithmetic
from derivgen.maths.arithmetic import Number
from derivgen.maths.names import GREEK
from derivgen.maths.tree import Partial
from derivgen.present.latex import latex
from derivgen.weave.marks import BOM, DocumentText
from derivgen.weave.notebook import markdown_cells, with_texts

_NUMBER = re.compile(r"(?:\d+(?:(?:\{[.,]\}|[.,])\d+)?|[.,]\d+)(?![\d.,]*\d)")
_SIGN = re.compile(r"[-−–]\s*(?=\Z)")


def right_figure(written: str, figure: Figure, value: Number) -> str | None:
    r"""Return a figure's text with the right value to as many digits, everything else as the author wrote it.

    None where it cannot be told how, or where so few digits make no difference.

    >>> from derivgen.maths.tree import Neg, Num
    >>> from derivgen.claims.figures import figure_of
    >>> figure = figure_of(Num(Fraction("0.03932"), "0.03932"))
    >>> right_figure(r"\boxed{0.03932}", figure, Fraction("0.0392272"))
    '\\boxed{0.03923}'
    >>> right_figure("0{,}03932", figure, Fraction("-0.0392272"))
    '-0{,}03923'
    >>> right_figure("- 12", figure_of(Neg(Num(Fraction(12), "12"))), Fraction(7))
    '7'
    """
    found = list(_NUMBER.finditer(written))
    if not found or not figure.value:
        return None
    literal = found[0].group()
    mantissa = Fraction(("0" if literal[0] in ".," else "") + literal.replace("{", "").replace("}", "").replace(",", "."))
    if not mantissa or mantissa != abs(Fraction(figure.text.partition("e")[0])):
        return None
    scale = abs(figure.value) / mantissa
    unit = judging.unit_of(literal.replace("{", "").replace("}", "").replace(",", "."))
    exact = arithmetic.is_exact(value)
    right = judging.shown(abs(Fraction(value)) / scale if exact else abs(arithmetic.real(value)) / arithmetic.real(scale), unit)
    if literal[0] in ".,":
        right = right.removeprefix("0")
    right = right.replace(".", "{,}" if "{,}" in literal else "," if "," in literal else ".")
    before, after = written[: found[0].start()], written[found[0].end() :]
    was, is_now = figure.value < 0, arithmetic.real(value) < 0
    if was and not is_now:
        before, count = _SIGN.subn("", before)
        if not count:
            return None
    elif is_now and not was:
        before += "-"
    made = before + right + after
    return None if made == written else made


def right_formula(target: Partial, measure: Measure, written: Mapping[str, str]) -> str:
    """Return a derivative of the spec as a formula in LaTeX, quantities called what they are called in the file; empty for none.

    `written`: by quantity, its name in the file.
    """
    whole = seen_from(measure.evaluation, target.of.name)
    found = whole.derivation.simplification(target.by.name) if whole is not None and target.of != target.by else None
    if found is None:
        return ""
    style, graph = style_of(measure.evaluation), measure.evaluation.graph
    symbols = {**style.symbols, **written}
    indexed = tuple(name for name in graph.quantities if graph.indexed(name))
    return latex(found.result, replace(style, symbols=symbols, samples=graph.count, index=graph.index, per_sample=indexed))


def as_written(name: str) -> str:
    r"""Return a name in LaTeX as files mostly have it.

    >>> [as_written(name) for name in ("out_h1", "yhat", "w_5", "sigma_3^(2)")]
    ['\\text{out}_{h1}', '\\hat{y}', 'w_{5}', '\\sigma_{3}^{(2)}']
    """
    base, _, rest = name.partition("_")
    base, _, above = base.partition("^")
    below, _, over = rest.partition("^")
    above = above or over
    accent = next((each for each in ACCENTS.values() if base.endswith(each) and base != each), "")
    letter = base.removesuffix(accent)
    shown = letter if len(letter) == 1 else f"\\{letter}" if letter in GREEK else rf"\text{{{letter}}}"
    shown = rf"\{accent}{{{shown}}}" if accent else shown
    return shown + (f"_{{{below}}}" if below else "") + (f"^{{{above}}}" if above else "")


def right_line(left: str, relation: str, right: str) -> str:
    """Return a relation of two sides, on one line, ready to paste."""
    return re.sub(r"\s+", " ", f"{left} {relation} {right}").strip()


@dataclass(frozen=True)
class Fixed:
    """A copy of a file, and how many figures are others in it."""

    data: bytes
    figures: int


def fixed(data: bytes, checked: Checked) -> Fixed:
    """Return a file with the changes that its claims ask for; where two ask for different ones at one place, none is made."""
    by_cell: dict[int, list[Change]] = {}
    for claim in checked.claims:
        by_cell.setdefault(claim.cell, []).extend(claim.changes)
    texts = {source.cell: _changed(source.document.text, by_cell.get(source.cell, ())) for source in checked.sources}
    count = sum(number for _, number in texts.values())
    if not count:
        return Fixed(data, 0)
    begin = BOM if data.startswith(BOM) else b""
    if 0 in texts:
        return Fixed(begin + texts[0][0].encode(), count)
    document = DocumentText(data.removeprefix(BOM).decode(), checked.file)
    cells = {cell: texts[cell.number][0] for cell in markdown_cells(document) if texts.get(cell.number, ("", 0))[1]}
    return Fixed(begin + with_texts(document.text, cells).encode(), count)


def _changed(text: str, changes: Iterable[Change]) -> tuple[str, int]:
    found: dict[tuple[int, int], set[str]] = {}
    for change in changes:
        found.setdefault((change.start, change.end), set()).add(change.text)
    count, until = 0, len(text) + 1
    for (start, end), texts in sorted(found.items(), reverse=True):
        if len(texts) == 1 and end <= until:
            text, count, until = text[:start] + texts.pop() + text[end:], count + 1, start
    return text, count
