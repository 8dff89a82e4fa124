"""A network's picture decided, before anything is placed: what each wire carries, what is strong, where the loss goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

from derivgen.documents.drawing import Shape
from derivgen.documents.layout import Point, content_size
from derivgen.documents.layout_network import MOST_WIRES, Columns, Link, is_cut, valued
from derivgen.maths.style import Style
from derivgen.maths.tree import Expr

Line = tuple[Point, Point]


@dataclass(frozen=True)
class Task:
    """What is to be drawn, decided before anything is placed."""

    columns: Columns
    links: tuple[Link, ...]
    label: Callable[[str], Expr]
    weights: Mapping[str, Expr] | None
    biases: Mapping[str, Expr] | None
    loss: str
    target: str | None
    strong: tuple[str, ...]
    style: Style
    radius: float
    limit: float

    def into(self, at: int) -> tuple[Link, ...]:
        """The wires into a column."""
        return tuple(link for link in self.links if link.column == at - 1)

    def is_labelled(self, at: int) -> bool:
        """Whether the wires into a column carry labels: not where units are left out or wires are too many."""
        return len(self.into(at)) <= MOST_WIRES and not is_cut(self.columns[at - 1]) and not is_cut(self.columns[at])

    def is_strong(self, link: Link) -> bool:
        """Whether the path runs along the wire: it names the weight, or both of its ends."""
        return link.weight in self.strong or (link.source in self.strong and link.target in self.strong)

    @cached_property
    def rows(self) -> int:
        """Of the highest column."""
        return max(len(column) for column in self.columns)

    @cached_property
    def carried(self) -> tuple[tuple[Carried, ...], ...]:
        """The labels on the wires into each column, the first being the inputs'."""
        return ((), *(self._carried(at) for at in range(1, len(self.columns))))

    def _carried(self, at: int) -> tuple[Carried, ...]:
        found = []
        for link in self.into(at) if self.is_labelled(at) else ():
            content = valued(link.weight, self.label, self.weights)
            strong = self.is_strong(link)
            found.append(Carried(content, strong, *content_size(content, "small", self.style, strong)))
        return tuple(found)

    def loss_box(self, x: float, dy: float) -> Shape:
        """The loss, right of the last column at x."""
        width, height = content_size(self.label(self.loss), "normal", self.style, bool(self.strong))
        rows = len(self.columns[-1])
        gap = 0.65 if rows == 1 else max(1.1, 0.35 * (rows - 1) * dy)
        centre = x + self.radius + gap + (width + 0.2) / 2
        return Shape(centre, 0.0, width + 0.2, height + 0.24, self.label(self.loss), "box", "loss", self.loss in self.strong)


@dataclass(frozen=True, slots=True)
class Carried:
    """A label a wire carries, and its size."""

    content: Expr
    strong: bool
    width: float
    height: float
