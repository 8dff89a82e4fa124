"""Index notation as written: `w^L_mn` for any layer and any units, Σ over the units of a layer, a factor in a box with its name.

A formula in these nodes stands for many equalities, one for each layer and each unit that its letters may mean
(`derivgen.lines.instances` writes them out).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from derivgen.maths.tree import Expr, Sym, shaped


@dataclass(frozen=True, slots=True)
class Layer:
    """Layer `letter + offset`: L, L-1; without a letter the layer with that number. `among` are the numbers the letter may mean.

    >>> Layer("L", -1).text, Layer("", 2).text
    ('L-1', '2')
    """

    letter: str
    offset: int = 0
    among: tuple[int, ...] = field(default=())

    @property
    def text(self) -> str:
        """How it is written."""
        if not self.letter:
            return str(self.offset)
        return f"{self.letter}{self.offset:+d}" if self.offset else self.letter

    def below(self, steps: int = 1) -> Layer:
        """The layer so many steps below."""
        return Layer(self.letter, self.offset - steps, self.among)


@dataclass(frozen=True, slots=True)
class Indexed(Expr):
    """A quantity of any unit: `letter` with its layer above and its indices below.

    `role` says which quantity of a unit it is: weight, bias, net, output, error (∂loss/∂net), target, input, or `index`, the
    number of the unit itself. An index is a letter or, as text, the number of one unit. The indices of a weight are the unit it
    leads to and the one it comes from; `turned` prints them the other way round. `sample` is the index of the sample, where it
    has one value per sample. A `bare` one prints its letter alone.
    """

    role: str
    letter: str
    layer: Layer | None = None
    indices: tuple[str, ...] = ()
    sample: str | None = None
    turned: bool = False
    bare: bool = False

    @property
    def below(self) -> tuple[str, ...]:
        """What is printed below: the indices in a row, then the sample."""
        if self.bare or self.role == "index":
            return ()
        apart = "," if any(index.isdecimal() and len(index) > 1 for index in self.indices) else ""
        row = apart.join(reversed(self.indices) if self.turned else self.indices)
        return tuple(part for part in (row, self.sample) if part)

    @property
    def above(self) -> str:
        """What is printed above."""
        return "" if self.layer is None or self.bare else self.layer.text


@dataclass(frozen=True, slots=True)
class UnitCount(Expr):
    """N_L: how many units a layer has; printed as that number where a `size` is given."""

    letter: str
    layer: Layer
    size: int | None = None


@dataclass(frozen=True, slots=True)
class IndexedPartial(Expr):
    """∂of/∂by, of quantities of any units, of one unit by its name, or of the loss."""

    of: Sym | Indexed
    by: Sym | Indexed


@dataclass(frozen=True, slots=True)
class Labelled(Expr):
    """A factor in a box, with words and a name below it: what is worked out once and looked up again."""

    content: Expr
    label: Expr
    words: str = ""


shaped(Indexed, lambda e: (), lambda e, parts: e)
shaped(UnitCount, lambda e: (), lambda e, parts: e)
shaped(IndexedPartial, lambda e: (e.of, e.by), lambda e, parts: IndexedPartial(*parts, at=e.at))
shaped(Labelled, lambda e: (e.content,), lambda e, parts: Labelled(parts[0], e.label, e.words, at=e.at))
