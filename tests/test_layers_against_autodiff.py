"""Networks in layers, their scalars and their matrices, against the automatic differentiation that shares no code with us."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.derivation.comparing import arrays_of, close, differences, line
from tests.derivation.random_layers import random_layers
from tests.oracle import MP, Answer, bias_names, mp, solve, weight_names
from tests.test_against_autodiff import tame


def matrix_differences(text: str) -> list[str]:
    """Every entry of the layers of `derive --json` that is not the oracle's number at that place."""
    network = yaml.load(text, Loader=yaml.BaseLoader)["network"]
    found = solve(text)
    _, _, obj = line(text)
    assert len(obj["layers"]) == len(network["layers"])
    return [
        message
        for depth, (layer, weights, biases) in enumerate(
            zip(obj["layers"], weight_names(network), bias_names(network), strict=True), 1
        )
        for message in _layer(layer, network["layers"][depth - 1], depth, weights, biases, found)
    ]


def _layer(layer: dict, written: dict, depth: int, weights: list, biases: list, found: Answer) -> Iterator[str]:
    units = range(1, len(weights) + 1)
    nets = written.get("net", [f"z__{depth}_{m}" for m in units])
    outputs = written.get("output", [f"a__{depth}_{m}" for m in units])
    yield from _same(f"W{depth}", layer["W"]["value"], [[found.values[name] for name in row] for row in weights])
    yield from _same(f"dW{depth}", layer["W"]["gradient"], [[found.gradients[name] for name in row] for row in weights])
    assert (layer["b"] is None) == (not biases)
    if layer["b"] is not None:
        yield from _same(f"b{depth}", layer["b"]["value"], [found.values[name] for name in biases])
        yield from _same(f"db{depth}", layer["b"]["gradient"], [found.gradients[name] for name in biases])
    yield from _same(f"z{depth}", layer["z"], [found.values[name] for name in nets])
    yield from _same(f"a{depth}", layer["a"], [found.values[name] for name in outputs])
    yield from _same(f"delta{depth}", layer["delta"], [found.gradients[name] for name in nets])


def array_differences(text: str) -> tuple[list[str], int]:
    """Every gradient whose matrix form, worked out by NumPy from the other arrays, is not its value; how many were tried."""
    obj = line(text)[2]
    wrong, compared = [], 0
    known = {name: numpy.array(obj["quantities"][name]["decimal"]) for name in arrays_of(obj)}
    known |= {f"d_{name}": numpy.array(each["decimal"]) for name, each in obj["gradients"].items() if name in known}
    assert set(known) >= {"a__0", "W__1"}
    for name, gradient in obj["gradients"].items():
        for form in (gradient["matrix"], gradient["simplified"]) if name in known else ():
            names = set(re.findall(r"(?:d_)?[Waybz]__\d+|\bd_y\b|\by\b", form or "'"))
            if form is None or "'" in form or not names <= set(known) or not re.fullmatch(NUMPY, form):
                continue
            compared += 1
            found = eval(
                form.replace("^", "**"),
                {
                    "sum": numpy.sum,
                    "zeros": zeros,
                    "ones": lambda *n: zeros(*n) + 1,
                    "outer": numpy.outer,
                    "dot": numpy.dot,
                    "true": True,
                    **known,
                },
            )
            if not numpy.allclose(found, known[f"d_{name}"], rtol=1e-9, atol=1e-9) or numpy.shape(found) != known[name].shape:
                wrong.append(f"{name}: {form}")
    return wrong, compared


def zeros(*shape: int) -> numpy.ndarray:
    return numpy.zeros(shape)


NUMPY = r"(?:(?:d_)?[Waybz]__\d+|d_y|y|\.T|outer|sum|dot|ones|zeros|axis=\d|keepdims=true|[\d\s()+*/@,^-])+"


def test_the_arrays_of_made_up_networks_have_gradients_in_matrices() -> None:
    compared = 0
    for seed in range(0, 44, 3):
        text = random_layers(seed)
        if tame(text) is not None:
            found, count = array_differences(text + "\n")
            assert found == [], text
            compared += count
    assert compared > 100


def _same(what: str, ours: Any, theirs: list) -> Iterator[str]:
    """Nested lists of the same form; a single text of ours is a single entry of theirs."""
    if isinstance(ours, str):
        ours = [ours]
    if len(ours) != len(theirs):
        yield f"{what}: {len(ours)} entries, not {len(theirs)}"
        return
    for one, other in zip(ours, theirs, strict=True):
        if isinstance(other, list):
            yield from _same(what, one, other)
        elif not close(mp(Fraction(one)) if "/" in one else MP.mpf(one), other):
            yield f"{what}: {one}, not {other}"


def wrong(seed: int, **size: int) -> list[str] | None:
    """What is wrong with the network of a seed; None where it has no value."""
    text = random_layers(seed, **size)
    return None if tame(text) is None else [*differences(text), *matrix_differences(text)]


@pytest.mark.parametrize("seed", range(44))
def test_made_up_networks(seed: int) -> None:
    found = wrong(seed, most_layers=3, most_units=3)
    assert not found, random_layers(seed, most_layers=3, most_units=3)


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(min_value=10**6, max_value=10**9))
def test_made_up_networks_of_any_seed(seed: int) -> None:
    assert not wrong(seed, most_layers=4, most_units=3), random_layers(seed, most_layers=4, most_units=3)


def test_most_made_up_networks_have_values() -> None:
    assert sum(tame(random_layers(seed, most_layers=3, most_units=3)) is not None for seed in range(44)) > 25


def test_the_judge_of_matrices_sees_a_wrong_entry() -> None:
    assert list(_same("W1", [["1", "2"]], [[[Fraction(1)], [Fraction(3)]]])) == ["W1: 2, not 3"]
    assert list(_same("z1", [["1", "2"]], [[Fraction(1), Fraction(2)]])) == []
    assert list(_same("z1", [["1"]], [[Fraction(1), Fraction(2)]])) == ["z1: 1 entries, not 2"]
