"""How wide and how high a formula prints, without TeX: TeX's own rules for spaces, scripts and fractions, rounded up.

The estimate stays within a few per cent of what pdfTeX sets (`tests/present/test_measure.py` holds measured widths). Lengths are
in em of the text. A level says how large a box is set, as in TeX: display, text, script, scriptscript.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from derivgen.frozen import dataclass
from derivgen.maths.names import SPELLED, is_index
from derivgen.maths.slots import DependsOnNumberError, source_text
from derivgen.maths.style import DEFAULT, Style
from derivgen.maths.tree import Expr
from derivgen.memo import EXTENTS
from derivgen.present import boxes
from derivgen.present.boxes import Box
from derivgen.present.build import present
from derivgen.present.glyphs import BRACKETS, GREEK, ITALIC, SIGNS, UPRIGHT
from derivgen.present.marks import Mark, Spacing

DISPLAY, TEXT, SCRIPT, TINY = 0, 1, 2, 3
WIDTH = (1.0, 1.0, 0.805, 0.725)  # of a letter at each level: small sizes are drawn wider
HEIGHT = (1.0, 1.0, 0.7, 0.5)
AXIS = 0.25  # how high fraction rules and minus signs stand
LINE = 1.2  # em from one line of text to the next
SIZE_BELOW = 0.75  # em from the line a matrix stands on to its size below it


@dataclass(frozen=True, slots=True)
class Extent:
    """A printed piece, in em: its width and what rises above and hangs below the line it stands on."""

    width: float
    up: float
    down: float


def width_em(expr: Expr, style: Style = DEFAULT, *, inline: bool = False) -> float:
    """Return the width in em as a displayed formula, or within a line of text when `inline`.

    >>> from derivgen.maths.tree import Sym
    >>> round(width_em(Sym("W_13")), 1)
    1.9
    """
    return extent(expr, style, inline=inline).width


def height_lines(expr: Expr, style: Style = DEFAULT, *, inline: bool = False) -> float:
    """Return the height in lines of text (1 for a plain symbol, about 1.7 for a displayed fraction), at least 1.

    >>> from derivgen.maths.tree import Sym
    >>> height_lines(Sym("x_1"))
    1.0
    """
    whole = extent(expr, style, inline=inline)
    return (max(whole.up, 0.84) + max(whole.down, 0.36)) / LINE


def extent(expr: Expr, style: Style = DEFAULT, *, inline: bool = False) -> Extent:
    """Return the width and what rises and hangs, in em, as a displayed formula or within a line of text."""
    return measured(present(expr, style), TEXT if inline else DISPLAY)


@EXTENTS
def measured(box: Box, level: int = DISPLAY) -> Extent:
    """Return the extent of a box at a level of size."""
    return _measure(box, level)


def _measure(box: Box, level: int) -> Extent:
    return _EXTENTS[type(box)](box, level)


def text_width_em(words: str) -> float:
    """Return the width in em of upright words: `Loss`, `else`.

    >>> round(text_width_em("Loss"), 2)
    1.92
    """
    return sum(UPRIGHT.get(letter, SIGNS.get(letter, 0.56 if letter.isalpha() else 0.5)) for letter in words)


# --- rows, scripts, fractions -------------------------------------------------------------------------------------------


def _beside(extents: Iterable[Extent]) -> Extent:
    width = up = down = 0.0
    for each in extents:
        width += each.width
        up = each.up if each.up > up else up
        down = each.down if each.down > down else down
    return Extent(width, up, down)


def _row(box: boxes.Row, level: int) -> Extent:
    return _beside([_EXTENTS[type(part)](part, level) for part in box.parts])


def _space(mu: float, level: int) -> Extent:
    """Return the space TeX puts beside a sign, in eighteenths of an em; there is none in scripts."""
    return Extent(mu / 18 if level <= TEXT else 0.0, 0.0, 0.0)


def _bare_sign(width: float, level: int) -> Extent:
    """Return a sign without space around it: a leading minus, a comma."""
    return Extent(width * WIDTH[level], 0.59 * HEIGHT[level], 0.09 * HEIGHT[level])


def _words(words: str, level: int) -> Extent:
    return Extent(text_width_em(words) * WIDTH[level], 0.7 * HEIGHT[level], 0.2 * HEIGHT[level])


def _digits(text: str, level: int) -> Extent:
    return Extent(text_width_em(text) * WIDTH[level], 0.65 * HEIGHT[level], 0.0)


def _placeholder(box: boxes.Placeholder, level: int) -> Extent:
    """Refuse: how wide a number is, is not known before the number."""
    raise DependsOnNumberError(f"the layout of the page depends on how long {source_text(box.source)} is")


def _script(level: int) -> int:
    """Return the level of an index or exponent."""
    return SCRIPT if level <= TEXT else TINY


def _half(level: int) -> int:
    """Return the level of the two halves of a fraction."""
    return (TEXT, SCRIPT, TINY, TINY)[level]


def _scripted(base: Extent, above: Extent | None, below: Extent | None, level: int, letter: bool = False) -> Extent:
    """Return base^above_below: both scripts start at the base's right edge; at a `letter` they do not follow its height."""
    size = HEIGHT[level]
    edge, foot = (0.0, 0.0) if letter else (base.up - 0.25, base.down + 0.05)
    wide = max((each.width for each in (above, below) if each), default=-0.05)
    up, down = base.up, base.down
    if above:
        up = max(up, max(0.413 * size, edge) + above.up)
    if below:
        down = max(down, max((0.247 if above else 0.15) * size, foot) + below.down)
    return Extent(base.width + wide + 0.05, up, down)


