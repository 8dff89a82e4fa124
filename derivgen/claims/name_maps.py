"""A file of names: what names of a text mean in a spec, in the whole of it or in some of its lines or cells."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from derivgen.claims.sides import side_of
from derivgen.claims.spec_values import Measure
from derivgen.claims.spelling import Style
from derivgen.claims.tokens import UnreadableError, tokens_of
from derivgen.errors import Problems, closest
from derivgen.frozen import dataclass
from derivgen.spec.source import source_of
from derivgen.spec.yaml_nodes import MappingNode, Node, Scalar, read_yaml

_RANGE = re.compile(r"(?P<cell>cells?\s+)?(?P<first>\d+)(?:\s*[-–]\s*(?P<last>\d+))?")
_NOTHING = ("", "~", "null")
_HINT = "`w_{11}: w__3_11` for a name, `50-66: {w_11: w__3_11}` for some lines, `cell 3: {…}` for a cell of a notebook"


@dataclass(frozen=True, slots=True)
class NameRange:
    """Names, and for which lines they hold (or cells: then of a notebook), the first and the last among them."""

    first: int
    last: int
    in_cells: bool
    names: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class NameMap:
    """What a file of names says, in the order of the file: what stands further below goes before."""

    ranges: tuple[NameRange, ...] = ()

    def at(self, line: int, cell: int = 0) -> dict[str, str | None]:
        """Return what names mean in a line of a cell (0: there are no cells)."""
        found: dict[str, str | None] = {}
        for each in self.ranges:
            if each.first <= (cell if each.in_cells else line) <= each.last:
                found |= each.names
        return found


def name_map_of(data: bytes, file: str, measure: Measure) -> NameMap:
    """Return what a file of names says. Raises SpecError with all mistakes in it."""
    problems = Problems()
    block = read_yaml(source_of(data, file), problems)
    found = tuple(_ranges(block, measure, problems))
    problems.stop_if_any()
    return NameMap(found)


def _ranges(block: MappingNode, measure: Measure, problems: Problems) -> Iterator[NameRange]:
    everywhere = tuple((key, value) for key, value in block.entries if not isinstance(value, MappingNode))
    yield NameRange(0, 1 << 60, False, _names(everywhere, measure, problems))
    for key, value in block.entries:
        if not isinstance(value, MappingNode):
            continue
        found = _RANGE.fullmatch(key.text.strip())
        if found is None:
            problems.error(f"{key.text} is neither a line nor a range of lines", key.place, _HINT)
            continue
        first, last = int(found["first"]), int(found["last"] or found["first"])
        if last < first:
            problems.error(f"the range {key.text} ends before it begins", key.place)
        yield NameRange(first, last, bool(found["cell"]), _names(value.entries, measure, problems))


def _names(entries: tuple[tuple[Scalar, Node], ...], measure: Measure, problems: Problems) -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for key, value in entries:
        name = _name(key.text)
        if not name:
            problems.error(f"{key.text} is no name", key.place, _HINT)
        elif not isinstance(value, Scalar):
            problems.error(f"what {key.text} means is the name of one quantity", value.place, _HINT)
        elif value.text.strip() in _NOTHING and not value.style:
            found[name] = None
        elif (meant := measure.quantity(value.text.strip(), _name(value.text))) is None:
            known = tuple(measure.evaluation.graph.quantities)
            problems.error(f"the spec has no {value.text}", value.place, closest(value.text, known))
        else:
            found[name] = meant
    return found


def _name(written: str) -> str:
    """Return a name as the reader has it; empty for what is none."""
    try:
        tokens = tokens_of(written, 0, {})
    except UnreadableError:
        return ""
    return side_of(tokens, 0, written, Style()).name
