"""Shapes of names that neither values nor `shapes` tell: from their use, where that leaves one."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from derivgen.maths.index_form import Shape
from derivgen.maths.shapes import Lowering, Shaped
from derivgen.maths.tree import (
    ArrayCall,
    Call,
    Entry,
    Expr,
    MatMul,
    Neg,
    Product,
    Quotient,
    Reduce,
    Sum,
    Sym,
    Transpose,
    children,
    walk,
)


class Inference:
    """Adds to the shapes that `low` knows what sums, products by rows and inner products say of the other names.

    A name that is added to an array has its shape; behind a matrix stands a vector. What is `alike` (targets) has also the shape
    of what it is multiplied with. All that is left over is a number.
    """

    def __init__(self, low: Lowering, alike: Collection[str] = ()):
        self.low, self.alike = low, alike
        self.known = dict(low.known)
        low.known = self.known

    def infer(self, definitions: Iterable[tuple[tuple[str, ...], Expr]]) -> None:
        """Look at the definitions again and again until nothing new is found; several names on the left are numbers."""
        definitions = tuple(definitions)
        before = -1
        while len(self.known) > before:
            before = len(self.known)
            for (name, *others), body in definitions:
                if others:
                    self.known |= dict.fromkeys((name, *others), Shaped(()))
                    continue
                found = self.shape(body, self.known[name].shape if name in self.known else None)
                if found is not None and name not in self.known and self._settled(body):
                    self.known[name] = Shaped(found, self.low.entries(body).sampled)
        defined = {name for names, _ in definitions for name in names}
        for _, body in definitions:
            for node in walk(body):
                if isinstance(node, Sym) and node.name not in defined:
                    self.known.setdefault(node.name, Shaped(()))

    def _settled(self, expr: Expr) -> bool:
        return all(node.name in self.known for node in walk(expr) if isinstance(node, Sym))

    def shape(self, expr: Expr, wanted: Shape | None = None) -> Shape | None:
        """Return the shape of an expression, None as long as it is not known; `wanted` is what it is to have."""
        if isinstance(expr, Sym):
            if expr.name not in self.known and wanted is not None:
                self.known[expr.name] = Shaped(wanted)
            return self.known[expr.name].shape if expr.name in self.known else None
        if isinstance(expr, Entry | Reduce):
            self.shape(next(children(expr)))
            return ()
        if self._settled(expr):
            return self.low.entries(expr).shape
        if isinstance(expr, Sum | Neg | Product | Quotient):
            return self._entrywise(expr, wanted)
        if isinstance(expr, MatMul):
            return self._matmul(expr, wanted)
        if isinstance(expr, Transpose):
            found = self.shape(expr.arg, wanted[::-1] if wanted is not None else None)
            return found[::-1] if found is not None else None
        if isinstance(expr, ArrayCall) and expr.function == "dot":
            a, b = (self.shape(arg) for arg in expr.args)
            self.shape(expr.args[0], b)
            self.shape(expr.args[1], a)
            return ()
        if isinstance(expr, Call) and len(expr.args) == 1 and expr.function not in {"max", "min"}:
            return self.shape(expr.args[0], wanted)
        for part in expr.args if isinstance(expr, ArrayCall) else children(expr):  # what is named after them has no shape
            self.shape(part)
        return None

    def _entrywise(self, expr: Expr, wanted: Shape | None) -> Shape | None:
        parts = tuple(children(expr))
        shapes = [self.shape(part) for part in parts]
        known = [shape for shape in shapes if shape]
        largest = max(known, key=len) if known else wanted
        for part, shape in zip(parts, shapes, strict=True):
            if shape is None and largest is not None and (isinstance(expr, Sum | Neg) or self._is_alike(part)):
                self.shape(part, largest)
        return largest if known or wanted else () if None not in shapes else None

    def _is_alike(self, part: Expr) -> bool:
        return isinstance(part, Sym) and part.name in self.alike

    def _matmul(self, expr: MatMul, wanted: Shape | None) -> Shape | None:
        left, right = expr.factors
        a, b = self.shape(left), self.shape(right)
        if a and b is None:
            b = self.shape(right, (a[-1],) if wanted is None or len(a) == 1 or len(wanted) < 2 else (a[-1], wanted[-1]))
        elif b and a is None and (wanted is not None or _is_small(left)):
            rows = () if wanted is None else wanted if len(b) == 1 else wanted[:-1]
            a = self.shape(left, (*rows, b[0]))
        if not a or not b:
            return None
        return (*a[:-1], *b[1:])


def _is_small(expr: Expr) -> bool:
    """Return whether it is a name with a small letter, which a vector has."""
    return isinstance(expr, Sym) and expr.name[0].islower()
