"""What is worked out of a graph or an evaluation is kept with it, so that it is there for each document that shows it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

_Work = TypeVar("_Work", bound=Callable[..., Any])
_PLACE = "_remembered"


def remembered(work: _Work) -> _Work:
    """The same function of an owner (a frozen value with a `__dict__`) and one more argument, which works each result out once.

    >>> class Owner:
    ...     pass
    >>> @remembered
    ... def told(owner, name):
    ...     print("worked out")
    ...     return name.upper()
    >>> owner = Owner()
    >>> told(owner, "a"), told(owner, "a")
    worked out
    ('A', 'A')

    Another argument is a name, or a value that is told apart by being the same object.
    """

    @wraps(work)
    def known(owner: Any, about: Any) -> Any:
        kept = owner.__dict__.setdefault(_PLACE, {})
        key = (work.__module__, work.__qualname__, about if isinstance(about, str) else id(about))
        found = kept.get(key)
        if found is None or (found[0] is not about and found[0] != key[2]):
            found = kept[key] = (about, work(owner, about))
        return found[1]

    return known  # type: ignore[return-value]