def _scripts(box: boxes.Scripts, level: int) -> Extent:
    above = None if box.above is None else _measure(box.above, _script(level))
    if isinstance(box.base, boxes.Name) and box.below is None and not (box.base.above or box.base.sample):
        return _name(box.base, level, above)
    below = None if box.below is None else _measure(box.below, _script(level))
    return _scripted(_measure(box.base, level), above, below, level)


def _fraction(box: boxes.Fraction, level: int) -> Extent:
    """Return one above the other with a rule between them."""
    over, under = _measure(box.over, _half(level)), _measure(box.under, _half(level))
    gap = 0.14 if level == DISPLAY else 0.06
    raised, lowered = (0.677, 0.686) if level == DISPLAY else (0.394 * HEIGHT[level], 0.345 * HEIGHT[level])
    raised = max(raised, AXIS + gap + over.down)
    lowered = max(lowered, under.up + gap - AXIS)
    return Extent(max(over.width, under.width) + 0.24, raised + over.up, lowered + under.down)


def _fenced(box: boxes.Fenced, level: int) -> Extent:
    """Return a box in brackets, as high as what they hold if it is `tall`; braces are wider, bars do not grow."""
    inner = _measure(box.inside, level)
    if box.fence == "|":
        return _beside((_bare_sign(0.278, level), inner, _bare_sign(0.278, level)))
    widen = 1.3 if box.fence == "{" else 1.0
    if not box.tall:
        up, down = max(inner.up, 0.75 * HEIGHT[level]), max(inner.down, 0.25 * HEIGHT[level])
        return Extent(inner.width + 2 * 0.389 * WIDTH[level] * widen, up, down)
    reach = 2 * max(inner.up - AXIS, inner.down + AXIS)
    wanted = max(0.901 * reach, reach - 0.5)
    high, wide = next((pair for pair in BRACKETS if pair[0] >= wanted), (reach, BRACKETS[-1][1]))
    edge = max(min(high, wanted + 0.3), reach) / 2  # the last kind is built of pieces, as high as it has to be
    thin = 0.0 if high <= 1.0 else 0.167
    return Extent(inner.width + 2 * wide * widen + thin, edge + AXIS, edge - AXIS)


def _root(box: boxes.Root, level: int) -> Extent:
    inner = _measure(box.inside, level)
    return Extent(inner.width + (0.84 if inner.up + inner.down <= 1.1 else 1.01), inner.up + 0.2, inner.down)


def _column(heights: Iterable[float], width: float) -> Extent:
    """Return rows one below the other, centred on the axis."""
    high = sum(heights)
    return Extent(width, high / 2 + AXIS, high / 2 - AXIS)


