"""Second names for a network's outputs: the loss is stated in ŷ, and ŷ is the last layer's A_5."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from derivgen.errors import Problems
from derivgen.maths.tree import Sym, substitute
from derivgen.spec.model import Equation, Network, Notation
from derivgen.spec.shape import NetworkShape
from derivgen.spec.yaml_text import Scalar


def predictions(shape: NetworkShape, network: Network, problems: Problems) -> dict[str, str]:
    """Each second name with the output it stands for."""
    written = _names(shape)
    outputs = tuple(neuron.output for neuron in network.layers[-1])
    if written and len(written) != len(outputs):
        message = f"{len(written)} names of predictions for {len(outputs)} outputs"
        problems.error(message, written[0].place, f"the outputs are {', '.join(outputs[:12])}")
        return {}
    return {name.text: output for name, output in zip(written, outputs, strict=False)}


def _names(shape: NetworkShape | None) -> tuple[Scalar, ...]:
    found = shape.loss.prediction if shape is not None else None
    return () if found is None else found if isinstance(found, tuple) else (found,)


def by_first_name(equation: Equation, aliases: Mapping[str, str]) -> Equation:
    """The equation with first names in the place of second ones, as in a loss written out by hand."""
    if not aliases:
        return equation
    body = substitute(equation.body, lambda sym: Sym(aliases.get(sym.name, sym.name), sym.index, at=sym.at))
    return Equation(equation.names, equation.places, body)


def by_first_names(notation: Notation, aliases: Mapping[str, str]) -> Notation:
    """The notation whose shorthands are of first names."""
    shorts = tuple(
        replace(short, of=aliases.get(short.of, short.of), by=aliases.get(short.by, short.by)) if not short.is_function else short
        for short in notation.shorthands
    )
    return replace(notation, shorthands=shorts)


def check_predictions(aliases: Mapping[str, str], shape: NetworkShape | None, taken: tuple[str, ...], problems: Problems) -> None:
    """A second name is no quantity's first one."""
    known = dict.fromkeys(taken)
    for name in _names(shape):
        if name.text in aliases and name.text in known:
            problems.error(f"{name.text} is a quantity of this spec already", name.place, "take a name that is free")
