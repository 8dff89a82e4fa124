"""The block `random` → which names are drawn for a variant, from which numbers, and the conditions that every variant meets.

`derivgen.variants.meaning` gives the conditions their meaning in a graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from math import ceil, floor

from derivgen.errors import Place, Problems, SpecError, closest
from derivgen.frozen import replace
from derivgen.maths.conditions import Comparison, gradients_in, names_in, parse_condition
from derivgen.maths.grammar import Vocabulary
from derivgen.maths.numbers import short_decimal
from derivgen.maths.tree import ONE, Sum, Sym
from derivgen.spec.losses import takes_shares
from derivgen.spec.model import Data, Draw, Network, Random, Value, Where
from derivgen.spec.reading import is_pattern
from derivgen.spec.roles import NameIndex
from derivgen.spec.shape import DrawShape
from derivgen.spec.yaml_nodes import Scalar

MAX_NUMBERS = 100_000
WHERE = "where"
GRIDS = {"integers": (1, 1), "halves": (1, 2), "thirds": (1, 3), "quarters": (1, 4), "tenths": (1, 10), "hundredths": (1, 100)}
DECIMAL = ("tenths", "hundredths")
RANGES = (*GRIDS, "between", "list")

Written = Mapping[Scalar, DrawShape | tuple[Scalar, ...] | Scalar]


def read_draws(
    written: Written, known: NameIndex, defined: Mapping[str, Place], network: Network | None, problems: Problems
) -> tuple[Draw, ...]:
    """Return the draws in the order written; a name that is written out is no part of the patterns and groups it fits as well."""
    found: list[Draw] = []
    groups = groups_of(network)
    own = {key.text for key in written if key.text in known}
    taken: dict[str, Scalar] = {}
    for key, shape in written.items():
        if key.text == WHERE:
            continue
        if not isinstance(shape, DrawShape):
            problems.error(
                f"{key.text} under random says no numbers", key.place, "as in  {integers: [-3, 3]}  or  {list: [0, 1]}"
            )
            continue
        numbers = numbers_of(shape, key, problems)
        names = _names(key, own, known, defined, groups, problems)
        for name in names:
            if name in taken:
                message = f"{name} is drawn by {taken[name].text} already"
                problems.error(message, key.place, f"say what {name} takes by itself: {name}: {{…}}")
            taken.setdefault(name, key)
        if names and numbers:
            found.append(Draw(names, numbers, shape.distinct, key.place))
    return tuple(found)


def _names(
    key: Scalar,
    own: Iterable[str],
    known: NameIndex,
    defined: Mapping[str, Place],
    groups: Mapping[str, tuple[str, ...]],
    problems: Problems,
) -> tuple[str, ...]:
    """Return the names that a name, a pattern or a group stands for."""
    text = " ".join(key.text.split())
    if text in known:
        return (text,)
    found = tuple(name for name in groups.get(text, known.matching(text)) if name in known)
    if not found:
        problems.error(*_no_name(key, known, defined, groups, problems))
    return tuple(name for name in found if name not in own)


def _no_name(
    key: Scalar, known: NameIndex, defined: Mapping[str, Place], groups: Mapping[str, tuple[str, ...]], problems: Problems
) -> tuple[str, Place, str | None]:
    if key.text in defined:
        message = f"{key.text} is worked out by the equation on line {defined[key.text].line}; it is not drawn"
        return message, key.place, f"say what it has to be:  {WHERE}: [{key.text} > 0]"
    if is_pattern(key.text):
        message = f"the pattern {key.text[:40]} under random fits no name that can be drawn"
        return message, key.place, f"these can: {_listed(tuple(known.names))}"
    hint = known.near(key.text, problems) or closest(key.text, groups) or f"these can be drawn: {_listed(tuple(known.names))}"
    return f"{key.text[:40]} under random is no name that can be drawn", key.place, hint


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:12]) + (", …" if len(names) > 12 else "")


def groups_of(network: Network | None) -> dict[str, tuple[str, ...]]:
    """Return what a network's weights and biases are called together.

    `weights`, `biases`, `W2` or `layer 2 weights`, `b2` or `layer 2 biases`; layers count from 1, the inputs are none.
    """
    groups: dict[str, tuple[str, ...]] = {}
    for number, layer in enumerate(network.layers if network is not None else (), 1):
        weights = tuple(dict.fromkeys(name for neuron in layer for name in neuron.weights))
        biases = tuple(dict.fromkeys(neuron.bias for neuron in layer if neuron.bias is not None))
        groups |= {f"W{number}": weights, f"layer {number} weights": weights}
        groups |= {f"b{number}": biases, f"layer {number} biases": biases}
        for word, names in (("weights", weights), ("biases", biases)):
            groups[word] = tuple(dict.fromkeys((*groups.get(word, ()), *names)))
    return groups


def numbers_of(shape: DrawShape, key: Scalar, problems: Problems) -> tuple[Value, ...]:
    """Return the numbers that may be drawn; none, with a problem noted, where that is not clear."""
    given = [name for name in RANGES if getattr(shape, name) is not None]
    if len(given) != 1:
        one = f"{' and '.join(given)}; keep one of them" if given else f"no numbers; give it one of {', '.join(RANGES)}"
        problems.error(f"{key.text} has {one}", key.place, None if given else "as in  {integers: [-3, 3]}")
        return ()
    kind, before = given[0], len(problems.found)
    written: tuple[Value, ...] = getattr(shape, kind)
    numbers = written if kind == "list" else _range(kind, written, shape.step, key, problems)
    if shape.step is not None and kind != "between":
        problems.error(f"a step belongs to `between`, not to {kind}", shape.step.place, "{between: [-1, 1], step: 1/8}")
    out = {value.value for value in shape.without or ()} | ({Fraction(0)} if shape.nonzero else set())
    left = tuple(value for value in numbers if value.value not in out)
    if shape.distinct:
        left = tuple({value.value: value for value in reversed(left)}.values())[::-1]
    if not left and len(problems.found) == before:
        problems.error(f"{key.text} has no number left to be drawn", key.place, "make the range wider, or leave out less")
    return left if len(problems.found) == before else ()


def _range(kind: str, written: tuple[Value, ...], by: Value | None, key: Scalar, problems: Problems) -> tuple[Value, ...]:
    """Return the multiples of the step from the first number to the second; after `between`, steps from the first."""
    place = written[0].place or key.place if written else key.place
    if len(written) != 2:
        problems.error(f"{kind} takes two numbers, the least and the greatest", place, f"{kind}: [-3, 3]")
        return ()
    low, high = (value.value for value in written)
    if kind == "between" and (by is None or by.value <= 0):
        problems.error("between goes with a step greater than 0", by.place if by else place, "{between: [-1, 1], step: 1/8}")
        return ()
    if low > high:
        problems.error(f"{kind} from {written[0].text} to {written[1].text} is empty", place, "the least number stands first")
        return ()
    step = by.value if kind == "between" and by is not None else Fraction(*GRIDS.get(kind, (1, 1)))
    start = low if kind == "between" else ceil(low / step) * step
    count = floor((high - start) / step) + 1
    if count > MAX_NUMBERS:
        problems.error(f"more than {MAX_NUMBERS:,} numbers to draw from are not taken", place, "make the step wider")
        return ()
    if count < 1:
        problems.error(f"between {written[0].text} and {written[1].text} there are no {kind}", place)
    decimal = kind in DECIMAL or (kind == "between" and any("." in value.text for value in (*written, by) if value))
    return tuple(_value(start + k * step, decimal, place) for k in range(count))


def _value(number: Fraction, decimal: bool, place: Place) -> Value:
    return Value(number, (short_decimal(number) if decimal else None) or str(number), place)


def with_rows(data: Data, draws: tuple[Draw, ...], problems: Problems) -> Data:
    """Return the samples of a spec that draws them: without rows of the author's, some that draws take the place of."""
    drawn = {name: draw for draw in draws for name in draw.names}
    columns = [column for column in data.columns if column in drawn]
    if not columns or data.rows is not None:
        return data
    missing = [column for column in data.columns if column not in drawn]
    if missing:
        problems.error(f"the data column {missing[0]} has no numbers", data.place, "give the data rows, or draw all its columns")
        return data
    if not isinstance(data.count, int):
        problems.error("how many samples are drawn is not said", data.place, "data: {columns: [x, y], count: 4}")
        return data
    row = tuple(drawn[column].numbers[0] for column in data.columns)
    return replace(data, rows=(row,) * data.count)


