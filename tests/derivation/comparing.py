"""A spec's whole line, set beside the oracle's answer; what differs comes back as text."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from derivgen.checks.report import Report, check
from derivgen.derivation.derive import derive
from derivgen.evaluation import Evaluation, run
from derivgen.graph import build
from derivgen.machine import as_object
from derivgen.spec.load import loads
from tests.oracle import MP, Answer, Node, NoValueError, Scene, answer, mp, solve

UNCHECKED = "unchecked"
RELATIVE = MP.mpf(10) ** -12
ABSOLUTE = MP.mpf(10) ** -12


def line(text: str) -> tuple[Evaluation, Report, dict[str, Any]]:
    """A spec's text all the way to what `derive --json` prints."""
    evaluation = run(derive(build(loads(text))))
    report = check(evaluation)
    return evaluation, report, as_object(evaluation, report)


def differences(text: str, strict: bool = False) -> list[str]:
    """Everything in which the package and the oracle differ on a spec with numbers; empty when all is well.

    `strict` asks for 25 digits in place of 12 in the exact text, without the allowance near zero. What differs is looked at
    again with eight times the oracle's digits: in a formula such as 1 - tanh(220)^2 its own run out.
    """
    found = _differences(text, strict)
    if found:
        with MP.workdps(8 * MP.dps):
            found = _differences(text, strict)
    return found


def _differences(text: str, strict: bool) -> list[str]:
    found = solve(text)
    _, report, whole = line(text)
    obj = of_scalars(whole)
    if all(quantity["value"] is None for quantity in obj["quantities"].values()):
        raise NoValueError("a spec without given numbers has no values, whatever its constants say")
    wrong = [problem.message for problem in report.problems()]
    wrong += [f"{UNCHECKED} line: {' '.join(each.about)}" for each in report.unchecked_lines] + [
        f"{UNCHECKED} gradient: {name}" for name in report.unchecked_gradients
    ]
    own = respelled(obj, found)
    for answered, what in ((found, "spec"), (own, "its own equations")):
        wrong += [f"{message} (by the {what})" for message in _numbers(obj, answered, strict)]
    wrong += list(_expressions(obj, own)) + list(_paths(obj, own))
    return wrong


def of_scalars(obj: dict[str, Any]) -> dict[str, Any]:
    """The object without the arrays of a network in layers, which stand beside its scalars."""
    own = {
        key: {name: each for name, each in obj[key].items() if name not in arrays_of(obj)} for key in ("quantities", "gradients")
    }
    return {**obj, **own}


def arrays_of(obj: Mapping[str, Any]) -> list[str]:
    return [name for name, quantity in obj["quantities"].items() if "shape" in quantity]


def respelled(obj: Mapping[str, Any], found: Answer) -> Answer:
    """The oracle's answer to the equations as the package prints them: means and pieces on lines of their own."""
    quantities = obj["quantities"]
    columns = {
        name: [Node(Fraction(text)) for text in quantity["value"]]
        for name, quantity in quantities.items()
        if quantity["definition"] is None
    }
    scene = Scene(columns, found.scene.samples, found.scene.functions, found.scene.kinks)
    lines = [f"{name} = {quantity['definition']}" for name, quantity in quantities.items() if quantity["definition"] is not None]
    running = {
        name
        for name, quantity in quantities.items()
        if quantity["definition"] is None and name in found.scene.columns and len(found.scene.columns[name]) > 1
    }
    return answer(lines, obj["loss"], scene, running)


def _numbers(obj: Mapping[str, Any], found: Answer, strict: bool) -> Iterator[str]:
    for name, quantity in obj["quantities"].items():
        if name in found.values:
            yield from _compared(f"the value of {name}", quantity, found.values[name], strict)
    for name, gradient in obj["gradients"].items():
        if name in found.gradients:
            yield from _compared(f"the gradient by {name}", _listed(gradient), found.gradients[name], strict)


MOST_DOUBLE = sys.float_info.max
"""`decimal` is null beyond it."""


def _listed(gradient: Mapping[str, Any]) -> dict[str, Any]:
    return {key: gradient[key] if isinstance(gradient[key], list) else [gradient[key]] for key in ("value", "decimal")}


def _compared(what: str, ours: Mapping[str, Any], theirs: list, strict: bool) -> Iterator[str]:
    if len(ours["value"]) != len(theirs):
        yield f"{what}: {len(ours['value'])} entries, not {len(theirs)}"
        return
    for text, decimal, wanted in zip(ours["value"], ours["decimal"], theirs, strict=True):
        exact = mp(Fraction(text)) if "/" in text else MP.mpf(text)
        as_double = abs(exact) > MOST_DOUBLE if decimal is None else close(MP.mpf(decimal), wanted, False)
        if not (close(exact, wanted, strict) and as_double):
            yield f"{what}: {text} ({decimal}), not {MP.nstr(mp(wanted), 25)}"


def close(ours: Any, wanted: Any, strict: bool = False) -> bool:
    """Whether two numbers agree to 12 digits (strictly: to 25, with no more than 1e-40 beside it near zero)."""
    relative, absolute = (MP.mpf(10) ** -25, MP.mpf(10) ** -40) if strict else (RELATIVE, ABSOLUTE)
    return abs(ours - mp(wanted)) <= relative * abs(mp(wanted)) + absolute


def _expressions(obj: Mapping[str, Any], found: Answer) -> Iterator[str]:
    """The printed formula of each gradient, evaluated by the oracle, is the gradient."""
    for name, gradient in obj["gradients"].items():
        if name in found.gradients:
            for sample, wanted in enumerate(found.gradients[name]):
                for formula in (gradient["expression"], *([] if gradient["simplified"] is None else [gradient["simplified"]])):
                    got = found.expression(formula, sample)
                    if not close(mp(got), wanted):
                        yield f"the formula of the gradient by {name}, {formula}, is {text(got)}, not {text(wanted)}"


def text(number: Any) -> str:
    """20 digits."""
    return MP.nstr(mp(number), 20)


def _paths(obj: Mapping[str, Any], found: Answer) -> Iterator[str]:
    for name, gradient in obj["gradients"].items():
        if gradient["paths"] is not None:
            ours = Counter(" ".join(path) for path in gradient["paths"])
            theirs = Counter(" ".join(path) for path in found.paths(name))
            if ours != theirs:
                yield f"the paths to {name}: {dict(ours - theirs)} too many, {dict(theirs - ours)} missing"
