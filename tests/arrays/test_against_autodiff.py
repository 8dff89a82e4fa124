"""Every gradient of random array programs against complex steps, of some against JAX, in doubles, and our own three roads."""

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
from tests.arrays import complex_numpy
from tests.arrays.programs import Maker, Program

PROGRAMS = 300
TOLERANCE = 1e-12
STEP = 1e-30


def numbers(written: Any) -> Any:
    """The numbers of nested lists of text."""
    return [numbers(each) for each in written] if isinstance(written, list) else float(Fraction(written))


def loss(program: Program, shifts: Mapping[str, Any], names: Mapping[str, Any]) -> Any:
    """The loss; each quantity has a shift of its own added, by which it is differentiated."""
    known = {name: np.asarray(numbers(written)) + shifts[name] for name, written in program.leaves.items()}
    for line in program.python:
        name, _, right = line.partition(" = ")
        known[name] = eval(right, dict(names), known) + shifts[name]
    return known["L"]


def by_complex_steps(program: Program) -> dict[str, Any]:
    """The derivative by every entry, from one step along the imaginary axis for each."""
    names = {"jnp": complex_numpy.jnp, "jax": complex_numpy.jax}
    found = {}
    for name, shape in program.shapes.items():
        found[name] = np.zeros(shape)
        for at in np.ndindex(*shape):
            shifts = {each: np.zeros(size, dtype=complex) for each, size in program.shapes.items()}
            shifts[name][at] = 1j * STEP
            found[name][at] = np.imag(loss(program, shifts, names)) / STEP
    return found


def by_jax(program: Program) -> Mapping[str, Any]:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    shifts = {name: jax.numpy.zeros(shape) for name, shape in program.shapes.items()}
    return jax.jit(jax.grad(lambda shifts: loss(program, shifts, {"jnp": jax.numpy, "jax": jax})))(shifts)


def worked(program: Program) -> ArrayEvaluation:
    return evaluate_arrays(loads(program.spec))


def compare(program: Program, theirs: Mapping[str, Any]) -> None:
    evaluation = worked(program)
    assert sorted(evaluation.adjoints) == sorted(program.shapes)
    for name, array in evaluation.adjoints.items():
        ours = np.asarray(nested(array, decimal_of), dtype=float)
        assert ours.shape == program.shapes[name]
        scale = 1 + np.abs(np.asarray(theirs[name])).max(initial=0)
        np.testing.assert_allclose(ours, theirs[name], rtol=TOLERANCE, atol=TOLERANCE * scale, err_msg=f"{name}\n{program.spec}")


@pytest.mark.parametrize("seed", range(PROGRAMS))
def test_gradients_are_those_of_complex_steps(seed: int) -> None:
    program = Maker(seed).made()
    spec = program.spec  # leaves that no equation uses are taken out
    assert spec
    compare(program, by_complex_steps(program))


@pytest.mark.parametrize("seed", range(0, PROGRAMS, 25))
def test_gradients_are_those_of_jax(seed: int) -> None:
    program = Maker(seed).made()
    assert program.spec
    compare(program, by_jax(program))


@pytest.mark.parametrize("seed", range(0, PROGRAMS, 15))
def test_three_roads_agree(seed: int) -> None:
    report = check_arrays(worked(Maker(seed).made()))
    assert report.problems() == ()
    assert report.gaps() == ()
    assert report.equalities > 0
