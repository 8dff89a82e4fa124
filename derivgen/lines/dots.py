"""Sums of products written as products of vectors: v_1 h_1 + v_2 h_2 as v · h, for the groups the notation names."""

from __future__ import annotations

from collections.abc import Mapping

from derivgen.maths.tree import Expr, Product, Sum, Sym, Written, rebuild

Groups = Mapping[str, tuple[str, ...]]
Pair = tuple[str, str]


def dotted(expr: Expr, groups: Groups) -> Expr:
    """The expression with every whole sum u_1 v_1 + u_2 v_2 + … of two groups as u·v, worth that sum; equal in value."""
    if not groups:
        return expr
    expr = rebuild(expr, lambda part: dotted(part, groups))
    return _sum(expr, groups) if isinstance(expr, Sum) else expr


def spelled(expr: Expr) -> Expr:
    """The expression with each u·v as the sum it is worth."""
    if isinstance(expr, Written) and expr.kind == "dot":
        return expr.value
    return rebuild(expr, spelled)


def _sum(total: Sum, groups: Groups) -> Expr:
    """A sum whose products of two groups, where they are all there, stand as one term in the place of the first."""
    places: dict[Pair, dict[int, int]] = {}
    for place, term in enumerate(total.terms):
        for pair, position in _positions(term, groups):
            turned = (pair[1], pair[0])
            places.setdefault(turned if turned in places else pair, {}).setdefault(position, place)
    terms: list[Expr | None] = list(total.terms)
    for pair, found in places.items():
        if len(found) == len(groups[pair[0]]) and all(terms[place] is not None for place in found.values()):
            first, *rest = sorted(found.values())
            terms[first] = _dot(pair, groups, total, [found[k] for k in range(len(found))])
            for place in rest:
                terms[place] = None
    kept = tuple(term for term in terms if term is not None)
    return total if len(kept) == len(total.terms) else kept[0] if len(kept) == 1 else Sum(kept)


def _positions(term: Expr, groups: Groups) -> list[tuple[Pair, int]]:
    """The pairs of groups, and the place in them, of which a product of two names is a part."""
    if not isinstance(term, Product) or len(term.factors) != 2:
        return []
    left, right = term.factors
    if not isinstance(left, Sym) or not isinstance(right, Sym):
        return []
    return [
        ((u, v), ours.index(left.name))
        for u, ours in groups.items()
        for v, theirs in groups.items()
        if left.name in ours and right.name in theirs and len(ours) == len(theirs)
        if ours.index(left.name) == theirs.index(right.name)
    ]


def _dot(pair: Pair, groups: Groups, total: Sum, order: list[int]) -> Expr:
    """u·v, an index on each vector whose entries carry one; its value from the groups themselves, entry by entry."""
    first = total.terms[order[0]]
    assert isinstance(first, Product)
    indices = [entry.index for entry in first.factors if isinstance(entry, Sym)]
    names = tuple(Sym(name, index) for name, index in zip(pair, indices, strict=True))
    written = [total.terms[place] for place in order]
    if all(type(factor) is Sym for term in written if isinstance(term, Product) for factor in term.factors):
        entries = zip(*(groups[name] for name in pair), strict=True)
        written = [Product(tuple(Sym(name, index) for name, index in zip(entry, indices, strict=True))) for entry in entries]
    return Written("dot", names, Sum(tuple(written)))
