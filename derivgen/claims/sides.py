"""One side of a relation: its text in the file, what it can be read as, and whether it only names something."""

from __future__ import annotations

import re
from collections.abc import Sequence

from derivgen.claims.figures import Figure, figure_of
from derivgen.claims.judging import has_names
from derivgen.claims.names import in_words
from derivgen.claims.reading import read
from derivgen.claims.spelling import Style
from derivgen.claims.tokens import Token, UnreadableError
from derivgen.frozen import dataclass
from derivgen.maths.tree import Expr, Num, Partial, Power, Sym

_FRAME = re.compile(r"\\[A-Za-z]+\s*(?:\{[^{}]*\}\s*)?\{\s*\Z")
MOST_FRAMES = 8


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a relation: its text in the file, its trees or the reason why there are none, and what it is."""

    text: str
    start: int
    end: int
    trees: tuple[Expr, ...] = ()
    reason: str = ""
    figure: Figure | None = None
    name: str = ""
    partial: Partial | None = None

    @property
    def is_label(self) -> bool:
        """Tell whether the side only names something."""
        return bool(self.name) or self.partial is not None

    @property
    def said(self) -> str:
        """Return what the side names, in words."""
        return in_words(self.partial) if self.partial is not None else self.name

    @property
    def first(self) -> Expr | None:
        """Return the likeliest reading; None for a side that cannot be read."""
        return self.trees[0] if self.trees else None

    @property
    def has_names(self) -> bool:
        """Tell whether a name or a derivative stands in the side."""
        return any(map(has_names, self.trees[:1]))


def side_of(tokens: Sequence[Token], at: int, text: str, style: Style) -> Side:
    """Return the side that these tokens of a text are; without any it is empty, at the offset `at`."""
    if not tokens:
        return Side("", at, at, reason="nothing stands on one side")
    start, end = _whole(text, min(token.start for token in tokens), max(token.end for token in tokens))
    try:
        trees = read(list(tokens), style)
    except UnreadableError as error:
        return Side(text[start:end], start, end, reason=error.reason)
    only = trees[0] if len(trees) == 1 else None
    figure = figure_of(only) if only is not None else None
    return Side(text[start:end], start, end, trees, "", figure, _name(only, style), label_of(only))


def label_of(tree: Expr | None) -> Partial | None:
    """Return the derivative that a side names; a direct one names nothing."""
    return tree if isinstance(tree, Partial) and not tree.direct else None


def _whole(text: str, start: int, end: int) -> tuple[int, int]:
    r"""Return a side's span with the frames, fonts and colours around it or around its ends: those of \mathbf{0.5} + 1 whole."""
    for _ in range(MOST_FRAMES):
        inside = text[start:end]
        depth = inside.count("{") - inside.count("}")
        around = depth == 0 and text[end : end + 1] == "}"
        frame = _FRAME.search(text, max(0, start - 80), start) if around or depth < 0 else None
        if frame is not None:
            start, end = frame.start(), end + around
        elif depth > 0 and text[end : end + 1] == "}":
            end += 1
        else:
            break
    return start, end


def _name(tree: Expr | None, style: Style) -> str:
    """Return the name that a side is alone; a power of a name without a value is one, too: a^2 may be of layer 2."""
    if isinstance(tree, Sym):
        return tree.name
    if isinstance(tree, Power) and isinstance(tree.base, Sym) and isinstance(tree.exponent, Num):
        return "" if style.known(tree.base.name) else f"{tree.base.name}^{tree.exponent.text}"
    return ""
