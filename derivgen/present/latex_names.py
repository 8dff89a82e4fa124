r"""Names in LaTeX: letters in italics, words upright, functions as operators; nothing in a name can become a command."""

from __future__ import annotations

import re
from functools import lru_cache

from derivgen.maths.names import GREEK, is_index, is_letter, split
from derivgen.maths.style import DEFAULT, Style
from derivgen.present.tex import greek, tex_text

OPERATORS = (
    "exp",
    "ln",
    "log",
    "sin",
    "cos",
    "tan",
    "sinh",
    "cosh",
    "tanh",
    "arcsin",
    "arccos",
    "arctan",
    "max",
    "min",
    "arg",
)
"""Function names LaTeX has commands for."""


def latex_name(name: str, style: Style = DEFAULT, index: str | int | None = None) -> str:
    r"""A name with its accent, superscript and subscripts; nothing in it can reach TeX as a command.

    >>> latex_name("W_13"), latex_name("a__2_1"), latex_name("yhat"), latex_name("Loss"), latex_name("A_5", index="i")
    ('W_{13}', 'a^{2}_{1}', '\\hat{y}', '\\mathrm{Loss}', 'A_{5,i}')
    >>> latex_name("w_21", Style(sample="above"), "p"), latex_name("a__2_1", Style(sample="above"), 3)
    ('w^{(p)}_{21}', 'a^{2,(3)}_{1}')
    """
    own = () if index is None else (latex_name(str(index)) if isinstance(index, str) else str(index),)
    if own and style.sample == "above":
        return _with_sample_above(name, style, own[0])
    if name in style.symbols:
        symbol = style.symbols[name]
        return f"{{{symbol}}}_{{{own[0]}}}" if own and "_" in symbol else symbol + "".join(f"_{{{i}}}" for i in own)
    parts = split(name)
    base = _word(parts.base)
    if parts.accent:
        base = rf"\{parts.accent}{{{base}}}"
    above = f"^{{{_script(parts.superscript)}}}" if parts.superscript else ""
    below = ",".join((*map(_script, parts.subscripts), *own))
    return base + above + (f"_{{{below}}}" if below else "")


def _with_sample_above(name: str, style: Style, sample: str) -> str:
    r"""`c^{(p)}`, and behind a superscript of the name's own `a^{2,(p)}`; a symbol with scripts of its own stands in braces."""
    if name in style.symbols:
        symbol = style.symbols[name]
        return f"{{{symbol}}}^{{({sample})}}" if "_" in symbol or "^" in symbol else f"{symbol}^{{({sample})}}"
    parts = split(name)
    stem = latex_name(parts.base if not parts.accent else parts.base + parts.accent)
    above = f"{_script(parts.superscript)},({sample})" if parts.superscript else f"({sample})"
    below = ",".join(map(_script, parts.subscripts))
    return f"{stem}^{{{above}}}" + (f"_{{{below}}}" if below else "")


@lru_cache(maxsize=4096)
def _script(text: str) -> str:
    return text if text.isdecimal() or is_index(text) else _word(text)


def _word(text: str) -> str:
    """One letter in italics, a Greek name as its letter, anything else upright and harmless."""
    if text.isascii() and is_letter(text):
        return text
    letter = GREEK.get(text, text)
    if is_letter(letter):
        return greek(letter)
    if re.fullmatch(r"[A-Za-z0-9]+", text):
        return rf"\mathrm{{{text}}}"
    return rf"\text{{{tex_text(text)}}}"


def function_name(written: str) -> str:
    r"""A function's name: `\tanh`, `\operatorname{ReLU}`, or a letter as it is: `\sigma`, `g`; primes behind it as they are."""
    bare = written.rstrip("'")
    if bare != written:
        return function_name(bare) + (r"\nolimits" if bare in {"max", "min"} else "") + written[len(bare) :]
    if written in OPERATORS:
        return f"\\{written}"
    if re.fullmatch(r"[A-Za-z0-9]{2,}", written) and written not in GREEK:
        return rf"\operatorname{{{written}}}"
    return latex_name(written)
