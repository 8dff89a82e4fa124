"""One width per number of a document: as few digits as lead from the figures of each line to the figures of its result.

The digits a spec asks for are what its answers have. A line that does not come out with its numbers as short needs more of them;
so these are longer wherever they stand, and the lines that work them out must come out to as many. What stands in one column of
a table, or belongs to one quantity in all samples, has the same width.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from types import MappingProxyType

from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass
from derivgen.lines.equality import Equality, LineKind, only_numbers, unmarked
from derivgen.lines.every import every_line
from derivgen.lines.matrix_lines import figures_agree
from derivgen.maths.arithmetic import Number
from derivgen.maths.numbers import NumberFormat, resized, shown, width_key
from derivgen.maths.tree import (
    Expr,
    Matrix,
    Num,
    Product,
    Shown,
    walk,
)
from derivgen.memo import kept_with_owner

MOST_LONGER = 6
"""By more digits no number is longer for the sake of lines elsewhere; a line that needs more has them for itself."""
MOST_TRIED = 12
"""Of so many numbers of a line each is tried alone whether it is enough that it is longer; of more all are longer together."""


def printed_lines(evaluation: Evaluation) -> tuple[Equality, ...]:
    """Return every line that pages may print, its figures worked out with the evaluation's own digits."""
    with evaluation.precise():
        return (*every_line(evaluation), *_shown_lines(evaluation))


def _shown_lines(evaluation: Evaluation) -> Iterable[Equality]:
    """Return the lines of the blocks under `show`; who asks for none need not import what draws them."""
    if not evaluation.graph.spec.show:
        return ()
    from derivgen.blocks import shown_lines

    return shown_lines(evaluation)


@kept_with_owner
def with_widths(evaluation: Evaluation) -> Evaluation:
    """Return the evaluation with the width of each of its rounded numbers decided; not where numbers are carried on rounded."""
    if evaluation.number_format.carry:
        return evaluation
    lines = printed_lines(evaluation)
    with evaluation.precise():
        return replace(evaluation, widths=MappingProxyType(_decided(evaluation, lines)))


@dataclass(frozen=True, slots=True)
class _Claim:
    """Figures that are to lead to a result, and which numbers are among them."""

    figures: Expr
    result: Num | Shown | Matrix
    numbers: tuple[str, ...]


def _decided(evaluation: Evaluation, lines: Iterable[Equality]) -> dict[str, int]:
    """Return by how many digits each number is longer than the spec asks for."""
    lines, style, env = tuple(lines), evaluation.number_format, evaluation.environment(0)
    claims = [claim for line in _on_pages(evaluation, lines) if (claim := _claim(line)) is not None]
    alike = _Alike()
    for values in (*evaluation.values.values(), *evaluation.partials.values(), *evaluation.adjoints.values()):
        alike.join(_rounded(values, style))
    for column in _columns(lines):
        alike.join(column)

    def put(expr: Expr, longer: dict[str, int]) -> Expr:
        return resized(expr, style, lambda key: longer.get(alike.of(key), 0))

    def comes_out(claim: _Claim, longer: dict[str, int]) -> bool:
        result = put(claim.result, longer)
        assert isinstance(result, (Num, Shown, Matrix))
        return figures_agree(put(claim.figures, longer), result, style, env)

    def needed(claim: _Claim, widths: dict[str, int]) -> dict[str, int] | None:
        """Return widths with which the claim comes out: one of its shortest numbers longer, or else all; None where none do."""
        longer, numbers = widths, sorted({alike.of(key) for key in claim.numbers})
        while not comes_out(claim, longer):
            least = min(longer.get(each, 0) for each in numbers)
            if least == MOST_LONGER:
                return None
            steps = [{each: least + 1} for each in numbers if longer.get(each, 0) == least]
            tried = steps if len(steps) <= MOST_TRIED else ()
            alone = next((longer | step for step in tried if comes_out(claim, longer | step)), None)
            longer = alone or longer | {each: wide for step in steps for each, wide in step.items()}
        return longer

    def settled(widths: dict[str, int]) -> tuple[dict[str, int], list[_Claim]]:
        """Return the widths after one round, and the claims that come out with none: their result grows as they do."""
        without = []
        for claim in reversed(claims):
            found = needed(claim, widths)
            if found is None:
                without.append(claim)
            else:
                widths = found
        return widths, without

    widths: dict[str, int] = {}
    while True:
        before = widths
        widths, without = settled(before)
        if not without and widths == before:
            break
        if without:
            gone = set(map(id, without))
            claims, widths = [claim for claim in claims if id(claim) not in gone], {}
    return {key: widths[root] for key in alike.known() if (root := alike.of(key)) in widths}


def _on_pages(evaluation: Evaluation, lines: Sequence[Equality]) -> Iterator[Equality]:
    """Yield the lines of figures; not the shares of an error that has a line of its own, nor steps that a table tells of."""
    update = evaluation.graph.spec.update
    in_table = update is not None and update.plain
    errors = {line.about[1:] for line in lines if line.about[0] is LineKind.ERROR_VALUE}
    for line in lines:
        kind, *about = line.about
        passed_over = (kind is LineKind.ADJOINT_VALUE and (*about,) in errors) or (
            kind is LineKind.UPDATE and in_table and len(about) > 1
        )
        if line.numeric and not passed_over:
            yield line


def _claim(line: Equality) -> _Claim | None:
    """What the figures of a line lead to, where its last two sides are figures, and rounded ones among them."""
    figures, result = (unmarked(side) for side in line.sides[-2:])
    if not isinstance(result, (Num, Shown, Matrix)) or isinstance(figures, Shown):
        return None
    if not only_numbers(figures):
        return None
    numbers = tuple(width_key(node.value) for node in walk(figures) if isinstance(node, Shown) and not node.exact)
    return _Claim(figures, result, numbers) if numbers else None


def _rounded(values: Iterable[Number], style: NumberFormat) -> tuple[str, ...]:
    return tuple(width_key(value) for value in values if isinstance(shown(value, style), Shown))


def _columns(lines: Iterable[Equality]) -> Iterator[tuple[str, ...]]:
    """Yield what stands below each other in the tables of factors and shares, and of steps."""
    found: dict[tuple[object, ...], list[str]] = {}
    for line in lines:
        if line.about[0] in (LineKind.SAMPLE, LineKind.STEP) and line.about[-1].isdigit():
            first, last = unmarked(line.sides[0]), unmarked(line.sides[-1])
            beside = first.factors if isinstance(first, Product) else (first,)
            for place, number in enumerate((last, *beside)):
                if isinstance(number, Shown):
                    found.setdefault((tuple(line.about)[:-1], place), []).append(width_key(number.value))
    return map(tuple, found.values())


class _Alike:
    """Which numbers have one width."""

    def __init__(self) -> None:
        self._root: dict[str, str] = {}

    def of(self, key: str) -> str:
        """Return the number that stands for all that are as wide as this one."""
        while (root := self._root.setdefault(key, key)) != key:
            key = root
        return key

    def join(self, keys: Iterable[str]) -> None:
        """Have these numbers as wide as each other."""
        first: str | None = None
        for key in keys:
            root = self.of(key)
            first = first or root
            self._root[root] = first

    def known(self) -> tuple[str, ...]:
        """Return all numbers that were asked for."""
        return tuple(self._root)
