"""π, where the author has no quantity of that name, and constants that are given by an expression: `tau: 2*pi`."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping

from derivgen.errors import Problems
from derivgen.frozen import replace
from derivgen.maths.grammar import Vocabulary
from derivgen.maths.tree import Pi, Reduce, Sym, walk
from derivgen.spec.equations import read_expression, with_pi
from derivgen.spec.model import Data, Equation, FunctionDefinition, Value
from derivgen.spec.reading import is_pattern
from derivgen.spec.shape import SpecShape
from derivgen.spec.yaml_nodes import Scalar


def valued_constants(shape: SpecShape) -> dict[str, Value]:
    """Return the constants given by a number; a list names some without."""
    written = shape.constants if isinstance(shape.constants, Mapping) else {}
    return {name.text: value for name, value in written.items() if isinstance(value, Value)}


def read_constants(shape: SpecShape, words: Vocabulary, taken: Container[str], problems: Problems) -> tuple[Equation, ...]:
    """Return what the constants given by an expression are, an equation each; `taken` are the author's own names for π."""
    written = shape.constants if isinstance(shape.constants, Mapping) else {}
    found = []
    for name, value in written.items():
        body = read_expression(value, words, problems) if isinstance(value, Scalar) else None
        if body is None:
            continue
        body = with_pi(body, taken)
        wrong = next((node for node in walk(body) if isinstance(node, Sym | Reduce)), None)
        if wrong is not None:
            what = wrong.name if isinstance(wrong, Sym) else f"{wrong.kind} over the samples"
            message = f"the constant {name.text} is made of numbers alone; {what} is none"
            problems.error(message, wrong.at or name.place, f"what depends on other names is an equation: {name.text} = …")
            continue
        found.append(Equation((name.text,), (name.place,), body))
    return tuple(found)


def equations_with_pi(equations: Iterable[Equation], taken: Container[str]) -> tuple[Equation, ...]:
    """Return equations in which `pi` and `π` are the number, but for names that are `taken`."""
    return tuple(replace(each, body=with_pi(each.body, taken)) for each in equations)


def check_own_functions(own: Mapping[str, FunctionDefinition], taken: Container[str], problems: Problems) -> None:
    """Report a function that uses π where the author's quantities have that name."""
    for function in own.values():
        for node in walk(function.body):
            if isinstance(node, Pi) and node.written in taken:
                hint = f"make it an argument: {function.name}({', '.join((*function.arguments, node.written))})"
                problems.error(f"{node.written} is no argument of {function.name}", node.at, hint)


def own_names(shape: SpecShape, data: Data | None, equations: Iterable[Equation], made: Iterable[str]) -> dict[str, None]:
    """Return the names that the author defines, declares or gives; `made` are those of the network."""
    defined = (name for equation in equations for name in equation.names)
    return dict.fromkeys((*defined, *made, *(data.columns if data is not None else ()), *_written(shape)))


def _written(shape: SpecShape) -> Iterator[str]:
    listed = (shape.parameters, shape.inputs, shape.targets, shape.wrt, shape.constants, shape.values, shape.random)
    for block in (*listed, shape.symbols, shape.notes):
        yield from (name.text for name in block or () if not is_pattern(name.text))
    written = (shape.loss, *((shape.data.count, shape.data.index) if shape.data is not None else ()))
    yield from (name.text for name in written if isinstance(name, Scalar))
