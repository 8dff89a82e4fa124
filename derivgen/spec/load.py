"""A spec's text → `Spec`: read, checked and frozen. Every mistake of the file is reported in one go.

`second`: of which pairs of names the second derivatives are asked for → `Second`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import combinations_with_replacement
from pathlib import Path
from types import MappingProxyType
from typing import Any

from derivgen.errors import Place, Problem, Problems, SpecError, closest
from derivgen.frozen import fields, replace
from derivgen.language import SOURCE
from derivgen.maths.conditions import gradients_in, names_in
from derivgen.maths.grammar import Vocabulary
from derivgen.spec.arrays import entry_of, has_arrays, read_arrays, with_drawn, with_entries, without_arrays
from derivgen.spec.constants import check_own_functions, equations_with_pi, own_names, read_constants, valued_constants
from derivgen.spec.data import read_data, with_index
from derivgen.spec.draws import check_distinct, check_where, random_of, read_draws, read_where, shares, with_rows
from derivgen.spec.equations import Definitions, ParsedEquations, check_calls, definitions, read_equations, read_functions
from derivgen.spec.layers import build_layers, is_layered
from derivgen.spec.losses import check_targets
from derivgen.spec.model import Arrays, Data, Decompose, Draw, FunctionDefinition, Random, Second, Show, Spec, Where
from derivgen.spec.network import (
    BuiltNetwork,
    build_network,
    by_first_name,
    by_first_names,
    check_predictions,
    predictions,
)
from derivgen.spec.pages import check_notation, check_update, read_pages
from derivgen.spec.reading import read_block
from derivgen.spec.roles import (
    Declared,
    NameIndex,
    RoleResolver,
    Roles,
    check_loss,
    check_mentions,
    check_patterns,
    halves,
)
from derivgen.spec.shape import DecomposeShape, SpecShape
from derivgen.spec.shown import check_shown
from derivgen.spec.source import MAX_BYTES, Source, source_of
from derivgen.spec.yaml_nodes import MappingNode, Scalar, read_yaml


def load(source: Path | str, language: str = SOURCE) -> Spec:
    """Return the spec in a file; `-` reads standard input, whose folder is the current one.

    `language` is that of a spec without one.

    Raises SpecError with every mistake found, or for a file that cannot be read.
    """
    if str(source) == "-":
        return _spec(source_of(sys.stdin.buffer.read(MAX_BYTES + 1), "<stdin>"), "spec", Path.cwd(), language)
    path = Path(source)
    return _spec(source_of(_bytes(path), str(source)), path.stem, path.parent, language)


def loads(text: str, name: str = "spec", folder: Path | None = None, language: str = SOURCE) -> Spec:
    """Return the spec in a text. Without a folder it cannot name a data file. Raises SpecError with every mistake found."""
    return _spec(source_of(text, f"{name}.yaml"), name, folder, language)


def _bytes(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise SpecError(Problem(f"{path} is not a file", hint="give the .yaml file itself" if path.is_dir() else None))
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        raise SpecError(Problem(f"there is no file {path}", hint="`derivgen new` writes a spec to start from")) from None
    except PermissionError:
        raise SpecError(Problem(f"the file {path} may not be read")) from None
    except (OSError, ValueError):
        raise SpecError(Problem(f"the file {str(path)[:80]!r} cannot be read")) from None


def _spec(source: Source, name: str, folder: Path | None, language: str) -> Spec:
    problems = Problems()
    block = read_yaml(source, problems)
    shape = read_block(SpecShape, block, problems)
    assert shape is not None, "no key of a spec is needed by itself"
    spec = _Assembly(shape, block, name, folder, problems).spec()
    problems.stop_if_any()
    assert spec is not None
    return spec if shape.language is not None else replace(spec, language=language)


class _Assembly:
    """Puts a spec together from its blocks; a block that failed leaves a problem behind and the others are still checked."""

    def __init__(self, shape: SpecShape, block: MappingNode, name: str, folder: Path | None, problems: Problems):
        self.shape, self.name, self.folder, self.problems = shape, name, folder, problems
        self.places = {key.text: key.place for key, _ in block.entries}
        self.begin = Place(block.place.file, 1, 1)
        self.own: dict[str, FunctionDefinition] = {}
        self.shows: tuple[Show, ...] = ()
        self.arrays: Arrays | None = None

    def spec(self) -> Spec | None:
        """Return the whole spec; None, with problems noted, when there is nothing to compute."""
        check_patterns(self.shape, self.problems)
        own, words = read_functions(self.shape.functions or {}, self.problems)
        pages = read_pages(self.shape, own, words, self.problems)
        self.own, self.shows = own, pages["show"]
        data = self._data()
        built = self._network(words, data)
        check_shown(pages["show"], self.shape.network is not None, self.problems)
        equations = ParsedEquations(tuple(built.equations)) if built else self._equations(words)
        if equations is None:
            return None
        arrays: Arrays | None = None
        if has_arrays(self.shape, equations.read):
            arrays = self._arrays()
            equations = with_entries(equations, self.shape, arrays, data, self.problems)
            self.shape = without_arrays(self.shape)
        check_calls(equations.read, arrays is not None, self.problems)
        self.arrays = arrays
        aliases = predictions(self.shape.network, built.network, self.problems) if built and self.shape.network else {}
        taken = own_names(self.shape, data, equations.read, built.made if built else ())
        check_own_functions(own, taken, self.problems)
        constants = read_constants(self.shape, words, taken, self.problems)
        read = (by_first_name(each, aliases) for each in equations.read)
        equations = replace(equations, read=(*constants, *equations_with_pi(read, taken)))
        found = definitions(equations.read, equations.unread, self.problems)
        check_update(pages["update"], (*found.defined, *found.free), self.problems)
        if data is not None and self.shape.data is not None:
            data = with_index(data, self.shape.data, tuple(found.defined), tuple(found.free), self.problems)
        draws = self._draws(found, data, built) if not self.broken("random") else ()
        data = with_rows(data, draws, self.problems) if data is not None else None
        decompose = _decompose(self.shape.decompose)
        check_predictions(aliases, self.shape.network, (*found.defined, *found.free), self.problems)
        self.aliases = aliases
        roles = self._roles(equations, found, data, built, decompose, draws)
        where = self._where(words, roles, found, data, built, decompose, draws)
        if arrays is not None and not self.problems.errors:
            arrays = with_drawn(arrays, draws, equations.read, roles, data, self.problems)
        pages["notation"] = by_first_names(pages["notation"], aliases)
        return Spec(
            name=self.name,
            equations=equations.read,
            data=data,
            random=self._random(draws, where, data, built),
            aliases=MappingProxyType(aliases),
            decompose=decompose,
            network=built.network if built else None,
            functions=MappingProxyType(own),
            second=read_second(self.shape.second, roles, data.columns if data else (), self.problems),
            **_role_fields(roles, self.shape),
            **pages,
            warnings=self.problems.warnings,
            arrays=arrays,
        )

    def _entries(self, asked: Iterable[str], names: Iterable[str]) -> tuple[str, ...]:
        """Return those of the names asked for that are entries of arrays, by their own names."""
        known = tuple(names) if self.arrays is not None else ()
        return tuple(name for name in asked if name not in known and entry_of(name, known))

    def _arrays(self) -> Arrays:
        """Return the numbers and shapes of arrays; what is not there for them yet is refused."""
        for key, what in _OF_SCALARS.items():
            if key in self.places and getattr(self.shape, key):
                self.problems.error(f"{what} for scalars alone, not in a spec with arrays", self.places[key])
        return read_arrays(self.shape, self.folder, self.problems)

    def _draws(self, found: Definitions, data: Data | None, built: BuiltNetwork | None) -> tuple[Draw, ...]:
        """Return what is drawn for variants; a column of the data counts as a name."""
        if self.shape.random is None:
            return ()
        constants = tuple(key.text for key in self.shape.constants or ())
        names = (*found.free, *(data.columns if data is not None else ()), *constants)
        known = NameIndex((*names, *self._entries((key.text for key in self.shape.random), names)))
        draws = read_draws(self.shape.random, known, found.defined, built.network if built else None, self.problems)
        check_distinct(draws, data, self.problems)
        return draws

    def _where(
        self,
        words: Vocabulary,
        roles: Roles,
        found: Definitions,
        data: Data | None,
        built: BuiltNetwork | None,
        decompose: Decompose | None,
        draws: tuple[Draw, ...],
    ) -> tuple[Where, ...]:
        """Return what every variant meets; its names are looked up only where nothing else is wrong with them."""
        if self.shape.random is None:
            return ()
        whole = not any(self.broken(key) for key in (*_NAMING, "equations"))
        where = read_where(self.shape.random, words, self.problems)
        names = (*found.defined, *found.free, *(data.columns if data else ()), *roles.constants, *roles.open_constants)
        spoken = (name.name for each in where for name in (*names_in(each.tree), *(g.by for g in gradients_in(each.tree))))
        names = (*names, *self._entries(spoken, names))
        if whole:
            check_where(where, names, roles.loss, built.network if built else None, decompose is not None, self.problems)
        return (*shares(built.network if built else None, draws), *where)

    def _random(
        self, draws: tuple[Draw, ...], where: tuple[Where, ...], data: Data | None, built: BuiltNetwork | None
    ) -> Random | None:
        if self.shape.random is None:
            return None
        given = [key.text for key in self.shape.values or {}]
        given += self._entries((name for draw in draws for name in draw.names), given)
        names = (*given, *valued_constants(self.shape), *(built.values if built else ()))
        rows = self.shape.data is not None and (self.shape.data.rows is not None or self.shape.data.file is not None)
        return random_of(draws, where, names, data, rows)

    def _roles(
        self,
        equations: ParsedEquations,
        found: Definitions,
        data: Data | None,
        built: BuiltNetwork | None,
        decompose: Decompose | None,
        draws: tuple[Draw, ...],
    ) -> Roles:
        """Return every name's role. What is missing or idle is only reported when all equations and data could be read."""
        complete = (
            equations.complete and not any(self.broken(key) for key in _NAMING) and (data is None) == (self.shape.data is None)
        )
        given = Declared(built.inputs, built.targets, built.values, built.made) if built else Declared()
        given = replace(given, drawn={name: draw.numbers[0] for draw in draws for name in draw.names})
        roles = RoleResolver(self.shape, found, data, given, complete, self.problems).roles()
        if complete:
            names = (*found.defined, *found.free, *(data.columns if data else ()), *roles.constants, *roles.open_constants)
            if self.arrays is not None:
                names = (
                    *names,
                    *(half.text for each in self.shape.wrt or () for half in halves(each) if entry_of(half.text, names)),
                )
            check_mentions(self.shape, roles, names, data, decompose, tuple(self.aliases), self.problems)
            check_notation(self.shape.notation, (*names, *self.aliases), (*found.defined, *self.aliases), self.problems)
        if complete and not self.problems.errors:
            check_loss(roles, found, data, given, self.problems, self.arrays is not None)
            if built is not None and not any(name in built.targets for draw in draws for name in draw.names):
                check_targets(built.network, data, roles.values, self.problems)
        return roles

    def broken(self, key: str) -> bool:
        """Return whether something is wrong with what stands under this key, so that nothing is to be concluded from it."""
        if key not in self.places:
            return False
        start = self.places[key]
        end = min((_at(place) for place in self.places.values() if _at(place) > _at(start)), default=(sys.maxsize, 0))
        places = (problem.place for problem in self.problems.found if problem.severity == "error")
        return any(place and place.file == start.file and _at(start) <= _at(place) < end for place in places)

    def _network(self, words: Vocabulary, data: Data | None) -> BuiltNetwork | None:
        if self.shape.network is None or self.broken("network"):
            return None
        if self.shape.equations is not None:
            self.problems.error("a spec has equations or a network, not both", self.places["network"], "take one of them out")
        shape, place = self.shape.network, self.places["network"]
        if is_layered(shape):
            return build_layers(shape, place, words, data, self.folder, self.problems)
        return build_network(shape, place, words, data is not None, self.problems)

    def _equations(self, words: Vocabulary) -> ParsedEquations | None:
        if self.shape.equations:
            return read_equations(self.shape.equations, words, self.problems)
        if "network" not in self.places and "equations" not in self.places:
            self.problems.error("a spec needs equations or a network", self.begin, "for example  equations: L = (y - w*x)^2")
        elif not self.broken("equations") and not self.broken("network") and self.shape.network is None:
            key = "equations" if "equations" in self.places else "network"
            self.problems.error(f"{key} is empty", self.places[key], "for example  equations: L = (y - w*x)^2")
        return None

    def _data(self) -> Data | None:
        if self.shape.data is None:
            return None
        return read_data(self.shape.data, self.places["data"], self.folder, self.problems)


_OF_SCALARS = {
    "decompose": "an expression is taken apart",
    "second": "second derivatives are worked out",
    "update": "steps of descent are taken",
    "network": "a network is built",
}
_NAMING = ("random", "network", "functions", "data", "values", "constants", "parameters", "inputs", "targets")


def _at(place: Place) -> tuple[int, int]:
    return place.line, place.column


def _role_fields(roles: Roles, shape: SpecShape) -> dict[str, Any]:
    wrt = tuple(pattern.text for pattern in shape.wrt) if shape.wrt is not None else roles.parameters
    return {each.name: getattr(roles, each.name) for each in fields(Roles)} | {"wrt": wrt}


def _decompose(written: bool | DecomposeShape | None) -> Decompose | None:
    if not isinstance(written, DecomposeShape):
        return Decompose() if written else None
    letters = {f.name: getattr(written, f.name) for f in fields(Decompose)}
    return Decompose(
        **{name: value.text if isinstance(value, Scalar) else value for name, value in letters.items() if value is not None}
    )


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
