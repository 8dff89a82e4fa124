"""The page's scripts against Python: the same hashes, the same words for numbers, the same values of formulas; run by node."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from collections.abc import Sequence
from fractions import Fraction
from hashlib import pbkdf2_hmac
from typing import Any

import pytest

from derivgen.documents.accepted import FormulaAnswer, accepted, number_words, trial_points
from derivgen.documents.compose import as_printed
from derivgen.evaluation import Evaluation
from derivgen.maths.functions import FUNCTIONS
from derivgen.maths.numbers import NumberFormat, rounded_text
from derivgen.maths.plain import plain
from derivgen.maths.tree import Call, Expr, Neg, Partial, Pi, Power, Prime, Product, Quotient, Reduce, Sum, Sym, number
from derivgen.rendering.practice import SCRIPTS, computation, hashed, letters
from derivgen.work import work
from tests.product import ROOT

FOLDER = ROOT / "templates" / "html" / "practice"
STYLES = (NumberFormat(), NumberFormat(3), NumberFormat(2, "decimals"))


def node(program: str, data: Any) -> Any:
    """What a program says about data, with all the page's scripts but the one that needs a page."""
    found = shutil.which("node")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("node is missing, and CI has to run the page's scripts")
        pytest.skip("node is missing")
    source = "\n".join((FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS if name != "sheet")
    whole = f"""(async () => {{
        {source}
        const data = JSON.parse(require("fs").readFileSync(0, "utf8"));
        const answer = await (async () => {{ {program} }})();
        process.stdout.write(JSON.stringify(answer));
    }})().catch((error) => {{ console.error(error); process.exit(1); }});"""
    ran = subprocess.run([found, "-e", whole], input=json.dumps(data), capture_output=True, text=True, timeout=1200)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_the_hash_is_pbkdf2() -> None:
    """Both ways of the page, the browser's own and the one in its script, against Python's hashlib."""
    cases = [
        (word, bytes(range(n)), rounds) for word in ("", "=1/2", "é" * 40, "w" * 300) for n, rounds in ((0, 1), (16, 2), (70, 50))
    ]
    asked = [[word, list(salt), rounds] for word, salt, rounds in cases]
    program = """return Promise.all(data.map(async ([word, list, rounds]) => {
        const salt = Uint8Array.from(list);
        return [toLetters(slowHashHere(word, salt, rounds)), toLetters(await slowHash(word, salt, rounds))] }))"""
    found = node(program, asked)
    right = [letters(pbkdf2_hmac("sha256", word.encode(), salt, rounds, 16)) for word, salt, rounds in cases]
    assert found == [[each, each] for each in right]


def test_letters_go_there_and_back() -> None:
    assert node("return [...fromLetters(data)]", letters(bytes(range(256)))) == list(range(256))
    assert not any(c.isdigit() for c in letters(bytes(range(256))))


def typed(value: Fraction, source: random.Random) -> str:
    """A number as somebody may type it."""
    sign = source.choice(["-", "−", "- "]) if value < 0 else source.choice(["", "+", " "])
    above = abs(value)
    factor = source.randint(1, 9)
    forms = [f"{above.numerator * factor}/{above.denominator * factor}", f"{above.numerator} / {above.denominator}"]
    places = next((n for n in range(13) if (above * 10**n).denominator == 1), None)
    if places is not None:
        whole, rest = divmod(int(above * 10**places), 10**places)
        digits = f"{rest:0{places}}" if places else ""
        forms += [f"{whole}{point}{digits}" if digits else f"{whole}" for point in ".,"] * 2
        forms += [f".{digits}"] if digits and not whole else []
        if places < 10:
            scaled = int(above * 10**places)
            forms += [f"{scaled}e-{places}", f"{scaled}·10^-{places}", f"{scaled}*10⁻{'⁰¹²³⁴⁵⁶⁷⁸⁹'[places]}"]
    return sign + source.choice(forms)


def test_two_thousand_numbers() -> None:
    """A number typed in any way is taken for itself; with its figures rounded, too; a neighbour two units off is not."""
    source = random.Random(4)
    cases = []
    for _ in range(2000):
        style = source.choice(STYLES)
        size = Fraction(10) ** source.randint(-6, 4)
        value = Fraction(source.randint(-9999, 9999), source.choice([1, 2, 3, 7, 8, 10, 64, 1000])) * size
        cases.append((value, style, typed(value, source)))
    asked = [[text, style.digits, style.rounding] for _, style, text in cases]
    found = node(
        "const names = new Names({ functions: {}, shorts: {}, names: {} });"
        "return data.map(([text, digits, rounding]) => numberWords(exactValue(parse(text, names)), digits, rounding))",
        asked,
    )
    for (value, style, text), words in zip(cases, found, strict=True):
        right = number_words(value, style, rounded=True)
        assert set(right) <= set(words), (text, value, words)
        step = Fraction(rounded_text(value, style.digits, style.rounding)) or Fraction(1)
        far = number_words(value + abs(step) / 10, style, rounded=True)
        assert not set(far) & set(words) or value + abs(step) / 10 == value or style.digits < 3, (text, far, words)


@pytest.fixture(scope="module")
def gate() -> Evaluation:
    return as_printed(work(ROOT / "specs/notes/002_and_gate_numbers.yaml").evaluation)


def made_up(source: random.Random, deep: int) -> Expr:
    """A random formula in the gate's names."""
    if deep == 0 or source.random() < 0.15:
        names = ("W_13", "x_1", "x_2", "y", "A_5", "Z_3", "b_3", "W_45")
        return Sym(source.choice(names)) if source.random() < 0.8 else number(source.randint(1, 9))

    def inner() -> Expr:
        return made_up(source, deep - 1)

    kind = source.randint(0, 9)
    if kind < 3:
        return Product(tuple(inner() for _ in range(source.randint(2, 3))))
    if kind < 6:
        return Sum((inner(), inner() if source.random() < 0.5 else Neg(inner())))
    if kind == 6:
        return Power(inner(), number(2))
    if kind == 7:
        return Quotient(inner(), Sum((number(3), Power(inner(), number(2)))))
    if kind == 8:
        return source.choice([Call, Prime])(source.choice(["sigmoid", "tanh", "relu", "softplus", "elu"]), (inner(),))
    return Reduce(source.choice(["mean", "sum"]), inner()) if deep == 3 else Neg(inner())


COMPUTED = """
    const names = new Names(data.computation);
    const places = data.computation.places.map((place) => ({ ...place, samples: data.computation.samples, names }));
    const word = (text, gap) => { try { return formulaWord(parse(text, names), places, gap) } catch (e) { return e.message } };
"""


def test_a_thousand_formulas(gate: Evaluation) -> None:
    """What Python accepts for a formula is what the page works out of the formula as it is typed; not of another one."""
    source = random.Random(5)
    places = trial_points(gate)
    found = [(formula, accepted(formula, gate, places)) for formula in (made_up(source, 3) for _ in range(1000))]
    cases = [(plain(formula), right) for formula, right in found if isinstance(right, FormulaAnswer)]
    assert len(cases) > 800
    asked = [[text, {"unit": right.unit, "shifts": right.shifts}] for text, right in cases]
    program = "return data.asked.map(([text, gap]) => [word(text, gap), word(`2*(${text}) - x_1^3`, gap)])"
    words = node(COMPUTED + program, {"computation": computation(gate, places), "asked": asked})
    assert [text for (text, right), (word, _) in zip(cases, words, strict=True) if word != right.word] == []
    assert all(other != word and other.startswith("f") for word, other in words)


def test_every_function_of_the_table(gate: Evaluation) -> None:
    """Value and derivative of each, by the page and by Python."""
    places = trial_points(gate)
    within_0_and_1 = Quotient(Power(Sym("W_13"), number(2)), Sum((Power(Sym("W_13"), number(2)), number(1))))
    limited = ("ln", "binary log", "common log", "log1p", "logit", "sqrt", "asin", "acos")
    keys = [key for key, each in FUNCTIONS.items() if not each.vector and not each.many and key not in limited]
    formulas = [kind(key, (Sym("W_13"),), FUNCTIONS[key].names[0]) for key in keys for kind in (Call, Prime)]
    formulas += [kind(key, (within_0_and_1,), FUNCTIONS[key].names[0]) for key in limited for kind in (Call, Prime)]
    formulas += [kind(key, (Sym("W_13"), Sym("x_1"))) for key in ("max", "min") for kind in (Call, Prime)]
    rights = [accepted(formula, gate, places) for formula in formulas]
    assert all(isinstance(right, FormulaAnswer) for right in rights)
    assert len(rights) > 30
    asked = [
        [plain(formula), {"unit": right.unit, "shifts": right.shifts}] for formula, right in zip(formulas, rights, strict=True)
    ]
    words = node(
        COMPUTED + "return data.asked.map((each) => word(...each))", {"computation": computation(gate, places), "asked": asked}
    )
    assert [text for (text, _), right, word in zip(asked, rights, words, strict=True) if word != right.word] == []


def test_pi_is_read_as_the_number(gate: Evaluation) -> None:
    places = trial_points(gate)
    right = accepted(Product((number(2), Pi(), Sym("x_1"))), gate, places)
    texts = ("2*pi*x_1", "x_1*2*π", "6.283185307179586*x_1", "6*x_1")
    asked = [[text, {"unit": right.unit, "shifts": right.shifts}] for text in texts]
    words = node(
        COMPUTED + "return data.asked.map((each) => word(...each))", {"computation": computation(gate, places), "asked": asked}
    )
    assert [word == right.word for word in words] == [True, True, True, False]
    assert isinstance(accepted(Product((number(2), Pi())), gate, places), FormulaAnswer)


READ = """
    const names = new Names(data.computation);
    const read = (text) => { try { return parse(text, names) } catch (e) { return e.message } };
    return data.texts.map(read)
"""


def read(evaluation: Evaluation, texts: Sequence[str]) -> list[Any]:
    """What the page reads in texts: a tree, or the name of what it would complain of."""
    return node(READ, {"computation": computation(evaluation, trial_points(evaluation)), "texts": texts})


def test_every_way_to_write_a_name(gate: Evaluation) -> None:
    assert read(gate, ["A_5", "A5", "A_{5}", "A₅", "A_5_i", "A_{5,i}", "A5i"]) == [["name", "A_5"]] * 7
    assert read(gate, ["W13", "W_{13}", "W₁₃"]) == [["name", "W_13"]] * 3
    assert read(gate, ["Loss", "loss", "Q"]) == [["name", "Loss"], "name", "name"]


def test_partials_are_read(gate: Evaluation) -> None:
    right = ["dLoss/dA_5", "∂Loss/∂A₅", "∂ Loss / ∂ A_5", "dLoss/dA5", "dLoss / dA_{5,i}"]
    assert read(gate, right) == [["partial", "Loss", "A_5"]] * len(right)
    assert read(gate, ["dLoss/A_5", "dLoss", "dLoss/dQ"]) == ["partial", "name", "name"]


WRONG = {
    "": "empty",
    "2x_1": "times",
    "A_5 W_13": "times",
    "(1": "here",
    "1+": "end",
    "nothing": "name",
    "foo(1)": "function",
    "sig": "brackets",
    "sig(1, 2)": "arguments",
    "$": "sign",
    "1e999": "size",
    "(" * 500: "size",
    "-" * 5000: "size",
}


def test_what_cannot_be_read_is_told(gate: Evaluation) -> None:
    assert dict(zip(WRONG, read(gate, list(WRONG)), strict=True)) == WRONG


def test_no_arithmetic_without_an_end() -> None:
    program = """const names = new Names({ functions: {}, shorts: {}, names: {} });
        return data.map((text) => { try { return String(exactValue(parse(text, names))) } catch (e) { return e.message } })"""
    assert node(program, ["9^999999", "9^(9^9)", "1/0", "0^-1", "2^0.5", "2^10"]) == [
        "power",
        "power",
        "zero",
        "zero",
        "power",
        "1024,1",
    ]


def test_no_derivative_of_a_function_stands_in_the_page(gate: Evaluation) -> None:
    listed = computation(gate, trial_points(gate))["functions"]
    assert set(listed) > {"sigmoid", "relu", "tanh"}
    assert set(listed["sigmoid"]) == {"names", "arity", "args", "optional", "value"}


def test_a_hash_depends_on_the_sheet_the_gap_and_the_entry() -> None:
    jobs = [("=1/2", 1, 0), ("=1/2", 2, 0), ("=1/2", 1, 1), ("=1/3", 1, 0)]
    found = {hashed(job, salt, 10) for job in jobs for salt in (b"a" * 16, b"b" * 16)}
    assert len(found) == 8


def test_partials_in_formulas() -> None:
    """Where a chain is carried on from a derivative that is known, its name may be typed."""
    evaluation = as_printed(work(ROOT / "specs/small/many_paths.yaml").evaluation)
    places = trial_points(evaluation)
    name = next(name for name in evaluation.graph.quantities if name.startswith("W") and name.endswith("11"))
    formula = Product((Partial(Sym("L"), Sym("A_11")), Sym(name)))
    right = accepted(formula, evaluation, places)
    assert isinstance(right, FormulaAnswer)
    assert right.partials
    texts = [f"dL/dA_11*{name}", f"{name} ∂L/∂A₁₁".replace(" ", "·"), f"(A_11 - y)*{name}", f"dL/dA_10*{name}"]
    gap = {"unit": right.unit, "shifts": right.shifts}
    program = COMPUTED + "return data.texts.map((text) => word(text, data.gap))"
    found = node(program, {"computation": computation(evaluation, places), "gap": gap, "texts": texts})
    assert [word == right.word for word in found] == [True, True, True, False]
