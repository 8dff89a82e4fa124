"""Variants that are alike: who has the same numbers, how likely that is, and how they are told apart where that is wanted."""

from __future__ import annotations

from collections.abc import Sequence
from math import expm1, log1p

from derivgen.variants.records import Record
from derivgen.variants.search import Search


def duplicates(records: Sequence[Record]) -> tuple[tuple[Record, ...], ...]:
    """The groups of records with the same numbers, in the order of their first ones."""
    found: dict[object, list[Record]] = {}
    for record in records:
        found.setdefault(record.numbers, []).append(record)
    return tuple(tuple(group) for group in found.values() if len(group) > 1)


def collision_chance(space: float, count: int) -> float:
    """How likely it is that two of `count` variants are alike, each being one of `space` with the same chance.

    >>> round(collision_chance(365, 23), 3), collision_chance(3, 4)
    (0.507, 1.0)
    """
    if count < 2:
        return 0.0
    if count > space:
        return 1.0
    if count > 100_000:
        return -expm1(-count * (count - 1) / (2 * space))
    return -expm1(sum(log1p(-k / space) for k in range(1, count)))


def settled(search: Search, records: Sequence[Record]) -> tuple[Record, ...]:
    """The records, no two of them alike, in the same order.

    The rule: in the order of their ids, each student takes the first variant that nobody before them has. How many they passed
    over stands in the record (`distinct`). Raises SpecError where there are not variants enough.
    """
    seen: set[object] = set()
    kept: dict[int, Record] = {}
    for place in sorted(range(len(records)), key=lambda place: (records[place].student, place)):
        record = records[place]
        if record.numbers in seen:
            record = search.further(record.student, lambda other: other.numbers in seen, record.group)
        seen.add(record.numbers)
        kept[place] = record
    return tuple(kept[place] for place in range(len(records)))


def accepted_space(search: Search) -> float:
    """About how many variants there are that meet the conditions; 1e300 stands for any number beyond."""
    return max(1.0, float(min(search.slots.space, 10**300)) * search.tally.share)


def odds(chance: float) -> str:
    """A chance in words.

    >>> odds(0.25), odds(0.0004), odds(1.0), odds(1e-12)
    ('25 %', '1 in 2,500', 'certain', 'less than 1 in a billion')
    """
    if chance >= 0.9995:
        return "certain"
    if chance >= 0.01:
        return f"{100 * chance:.2g} %"
    if chance < 1e-9:
        return "less than 1 in a billion"
    size = 1 / chance
    step = 10 ** max(0, len(str(int(size))) - 2)
    return f"1 in {round(size / step) * step:,}"