def _grid(box: boxes.Grid, level: int) -> Extent:
    cells = [[_measure(cell, TEXT) for cell in line] for line in box.rows]
    columns = max((len(line) for line in cells), default=0)
    width = sum(max((line[c].width for line in cells if c < len(line)), default=0.0) for c in range(columns))
    if box.cases:
        return _column((max(1.5, line[0].up + line[0].down + 0.15) for line in cells), width + 1.0 + 1.1)
    gap = 0.4 if box.wide else 0.0
    heights = [max([1.75 if box.tall else 1.25, *(cell.up + cell.down + 0.15 for cell in line)]) + gap for line in cells]
    brackets = min(1.42, 0.6 + 0.21 * sum(heights))
    return _column(heights, width + max(0, columns - 1) + brackets)


def _summation(box: boxes.Summation, level: int) -> Extent:
    """Return Σ with its bounds, above and below it in a display, beside it in a line of text, and the space behind it."""
    small = _script(level)
    below = _beside((_name(box.index, small), _bare_sign(0.778, small), _digits("1", small)))
    above = _measure(box.upper, small)
    if level == DISPLAY:
        head = Extent(max(1.445, below.width, above.width), 1.25 + above.up + above.down, 0.85 + below.up + below.down)
    else:
        head = _scripted(Extent(1.056, 0.75, 0.25), above, below, level)
    return _beside((head, _space(3, level)))


def _primed(box: boxes.Primed, level: int) -> Extent:
    return _scripted(_measure(box.of, level), _words("'", _script(level)), _measure(box.by, _script(level)), level)


def _sized(box: boxes.Measured, level: int) -> Extent:
    inner = _measure(box.content, level)
    size = _beside((_measure(box.rows, TINY), _bare_sign(0.778, TINY), _measure(box.columns, TINY)))
    return Extent(max(inner.width, size.width), inner.up, inner.down + SIZE_BELOW)


def _framed(content: Box, level: int) -> Extent:
    inner = _measure(content, level)
    return Extent(inner.width + 0.7, inner.up + 0.35, inner.down + 0.35)


def _labelled(box: boxes.Labelled, level: int) -> Extent:
    inner = _framed(box.content, level)
    name = _beside((_words(f"{box.words} ", _script(level)), _measure(box.label, _script(level))))
    return Extent(max(inner.width, name.width) + 0.34, inner.up, inner.down + name.up + name.down + 0.2)


# --- signs --------------------------------------------------------------------------------------------------------------

_AROUND = {Spacing.BINARY: 8.0, Spacing.RELATION: 10.0, Spacing.PUNCTUATION: 3.0}
"""The space on both sides of a sign together, in eighteenths of an em."""


def _sign(box: boxes.Sign, level: int) -> Extent:
    mark, spacing = box.mark, box.mark.spacing
    if spacing in (Spacing.FACTORS, Spacing.NOTHING):
        return _space(3 if mark is Mark.COEFFICIENT and box.wide else 18 * mark.width, level)
    if spacing is Spacing.LETTER:
        return Extent(mark.width * WIDTH[level], 0.7 * WIDTH[level], 0.0)
    if mark is Mark.DAGGER:
        return _words("+", level)
    bare = _bare_sign(mark.width, level)
    return Extent(bare.width + _space(_AROUND.get(spacing, 0.0), level).width, bare.up, bare.down)


# --- names --------------------------------------------------------------------------------------------------------------


def _name(box: boxes.Name, level: int, exponent: Extent | None = None) -> Extent:
    """Return a name with its indices; an exponent stands above those below."""
    small = _script(level)
    if box.symbol and not box.general:
        return _override(box, exponent, level)
    below = _indices(box.below, small) if box.below else None
    above = exponent
    if box.sample:
        bare = _indices((*box.above, box.sample), small)
        width = bare.width + 2 * 0.389 * WIDTH[small]
        above = Extent(width, max(bare.up, 0.75 * HEIGHT[small]), max(bare.down, 0.25 * HEIGHT[small]))
    elif box.above:
        above = _indices(box.above, small)
    return _scripted(_letter(box.letter, bool(box.accent), level), above, below, level, letter=True)


