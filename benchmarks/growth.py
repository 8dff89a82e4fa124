"""Flat cost: derive, evaluate, check and write JSON for one hidden layer of 100, 300 and 1,000 parameters, in one process.

A parameter of a large network may cost 1.5 times what one of the smallest costs. Imports and SymPy's first use are taken off by a
run beforehand.
"""

from __future__ import annotations

import json
from functools import partial

from benchmarks.measuring import Row, at_most, best
from benchmarks.networks import dense, parameters
from derivgen.checks.report import check
from derivgen.derivation.derive import derive
from derivgen.evaluation import run
from derivgen.graph import build
from derivgen.machine import as_object
from derivgen.spec.load import loads

TITLE = "Cost of a parameter, in times of one of the smallest network"
ROUNDS = 3
NETWORKS = ((10, 8, 1), (16, 16, 1), (28, 34, 1), (32, 32, 1))
LIMIT = 1.5


def whole(text: str) -> str:
    """From a spec's text to the JSON of its derivation, checked; raises CheckError if a line were false."""
    evaluation = run(derive(build(loads(text))))
    report = check(evaluation)
    report.stop_if_false()
    return json.dumps(as_object(evaluation, report))


def rows() -> list[Row]:
    """Each network's cost per parameter."""
    whole(dense((2, 2, 1)))
    specs = {sizes: dense(sizes) for sizes in NETWORKS}
    times = best({"-".join(map(str, sizes)): partial(whole, text) for sizes, text in specs.items()}, ROUNDS)
    costs = {name: time / parameters(sizes) for (name, time), sizes in zip(times.items(), NETWORKS, strict=True)}
    first = next(iter(costs.values()))
    return [
        at_most(f"{name}, {parameters(sizes)} parameters", cost / first, LIMIT)
        for (name, cost), sizes in zip(costs.items(), NETWORKS, strict=True)
    ]
