"""A drawing laid out: shapes at places, without a format. Lengths are in centimetres, y grows upwards."""

from __future__ import annotations

from dataclasses import dataclass

from derivgen.maths.tree import Expr


@dataclass(frozen=True, slots=True)
class Shape:
    """A node with its label: `circle` or `box`, centred at (x, y), `width` × `height` around it.

    `tone` is `input`, `unit`, `loss` or `plain`; `strong` shapes lie on the path that is being shown.
    """

    x: float
    y: float
    width: float
    height: float
    label: Expr | None
    form: str = "circle"
    tone: str = "unit"
    strong: bool = False
    size: str = "normal"


@dataclass(frozen=True, slots=True)
class Wire:
    """A line through `points`, an arrow at its end unless `arrow` is off. `strong` marks the path shown.

    A `curved` wire leaves and reaches each point horizontally.
    """

    points: tuple[tuple[float, float], ...]
    arrow: bool = True
    strong: bool = False
    quiet: bool = False
    curved: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """Mathematics (or words) centred at (x, y) on a white `ground`. `tone`: `plain`, `forward`, `backward` or `quiet`.

    `size` is `normal` (10 pt), `small` (9 pt) or `display` (10 pt, fractions at full size); no letter
    of a label, not even in an index, is below 7 pt.
    """

    x: float
    y: float
    content: Expr | str
    tone: str = "plain"
    size: str = "small"
    strong: bool = False
    ground: bool = True


@dataclass(frozen=True, slots=True)
class Curve:
    """A line through many points, worked out beforehand. `dashed` tells a second curve apart without its colour.

    `dots` marks each of its points as well; `ring` dots are hollow.
    """

    points: tuple[tuple[float, float], ...]
    dashed: bool = False
    dots: bool = False
    ring: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """Shapes, wires and labels within width × height; wires lie below curves, those below shapes, labels above.

    `omitted` are the names that found no room in the picture: what they are must be said beside it.
    """

    width: float
    height: float
    shapes: tuple[Shape, ...] = ()
    wires: tuple[Wire, ...] = ()
    labels: tuple[Label, ...] = ()
    omitted: tuple[str, ...] = ()
    curves: tuple[Curve, ...] = ()
