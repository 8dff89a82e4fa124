"""A file → the spec it seems to be about, to start from: the equations, the values and the derivatives found in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from pathlib import PurePath

from derivgen.claims.check import said_in
from derivgen.claims.said import RATES, Said
from derivgen.claims.spec_values import UPDATED, parts_of
from derivgen.errors import SpecError
from derivgen.maths.arithmetic import Number
from derivgen.maths.plain import plain
from derivgen.maths.tree import Expr, Partial, Prime, SumOver, Sym, rebuild, walk
from derivgen.spec.load import loads

_NAME = re.compile(r"[^\W\d_]\w*")


def suggested(data: bytes, name: str) -> str:
    """Return a spec in YAML made of what a file says; what is missing in it stands in remarks. Raises UserError."""
    said = said_in(data, name)
    equations = dict(_equations(said))
    loss = _loss(said, equations)
    used = list(_in_order(equations, loss))
    values: dict[str, Number] = {spec_name(each): value for each, value in said.put_in.items() if spec_name(each)}
    values |= {spec_name(each): known.printed for each, known in said.names.items() if spec_name(each) and known.given}
    rate = next((each for each in RATES if each in values), "")
    leaves = _leaves(used, equations)
    lines = [
        "# Names, equations and values as found in the file: complete and correct them.",
        f"title: {_quoted(PurePath(name).stem)}",
    ]
    if used:
        lines += ["equations: |", *(f"  {each} = {equations[each]}" for each in used)]
    else:
        lines += ["# no equation between names was found: write them here", "# equations: |", "#   L = (y - w*x)^2"]
    if loss:
        lines.append(f"loss: {loss}")
    others = [f"#   {each} = {text}" for each, text in equations.items() if each not in used]
    lines += ["# does not lead to it:", *others] if others else []
    by = [each for each in dict.fromkeys(spec_name(partial.by.name) for partial in said.derivatives) if each in leaves]
    if by and len(by) < len(leaves):
        lines.append(f"parameters: [{', '.join(by)}]   # what the file differentiates by")
    given = {each: values[each] for each in leaves if each in values}
    if given:
        lines.append("values: {" + ", ".join(f"{each}: {_number(value)}" for each, value in given.items()) + "}")
    missing = [each for each in leaves if each not in values]
    if given and missing:
        lines.append(f"# without a value in the file: {', '.join(missing)}")
    if rate and rate not in leaves:
        lines.append(f"update: {{learning_rate: {_number(values[rate])}}}")
    return "\n".join([*lines, *_problems("\n".join(lines), name)]) + "\n"


def spec_name(written: str) -> str:
    """Return a name of a file as specs write it; empty for what can be none.

    >>> spec_name("net_h1"), spec_name("w_11^(2)"), spec_name("yhat"), spec_name("w_5^+"), spec_name("E_total")
    ('net_h1', 'w__2_11', 'yhat', '', 'E_total')
    """
    base, below, above = parts_of(written)
    if (above in UPDATED and not above.isdigit()) or not _NAME.fullmatch(base) or not re.fullmatch(r"\w*", below + above):
        return ""
    return base + (f"__{above}" if above else "") + (f"_{below}" if below else "")


def _equations(said: Said) -> Iterator[tuple[str, str]]:
    """Yield the names that the file defines in symbols, with their definitions in the language of specs."""
    for name, formula in said.formulas.items():
        text = _in_spec(formula)
        if spec_name(name) and text and spec_name(name) not in _names(formula):
            yield spec_name(name), text


def _in_spec(formula: Expr) -> str:
    nodes = tuple(walk(formula))
    if any(isinstance(node, (Partial, Prime, SumOver)) for node in nodes) or not any(isinstance(node, Sym) for node in nodes):
        return ""
    if any(isinstance(node, Sym) and not spec_name(node.name) for node in nodes):
        return ""
    return plain(_renamed(formula))


def _renamed(tree: Expr) -> Expr:
    if isinstance(tree, Sym):
        return Sym(spec_name(tree.name))
    return rebuild(tree, _renamed)


def _names(formula: Expr) -> list[str]:
    return [spec_name(node.name) for node in walk(formula) if isinstance(node, Sym)]


def _loss(said: Said, equations: Mapping[str, str]) -> str:
    """Return what the file differentiates most often; else what it defines last."""
    counted = Counter(spec_name(partial.of.name) for partial in said.derivatives)
    best = [name for name, _ in counted.most_common() if name in equations]
    return best[0] if best else next(reversed(tuple(equations)), "")


def _in_order(equations: Mapping[str, str], loss: str) -> Iterator[str]:
    """Yield what the loss depends on, each after what it is made of."""
    done: set[str] = set()
    stack: list[tuple[str, bool]] = [(loss, False)] if loss else []
    open_: set[str] = set()
    while stack:
        name, ready = stack.pop()
        if ready:
            done.add(name)
            yield name
        elif name not in done and name not in open_:
            open_.add(name)
            stack.append((name, True))
            stack += [(each, False) for each in reversed(_used(equations[name])) if each in equations and each not in done]


def _used(text: str) -> list[str]:
    return [found.group() for found in re.finditer(r"[^\W\d_]\w*(?!\w*\()", text)]


def _leaves(used: Iterable[str], equations: Mapping[str, str]) -> list[str]:
    found = dict.fromkeys(name for each in used for name in _used(equations[each]))
    return [name for name in found if name not in equations]


def _number(value: object) -> str:
    fraction = Fraction(str(value)) if not isinstance(value, Fraction) else value
    decimal = f"{float(fraction):.12g}"
    return decimal if Fraction(decimal) == fraction else str(fraction)


def _quoted(text: str) -> str:
    return '"' + re.sub(r'[\x00-\x1f"\\]', " ", text) + '"'


def _problems(text: str, name: str) -> Iterator[str]:
    """Yield what is still wrong with a spec, as remarks below it."""
    try:
        loads(text + "\n")
    except SpecError as error:
        for problem in error.problems[:10]:
            yield f"# {problem.message}" + (f" ({problem.hint})" if problem.hint else "")
