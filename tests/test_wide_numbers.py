"""Numbers of many digits: nothing on any page is wider than the page, whatever is asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.product import AUDIENCES, build, witness

DATA = "data: {columns: [x, y], rows: [[1.123456, 2], [2.5, 7123456789.25], [3e7, 1]]}\n"
LINE = "equations: |\n  z = w*x + b\n  L = mean((z - y)^2)\ntargets: [y]\n" + DATA
NETWORK = """
network:
  inputs: [x_1, x_2]
  layers:
    - {{neurons: [3, 4], activation: ReLU}}
    - {{neurons: [5], activation: sig}}
  loss: {{name: L, kind: mse, target: y}}
values: {{W_13: {w}, W_23: 1, b_3: -1/2, W_14: -1, W_24: 1, b_4: 1/2, W_35: 2, W_45: -1, b_5: -1/2}}
data: {{columns: [x_1, x_2, y], rows: [[1, 1, 1], [1, 0, 0], [0, 1, 0], [0, 0, 0]]}}
"""
SPECS = {
    "steps": LINE + "values: {w: 0.5, b: 1}\nnumbers: {digits: 20}\nupdate: {learning_rate: 1/7, steps: 4}\n",
    "large": LINE + "values: {w: 6e12, b: 0.11}\nnumbers: {digits: 20, rounding: decimals}\nupdate: {learning_rate: 0.1}\n",
    "network": NETWORK.format(w="1") + "numbers: {digits: 20}\nupdate: {learning_rate: 1/3, steps: 5}\n",
    "weight": NETWORK.format(w="6e12") + "notation: {chain: full}\n",
    "single": "equations: |\n  a = sig(w*x/7)\n  L = (a - y)^2\ninputs: [x]\ntargets: [y]\nvalues: {x: 1/3, y: 0.3, w: 0.7}\n"
    "numbers: {digits: 20}\nupdate: {method: adam, learning_rate: 0.1, steps: 2}\nnotation: {chain: reuse}\n",
}


def test_nothing_is_wider_than_the_page(tmp_path: Path) -> None:
    engine = witness(tmp_path / "logs")
    if engine is None:
        pytest.skip("no scripts here")
    paths = [tmp_path / f"{name}.yaml" for name in SPECS]
    for path in paths:
        path.write_text(SPECS[path.stem], encoding="utf-8")
    run = build(tmp_path / "out", *paths, engine=engine)
    _, complaint = run.communicate(timeout=1200)
    assert run.returncode == 0, complaint
    logs = [path.read_text(encoding="utf-8", errors="replace") for path in (tmp_path / "logs" / "runs").glob("*/document.log")]
    assert len(logs) == len(SPECS) * len(AUDIENCES)
    assert [line for log in logs for line in log.splitlines() if line.startswith("Overfull")] == []
