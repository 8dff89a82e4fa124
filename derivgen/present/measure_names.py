"""How wide and how high a name prints: its letter, its accent, its indices, or its LaTeX override."""

from __future__ import annotations

import re

from derivgen.maths.names import SPELLED, is_index, split
from derivgen.maths.style import Style
from derivgen.maths.tree import Sym
from derivgen.present.boxes import HEIGHT, WIDTH, Box, script, scripts, text_width_em
from derivgen.present.glyphs import GREEK, ITALIC


def symbol_box(sym: Sym, style: Style, level: int, exponent: Box | None = None) -> Box:
    """A name with its indices: `W_13`, `a__2_1` (2 above, 1 below), `yhat`, `A_5` of sample i."""
    own = [] if sym.index is None else [str(sym.index)]
    if own and style.sample == "above":
        return _with_sample_above(sym, style, own[0], level)
    if sym.name in style.symbols:
        return _override(style.symbols[sym.name], own, exponent, level)
    parts = split(sym.name)
    below = [*parts.subscripts, *own]
    above = index_box([parts.superscript], script(level)) if parts.superscript else exponent
    base = _letter(parts.base, bool(parts.accent), level)
    return scripts(base, above, index_box(below, script(level)) if below else None, level, letter=True)


def _with_sample_above(sym: Sym, style: Style, sample: str, level: int) -> Box:
    """A name whose sample stands above it, in brackets."""
    marked = script(level)
    if sym.name in style.symbols:
        return scripts(
            _override(style.symbols[sym.name], [], None, level), _in_brackets([sample], marked), None, level, letter=True
        )
    parts = split(sym.name)
    above = _in_brackets([*([parts.superscript] if parts.superscript else []), sample], marked)
    below = index_box(list(parts.subscripts), marked) if parts.subscripts else None
    return scripts(_letter(parts.base, bool(parts.accent), level), above, below, level, letter=True)


def _in_brackets(parts: list[str], level: int) -> Box:
    """Indices above a name, the last one in brackets."""
    bare = index_box(parts, level)
    return Box(bare.width + 2 * 0.389 * WIDTH[level], max(bare.up, 0.75 * HEIGHT[level]), max(bare.down, 0.25 * HEIGHT[level]))


def index_box(parts: list[str], level: int) -> Box:
    """Indices with commas between them, small."""
    width = 0.278 * (len(parts) - 1) + sum(_part_width(part) for part in parts)
    return Box(width * WIDTH[level], 0.65 * HEIGHT[level], _reach(",".join(parts))[1] * HEIGHT[level])


def _part_width(part: str) -> float:
    return sum(map(letter_width, part)) if is_index(part) else letter_width(part)


def _letter(name: str, accented: bool, level: int) -> Box:
    """The bare name, with an accent on it or not."""
    up, down = _reach(name)
    return Box(letter_width(name) * WIDTH[level], (up + (0.26 if accented else 0)) * HEIGHT[level], down * HEIGHT[level])


def letter_width(name: str) -> float:
    """One letter in italics, a Greek name, or several letters upright."""
    name = SPELLED.get(name, name)
    if name in GREEK:
        return GREEK[name]
    if len(name) == 1:
        return ITALIC.get(name, 0.5 if name.isdigit() else 0.65)
    return text_width_em(name)


def _reach(name: str) -> tuple[float, float]:
    """How far its letters rise and hang."""
    if SPELLED.get(name, name) in GREEK:
        return 0.7, 0.2
    return 0.44 if re.fullmatch("[acegmnopqrsuvwxyz]+", name) else 0.7, 0.2 if re.search("[gjpqyQ,]", name) else 0.0


def _override(latex: str, own: list[str], exponent: Box | None, level: int) -> Box:
    r"""A LaTeX override such as `\mathcal{L}_{\text{train}}`: its letters up to the first script, then its scripts."""
    stem, *marks = re.split(r"[_^]", latex)
    below = [*(_plain(mark) for mark in marks), *own]
    letters = _plain(stem)
    base = Box(max(0.8, letter_width(letters)) * WIDTH[level], 0.75 * HEIGHT[level], 0.2 * HEIGHT[level])
    return scripts(base, exponent, index_box(below, script(level)) if below else None, level, letter=True)


def _plain(latex: str) -> str:
    r"""The letters that print: `\hat{y}` → `y`, `\eta` → `eta`."""
    return re.sub(r"\\([A-Za-z]+)", r"\1", re.sub(rf"\\(?:{_SILENT})\b|[{{}}\s]", "", latex))


_SILENT = r"math\w+|text\w*|operatorname|boldsymbol|bm|(?:wide)?hat|bar|tilde|vec|d?dot|overline"
