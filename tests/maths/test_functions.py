"""The table of functions, entry by entry: values, textbook derivatives, conventions at kinks, SymPy's word on each."""

from __future__ import annotations

from fractions import Fraction

import pytest

from derivgen.checks.report import check
from derivgen.derivation.derive import derive
from derivgen.evaluation import run
from derivgen.graph import build
from derivgen.maths.differentiate import Rules, differentiate
from derivgen.maths.evaluate import Environment, evaluate
from derivgen.maths.functions import FUNCTIONS, Function, Library, find
from derivgen.maths.tree import Call, Sym
from derivgen.spec.load import loads
from tests import oracle
from tests.oracle import MP, Node, Scene, mp

LIBRARY = Library()
PLAIN = [key for key, function in FUNCTIONS.items() if not function.many]
POSITIVE = ("ln", "sqrt")
POINTS = [Fraction(point) for point in ("-7", "-2.5", "-1", "-1/3", "-1/1000", "1/1000", "0.2", "1", "2", "3.75", "11")]
KINKED = {"relu": (0,), "leaky_relu": (Fraction(1, 100), 0), "elu": (1, 0), "abs": (0,), "step": (0,)}


def points(key: str) -> list[Fraction]:
    return [point for point in POINTS if point > 0 or key not in POSITIVE]


def value(key: str, *args: Fraction):
    names = [f"x_{k}" for k in range(len(args))]
    env = Environment({name: (arg,) for name, arg in zip(names, args, strict=True)}, LIBRARY)
    return evaluate(Call(key, tuple(map(Sym, names))), env)


def slope(key: str, slot: int, *args: Fraction):
    """The derivative by the rules, evaluated."""
    names = [f"x_{k}" for k in range(len(args))]
    env = Environment({name: (arg,) for name, arg in zip(names, args, strict=True)}, LIBRARY)
    return evaluate(differentiate(Call(key, tuple(map(Sym, names))), names[slot], Rules(LIBRARY)), env)


def judged(key: str, *args) -> tuple:
    """Value and slopes by the oracle."""
    return oracle.slopes(key, list(args), {})


def near(a, b, digits: int = 50) -> bool:
    """Equal to so many digits."""
    return abs(decimal(a) - decimal(b)) <= MP.mpf(10) ** -digits * (1 + abs(decimal(b)))


def decimal(number):
    """A fraction or a decimal of either side as the oracle's decimal."""
    return mp(Fraction(number)) if isinstance(number, (Fraction, int)) else MP.convert(number)


def test_the_oracle_knows_every_function() -> None:
    assert set(FUNCTIONS) == {*oracle.UNARY, *oracle.MANY, "softmax"}


@pytest.mark.parametrize("key", PLAIN)
def test_values(key: str) -> None:
    assert all(near(value(key, point), judged(key, point)[0]) for point in points(key))
    for name, default in FUNCTIONS[key].optional:
        assert name == "a" and value(key, Fraction(-2)) == value(key, Fraction(-2), Fraction(default))


@pytest.mark.parametrize("key", PLAIN)
def test_textbook_derivatives_against_the_oracle(key: str) -> None:
    assert all(near(slope(key, 0, point), judged(key, point)[1][0]) for point in points(key))


@pytest.mark.parametrize("key", ["leaky_relu", "elu"])
@pytest.mark.parametrize("slot", [0, 1])
def test_derivatives_by_each_argument(key: str, slot: int) -> None:
    for point in POINTS:
        assert near(slope(key, slot, point, Fraction(3, 7)), judged(key, point, Fraction(3, 7))[1][slot])


@pytest.mark.parametrize("key", PLAIN)
def test_textbook_derivatives_against_differences_of_the_value(key: str) -> None:
    """No derivative of anybody's: the function's own value a little to the right and to the left."""
    step = Fraction(1, 10**20)
    for point in points(key):
        above, below = (decimal(value(key, point + move)) for move in (step, -step))
        assert near(slope(key, 0, point), (above - below) / (2 * mp(step)), 30), point


@pytest.mark.parametrize("key", ["max", "min"])
def test_max_and_min(key: str) -> None:
    args = (Fraction(2), Fraction(-1), Fraction(5), Fraction(0))
    best = args.index(max(args) if key == "max" else min(args))
    assert value(key, *args) == args[best]
    assert [slope(key, slot, *args) for slot in range(4)] == [int(slot == best) for slot in range(4)]


