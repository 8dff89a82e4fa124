"""Every gradient of random array programs against JAX in doubles, and against our own three roads."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from derivgen.array_evaluation import ArrayEvaluation
from derivgen.array_machine import decimal_of, nested
from derivgen.checks.arrays import check_arrays
from derivgen.spec.load import loads
from derivgen.work import evaluate_arrays
from tests.arrays.programs import Maker, Program

jax = pytest.importorskip("jax")
jax.config.update("jax_enable_x64", True)
jnp = jax.numpy

PROGRAMS = 300
TOLERANCE = 1e-12


def numbers(written: Any) -> Any:
    """The numbers of nested lists of text."""
    return [numbers(each) for each in written] if isinstance(written, list) else float(Fraction(written))


def gradients(program: Program) -> Mapping[str, Any]:
    """What JAX gives for every leaf and every result: each result is shifted by a zero of its own, by which it differentiates."""
    shifts = {name: jnp.zeros(shape) for name, shape in program.shapes.items()}
    leaves = {name: jnp.asarray(numbers(written)) for name, written in program.leaves.items()}

    def loss(shifts: Mapping[str, Any]) -> Any:
        known = {name: array + shifts[name] for name, array in leaves.items()}
        for line in program.python:
            name, _, right = line.partition(" = ")
            known[name] = eval(right, {"jnp": jnp, "jax": jax}, known) + shifts[name]
        return known["L"]

    return jax.jit(jax.grad(loss))(shifts)


def worked(program: Program) -> ArrayEvaluation:
    return evaluate_arrays(loads(program.spec))


@pytest.mark.parametrize("seed", range(PROGRAMS))
def test_gradients_are_those_of_jax(seed: int) -> None:
    program = Maker(seed).made()
    evaluation, theirs = worked(program), gradients(program)
    assert len(evaluation.adjoints) == len(program.shapes)
    for name, array in evaluation.adjoints.items():
        ours = np.asarray(nested(array, decimal_of), dtype=float)
        assert ours.shape == program.shapes[name]
        scale = 1 + np.abs(theirs[name]).max(initial=0)
        np.testing.assert_allclose(ours, theirs[name], rtol=TOLERANCE, atol=TOLERANCE * scale, err_msg=f"{name}\n{program.spec}")


@pytest.mark.parametrize("seed", range(0, PROGRAMS, 15))
def test_three_roads_agree(seed: int) -> None:
    report = check_arrays(worked(Maker(seed).made()))
    assert report.problems() == ()
    assert report.gaps() == ()
    assert report.equalities > 0