def check_distinct(draws: tuple[Draw, ...], data: Data | None, problems: Problems) -> None:
    """Check that there are numbers enough for all that take different ones."""
    columns = data.columns if data is not None else ()
    samples = data.count if data is not None and isinstance(data.count, int) else 1
    for draw in draws:
        places = sum(samples if name in columns else 1 for name in draw.names)
        if draw.distinct and places > len(draw.numbers):
            message = f"{places} different numbers are wanted, and there are {len(draw.numbers)} to draw from"
            problems.error(message, draw.place, "make the range wider, or leave out `distinct`")


def random_of(draws: tuple[Draw, ...], where: tuple[Where, ...], given: Iterable[str], data: Data | None, rows: bool) -> Random:
    """Return what is drawn. `given` are the names that have values of the author's; `rows`: the data has rows of the author's."""
    known = {*given, *(data.columns if data is not None and rows else ())}
    return Random(draws, all(name in known for draw in draws for name in draw.names), where)


MAX_CONDITIONS = 100
WORDS = ("gradients", "parameters", "inputs", "targets", "values", "units", "hidden units", "output units", "weights", "biases")
"""What many quantities are called together; one of them by the word without its plural."""
OF_NETWORKS = ("weights", "biases")


def plural(word: str) -> str:
    """Return the word for many of a word for one.

    >>> plural("gradient"), plural("hidden unit"), plural("bias"), plural("weights"), plural("Z_3")
    ('gradients', 'hidden units', 'biases', 'weights', 'Z_3')
    """
    for many in WORDS:
        if word in (many, many.removesuffix("es") if many == "biases" else many.removesuffix("s")):
            return many
    return word


