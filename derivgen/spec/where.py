"""The conditions under `random: where` → trees whose names are names of the spec. What they mean in a graph is said elsewhere."""

from __future__ import annotations

from collections.abc import Iterable

from derivgen.errors import Place, Problems, SpecError
from derivgen.maths.condition_grammar import parse_condition
from derivgen.maths.conditions import Comparison, gradients_in, names_in
from derivgen.maths.grammar import Vocabulary
from derivgen.maths.tree import ONE, Sum, Sym
from derivgen.spec.draws import WHERE, Written, groups_of
from derivgen.spec.known import Known, is_pattern
from derivgen.spec.losses import takes_shares
from derivgen.spec.model import Draw, Network, Where
from derivgen.spec.shape import DrawShape
from derivgen.spec.yaml_text import Scalar

MAX_CONDITIONS = 100
WORDS = ("gradients", "parameters", "inputs", "targets", "values", "units", "hidden units", "output units", "weights", "biases")
"""What many quantities are called together; one of them by the word without its plural."""
OF_NETWORKS = ("weights", "biases")


def plural(word: str) -> str:
    """The word for many of a word for one.

    >>> plural("gradient"), plural("hidden unit"), plural("bias"), plural("weights"), plural("Z_3")
    ('gradients', 'hidden units', 'biases', 'weights', 'Z_3')
    """
    for many in WORDS:
        if word in (many, many.removesuffix("es") if many == "biases" else many.removesuffix("s")):
            return many
    return word


def read_where(written: Written | None, words: Vocabulary, problems: Problems) -> tuple[Where, ...]:
    """The conditions, those that can be read."""
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
            problems.found += error.problems
    return tuple(found)


def shares(network: Network | None, draws: tuple[Draw, ...]) -> tuple[Where, ...]:
    """Where targets of cross-entropy behind softmax are drawn: that they add up to 1, a condition nobody has to write."""
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
    """Every name in the conditions is one of the spec; with `pieces` there will be more names than are known here."""
    known = Known(names)
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


def _check(name: Sym, known: Known, groups: tuple[str, ...], place: Place | None, problems: Problems) -> None:
    if known.matching(name.name):
        return
    at = name.at or place
    if is_pattern(name.name):
        problems.error(f"the pattern {name.name} in this condition fits no name", at, None)
    else:
        words = [word for word in groups if word in WORDS]
        hint = Known((*known.names, *groups)).near(name.name, problems) or f"these words stand for many: {', '.join(words)}"
        problems.error(f"{name.name} in this condition is no name of this spec", at, hint)
