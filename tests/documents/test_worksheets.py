"""What a worksheet asks, what it gives away, what it is worth, and how large its gaps are."""

from __future__ import annotations

from fractions import Fraction
from math import cos, sin

import pytest

from derivgen.derivation.derive import derive
from derivgen.documents.compose import compose, together
from derivgen.documents.document import Document, Equations, Space, Table, Task
from derivgen.documents.sheet import EVEN
from derivgen.evaluation import Evaluation, run
from derivgen.graph import build
from derivgen.lines.notation import as_written
from derivgen.maths.plain import plain
from derivgen.maths.tree import Filled, Gap, Marked, Num, Partial, Shown, Sym, walk
from derivgen.present.latex import latex
from derivgen.spec.load import loads
from derivgen.spec.model import Value
from tests.product import every_block, every_formula, words

NEURON = """
equations: |
  z = w*x + b
  a = sig(z)
  L = (y - a)^2
inputs: [x]
targets: [y]
"""
VALUES = "values: {w: 1/2, b: -1, x: 2, y: 1}\n"
SAMPLES = """
equations: |
  z = w*x + b
  L = mean((y - z)^2)
targets: [y]
values: {w: 1e-6, b: -2e3}
data: {columns: [x, y], rows: [[1e-6, +0.50], [2/4, .5]]}
"""


def evaluated(text: str) -> Evaluation:
    return run(derive(build(loads(text))))


def tasks_of(text: str, audience: str = "worksheet") -> dict[str, Task]:
    document = compose(evaluated(text), audience)
    return {words(block.title).rstrip("."): block for block in document.blocks if isinstance(block, Task)}


def gaps(task: Task) -> list[Gap]:
    return [node for formula in every_formula(task.blocks) for node in walk(formula) if isinstance(node, Gap)]


def lines(task: Task) -> list[list[str]]:
    """Each line's sides as text; a gap is `_`."""
    blocks = [block for block in every_block(task.blocks) if isinstance(block, Equations)]
    return [
        ["_" if isinstance(step, Gap) else plain(step) for step in (line.left, *(step for _, step in line.steps)) if step]
        for block in blocks
        for line in block.lines
    ]


def test_a_given_task_has_no_gap_and_a_given_name_has_its_numbers() -> None:
    found = tasks_of(f"{NEURON}{VALUES}worksheet: {{given: [chains, a, w]}}")
    assert words(found["Chains"].instruction) == "This part is worked out for you."
    assert not gaps(found["Chains"])
    assert [line[-1] for line in lines(found["Forward pass"])] == ["_", "1/2", "_"]
    by_w, by_b = lines(found["Gradients"])
    assert "_" not in by_w and by_w[-1] == "-1/2"
    assert by_b[1:] == ["_", "_"]


def test_a_given_column_of_a_table() -> None:
    tables = [block for block in tasks_of(f"{SAMPLES}worksheet: {{given: [z]}}")["Forward pass"].blocks if hasattr(block, "rows")]
    assert [plain(row[-1]) for row in tables[0].rows] == ["-2000", "-2000"] and not isinstance(tables[0].rows[0][-1], Gap)


def test_a_given_derivative_in_the_reuse_form() -> None:
    text = f'{NEURON}{VALUES}wrt: ["*"]\nnotation: {{chain: reuse}}\nworksheet: {{given: [z]}}'
    asked = {line[0]: line[1:] for line in lines(tasks_of(text)["Gradients"])}
    assert "_" not in asked["dL/dz"] and asked["dL/dz"][-1] == "-1/4"
    assert "_" in asked["dL/dw"]


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        (NEURON + VALUES, "Multiply the factors and put the numbers in."),
        (NEURON, "Multiply the factors."),
        (f"{NEURON}{VALUES}notation: {{chain: reuse}}", "Work out each of these from the ones before it, with its numbers."),
        (f"{NEURON}notation: {{chain: reuse}}", "Work out each of these from the ones before it."),
        (f"{NEURON}language: pt", "Multiplique os fatores."),
    ],
)
def test_no_numbers_are_asked_for_where_there_are_none(spec: str, said: str) -> None:
    task = list(tasks_of(spec).values())[-1]
    assert words(task.instruction) == said


def test_printed_chains_are_not_asked_for() -> None:
    assert words(tasks_of(f"{NEURON}worksheet: {{scaffolding: chain}}")["Chains"].instruction) == "They are given here."


