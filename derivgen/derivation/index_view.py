"""Index form → one entry with letters, as one writes it: d_z_i*x_j, sum(k=1..4: V_ki*d_s_k)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from derivgen.maths.index_form import size_number
from derivgen.maths.plain import plain
from derivgen.maths.tree import Axis, Block, Contract, Delta, Element, Expr, Index, SumOver, Sym, rebuild

LETTERS = "ijklmnpqrstuvw"


def index_view(expr: Expr, axes: tuple[Axis, ...], taken: Iterable[str] = ()) -> Expr:
    """Return an entry with letters for its indices: i, j, … for `axes`, the next ones for what is summed over.

    Letters that are names of quantities (`taken`) are left out.
    """
    free_letters = tuple(letter for letter in LETTERS if letter not in set(taken)) + tuple(f"i_{n}" for n in range(1, 100))
    named: dict[Axis, str] = dict(zip(axes, free_letters, strict=False))
    return _lettered(expr, named, free_letters)


def _more(named: Mapping[Axis, str], axes: tuple[Axis, ...], letters: tuple[str, ...]) -> dict[Axis, str]:
    """Return the letters of an expression with the next ones for what is bound here."""
    used = set(named.values())
    return {**named, **dict(zip(axes, (letter for letter in letters if letter not in used), strict=False))}


def _lettered(expr: Expr, named: Mapping[Axis, str], letters: tuple[str, ...]) -> Expr:
    if isinstance(expr, Element):
        return Sym(expr.name + _below(expr.indices, named))
    if isinstance(expr, Delta):
        return Sym("delta" + _below((expr.i, expr.j), named))
    if isinstance(expr, Contract):
        known = _more(named, expr.axes, letters)
        body = _lettered(expr.body, known, letters)
        for axis in reversed(expr.axes):
            body = SumOver(known[axis], size_number(axis.size), body)
        return body
    if isinstance(expr, Block):
        inner = _lettered(expr.body, _more(named, expr.formals, letters), letters)
        function = expr.function
        if function in {"move", "spread"}:
            function = str((expr.settings.written if function == "move" else expr.settings.back or ("spread",))[:1] or ("move",))
            function = function.strip("(),'")
        if not isinstance(expr.body, Element):
            return Sym(f"{function}({plain(inner)})" + _below(expr.indices, named))
        if expr.function == "move" and expr.settings.written[:1] == ("windows",):
            return Sym(expr.body.name + _window(expr, named))
        indices: tuple[Index, ...] = expr.indices
        if len(expr.formals) == len(expr.indices) and all(axis in expr.body.indices for axis in expr.formals):
            to = dict(zip(expr.formals, expr.indices, strict=True))
            indices = tuple(to.get(i, i) if isinstance(i, Axis) else i for i in expr.body.indices)
        return Sym(f"{function}({expr.body.name})" + _below(indices, named))
    return rebuild(expr, lambda part: _lettered(part, named, letters))


def _below(indices: tuple[Index, ...], named: Mapping[Axis, str]) -> str:
    written = [named[i] if isinstance(i, Axis) else str(i + 1) for i in indices]
    if not written:
        return ""
    return "_" + ("_" if any(len(each) > 1 for each in written) else "").join(written)


def _window(expr: Block, named: Mapping[Axis, str]) -> str:
    """Return the indices of an entry of a window, (k+i-1): window number k, place i in it, both counted from 1."""
    _, stride, padding = expr.settings.written
    half = len(expr.formals)
    written = [named[i] if isinstance(i, Axis) else str(i + 1) for i in expr.indices]
    offset = -stride - padding
    lead = "" if stride == 1 else f"{stride}*"
    pairs = zip(written[:half], written[half:], strict=True)
    return "_" + "".join(f"({lead}{place}+{inside}{offset:+d})" for place, inside in pairs)
