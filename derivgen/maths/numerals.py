"""How numbers are written: `3`, `0.15`, `1e-3`, `1/3`; exactly what they say, and never too large to work with."""

from __future__ import annotations

import re
from fractions import Fraction

from derivgen.errors import Place, Problem, SpecError

MAX_DIGITS = 60
MAX_EXPONENT = 300

_PLAIN = r"(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?"
_NUMBER = re.compile(rf"[+-]?\s*{_PLAIN}(?:\s*/\s*{_PLAIN})?", re.ASCII)


def read_number(text: str, place: Place | None = None) -> Fraction:
    """Return the exact value of `3`, `0.15`, `.5`, `1e-3`, `1/3`, `-2/7`.

    Raises SpecError for anything else, for more than 60 digits and for exponents beyond 300.

    >>> read_number("0.1"), read_number("- 1/3"), read_number("1e-3")
    (Fraction(1, 10), Fraction(-1, 3), Fraction(1, 1000))
    """
    match = _NUMBER.fullmatch(text.strip())
    where = place or Place("<number>", 1, 1, len(text), text)
    if not match:
        comma = re.fullmatch(r"([+-]?\d+),(\d+)", text.strip(), re.ASCII)
        hint = f"decimals take a point: {comma[1]}.{comma[2]}" if comma else "write 3, -0.25, 1e-3 or 1/3"
        raise _no_number(f"{text[:40]!r} is not a number", where, hint)
    if len(re.sub(r"\D", "", text)) > MAX_DIGITS:
        raise _no_number(f"a number of more than {MAX_DIGITS} digits is not taken", where)
    exponents = [int(e) for e in re.findall(r"[eE]([+-]?\d+)", text)]
    if any(abs(e) > MAX_EXPONENT for e in exponents):
        raise _no_number(f"an exponent beyond {MAX_EXPONENT} is not taken", where)
    over, _, under = "".join(text.split()).partition("/")
    bottom = Fraction(under or "1")
    if bottom == 0:
        raise _no_number("division by zero", where)
    return Fraction(over) / bottom


def _no_number(message: str, place: Place, hint: str | None = None) -> SpecError:
    return SpecError(Problem(message, place, hint))
