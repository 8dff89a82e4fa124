"""How wide and how high index notation prints: beside `derivgen.present.index_print`, node by node."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from derivgen.maths.tree import Boxed, Indexed, IndexedPartial, Labelled, Sym, UnitCount
from derivgen.present.boxes import WIDTH, Box, digits, fraction, halves, row, script, scripts, word
from derivgen.present.measure_names import index_box, symbol_box


def _scripted(ruler: Any, letter: str, above: str, below: tuple[str, ...], level: int) -> Box:
    over = index_box([above], script(level)) if above else None
    under = index_box([*below], script(level)) if below else None
    return scripts(symbol_box(Sym(letter), ruler.style, level), over, under, level, letter=True)


def _partial(ruler: Any, e: IndexedPartial, level: int) -> Box:
    if ruler.style.derivative == "prime":
        return scripts(ruler.bare(e.of, level), word("'", script(level)), ruler.bare(e.by, script(level)), level)
    low = halves(level)
    curl = Box(0.587 * WIDTH[low], 0.7 * WIDTH[low], 0.0)
    return fraction(row((curl, ruler.bare(e.of, low))), row((curl, ruler.bare(e.by, low))), level)


def _labelled(ruler: Any, e: Labelled, level: int) -> Box:
    """A box and, below it, its name."""
    inner = ruler.boxed(Boxed(e.content), level)
    name = row((word(f"{e.words} ", script(level)), ruler.box(e.label, script(level))))
    return Box(max(inner.width, name.width) + 0.34, inner.up, inner.down + name.up + name.down + 0.2)


BOXES: dict[type, Callable[..., Box]] = {
    Indexed: lambda ruler, e, level: _scripted(ruler, e.letter, e.above, e.below, level),
    UnitCount: lambda ruler, e, level: (
        _scripted(ruler, e.letter, "", (e.layer.text,), level) if e.size is None else digits(str(e.size), level)
    ),
    IndexedPartial: _partial,
    Labelled: _labelled,
}
"""How large each kind of node prints; `ruler` is the one that measures."""
