"""The table of functions, entry by entry: values, textbook derivatives, conventions at kinks, SymPy's word on each."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest

from derivgen.checks.report import check
from derivgen.derivation.derive import derive
from derivgen.errors import Place
from derivgen.evaluation import run
from derivgen.graph import build
from derivgen.maths.differentiate import Rules, differentiate
from derivgen.maths.evaluate import Environment, evaluate
from derivgen.maths.functions import FUNCTIONS, Function, Library, bound, find, vocabulary, written
from derivgen.maths.grammar import parse_expression
from derivgen.maths.tree import STOP, Call, Num, Sym
from derivgen.spec.load import loads
from tests import oracle
from tests.oracle import MP, ONE, Node, Scene, mp

LIBRARY = Library()
PLAIN = [key for key, function in FUNCTIONS.items() if not function.many]
DOMAINS = {**dict.fromkeys(("ln", "sqrt", "binary log", "common log"), (0, 100)), "log1p": (-1, 100), "logit": (0, 1)}
DOMAINS |= dict.fromkeys(("asin", "acos"), (-1, 1))
POINTS = [Fraction(point) for point in ("-7", "-2.5", "-1", "-1/3", "-1/1000", "1/1000", "0.2", "1", "2", "3.75", "11")]
KINKS = [(key, Fraction(point), slopes) for key, kinks in oracle.KINKED.items() for point, slopes in kinks.items()]


def points(key: str) -> list[Fraction]:
    """Points at which a function has a value, none of them a kink."""
    least, most = DOMAINS.get(key, (-100, 100))
    return [point for point in POINTS if least < point < most and point not in oracle.KINKED.get(key, ())]


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


@pytest.mark.parametrize("key", [key for key, function in FUNCTIONS.items() if len(function.arguments) == 2])
@pytest.mark.parametrize("slot", [0, 1])
def test_derivatives_by_each_argument(key: str, slot: int) -> None:
    for point in POINTS:
        assert near(slope(key, slot, point, Fraction(3, 7)), judged(key, point, Fraction(3, 7))[1][slot])


@pytest.mark.parametrize("key", [key for key in PLAIN if key != STOP])
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


@pytest.mark.parametrize(("key", "point", "slopes"), KINKS)
def test_the_convention_at_the_kink(key: str, point: Fraction, slopes: tuple[Fraction, ...]) -> None:
    defaults = [Fraction(default) for _, default in FUNCTIONS[key].optional]
    for slot, wanted in enumerate(slopes):
        args = (point, *defaults) if slot else (point,)
        assert slope(key, slot, *args) == wanted
    assert judged(key, point)[1][0] == slopes[0]


@pytest.mark.parametrize(("key", "point", "slopes"), KINKS)
def test_the_slopes_beside_a_kink(key: str, point: Fraction, slopes: tuple[Fraction, ...]) -> None:
    """What the entry says of either side is what the oracle finds a little to the left and to the right."""
    kink = next(kink for kink in FUNCTIONS[key].kinks if kink.point == point)
    for side, formula in ((-1, kink.left), (1, kink.right)):
        beside = point + side * Fraction(1, 10**30)
        at = bound(written(formula), {"x": Num(beside), "a": Num(Fraction(dict(FUNCTIONS[key].optional).get("a", 0)))})
        assert near(evaluate(at, Environment({}, LIBRARY)), judged(key, beside)[1][0])


@pytest.mark.parametrize("function", [function for function in FUNCTIONS.values() if len(function.kinks) > 1])
def test_kinks_follow_each_other(function: Function) -> None:
    for kink, following in pairwise(function.kinks):
        assert kink.point < following.point and kink.right == following.left


def test_every_kink_has_a_documented_convention() -> None:
    with_kinks = {key: [kink.point for kink in function.kinks] for key, function in FUNCTIONS.items() if function.kinks}
    assert with_kinks == {key: list(kinks) for key, kinks in oracle.KINKED.items()}
    assert all(bool(function.convention) is bool(function.kinks or function.ties) for function in FUNCTIONS.values())
    assert [key for key, function in FUNCTIONS.items() if function.ties] == ["max", "min"]


@pytest.mark.parametrize("key", oracle.KINKED)
@pytest.mark.parametrize("each", [False, True])
def test_a_convention_of_the_spec(key: str, each: bool) -> None:
    """One slope for all kinks, or one for each of them; away from them nothing changes."""
    kinks = [kink.point for kink in FUNCTIONS[key].kinks]
    taken = tuple(Fraction(3 + 8 * k, 8) for k in range(len(kinks))) if each else (Fraction(3, 8),)
    library = Library(conventions={key: taken})
    expr = differentiate(Call(key, (Sym("x"),)), "x", Rules(library))
    for k, point in enumerate(kinks):
        assert evaluate(expr, Environment({"x": (point,)}, library)) == taken[k if each else 0]
        assert f"'({point}) = {taken[k if each else 0]}" in library[key].convention
        assert oracle.slopes(key, [point], {key: taken if each else taken[0]})[1][0] == taken[k if each else 0]
    for point in points(key):
        assert near(evaluate(expr, Environment({"x": (point,)}, library)), judged(key, point)[1][0])


@pytest.mark.parametrize("key", ["max", "min"])
def test_the_first_of_those_that_tie(key: str) -> None:
    library = Library(conventions={key: "first"})
    names = [f"x_{k}" for k in range(4)]
    other = Fraction(-9 if key == "max" else 9)
    env = Environment({name: (value,) for name, value in zip(names, (other, ONE, ONE, other), strict=True)}, library)
    call = Call(key, tuple(map(Sym, names)))
    assert [evaluate(differentiate(call, name, Rules(library)), env) for name in names] == [0, 1, 0, 0]


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ("max(0, 1 - x)", (1,)),
        ("cases(x > 2: x - 2, x < -2: x + 2, else: 0)", (-2, 2)),
        ("abs((3*x - 1)/2) + ReLU6(-x)", (-6, 0, Fraction(1, 3))),
        ("x^2", ()),
        ("abs(x^2 - 1)", ()),
    ],
)
def test_kinks_of_an_authors_own_function(body: str, wanted: tuple[Fraction, ...]) -> None:
    own = {"g": (("x",), parse_expression(body, Place("", 1, 1, 1, body), vocabulary()))}
    assert Library(own).kinks_of_own("g") == wanted
    if wanted:
        taken = tuple(Fraction(k, 7) for k in range(len(wanted)))
        library = Library(own, {"g": taken})
        expr = differentiate(Call("g", (Sym("x"),)), "x", Rules(library))
        assert [evaluate(expr, Environment({"x": (Fraction(point),)}, library)) for point in wanted] == list(taken)
        beside = Environment({"x": (Fraction(wanted[0]) + Fraction(1, 97),)}, library)
        assert evaluate(expr, beside) == evaluate(differentiate(Call("g", (Sym("x"),)), "x", Rules(Library(own))), beside)


def test_logarithms_of_powers_are_exact() -> None:
    assert [value("binary log", Fraction(x)) for x in ("1", "8", "1/32")] == [0, 3, -5]
    assert [value("common log", Fraction(x)) for x in ("1000", "0.01")] == [3, -2]
    assert near(value("binary log", Fraction(6)), MP.log(6) / MP.log(2)) and near(value("common log", Fraction(20)), MP.log10(20))


@pytest.mark.parametrize("key", [key for key, function in FUNCTIONS.items() if function.yields])
def test_an_authors_function_takes_the_place_of_one_of_the_table(key: str) -> None:
    """The others of the table stay what they are, also where their formulas name it."""
    name = key if " " not in key else FUNCTIONS[key].names[0]
    library = Library({name: (("x",), parse_expression("7*x", Place("", 1, 1, 1, ""), vocabulary()))})
    env = Environment({"x_0": (Fraction(1, 4),)}, library)
    assert evaluate(Call(name, (Sym("x_0"),)), env) == Fraction(7, 4)
    for other in (key for key in PLAIN if key not in library.own):
        call = Call(other, (Sym("x_0"),))
        assert near(evaluate(call, env), judged(other, Fraction(1, 4))[0])
        assert near(evaluate(differentiate(call, "x_0", Rules(library)), env), judged(other, Fraction(1, 4))[1][0])


def test_activations() -> None:
    """What `hidden units …` and the table of activations speak of."""
    others = {
        "linear",
        "exp",
        "expm1",
        "ln",
        "log1p",
        "binary log",
        "common log",
        "logit",
        "sqrt",
        "sin",
        "cos",
        "tan",
        "sinh",
        "cosh",
    }
    others |= {"asin", "acos", "atan", "erf", "abs", "sign", "max", "min", "normcdf", "normpdf", STOP}
    assert {key for key, function in FUNCTIONS.items() if not function.activation} == others
    assert all(function.activation for function in FUNCTIONS.values() if function.states)
    assert all(function.kinks for function in FUNCTIONS.values() if "off" in function.states)


@pytest.mark.parametrize("key", [key for key, function in FUNCTIONS.items() if not function.vector and key != STOP])
def test_sympy_proves_the_textbook_form(key: str) -> None:
    """In general; only where abs is in it are they compared at points."""
    names = [f"x_{k + 1}" for k in range(FUNCTIONS[key].arity[0])]
    values = ", ".join(f"{name}: 0.7{k}" for k, name in enumerate(names))
    text = f"equations: L = {FUNCTIONS[key].names[0]}({', '.join(names)})\nvalues: {{{values}}}\n"
    report = check(run(derive(build(loads(text)))))
    assert report.failed == 0 and not report.unchecked_gradients
    assert {proof.verdict for proof in report.proofs} == {"sampled" if key in ("abs", "softsign") else "proved"}


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
    assert not function.kinks or not function.derivatives[0]


def test_no_name_twice() -> None:
    names = [name for function in FUNCTIONS.values() for name in dict.fromkeys((function.key, *function.names))]
    assert len(names) == len(set(names))


def test_the_oracle_goes_by_the_same_names() -> None:
    scene = Scene({"x": [Node(Fraction(2, 5))]})
    for function in FUNCTIONS.values():
        if not function.many:
            for name in function.names:
                assert near(scene.at(oracle.parse(f"{name}(x)"), 0).value, judged(function.key, Fraction(2, 5))[0])
