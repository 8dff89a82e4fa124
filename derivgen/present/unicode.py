"""Presentation tree → Unicode on one line, for the terminal: `∂Loss/∂W₁₃ = -2·(y - A₅)`."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from types import MappingProxyType

from derivgen.maths.names import GREEK, MARKS, split
from derivgen.maths.style import DEFAULT, Style
from derivgen.maths.tree import Expr
from derivgen.present import boxes
from derivgen.present.boxes import Box, unfenced
from derivgen.present.build import name_box, present
from derivgen.present.marks import Mark

SUBSCRIPTS = str.maketrans("0123456789aehijklmnoprstuvx+-=()", "₀₁₂₃₄₅₆₇₈₉ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ₊₋₌₍₎")
SUPERSCRIPTS = str.maketrans("0123456789adijklnmpstTLD+-=()", "⁰¹²³⁴⁵⁶⁷⁸⁹ᵃᵈⁱʲᵏˡⁿᵐᵖˢᵗᵀᴸᴰ⁺⁻⁼⁽⁾")
_OTHERWISE: Mapping[Mark, str] = MappingProxyType(
    {
        Mark.MINUS: " - ",
        Mark.NEGATIVE: "-",
        Mark.DOT: "·",
        Mark.STAR: "*",
        Mark.TOP: "ᵀ",
        **dict.fromkeys((Mark.THIN, Mark.BESIDE, Mark.COEFFICIENT, Mark.NABLA_SPACE), " "),
    }
)
"""Signs that stand on a line otherwise than by their character and the blanks beside it."""


def text(expr: Expr, style: Style = DEFAULT) -> str:
    """Print the expression in Unicode.

    >>> from derivgen.maths.tree import Partial, Product, Sym
    >>> text(Partial(Sym("Loss"), Sym("W_13")))
    '∂Loss/∂W₁₃'
    >>> text(Product((Sym("w__2_31"), Sym("yhat"), Sym("beta"))))
    'w²₃₁·ŷ·β'
    """
    return _show(present(expr, style, line=True))


def name_text(name: str, index: str | int | None = None, above: bool = False) -> str:
    """Print a name with its accent, superscript and subscripts in Unicode.

    >>> name_text("W_13"), name_text("W_out"), name_text("x_1_2"), name_text("A_5", "i"), name_text("b_q")
    ('W₁₃', 'Wₒᵤₜ', 'x₁,₂', 'A₅,ᵢ', 'b_q')
    """
    return _name(name_box(name, index, above))


def _show(box: Box) -> str:
    return PRINT[type(box)](box)


def _name(box: boxes.Name) -> str:
    """Print a name; what its author wants in its place in LaTeX is not for here."""
    if box.symbol and not box.general:
        parts = split(box.name)
        raised = (parts.superscript,) if parts.superscript else ()
        box = boxes.Name(parts.base, parts.accent, raised, (*parts.subscripts, *box.below), box.sample)
    base = GREEK.get(box.letter, box.letter)
    if box.accent:
        base = unicodedata.normalize("NFC", base + MARKS[box.accent])
    if box.sample:
        return base + _lowered(box.below) + _raised(",".join((*box.above, f"({box.sample})")))
    return base + _raised("".join(box.above)) + _lowered(box.below)


def _function(box: boxes.Function) -> str:
    below = "" if not box.below else f"_{box.below}" if box.primes else _lowered((box.below,))
    return name_text(box.name) + "'" * box.primes + below


def _lowered(scripts: tuple[str, ...]) -> str:
    if not scripts:
        return ""
    if all(ord(c) in SUBSCRIPTS for script in scripts for c in script):
        return ",".join(script.translate(SUBSCRIPTS) for script in scripts)
    return "_" + ",".join(GREEK.get(script, script) for script in scripts)


def _raised(script: str) -> str:
    if all(ord(c) in SUPERSCRIPTS for c in script):
        return script.translate(SUPERSCRIPTS)
    return f"^{script}"


def _scripts(box: boxes.Scripts) -> str:
    """Print an exponent with small signs where there are some, else behind a ^."""
    base = _show(box.base)
    if box.below is not None:
        return base + (_lowered((box.below.name,)) if isinstance(box.below, boxes.Name) else f"_{_show(box.below)}")
    assert box.above is not None
    if isinstance(box.above, boxes.Sign) and box.above.mark in (Mark.TOP, Mark.DAGGER):
        return base + _show(box.above)
    raised = _show(unfenced(box.above)).replace(" ", "")
    if all(ord(c) in SUPERSCRIPTS for c in raised):
        return base + raised.translate(SUPERSCRIPTS)
    return f"{base}^{_show(box.above)}"


def _primed(box: boxes.Primed) -> str:
    if isinstance(box.by, boxes.Name) and not box.by.general:
        return f"{_show(box.of)}'{_lowered((box.by.name.replace('_', ''),))}"
    return f"{_show(box.of)}'[{_show(box.by)}]"


def _grid(box: boxes.Grid) -> str:
    """[19  27  31], [36; 48; 62]; {x if x ≥ 0; else 0}"""
    if not box.cases:
        return f"[{'; '.join('  '.join(map(_show, row)) for row in box.rows)}]"
    *pieces, (last, otherwise) = [tuple(map(_show, row)) for row in box.rows]
    return f"{{{'; '.join(f'{value} if {condition}' for value, condition in pieces)}; {otherwise} {last}}}"


def _labelled(box: boxes.Labelled) -> str:
    name = " ".join(part for part in (box.words, _show(box.label)) if part)
    return f"[{name}: {_show(box.content)}]"


def _blank(box: boxes.Blank) -> str:
    return "_" * max(4, min(24, round(box.gap.width * 2))) if box.content is None else _show(box.content)


PRINT: Mapping[type[Box], Callable[..., str]] = MappingProxyType(
    {
        boxes.Name: _name,
        boxes.Function: _function,
        boxes.Number: lambda box: box.text,
        boxes.Placeholder: lambda box: box.text,
        boxes.Words: lambda box: box.text,
        boxes.Sign: lambda box: _OTHERWISE.get(box.mark) or box.mark.spaced(box.mark.character),
        boxes.Row: lambda box: "".join([_show(part) for part in box.parts]),
        boxes.Fraction: lambda box: f"{_show(box.over)}/{_show(box.under)}",
        boxes.Scripts: _scripts,
        boxes.Primed: _primed,
        boxes.Root: lambda box: f"√({_show(box.inside)})",
        boxes.Fenced: lambda box: f"|{_show(box.inside)}|" if box.fence == "|" else f"({_show(box.inside)})",
        boxes.Grid: _grid,
        boxes.Summation: lambda box: f"Σ{_lowered((f'{box.index.name}=1',))}{_raised(_show(box.upper))} ",
        boxes.Measured: lambda box: f"{_show(box.content)}⟨{_show(box.rows)}×{_show(box.columns)}⟩",
        boxes.Labelled: _labelled,
        boxes.Framed: lambda box: _show(box.content),
        boxes.Blank: _blank,
        boxes.Notation: lambda box: _show(box.shown),
        boxes.Glyph: lambda box: box.text,
    }
)
"""How each kind of box is printed."""
