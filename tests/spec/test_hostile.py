"""Specs written to do harm: each is refused in plain words, fast, and nothing of it runs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from derivgen.errors import SpecError
from derivgen.spec.load import load, loads
from derivgen.work import work

LIMIT = 20.0
"""Seconds of work on one processor: twice what is promised, for machines slower than most."""


@pytest.fixture(autouse=True)
def _in_time() -> Iterator[None]:
    start = time.process_time()
    yield
    assert time.process_time() - start < LIMIT


def message(text: str, folder: Path | None = None) -> str:
    with pytest.raises(SpecError) as caught:
        loads(text, folder=folder)
    return str(caught.value)


EXPRESSIONS = {
    "__import__('os').system('true')": "'_' cannot stand here",
    "eval('1')": "a prime stands only",
    "w.__class__.__bases__": "a dot after a name",
    "().__class__": "comes too early",
    "f'{w}'": "LEFT CURLY BRACKET",
    'f"{w}"': "QUOTATION MARK",
    "lambda: 0": "cannot stand here",
    "[w for w in x]": "LEFT SQUARE BRACKET",
    "w if w else 1": "no sign between",
    "9**9**9": "exponent beyond",
    "9^9^9^9^9": "exponent beyond",
    "2^(10^9)": "exponent beyond",
    "1e999999999": "is not a number",
    "w := 3": "cannot stand here",
    "w; import os": "SEMICOLON",
    "wａ": "cannot stand in a name",
    "ｅval(w)": "there is no function",
    "а + w": "CYRILLIC",
    "w\u202ex": "is not part of an expression",
    "w\u200bx": "is not part of an expression",
    "𝑤*x": "cannot stand in a name",
    "٣*w": "is not a number",
    "w²": "SUPERSCRIPT TWO",
    "(" * 100_000 + "w" + ")" * 100_000: "the limit is",
    "(" * 5_000 + "w" + ")" * 5_000: "nested more than",
    "-" * 10_000 + "w": "nested",
    "w" + "+w" * 9_000: None,
    "sig(" * 1_000 + "w" + ")" * 1_000: "nested more than",
    "w" * 10_000: "characters",
}


@pytest.mark.parametrize(("text", "expected"), EXPRESSIONS.items(), ids=lambda value: str(value)[:24])
def test_expression(text: str, expected: str | None) -> None:
    spec = f"equations: |\n  L = {text}\n"
    if expected is None:
        assert loads(spec).loss == "L"
    else:
        assert expected in message(spec)


def test_billion_laughs() -> None:
    lines = ["a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"{b}: &{b} [{', '.join([f'*{a}'] * 9)}]" for a, b in zip("abcdefgh", "bcdefghi", strict=True)]
    assert "anchors are not taken" in message("\n".join(lines))


def test_a_line_of_ten_megabytes(tmp_path: Path) -> None:
    path = tmp_path / "long.yaml"
    path.write_text("equations: L = w" + "+w" * 5_000_000)
    with pytest.raises(SpecError, match="larger than 1 MB"):
        load(path)


def test_a_line_of_almost_one_megabyte() -> None:
    assert "the limit is 20,000" in message("equations: L = w" + "+w" * 490_000)


@pytest.mark.parametrize("bracket", "[{")
def test_yaml_nested_deep(bracket: str) -> None:
    assert message("a: " + bracket * 100_000).startswith("spec.yaml:1:23: brackets and blocks are nested more than 20 deep")


def test_yaml_nested_deep_over_many_lines() -> None:
    blocks = "\n".join(" " * depth + "a:" for depth in range(1_100))
    assert message(blocks).startswith("spec.yaml:21:21: brackets and blocks are nested more than 20 deep")
    assert message("ü: 1\na: " + "[\n" * 5_000).startswith("spec.yaml:21:1: brackets and blocks are nested more than 20 deep")


@pytest.mark.parametrize("tag", ["!!python/object/apply:os.system ['true']", "!!python/name:os.system", "!x y", "!!binary aGk="])
def test_tags(tag: str) -> None:
    assert "tag" in message(f"title: {tag}\nequations: L = w")


@pytest.mark.parametrize(
    "data", [b"\xff\xfe=\x00", b"equations: L = w\xe9", b"\x00", b"title: \x1b[31m\nequations: L = w", b"a: \xc2\x85"]
)
def test_bytes_that_are_no_text(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "bytes.yaml"
    path.write_bytes(data)
    with pytest.raises(SpecError, match=r"UTF-8|cannot stand"):
        load(path)


SAMPLES = "equations: L = mean(w*x)\nparameters: [w]\ndata: {{file: '{}'}}\n"


@pytest.mark.parametrize(
    "name", ["../secret.csv", "/etc/passwd", "a/../../secret.csv", "C:\\secret.csv", "..\\secret.csv", "\\\\host\\x.csv"]
)
def test_data_file_elsewhere(tmp_path: Path, name: str) -> None:
    (tmp_path / "secret.csv").write_text("x\n1\n")
    (tmp_path / "specs").mkdir()
    assert "a data file lies in the spec's folder" in message(SAMPLES.format(name), tmp_path / "specs")


def test_data_file_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("x\n1\n")
    specs = tmp_path / "specs"
    specs.mkdir()
    (specs / "x.csv").symlink_to(tmp_path / "secret.csv")
    (specs / "out").symlink_to(tmp_path)
    assert "leads out of it" in message(SAMPLES.format("x.csv"), specs)
    assert "leads out of it" in message(SAMPLES.format("out/secret.csv"), specs)


def test_data_file_behind_a_link_within_the_folder(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("x\n1/3\n")
    (tmp_path / "x.csv").symlink_to("real.csv")
    assert loads(SAMPLES.format("x.csv"), folder=tmp_path).data is not None


def test_data_file_is_a_loop_a_folder_or_a_pipe(tmp_path: Path) -> None:
    import os

    (tmp_path / "loop.csv").symlink_to("loop.csv")
    (tmp_path / "folder.csv").mkdir()
    os.mkfifo(tmp_path / "pipe.csv")
    for name in ("loop.csv", "folder.csv", "pipe.csv", "a" * 400 + ".csv", "nul\\0.csv"):
        assert "file" in message(SAMPLES.format(name), tmp_path)


def test_data_file_too_large(tmp_path: Path) -> None:
    (tmp_path / "big.csv").write_text("x\n" + "1\n" * 5_100_000)
    assert "larger than 10 MB" in message(SAMPLES.format("big.csv"), tmp_path)


def test_data_file_with_too_many_cells(tmp_path: Path) -> None:
    (tmp_path / "big.csv").write_text("x" + "".join(f",x_{i}" for i in range(1_999)) + "\n" + ("1," * 1_999 + "1\n") * 2_400)
    assert "is not taken" in message(SAMPLES.format("big.csv"), tmp_path)


def test_the_largest_data_file(tmp_path: Path) -> None:
    (tmp_path / "big.csv").write_text("x\n" + "0.5\n" * 100_000)
    data = loads(SAMPLES.format("big.csv"), folder=tmp_path).data
    assert data is not None
    assert data.count == 100_000


def test_many_rows_in_the_spec() -> None:
    rows = ",".join(["[1]"] * 200_000)
    assert "rows is not taken" in message(f"equations: L = mean(w*x)\nparameters: [w]\ndata: {{columns: [x], rows: [{rows}]}}")


def test_many_mistakes() -> None:
    lines = "\n".join(f"  a_{i} = b_{i}*undeclared_{i}" for i in range(4_000))
    text = message(f"equations: |\n{lines}\nvalues: {{c: 1}}\n")
    assert text.count("neither defined, declared nor given a value") == 1_000
    assert text.endswith("and 7,001 more mistakes")


def test_many_equations() -> None:
    lines = "\n".join(f"  a_{i} = a_{i - 1} + w" for i in range(1, 5_002))
    assert "more than 5,000 equations" in message(f"equations: |\n{lines}\n")


def test_a_long_chain_of_equations() -> None:
    lines = "\n".join(f"  a_{i} = a_{i - 1} + w" for i in range(1, 5_001))
    assert loads(f"equations: |\n{lines}\n").loss == "a_5000"


def test_a_long_circle() -> None:
    lines = "\n".join(f"  a_{i} = a_{(i + 1) % 5_000} + w" for i in range(5_000))
    assert "go round in a circle" in message(f"equations: |\n{lines}\n")


def test_many_patterns() -> None:
    patterns = ", ".join(f'"{"*a" * 20}{i}"' for i in range(2_000))
    assert "more than 100 patterns" in message(f"equations: L = w\nparameters: [{patterns}]\n")


def test_patterns_that_backtrack() -> None:
    pattern = "*a" * 25 + "b"
    lines = " + ".join("a" * 50 + f"_{i}" for i in range(300))
    assert "fits no name" in message(f'equations: L = {lines}\nwrt: ["{pattern}"]\n')


def test_many_formulas_in_a_text() -> None:
    assert "formulas" in message("equations: L = w\nnotes: {w: '" + "$w$" * 1_500 + "', L: '" + "$w$" * 1_500 + "'}\n")


def test_a_network_out_of_bounds() -> None:
    network = "network:\n  inputs: {}\n  layers: [{{neurons: [{}]}}, {{neurons: [9999]}}]\n  loss: {{kind: mse}}\n"
    assert "connections" in message(network.format(19_000, ", ".join(map(str, range(1, 2_000)))))
    assert "whole number" in message(network.format("1e9", "3"))


@pytest.mark.parametrize(
    "latex",
    [
        "\\input{/etc/passwd}",
        "\\write18{x}",
        "\\immediate\\write18{x}",
        "\\pdfobj{}",
        "\\csname x\\endcsname",
        "\\def\\a{}",
        "^^5cinput",
        "a%b",
        "#1",
        "}",
        "{",
        "a\\",
        "\\begin{x}",
        "$",
        "&",
        "~",
        "\\\\",
        "\\special{x}",
        "\\openin5=x",
        "\\catcode`\\%=12",
        "\\hat",
        "\\mathcal",
        "x_",
        "x^",
        "é",
        "\\loop",
        "{" * 50 + "}" * 50,
        "x" * 500,
        "\\text{\\input{x}}",
        "\\text{x_1}",
        "a^b^c",
        "\\ { ",
    ],
)
def test_latex_of_a_symbol(latex: str) -> None:
    assert "latex" in message(f"equations: L = w\nsymbols:\n  L:\n    latex: '{latex}'\n")


def test_twenty_thousand_columns() -> None:
    names = ", ".join(f"x_{number}" for number in range(20_000))
    assert "more than 2,000 columns" in message(f"equations: L = mean(w)\ndata: {{columns: [{names}], count: N}}\n")


@pytest.mark.parametrize("what", ["data", "weights"])
def test_a_line_of_ten_megabytes_in_a_csv_file(tmp_path: Path, what: str) -> None:
    import tracemalloc

    (tmp_path / "x.csv").write_text("1," * 4_900_000 + "1\n")
    spec = SAMPLES.format("x.csv")
    if what == "weights":
        spec = "network: {inputs: [x], layers: [{weights: {file: x.csv}}], loss: {kind: mse}}"
    tracemalloc.start()
    try:
        assert "columns are not taken" in message(spec, tmp_path)
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()


def test_no_more_mistakes_are_listed_than_somebody_reads() -> None:
    names = ", ".join(f"v_{number}: {number}" for number in range(30_000))
    with pytest.raises(SpecError) as caught:
        loads(f"equations: L = w\nvalues: {{w: 1, {names}}}\n")
    assert len(caught.value.problems) == 1_001
    assert caught.value.problems[-1].message == "and 29,000 more mistakes"
    assert caught.value.problems[0].message == "no equation uses the name v_0"


def functions_of_functions(body: str, count: int) -> str:
    lines = "".join(f'  "f_{number}(x)": {body.replace("@", f"f_{number - 1}(x)")}\n' for number in range(1, count + 1))
    return f'equations: L = f_{count}(w)\nfunctions:\n  "f_0(x)": x*sig(x)\n{lines}values: {{w: 1}}\n'


@pytest.mark.parametrize(
    ("body", "count", "expected"),
    [
        ("@ + @", 20, "comes to 9 functions that use each other; up to 8 are taken"),
        ("@ + @ + @ + @", 7, "f_4 comes to 340 uses"),
        ("tanh(@ + 1)", 5_000, "up to 8 are taken"),
        ("sig(" * 40 + "@" + ")" * 40, 3, "brackets and functions within each other; up to 60 are taken"),
        ("@*2", 7, None),
        ("sig(@ + @)", 5, None),
    ],
)
def test_functions_of_functions(body: str, count: int, expected: str | None) -> None:
    spec = functions_of_functions(body, count)
    if expected is None:
        assert work(loads(spec)).report.failed == 0
    else:
        assert expected in message(spec)


@pytest.mark.parametrize("body", ["@*v", "tanh(@)", "2*@/(1 + @^2)", "@ + w"])
@pytest.mark.parametrize("chain", ["full", "reuse"])
def test_a_thousand_equations_one_behind_the_other(body: str, chain: str) -> None:
    lines = "".join(f"  a_{number} = {body.replace('@', f'a_{number - 1}')}\n" for number in range(1, 1_000))
    spec = loads(f"equations: |\n  a_0 = w*x*v\n{lines}notation: {{chain: {chain}}}\nvalues: {{w: 1/2, v: 1, x: 1}}\n")
    report = work(spec).report
    assert (report.failed, report.unchecked) == (0, 0)


@pytest.mark.parametrize(
    "expression", ["sig(" * 40 + "w" + ")" * 40, "exp(-" * 59 + "w" + ")" * 59, "1/(1 + " * 37 + "w" + ")" * 37]
)
def test_an_expression_nested_deep_is_worked_through(expression: str) -> None:
    assert work(loads(f"equations: L = {expression}\nvalues: {{w: 1}}\n")).report.failed == 0
