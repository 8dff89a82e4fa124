"""`second`: of which pairs of names the second derivatives are asked for → `Second`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations_with_replacement

from derivgen.errors import Place, Problems, closest
from derivgen.spec.model import Second
from derivgen.spec.roles import Roles
from derivgen.spec.yaml_nodes import Scalar

ALL = "all"
MOST_PAIRS = 36
"""As many as a Hessian of eight names has; more of them nobody works out by hand."""

Written = Scalar | tuple[Scalar | tuple[Scalar, ...], ...] | None


def read_second(written: Written, roles: Roles, columns: tuple[str, ...], problems: Problems) -> tuple[Second, ...]:
    """Return the pairs that are asked for, in their order; of `all`, the upper half of the parameters' Hessian."""
    if written is None:
        return ()
    if isinstance(written, Scalar):
        names = [name for name in roles.parameters if name not in columns]
        place: Place | None = written.place
        pairs = [Second(*pair, written.place) for pair in combinations_with_replacement(names, 2)]
    else:
        known = dict.fromkeys((*roles.parameters, *roles.inputs, *roles.targets, *roles.constants, *roles.open_constants))
        pairs = list(_listed(written, tuple(known), columns, problems))
        place = pairs[0].place if pairs else None
    if len(pairs) > MOST_PAIRS:
        hint = "ask for some of them: second: [w, [w, v]]"
        problems.error(f"these are {len(pairs)} second derivatives; at most {MOST_PAIRS} are worked out", place, hint)
    return tuple(pairs)


def _listed(
    written: tuple[Scalar | tuple[Scalar, ...], ...], known: tuple[str, ...], columns: tuple[str, ...], problems: Problems
) -> Iterator[Second]:
    met: dict[tuple[str, ...], None] = {}
    for entry in written:
        names = (entry, entry) if isinstance(entry, Scalar) else entry
        if len(names) != 2:
            place = names[0].place if names else None
            problems.error("a second derivative is by a name, or by two", place, "for example  second: [w, [w, v]]")
            continue
        wrong = False
        for name in dict.fromkeys(names):
            message = _why_not(name.text, known, columns)
            if message:
                problems.error(message, name.place, closest(name.text, known))
                wrong = True
        key = tuple(sorted(name.text for name in names))
        if not wrong and key in met:
            problems.error(f"the second derivative by {' and '.join(key)} is asked for twice", names[0].place, "once is enough")
        elif not wrong:
            met[key] = None
            yield Second(names[0].text, names[1].text, names[0].place)


def _why_not(name: str, known: tuple[str, ...], columns: tuple[str, ...]) -> str:
    if name in columns:
        return f"{name} has one value per sample; second derivatives are by names with one value"
    return "" if name in known else f"second: {name[:40]} is no parameter, input, target or constant"