@pytest.mark.parametrize(
    ("language", "points", "total"), [("en", "3.5 points", "5.75 points"), ("pt", "3,5 pontos", "5,75 pontos")]
)
def test_points_of_tasks_and_of_gradients(language: str, points: str, total: str) -> None:
    sheet = f"worksheet: {{points: {{forward: 3.5, chains: 1, w: 1, b: 1/4}}}}\nlanguage: {language}\n"
    document = compose(evaluated(NEURON + VALUES + sheet), "worksheet")
    tasks = [block for block in document.blocks if isinstance(block, Task)]
    decimal = "," if language == "pt" else "."
    assert [task.points.split()[0] if task.points else "" for task in tasks] == [points.split()[0], "1", "", f"1{decimal}25"]
    assert (tasks[0].points, document.points) == (points, total)
    beside = [words(line.reason).split()[0] for block in tasks[-1].blocks for line in block.lines]
    assert beside == ["1", f"0{decimal}25"]


def test_points_of_gradients_do_not_add_to_those_of_their_task() -> None:
    document = compose(evaluated(f"{NEURON}{VALUES}worksheet: {{points: {{gradients: 4, w: 3, b: 1}}}}"), "worksheet")
    assert document.points == "4 points"


def test_points_of_a_task_that_asks_nothing_do_not_count() -> None:
    document = compose(evaluated(f"{NEURON}worksheet: {{points: {{forward: 3, chains: 2}}}}"), "worksheet")
    assert document.points == "2 points", "without numbers there is no forward pass"


@pytest.mark.parametrize(
    ("written", "printed"),
    [("1e-6", "10^{-6}"), ("-1e-6", "-10^{-6}"), ("+0.50", "0.50"), (".5", "0.5"), ("5.", "5"), ("2/4", r"\frac{2}{4}"),
     ("1.5e-3", r"1.5 \cdot 10^{-3}"), ("- 1 / 3", r"-\frac{1}{3}"), ("1/0.5", "2")],
)  # fmt: skip
def test_a_given_number_keeps_its_figures(written: str, printed: str) -> None:
    values = {"- 1 / 3": Fraction(-1, 3), "1/0.5": Fraction(2), ".5": Fraction(1, 2), "5.": Fraction(5)}
    number = as_written(Value(values.get(written) or Fraction(written), written))
    assert latex(number) == printed
    assert number.value == (values.get(written) or Fraction(written))


@pytest.mark.parametrize("audience", ["worksheet", "key", "notes"])
def test_given_numbers_are_listed_as_they_were_written(audience: str) -> None:
    formulas = [latex(formula) for formula in every_formula(compose(evaluated(SAMPLES), audience).blocks)]
    assert "w = 10^{-6}" in formulas and r"b = -2 \cdot 10^{3}" in formulas
    assert {"10^{-6}", "0.50", r"\frac{2}{4}", "0.5"} <= set(formulas), "the cells of the table"


def test_like_gaps_are_alike() -> None:
    """Up to 9 em one width for all: 24 * (-62) and 24 * 1 do not differ."""
    spec = """
equations: L = (y - (a*b + c*d))^2
decompose: true
values: {a: -2, b: 6, c: 8, d: -5, y: -50}
wrt: ["*"]
notation: {chain: reuse}
"""
    steps = [line.steps[-2:] for line in tasks_of(spec)["Gradients"].blocks[0].lines]
    assert len(steps) > 8
    for column in (-2, -1):
        assert len({pair[column][1].width for pair in steps if isinstance(pair[column][1], Gap)}) == 1


def test_long_gaps_are_as_long_as_they_need_to_be() -> None:
    sizes = {gap.width for gap in gaps(tasks_of(f"{NEURON}wrt: [w, b, z, x]")["Gradients"])}
    assert max(sizes) > EVEN and min(sizes) >= EVEN
    assert sizes <= {9.0, 13.5, 18.0}


def test_a_sum_too_long_for_a_gap_has_one_for_each_term() -> None:
    layers = "[{neurons: [2, 3, 4], activation: ReLU}, {neurons: [5], activation: ReLU}, {neurons: [6], activation: ReLU}]"
    spec = f"network: {{inputs: [x], layers: {layers}, loss: {{name: L, kind: squared_error}}}}\nwrt: [x]\n"
    worksheet, key = (tasks_of(spec, audience)["Gradients"] for audience in ("worksheet", "key"))
    assert len(gaps(worksheet)) == 3
    filled = [node for formula in every_formula(key.blocks) for node in walk(formula) if isinstance(node, Filled)]
    assert [(gap.width, gap.height) for gap in gaps(worksheet)] == [(answer.width, answer.height) for answer in filled]


def test_a_factor_that_is_the_gradient_is_asked_for_once() -> None:
    one = "equations: L = (y - w*x)^2\ninputs: [x, y]\n"
    assert list(tasks_of(one)) == ["Gradients"]
    assert list(tasks_of(f"{one}worksheet: {{tasks: [factors]}}")) == ["Local derivatives"]


