"""The formulas of a Markdown text, as a reader finds them between dollars."""

from __future__ import annotations

import re
from dataclasses import dataclass

DISPLAY = re.compile(r"^\$\$\n(.*?)\n\$\$$", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"\$([^\s$](?:[^$\n]*[^\s$])?)\$(?!\d)")


@dataclass(frozen=True)
class Formula:
    """What stands between the dollars, and whether on lines of its own."""

    tex: str
    display: bool


def formulas_in(text: str) -> list[Formula]:
    """Every formula, the displayed ones first; fails where a dollar is left over."""
    found = [Formula(tex, True) for tex in DISPLAY.findall(text)]
    rest = DISPLAY.sub("", text)
    found += [Formula(tex, False) for tex in INLINE.findall(rest)]
    left = INLINE.sub("", rest)
    assert "$" not in left, left[max(0, left.index("$") - 60) :][:120]
    return found