def _indices(parts: tuple[str, ...], level: int) -> Extent:
    """Return indices with commas between them, small."""
    width = 0.278 * (len(parts) - 1) + sum(sum(map(letter_width, p)) if is_index(p) else letter_width(p) for p in parts)
    return Extent(width * WIDTH[level], 0.65 * HEIGHT[level], _reach(",".join(parts))[1] * HEIGHT[level])


def _letter(name: str, accented: bool, level: int) -> Extent:
    """Return the bare name, with an accent on it or not."""
    up, down = _reach(name)
    return Extent(letter_width(name) * WIDTH[level], (up + (0.26 if accented else 0)) * HEIGHT[level], down * HEIGHT[level])


def letter_width(name: str) -> float:
    """Return the width in em of one letter in italics, a Greek name, or several letters upright."""
    name = SPELLED.get(name, name)
    if name in GREEK:
        return GREEK[name]
    if len(name) == 1:
        return ITALIC.get(name, 0.5 if name.isdigit() else 0.65)
    return text_width_em(name)


def _reach(name: str) -> tuple[float, float]:
    """Return how far its letters rise and hang."""
    if SPELLED.get(name, name) in GREEK:
        return 0.7, 0.2
    return 0.44 if re.fullmatch("[acegmnopqrsuvwxyz]+", name) else 0.7, 0.2 if re.search("[gjpqyQ,]", name) else 0.0


def _override(box: boxes.Name, exponent: Extent | None, level: int) -> Extent:
    r"""Return a LaTeX override such as `\mathcal{L}_{\text{train}}`: its letters up to the first script, then its scripts."""
    stem, *marks = re.split(r"[_^]", box.symbol)
    below = (*map(_plain, marks), *box.below)
    base = Extent(max(0.8, letter_width(_plain(stem))) * WIDTH[level], 0.75 * HEIGHT[level], 0.2 * HEIGHT[level])
    small = _script(level)
    made = _scripted(base, exponent, _indices(below, small) if below else None, level, letter=True)
    if not box.sample:
        return made
    sample = _indices((box.sample,), small)
    above = Extent(sample.width + 2 * 0.389 * WIDTH[small], max(sample.up, 0.75 * HEIGHT[small]), sample.down)
    return _scripted(made, above, None, level, letter=True)


def _plain(latex: str) -> str:
    r"""Return the letters that print: `\hat{y}` → `y`, `\eta` → `eta`."""
    return re.sub(r"\\([A-Za-z]+)", r"\1", re.sub(rf"\\(?:{_SILENT})\b|[{{}}\s]", "", latex))


_SILENT = r"math\w+|text\w*|operatorname|boldsymbol|bm|(?:wide)?hat|bar|tilde|vec|d?dot|overline"


def _function(box: boxes.Function, level: int) -> Extent:
    """Return a function's name, a single letter in italics, others upright, with its primes and what stands below."""
    head = _words(box.name, level) if len(box.name) > 1 else _letter(box.name, False, level)
    if not (box.primes or box.below):
        return head
    small = _script(level)
    return _scripted(
        head, _words("'" * box.primes, small) if box.primes else None, _indices((box.below,), small) if box.below else None, level
    )


_EXTENTS: Mapping[type[Box], Callable[..., Extent]] = MappingProxyType(
    {
        boxes.Name: _name,
        boxes.Function: _function,
        boxes.Number: lambda box, level: _digits(box.text, level),
        boxes.Placeholder: _placeholder,
        boxes.Words: lambda box, level: _words(box.text, level),
        boxes.Sign: _sign,
        boxes.Glyph: lambda box, level: _bare_sign(0.278, level),
        boxes.Row: _row,
        boxes.Fraction: _fraction,
        boxes.Scripts: _scripts,
        boxes.Primed: _primed,
        boxes.Root: _root,
        boxes.Fenced: _fenced,
        boxes.Grid: _grid,
        boxes.Summation: _summation,
        boxes.Measured: _sized,
        boxes.Labelled: _labelled,
        boxes.Framed: lambda box, level: _framed(box.content, level),
        boxes.Blank: lambda box, level: _column((box.gap.height * LINE,), box.gap.width),
        boxes.Notation: lambda box, level: _measure(box.shown, level),
    }
)
"""How large each kind of box prints at a level."""
