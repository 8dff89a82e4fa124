"""A loss that names its parameters itself: there is no chain to write, and everything else still stands on the pages."""

from __future__ import annotations

from pathlib import Path

import pytest

from derivgen.cli.build import rendered
from derivgen.cli.checking import checked
from derivgen.documents.compose import compose
from derivgen.documents.document import Task
from derivgen.maths.plain import plain
from tests.product import AUDIENCES, every_line, words

SPECS = {
    "numbers": "equations: L = (w*x - y)^2\nvalues: {w: 2, x: 3, y: 1}\n",
    "symbolic": "equations: L = (w*x - y)^2\n",
    "bare": "equations: L = w\nvalues: {w: 5}\n",
    "everything": 'equations: L = a*b\nvalues: {a: 2, b: 3}\nwrt: ["*"]\n',
    "reuse": "equations: L = a*b\nvalues: {a: 2, b: 3}\nnotation: {chain: reuse}\n",
    "samples": "equations: L = mean((w*x - y)^2)\ntargets: [y]\nvalues: {w: 2}\n"
    "data: {columns: [x, y], rows: [[1, 2], [3, 4]]}\n",
    "one counts for nothing": "equations: |\n  z = w*x\n  a = atan(w)\n  L = (y - a)^2\nvalues: {w: -6, x: 3, y: 1}\n",
    "one is direct": "equations: |\n  a = w*x\n  L = a^2 + v^2\nvalues: {w: 2, x: 3, v: 1}\n",
}


@pytest.mark.parametrize("name", SPECS)
def test_all_pages_are_written(name: str, tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(SPECS[name], encoding="utf-8")
    part = checked(path)
    assert part[1].failed == 0
    for audience in AUDIENCES:
        document = compose(part[0], audience)
        assert all(line.steps for line in every_line(document.blocks)), "a line that says nothing"
        assert rendered(part[0], audience).startswith(r"\documentclass")
    for line in every_line(compose(part[0], "notes").blocks):
        assert line.left is None or plain(line.left) != plain(line.steps[0][1])


def test_no_task_asks_for_a_chain_of_one(tmp_path: Path) -> None:
    path = tmp_path / "spec.yaml"
    path.write_text(SPECS["numbers"], encoding="utf-8")
    document = compose(checked(path)[0], "worksheet")
    titles = [words(block.title) for block in document.blocks if isinstance(block, Task)]
    assert titles == ["Forward pass.", "Gradients."], "its one factor is the gradient itself"