@pytest.mark.parametrize("key", ["max", "min"])
@pytest.mark.parametrize("ties", [2, 3, 4])
def test_ties_share_equally(key: str, ties: int) -> None:
    other = Fraction(1 if key == "max" else 9)
    args = (*([Fraction(5)] * ties), other)
    assert [slope(key, slot, *args) for slot in range(ties + 1)] == [Fraction(1, ties)] * ties + [0]


def test_softmax() -> None:
    numbers = [Fraction(1, 3), Fraction(-2), Fraction(4)]
    nodes = oracle.softmax([Node(number) for number in numbers])
    env = Environment({f"x_{k}": (number,) for k, number in enumerate(numbers)}, LIBRARY)
    for k, node in enumerate(nodes):
        call = Call("softmax", tuple(Sym(f"x_{j}") for j in range(3)), "softmax", k)
        assert near(evaluate(call, env), node.value)
        for j, (_, wanted) in enumerate(node.parents):
            assert near(evaluate(differentiate(call, f"x_{j}", Rules(LIBRARY)), env), wanted)


@pytest.mark.parametrize("key", KINKED)
def test_the_convention_at_the_kink(key: str) -> None:
    slopes = KINKED[key]
    assert FUNCTIONS[key].kinks == (0,)
    defaults = [Fraction(default) for _, default in FUNCTIONS[key].optional]
    for slot, wanted in enumerate(slopes):
        args = (Fraction(0), *defaults) if slot else (Fraction(0),)
        assert slope(key, slot, *args) == wanted
    assert judged(key, Fraction(0))[1][0] == slopes[0]


def test_every_kink_has_a_documented_convention() -> None:
    assert {key for key, function in FUNCTIONS.items() if function.kinks} == set(KINKED)
    assert all(function.convention for function in FUNCTIONS.values() if function.kinks or function.key in ("max", "min"))
    assert all(
        not function.convention for function in FUNCTIONS.values() if not function.kinks and function.key not in ("max", "min")
    )


@pytest.mark.parametrize("key", KINKED)
def test_a_convention_of_the_spec(key: str) -> None:
    library = Library(kinks={key: Fraction(3, 8)})
    env = Environment({"x": (Fraction(0),)}, library)
    expr = differentiate(Call(key, (Sym("x"),)), "x", Rules(library))
    assert evaluate(expr, env) == Fraction(3, 8)
    for point in POINTS:
        assert near(evaluate(expr, Environment({"x": (point,)}, library)), judged(key, point)[1][0])
    assert "3/8" in library[key].convention


@pytest.mark.parametrize("key", [key for key, function in FUNCTIONS.items() if not function.vector])
def test_sympy_proves_the_textbook_form(key: str) -> None:
    """In general; only the three pieces of abs' are compared at a point."""
    names = [f"x_{k + 1}" for k in range(FUNCTIONS[key].arity[0])]
    values = ", ".join(f"{name}: 0.7{k}" for k, name in enumerate(names))
    text = f"equations: L = {FUNCTIONS[key].names[0]}({', '.join(names)})\nvalues: {{{values}}}\n"
    report = check(run(derive(build(loads(text)))))
    assert report.failed == 0 and not report.unchecked_gradients
    assert {proof.verdict for proof in report.proofs} == {"sampled" if key == "abs" else "proved"}


def test_sympy_proves_softmax() -> None:
    report = check(
        run(derive(build(loads("equations: |\n  p, q, r = softmax(a, b, c)\n  L = p*q + r\nvalues: {a: 1, b: 2, c: 1/3}\n"))))
    )
    assert report.failed == 0 and {proof.verdict for proof in report.proofs} == {"proved"}


@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=lambda function: function.key)
def test_entries_are_whole(function: Function) -> None:
    assert function.key == find(function.key) and function.meaning and function.source
    assert all(find(spelling) == function.key for name in function.names for spelling in (name, name.upper(), name.lower()))
    assert len(function.derivatives) in (0, len(function.arguments))
    assert function.derivatives or function.many


def test_no_name_twice() -> None:
    names = [name for function in FUNCTIONS.values() for name in dict.fromkeys((function.key, *function.names))]
    assert len(names) == len(set(names))


def test_the_oracle_goes_by_the_same_names() -> None:
    scene = Scene({"x": [Node(Fraction(2, 5))]})
    for function in FUNCTIONS.values():
        if not function.many:
            for name in function.names:
                assert near(scene.at(oracle.parse(f"{name}(x)"), 0).value, judged(function.key, Fraction(2, 5))[0])
