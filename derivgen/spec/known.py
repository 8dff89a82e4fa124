"""The names of a spec to look words up in: exact names, patterns, and the nearest name to a misspelled one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase

from derivgen.errors import Problems, closest

MAX_HINTS = 40
"""With more problems than this, or more names than `MAX_NEAR`, no name is looked for that might have been meant."""

MAX_NEAR = 3_000
MAX_PATTERNS = 100


class Known:
    """Names in the order given, each once."""

    def __init__(self, names: Iterable[str]):
        self.names = dict.fromkeys(names)

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def matching(self, pattern: str) -> tuple[str, ...]:
        """The names that a name or a pattern (`W_*`) stands for."""
        if not is_pattern(pattern):
            return (pattern,) if pattern in self.names else ()
        return tuple(name for name in self.names if fnmatchcase(name, pattern))

    def near(self, name: str, problems: Problems) -> str | None:
        """A "did you mean …", as long as it is cheap to find."""
        if len(problems.found) > MAX_HINTS or len(self.names) > MAX_NEAR:
            return None
        return closest(name, (known for known in self.names if known != name))


def is_pattern(text: str) -> bool:
    """Whether the text stands for any name that fits it."""
    return re.search(r"[*?\[]", text) is not None