def test_room_to_write_fits_on_a_page() -> None:
    names = [f"w_{k}" for k in range(1, 30)]
    chain = "\n".join(f"  z_{k} = {name}*z_{k - 1}" for k, name in enumerate(names, 1))
    spec = f"equations: |\n{chain}\nloss: z_29\ninputs: [z_0]\nworksheet: {{scaffolding: blank}}"
    spaces = [block for task in tasks_of(spec).values() for block in task.blocks]
    assert spaces and all(isinstance(space, Space) and 6 <= space.lines <= 40 for space in spaces)


def sheet_of(*texts: str) -> Document:
    return together([evaluated(text) for text in texts], "worksheet", "Exam")


def test_tasks_of_several_specs_are_numbered_through_and_their_points_added() -> None:
    sheet = sheet_of(f"{NEURON}{VALUES}worksheet: {{points: {{forward: 2}}}}", f"{SAMPLES}worksheet: {{points: {{chains: 1/2}}}}")
    numbers = [block.number for block in sheet.blocks if isinstance(block, Task)]
    assert numbers == [str(k) for k in range(1, 9)]
    assert (sheet.title, sheet.points) == ("Exam", "2.5 points")


def test_the_key_fills_what_the_worksheet_leaves_open() -> None:
    text = f"{NEURON}{VALUES}worksheet: {{given: [w]}}"
    key = tasks_of(text, "key")
    for title, task in tasks_of(text).items():
        nodes = (node for formula in every_formula(key[title].blocks) for node in walk(formula))
        filled = [(node.width, node.height) for node in nodes if isinstance(node, Filled)]
        assert [(gap.width, gap.height) for gap in gaps(task)] == filled


def test_where_the_steps_of_an_update_start_is_known_but_for_the_loss() -> None:
    update = "update: {learning_rate: 1/2, steps: 2}\n"
    tables = [block for block in tasks_of(f"{NEURON}{VALUES}{update}")["Update"].blocks if hasattr(block, "rows")]
    known, *asked = [[not isinstance(cell, Gap) for cell in row[1:]] for row in tables[0].rows]
    assert all(known[:-1]) and not known[-1], "the loss before the first step is an answer of the forward pass"
    assert asked and not any(cell for row in asked for cell in row)


def test_a_field_of_the_authors_own_is_printed_as_it_stands() -> None:
    own = ("{", "{0}", "{seat}", "%(x)s", "Name", "Seat")
    text = NEURON + "language: pt\nworksheet: {fields: [name, '{', '{0}', '{seat}', '%(x)s', Name, Seat]}\n"
    assert compose(evaluated(text), "worksheet").fields == ("Nome", *own)
    assert compose(evaluated(text), "notes").fields == ()


def filled(task: Task) -> list[Filled]:
    return [node for formula in every_formula(task.blocks) for node in walk(formula) if isinstance(node, Filled)]


@pytest.mark.parametrize("space", ["2", "1/2", "3.5"])
def test_space_widens_every_gap_on_worksheet_and_key(space: str) -> None:
    usual = tasks_of(NEURON + VALUES)
    text = NEURON + VALUES + f"worksheet: {{space: {space}}}"
    wide, key = tasks_of(text), tasks_of(text, "key")
    factor = float(Fraction(space))
    assert list(usual) == list(wide) == list(key)
    for name, task in usual.items():
        expected = [(min(factor * gap.width, 36.0), factor * gap.height) for gap in gaps(task)]
        assert [(gap.width, gap.height) for gap in gaps(wide[name])] == expected
        assert [(gap.width, gap.height) for gap in filled(key[name])] == expected
    assert sum(len(gaps(task)) for task in usual.values()) > 10


@pytest.mark.parametrize("audience", ["worksheet", "key"])
def test_space_makes_the_boxes_of_a_blank_sheet_higher(audience: str) -> None:
    def boxes(space: str) -> list[float]:
        made = tasks_of(NEURON + VALUES + f"worksheet: {{scaffolding: blank, space: {space}}}", audience)
        return [block.lines for task in made.values() for block in every_block(task.blocks) if isinstance(block, Space)]

    usual, higher = boxes("1"), boxes("2")
    assert len(usual) == 4
    assert higher == [min(2 * lines, 40.0) for lines in usual]


LOGISTIC = """
equations: |
  z = w*x + b
  a = sig(z)
  L = -(y*ln(a) + (1 - y)*ln(1 - a))
inputs: [x]
targets: [y]
notation: {chain: reuse}
"""
SOFTMAX = """
network:
  inputs: [x_1, x_2]
  layers:
    - {units: 2, activation: tanh}
    - {units: 2, activation: softmax}
  loss: {kind: cross_entropy}
"""


