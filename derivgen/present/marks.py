r"""The signs of formulas in one table: how each looks, in characters and in LaTeX, how wide it is, and what stands beside it."""

from __future__ import annotations

from enum import Enum, auto


class Spacing(Enum):
    """What stands beside a sign, as in TeX."""

    BINARY = auto()  # room on both sides: a + b
    RELATION = auto()  # more room on both sides: a = b
    OPENING = auto()  # a minus before what it is part of
    PUNCTUATION = auto()  # room behind it
    FACTORS = auto()  # no sign, but factors on both sides
    SCRIPT = auto()  # stands above something
    LETTER = auto()
    NOTHING = auto()  # no sign


class Mark(Enum):
    r"""A sign or fixed letter: its character, its LaTeX, its width in em of the text, its spacing.

    Binary signs and relations are written in LaTeX with a blank on both sides, punctuation with one behind it.
    """

    PLUS = "+", "+", 0.778, Spacing.BINARY
    MINUS = "−", "-", 0.778, Spacing.BINARY
    DOT = "⋅", r"\cdot", 0.278, Spacing.BINARY
    STAR = "∗", "*", 0.5, Spacing.BINARY
    ODOT = "⊙", r"\odot", 0.778, Spacing.BINARY
    OSLASH = "⊘", r"\oslash", 0.778, Spacing.BINARY
    LESS = "<", "<", 0.778, Spacing.RELATION
    LESS_EQUAL = "≤", r"\le", 0.778, Spacing.RELATION
    GREATER = ">", ">", 0.778, Spacing.RELATION
    GREATER_EQUAL = "≥", r"\ge", 0.778, Spacing.RELATION
    EQUAL = "=", "=", 0.778, Spacing.RELATION
    UNEQUAL = "≠", r"\ne", 0.778, Spacing.RELATION
    ABOUT = "≈", r"\approx", 0.778, Spacing.RELATION
    COMMA = ",", ",", 0.278, Spacing.PUNCTUATION
    SEMICOLON = ";", ";", 0.278, Spacing.PUNCTUATION
    NEGATIVE = "−", "-", 0.778, Spacing.OPENING
    THIN = "", r" \, ", 3 / 18, Spacing.FACTORS
    BESIDE = "", " ", 3 / 18, Spacing.FACTORS
    COEFFICIENT = "", " ", 0.0, Spacing.FACTORS  # a number before what it multiplies
    JOINED = "", "", 0.0, Spacing.FACTORS  # a number or share before a bracket
    APPLY = "", "", 0.0, Spacing.NOTHING  # between a function and its arguments
    NABLA_SPACE = "", " ", 3 / 18, Spacing.NOTHING
    TOP = "⊤", r"\top", 0.778, Spacing.SCRIPT
    DAGGER = "†", r"\dagger", 0.778, Spacing.SCRIPT
    PARTIAL = "∂", r"\partial ", 0.587, Spacing.LETTER
    D = "d", "d", 0.587, Spacing.LETTER
    D_OF = "d", "d ", 0.556, Spacing.LETTER  # the d before a function: df(x)
    NABLA = "∇", r"\nabla", 0.833, Spacing.LETTER
    ONES = "𝟏", r"\mathbf{1}", 0.575, Spacing.LETTER

    def __init__(self, character: str, latex: str, width: float, spacing: Spacing) -> None:
        self.character, self.latex, self.width, self.spacing = character, latex, width, spacing

    def spaced(self, text: str) -> str:
        """Return the text of a sign with the blanks that belong beside it where it is written in characters."""
        if self.spacing in (Spacing.BINARY, Spacing.RELATION):
            return f" {text} "
        return f"{text} " if self.spacing is Spacing.PUNCTUATION else text


RELATIONS = {
    "<": Mark.LESS,
    "<=": Mark.LESS_EQUAL,
    ">": Mark.GREATER,
    ">=": Mark.GREATER_EQUAL,
    "==": Mark.EQUAL,
    "!=": Mark.UNEQUAL,
    "~=": Mark.ABOUT,
}
"""The mark of each comparison of the expression language."""
