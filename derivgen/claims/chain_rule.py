"""A product of partial derivatives as a chain: each denominator is the next numerator, and it leads where it is said to lead."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from derivgen.claims.spec_values import loose_parts
from derivgen.frozen import dataclass
from derivgen.maths.tree import Expr, Partial, Product, Sum, SumOver


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain does not fit: `found` stands for `wanted`; `at` is the factor's number from 0, `over`: in its numerator."""

    found: str
    wanted: str
    at: int
    over: bool

    @property
    def is_slip(self) -> bool:
        """Tell whether the two are one letter with two indices: not two letters for one thing."""
        one, other = loose_parts(self.found), loose_parts(self.wanted)
        return one[0] == other[0] and all(any(parts[1:]) for parts in (one, other))


def factors_of(tree: Expr) -> tuple[Partial, ...]:
    """Return the partial derivatives whose product a side is; empty where it is anything else.

    >>> from derivgen.maths.tree import Sym
    >>> chain = Product((Partial(Sym("L"), Sym("a")), Partial(Sym("a"), Sym("w"))))
    >>> len(factors_of(chain)), factors_of(Sym("a"))
    (2, ())
    """
    found = tuple(_flat(tree))
    partials = tuple(factor for factor in found if isinstance(factor, Partial))
    return partials if len(partials) == len(found) else ()


def terms_of(tree: Expr) -> tuple[Expr, ...]:
    """Return the terms of a sum, those of sums over an index without it; of anything else that alone."""
    while isinstance(tree, SumOver):
        tree = tree.body
    return tuple(term for part in tree.terms for term in terms_of(part)) if isinstance(tree, Sum) else (tree,)


def breaks(of: str, by: str, chain: Sequence[Partial]) -> tuple[Break, ...]:
    """Return where a chain does not lead from `of` to `by`, written from either end.

    >>> from derivgen.maths.tree import Sym
    >>> chain = [Partial(Sym("L"), Sym("a_3")), Partial(Sym("a_5"), Sym("z_5")), Partial(Sym("z_5"), Sym("w"))]
    >>> breaks("L", "w", chain)
    (Break(found='a_3', wanted='a_5', at=0, over=False),)
    >>> breaks("L", "w", chain[::-1])[0].at
    2
    """
    forwards, backwards = tuple(_breaks(of, by, chain)), tuple(_breaks(of, by, chain[::-1]))
    if len(backwards) < len(forwards):
        return tuple(Break(each.found, each.wanted, len(chain) - 1 - each.at, each.over) for each in backwards)
    return forwards


def _breaks(of: str, by: str, chain: Sequence[Partial]) -> Iterator[Break]:
    if loose_parts(chain[0].of.name) != loose_parts(of):
        yield Break(chain[0].of.name, of, 0, True)
    for k, (left, right) in enumerate(pairwise(chain)):
        if loose_parts(left.by.name) != loose_parts(right.of.name):
            yield Break(left.by.name, right.of.name, k, False)
    if loose_parts(chain[-1].by.name) != loose_parts(by):
        yield Break(chain[-1].by.name, by, len(chain) - 1, False)


def _flat(tree: Expr) -> Iterator[Expr]:
    if isinstance(tree, Product):
        for factor in tree.factors:
            yield from _flat(factor)
    else:
        yield tree


def told(label: Partial, tree: Expr) -> str:
    """Return where one of the chains in a side does not fit what it is said to be, in words; empty where nothing is a slip.

    Only one letter with two indices is a slip: the author may have two letters for one thing.
    """
    of, by = label.of.name, label.by.name
    for term in terms_of(tree):
        chain = factors_of(term)
        found = breaks(of, by, chain) if len(chain) > 1 else ()
        if len(found) != 1 or not found[0].is_slip or found[0].over:
            continue
        at, one = found[0].at, found[0]
        if one.wanted == by and chain[at].by.name == one.found:
            return f"this chain leads to ∂{of}/∂{one.found}, not to ∂{of}/∂{by}"
        return f"the chain breaks: ∂{chain[at].of.name}/∂{one.found} stands beside a derivative of {one.wanted}"
    return ""