@pytest.mark.parametrize(
    ("spec", "name", "form"),
    [
        (LOGISTIC, "z", "a - y"),
        (LOGISTIC + "values: {w: 1, b: 2, x: 1, y: 0}\n", "z", "a - y"),
        (SOFTMAX, "z__2_1", "a__2_1 - y_1"),
    ],
)
def test_with_reuse_the_sheet_asks_for_what_the_notes_come_to(spec: str, name: str, form: str) -> None:
    evaluation = evaluated(spec)

    def answers_of(audience: str) -> list[str]:
        blocks = [block for block in every_block(compose(evaluation, audience).blocks) if isinstance(block, Equations)]
        sides = [
            step
            for block in blocks
            for line in block.lines
            if isinstance(line.left, Partial) and line.left.by == Sym(name)
            for _, step in line.steps
        ]
        return [plain(step.content if isinstance(step, Filled) else step) for step in sides]

    assert form in answers_of("notes")
    assert form in answers_of("key")
    derived = {
        plain(line.left)
        for block in every_block(compose(evaluation, "notes").blocks)
        if isinstance(block, Equations)
        for line in block.lines
        if isinstance(line.left, Partial)
    }
    asked = {
        plain(line.left)
        for block in every_block(compose(evaluation, "worksheet").blocks)
        if isinstance(block, Equations)
        for line in block.lines
        if isinstance(line.left, Partial)
    }
    assert asked <= derived and len(asked) > 3


def test_the_numbers_of_samples_are_asked_for_in_tables() -> None:
    """Each factor and each share by floating point beside them, and a gap for each on the worksheet, none for what is known."""
    text = SAMPLES.replace("z = w*x + b", "z = sin(w*x + b)").replace("1e-6, b: -2e3", "1/2, b: -1/4")
    text += "worksheet: {tasks: [forward, chains, numbers]}\n"
    key, sheet = tasks_of(text, "key")["Numbers"], tasks_of(text)["Numbers"]
    factors, shares = (block for block in every_block(key.blocks) if isinstance(block, Table))
    assert len(factors.header) == 4, "the number of the sample, and three factors"
    data = [(1e-6, 0.5), (0.5, 0.5)]
    net = [x / 2 - 0.25 for x, _ in data]
    errors = [-(y - sin(z)) for z, (_, y) in zip(net, data, strict=True)]
    of_w = [error * cos(z) * x for error, z, (x, _) in zip(errors, net, data, strict=True)]
    of_b = [error * cos(z) for error, z in zip(errors, net, strict=True)]
    wanted = {"w": of_w, "b": of_b}
    for at, head in enumerate(shares.header[1:], 1):
        assert isinstance(head, Partial) and isinstance(head.by, Sym)
        column = [number_in(row[at]) for row in (*shares.rows, shares.footer)]
        numbers = [*wanted[head.by.name], sum(wanted[head.by.name])]
        assert column == pytest.approx(numbers, rel=1e-3, abs=1e-9)
    asked = [block for block in every_block(sheet.blocks) if isinstance(block, Table)]
    for ours, theirs in zip(asked, (factors, shares), strict=True):
        cells = [cell for row in (*ours.rows, ours.footer) for cell in row[1:]]
        assert cells and all(isinstance(cell, Gap) for cell in cells)
        assert [len(row) for row in ours.rows] == [len(row) for row in theirs.rows]


def number_in(cell: object) -> float:
    assert isinstance(cell, Filled)
    content = cell.content.content if isinstance(cell.content, Marked) else cell.content
    assert isinstance(content, (Num, Shown))
    return float(content.value)


def test_without_samples_the_numbers_put_in_have_gaps_in_the_forward_pass_and_in_the_gradients() -> None:
    text = NEURON + VALUES + "worksheet: {tasks: [forward, numbers]}\n"
    assert lines(tasks_of(text)["Forward pass"])[0] == ["z", "w*x + b", "_", "_"]
    assert lines(tasks_of(text)["Numbers"]) == [["dL/dw", "_", "_"], ["dL/db", "_", "_"]]
    key = [
        [plain(step.content) for _, step in line.steps if isinstance(step, Filled)]
        for task in tasks_of(text, "key").values()
        for block in task.blocks
        if isinstance(block, Equations)
        for line in block.lines
    ]
    assert key[0] == ["1/2*2 + (-1)", "0"]
    assert key[-1][-1] == "-1/4" and key[-2][-1] == "-1/2"
    assert "Numbers" not in tasks_of(NEURON + "worksheet: {tasks: [forward, numbers, chains]}\n"), "there are none to put in"
