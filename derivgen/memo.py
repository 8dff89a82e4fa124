"""All that is kept in memory instead of being worked out again: the caches of the package, how much each holds, and of what.

A module takes its cache from here as a decorator; none makes one of its own (`tests/test_architecture.py` sees to it). What
is kept between runs, in files, is in `cache`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, TypeVar

Work = TypeVar("Work", bound=Callable[..., Any])


class Cache:
    """A cache of one function's results, at most so many of them; what was not asked for longest goes first."""

    def __init__(self, most: int, holds: str):
        self.most, self.holds = most, holds

    def __call__(self, work: Work) -> Work:
        """Return the same function, which works each result out once as long as it is kept."""
        return lru_cache(maxsize=self.most)(work)  # type: ignore[return-value]


class SharedCache(Cache):
    """A cache of the results of several functions, at most so many of all of them together."""

    def __init__(self, most: int, holds: str):
        super().__init__(most, holds)
        self.store = lru_cache(maxsize=most)(lambda work, *args, **options: work(*args, **options))

    def __call__(self, work: Work) -> Work:
        """Return the same function, which works each result out once as long as it is kept."""

        @wraps(work)
        def known(*args: Any, **options: Any) -> Any:
            return self.store(work, *args, **options)

        known.cache_clear = self.store.cache_clear  # type: ignore[attr-defined]
        return known  # type: ignore[return-value]


class IdentityCache(Cache):
    """A cache of one function's results by which objects its arguments are; once it is full it begins anew."""

    def __call__(self, work: Work) -> Work:
        """Return the same function, which works each result out once as long as it is kept."""
        built: dict[tuple[int, ...], tuple[Any, tuple[Any, ...]]] = {}

        @wraps(work)
        def known(*args: Any) -> Any:
            key = tuple(map(id, args))
            found = built.get(key)
            if found is None:
                if len(built) >= self.most:
                    built.clear()
                found = built[key] = work(*args), args  # the arguments stay, so that no others take their place
            return found[0]

        return known  # type: ignore[return-value]


DECIMALS = Cache(1, "the context of decimals, made when the first is needed")
PARSED = SharedCache(2_304, "formulas of the table of functions, and forms of those that others wrote, parsed")
FIGURES = Cache(10_000, "numbers read back from their figures")
NAME_PARTS = Cache(4_096, "names taken apart")
NAME_BOXES = Cache(4_096, "names as boxes")
SPELLED_NAMES = Cache(4_096, "names as boxes, spelled out")
FORMULAS = IdentityCache(4_096, "formulas as boxes: a page has some hundreds, the next one mostly the same")
EQUAL_FORMULAS = Cache(4_096, "formulas as boxes, the same for all that are spelled alike")
LATEX = Cache(4_096, "boxes as LaTeX")
EXTENTS = Cache(4_096, "the extents of boxes")
LABEL_PLACES = Cache(256, "where labels of a network find room")
LABEL_SIZES = Cache(2_048, "the sizes of numbers in drawings")
RECORD_NUMBERS = Cache(100_000, "numbers of records")
ANSWER_TEXTS = Cache(200_000, "answers as text")
PADDINGS = Cache(20_000, "what stands beside the numbers of a column")
READ_ONCE = SharedCache(256, "what is read once: grammars, annotations, templates, catalogues, fonts, the package's own digest")
PROGRAMS = SharedCache(32, "programs found on the machine")
FOLDERS_CLEARED = Cache(4_096, "folders looked through for what killed runs left")
TEX_FORMATS = Cache(2, "formats dumped by TeX")
CLASS_SPECS = SharedCache(24, "what is made of a class's spec, once for all sheets")

CACHES = (
    DECIMALS,
    PARSED,
    FIGURES,
    NAME_PARTS,
    NAME_BOXES,
    SPELLED_NAMES,
    FORMULAS,
    EQUAL_FORMULAS,
    LATEX,
    EXTENTS,
    LABEL_PLACES,
    LABEL_SIZES,
    RECORD_NUMBERS,
    ANSWER_TEXTS,
    PADDINGS,
    READ_ONCE,
    PROGRAMS,
    FOLDERS_CLEARED,
    TEX_FORMATS,
    CLASS_SPECS,
)

_PLACE = "_kept"


def kept_with_owner(work: Work) -> Work:
    """Return the same function of an owner (a frozen value with a `__dict__`), which works each result out once per owner.

    >>> class Owner:
    ...     pass
    >>> @kept_with_owner
    ... def capitals(owner, name):
    ...     print("worked out")
    ...     return name.upper()
    >>> owner = Owner()
    >>> capitals(owner, "a"), capitals(owner, "a")
    worked out
    ('A', 'A')

    There may be more arguments: names, or values that are told apart by being the same object. What is kept goes with the owner,
    so that it needs no bound.
    """

    @wraps(work)
    def known(owner: Any, *about: Any, **named: Any) -> Any:
        kept = owner.__dict__.setdefault(_PLACE, {})
        told = (*about, *named, *named.values())
        key = (work.__module__, work.__qualname__, *(each if isinstance(each, str) else id(each) for each in told))
        found = kept.get(key)
        if found is None:
            found = kept[key] = (told, work(owner, *about, **named))
        return found[1]

    return known  # type: ignore[return-value]
