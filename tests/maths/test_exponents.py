"""Exponents that are towers of numbers: only large ones are refused."""

from __future__ import annotations

import pytest

from derivgen.errors import SpecError
from derivgen.maths.plain import plain
from tests.maths.vocabulary import parsed

SMALL = ["x^2^-49", "x^2^-300", "x^-2^-49", "x^0.5^49", "2^-49", "x^((9^300)^300)^-300", "x^2^8", "x^-300", "x^1^300"]
LARGE = ["x^2^9", "x^0.5^-49", "x^(2^-300)^-2", "x^((9^9)^9)", "x^301", "x^-2^9", "x^((9^300)^300)^300", "x^((9^300)^-300)^-300"]


@pytest.mark.parametrize("written", SMALL)
def test_a_small_exponent_is_taken(written: str) -> None:
    assert parsed(plain(parsed(written))) == parsed(written)


@pytest.mark.parametrize("written", LARGE)
def test_a_large_exponent_is_refused(written: str) -> None:
    with pytest.raises(SpecError, match="an exponent beyond 300 is not taken"):
        parsed(written)
