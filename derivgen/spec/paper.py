"""The paper and the letters of a document: which sizes there are, and how much has room on a page of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from derivgen.frozen import dataclass

POINT = 72.27 / 25.4  # to a millimetre
MEASURED = 0.9955
"""What is left of a width for what is measured: that comes out a little too small at times."""
LINE = 1.25  # em


@dataclass(frozen=True, slots=True)
class Paper:
    """Height of the sheet, width of the text, margins above and below it, in mm."""

    height: float
    text: float
    top: float
    bottom: float


PAPERS: Mapping[str, Paper] = MappingProxyType(
    {"a4": Paper(297, 166, 23, 21), "letter": Paper(279.4, 172, 23, 21), "a5": Paper(210, 124, 19, 15)}
)

LADDER = (8, 9, 10, 10.95, 12, 14.4, 17.28, 20.74, 24.88, 29.86)
FONT_SIZES: Mapping[int, float] = MappingProxyType({10: 10, 11: 10.95, 12: 12, 14: 14.4, 17: 17.28, 20: 20.74})
"""What a size is called: how large it is in points."""
USUAL = 11
WIDEST_GAP, BEFORE_GAP = 36.0, 6.9  # em
LEAST_ROOM = 22.0
"""With fewer em to a line nothing can be set: large letters want a larger paper."""


@dataclass(frozen=True, slots=True)
class PageSize:
    """A paper by its name, and the size of the letters by its own."""

    paper: str = "a4"
    font_size: int = USUAL

    @property
    def points(self) -> float:
        """Return the size of the letters in points."""
        return FONT_SIZES[self.font_size]

    @property
    def room(self) -> float:
        """Return the width of the text in em.

        >>> PageSize().room, PageSize("letter").room
        (42.9, 44.5)
        """
        return round(PAPERS[self.paper].text * POINT / self.points * MEASURED, 1)

    @property
    def scale(self) -> float:
        """Return how large the letters are beside the usual ones, and drawings with them."""
        return self.points / FONT_SIZES[USUAL]

    @property
    def widest_gap(self) -> float:
        """Return how wide a gap may be, in em, so that something has room before it."""
        return min(WIDEST_GAP, self.room - BEFORE_GAP)

    @property
    def lines(self) -> float:
        """Return how many lines of 1.25 em have room on a page."""
        paper = PAPERS[self.paper]
        return (paper.height - paper.top - paper.bottom) * POINT / (LINE * self.points)

    def size(self, steps: int) -> float:
        """Return the size so many steps larger, or smaller, than the letters of the text, in points."""
        return LADDER[min(LADDER.index(self.points) + steps, len(LADDER) - 1)]