def read_where(written: Written | None, words: Vocabulary, problems: Problems) -> tuple[Where, ...]:
    """Return the conditions, those that can be read."""
    found: list[Where] = []
    texts = [text for key, value in (written or {}).items() if key.text == WHERE for text in _texts(key, value, problems)]
    if len(texts) > MAX_CONDITIONS:
        problems.error(f"more than {MAX_CONDITIONS} conditions are not taken", texts[MAX_CONDITIONS].place)
    for scalar in texts[:MAX_CONDITIONS]:
        if scalar.folds:
            problems.error("a condition stands on one line", scalar.place)
            continue
        lead = len(scalar.text) - len(scalar.text.lstrip())
        place = scalar.start.shifted(lead, max(1, len(scalar.text.strip())))
        try:
            found.append(Where(" ".join(scalar.text.split()), parse_condition(scalar.text.strip(), place, words), place))
        except SpecError as error:
            problems.add(error)
    return tuple(found)


def shares(network: Network | None, draws: tuple[Draw, ...]) -> tuple[Where, ...]:
    """Return where targets of cross-entropy behind softmax are drawn: that they add up to 1, a condition nobody has to write."""
    if network is None or not takes_shares(network):
        return ()
    drawn = next((draw.place for draw in draws if any(name in network.targets for name in draw.names)), None)
    if drawn is None:
        return ()
    total = Sum(tuple(Sym(name) for name in network.targets))
    return (Where(f"{' + '.join(network.targets)} == 1", Comparison((total, ONE), ("==",)), drawn),)


def _texts(key: Scalar, value: DrawShape | tuple[Scalar, ...] | Scalar, problems: Problems) -> tuple[Scalar, ...]:
    if isinstance(value, DrawShape):
        problems.error("where holds conditions, not a block", key.place, f"as in  {WHERE}: [Z_3 > 0, abs(Loss) <= 50]")
        return ()
    return value if isinstance(value, tuple) else (value,)


def check_where(
    conditions: tuple[Where, ...], names: Iterable[str], loss: str, network: Network | None, pieces: bool, problems: Problems
) -> None:
    """Check that every name in the conditions is one of the spec; with `pieces` there will be more than are known here."""
    known = NameIndex(names)
    groups = (*(word for word in WORDS if network is not None or word not in OF_NETWORKS), *groups_of(network))
    for condition in conditions:
        for name in names_in(condition.tree):
            if not pieces and plural(name.name) not in groups:
                _check(name, known, groups, condition.place, problems)
        for gradient in gradients_in(condition.tree):
            if gradient.of.name not in ("", loss):
                message = f"only the gradients of the loss {loss} can stand in a condition"
                problems.error(message, gradient.of.at or condition.place, f"write d{loss}/d{gradient.by.name}")
            if not pieces:
                _check(gradient.by, known, (), condition.place, problems)


def _check(name: Sym, known: NameIndex, groups: tuple[str, ...], place: Place | None, problems: Problems) -> None:
    if known.matching(name.name):
        return
    at = name.at or place
    if is_pattern(name.name):
        problems.error(f"the pattern {name.name} in this condition fits no name", at, None)
    else:
        words = [word for word in groups if word in WORDS]
        hint = NameIndex((*known.names, *groups)).near(name.name, problems) or f"these words stand for many: {', '.join(words)}"
        problems.error(f"{name.name} in this condition is no name of this spec", at, hint)
