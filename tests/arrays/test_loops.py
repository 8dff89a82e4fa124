"""`for t in 1..3:` over equations is the steps written out, to the letter of what comes of them; wrong loops are told."""

from __future__ import annotations

import pytest

from derivgen.array_machine import arrays_as_object
from derivgen.checks.arrays import check_arrays
from derivgen.errors import UserError
from derivgen.spec.load import loads
from derivgen.work import evaluate_arrays

LOOP = """
equations: |
  for t in 1..3:
    z_t = W @ x_t + U @ h_(t-1)
    h_t = tanh(z_t)   # a remark
  L = sum((h_3 - y)^2)
"""
STEPS = """
equations: |
  z_1 = W @ x_1 + U @ h_0
  h_1 = tanh(z_1)
  z_2 = W @ x_2 + U @ h_1
  h_2 = tanh(z_2)
  z_3 = W @ x_3 + U @ h_2
  h_3 = tanh(z_3)
  L = sum((h_3 - y)^2)
"""
VALUES = """
values:
  x_1: [1, 0]
  x_2: [0, 1]
  x_3: [1, 1]
  h_0: [0, 0]
  W: [[1/2, 0], [0, 1]]
  U: [[0, 1], [1, 0]]
  y: [1, 0]
"""


def test_a_loop_is_its_steps() -> None:
    both = [evaluate_arrays(loads(equations + VALUES)) for equations in (LOOP, STEPS)]
    first, second = (arrays_as_object(evaluation, check_arrays(evaluation)) for evaluation in both)
    assert first == second
    assert sorted(first["gradients"]) == ["U", "W", "h_0", "x_1", "x_2", "x_3", "y"]


def test_letters_that_only_look_like_the_index_stay() -> None:
    spec = "equations: |\n  for t in 1..2:\n    a_t = a_(t - 1)*w_to + t*t_t\n  L = a_2\n"
    names = {name for equation in loads(spec).equations for name in equation.names}
    assert names == {"a_1", "a_2", "L"}
    assert {"a_0", "w_to", "t", "t_1", "t_2"} <= set(loads(spec).parameters)


WRONG = (
    ("  for t in 1:3\n    h_t = x\n", 2, 3, "this is no loop", "a loop reads `for t in 1..3:`"),
    ("  for t in 1..3:\n  h_t = x\n", 2, 3, "nothing stands in this loop", "a loop reads `for t in 1..3:`"),
    ("  for t in 3..1:\n    h_t = x\n", 2, 3, "a loop runs over 1 to 100 steps, from a smaller number to a larger one", ""),
    ("  for t in 1..2:\n    for s in 1..2:\n      h_t = x\n", 2, 3, "a loop in a loop is not taken", "write the inner steps out"),
    ("  for t in 1..2:\n    h_t = h_(t-1) + +\n", 3, 22, "the line ends where something is still missing", ""),
)


@pytest.mark.parametrize(("loop", "line", "column", "message", "hint"), WRONG)
def test_a_wrong_loop_is_told(loop: str, line: int, column: int, message: str, hint: str) -> None:
    with pytest.raises(UserError) as caught:
        loads(f"equations: |\n{loop}  L = y^2\n")
    problem = caught.value.problems[0]
    assert problem.place is not None
    assert (problem.place.line, problem.place.column) == (line, column)
    assert problem.message.startswith(message)
    assert (problem.hint or "").startswith(hint)
