"""A chain of matrices → one chain for each entry, and what was said of them → one claim for each relation."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from derivgen.claims.claim import Claim
from derivgen.claims.figures import figure_of
from derivgen.claims.matrices import Names, entries, names_of_entries, size
from derivgen.claims.sides import Side, label_of
from derivgen.claims.tokens import UnreadableError
from derivgen.frozen import replace
from derivgen.maths.tree import Expr, Matrix, Sym

_WORST = ("false", "carried", "unread", "rounded", "true")


def matrix_of(side: Side) -> Matrix | None:
    """Return the first reading of a side that is a matrix."""
    return next((tree for tree in side.trees if isinstance(tree, Matrix)), None)


def leading(sides: Sequence[Side]) -> Matrix | None:
    """Return the matrix whose size the others of a chain have to have; None where there is no matrix. A list has any size."""
    found = [matrix for side in sides if (matrix := matrix_of(side)) is not None]
    return next((matrix for matrix in found if not matrix.either and not matrix.spread), found[0] if found else None)


def by_entry(sides: Sequence[Side], lead: Matrix, define: Callable[[str, Names], None]) -> tuple[tuple[Side, ...], ...]:
    """Return for each entry the sides of its chain; a side that has no such entry has a reason instead of trees.

    `define` is told of a name that stands for a matrix, and the names of its entries.
    """
    rows, columns = size(lead)
    made = [_entries(side, lead, define) for side in sides]
    return tuple(tuple(cells[k] for cells in made) for k in range(rows * columns))


def _entries(side: Side, lead: Matrix, define: Callable[[str, Names], None]) -> list[Side]:
    rows, columns = size(lead)
    count = rows * columns
    if side.reason:
        return [side] * count
    if side.is_label and matrix_of(side) is None:
        letter = side.partial.by.name if side.partial else side.name
        names = names_of_entries(letter, lead)
        if not side.partial:
            define(letter, names)
        flat = [name for row in names for name in row]
        return [_labelled(side, replace(side.partial, by=Sym(name)) if side.partial else Sym(name)) for name in flat]
    every, reason = [], ""
    for tree in side.trees:
        try:
            every.append(entries(tree if isinstance(tree, Matrix) else Matrix(((tree,),)), lead))
        except UnreadableError as error:
            reason = reason or error.reason
    if not every:
        return [replace(side, trees=(), reason=reason, figure=None, name="", partial=None)] * count
    return [_labelled(side, *dict.fromkeys(trees)) for trees in zip(*every, strict=True)]


def _labelled(side: Side, *trees: Expr) -> Side:
    """Return a side with other trees, and what it then is: a figure, a name, a derivative."""
    only = trees[0] if len(trees) == 1 else None
    return replace(
        side,
        trees=trees,
        figure=None if only is None else figure_of(only),
        name=only.name if isinstance(only, Sym) else "",
        partial=label_of(only),
    )


def merged(claims: Sequence[tuple[int, Claim]], columns: int) -> list[Claim]:
    """Return one claim for each relation from those of the entries, each with its number from 0: the worst of them.

    >>> from derivgen.errors import Place
    >>> place = Place("notes.md", 1, 1)
    >>> said = [(0, Claim(place, "a", "=", "b", "true")), (1, Claim(place, "a", "=", "b", "false", message="this is 2"))]
    >>> [(claim.verdict, claim.message) for claim in merged(said, 2)]
    [('false', 'row 1, column 2: this is 2')]
    """
    found: dict[tuple[str, str, str, int], tuple[int, Claim]] = {}
    for entry, claim in claims:
        key = claim.left, claim.relation, claim.right, claim.place.column
        if key not in found or _WORST.index(claim.verdict) < _WORST.index(found[key][1].verdict):
            found[key] = entry, claim
    return [_placed(entry, claim, columns, len(claims) > len(found)) for entry, claim in found.values()]


def everywhere(claims: Sequence[tuple[int, Claim]], strictly: bool = False) -> list[Claim]:
    """Return one claim for each relation from those at several points: false only if it is so at all that it can be read at.

    What is said `strictly` of all of them is false where it is so at one.
    """
    found: dict[tuple[str, str, str, int], list[Claim]] = {}
    for _, claim in claims:
        found.setdefault((claim.left, claim.relation, claim.right, claim.place.column), []).append(claim)
    return [_agreed([one for one in each if one.verdict != "unread"] or each, strictly) for each in found.values()]


def _agreed(claims: Sequence[Claim], strictly: bool) -> Claim:
    worst = max(claims, key=lambda claim: -_WORST.index(claim.verdict))
    if strictly:
        return worst
    if worst.verdict in ("false", "carried") and any(claim.verdict != worst.verdict for claim in claims):
        return replace(worst, verdict="unread", value=None, cause="", message="this holds for some arguments only")
    return worst if worst.verdict != "rounded" else replace(worst, verdict="true", message="")


def _placed(entry: int, claim: Claim, columns: int, several: bool) -> Claim:
    if not several or claim.verdict not in ("false", "carried"):
        return claim
    return replace(claim, message=f"row {entry // columns + 1}, column {entry % columns + 1}: {claim.message}")
