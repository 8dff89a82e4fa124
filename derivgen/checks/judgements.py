"""SymPy's word on a derivative of a kind of definition: its own derivative, and whether ours is proved equal to it.

It depends on the kind, the spec's own functions, SymPy and our way to it, and on nothing else; so it is kept between runs, and a
run that meets no new kind does without SymPy, whose import takes longer than all the rest.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Mapping
from importlib import util
from pathlib import Path
from typing import Any

from derivgen import cache
from derivgen.derivation.patterns import Part
from derivgen.frozen import dataclass
from derivgen.maths.functions import Library
from derivgen.maths.symbolic import Form, derivative, form_of, is_zero, sympy, to_sympy
from derivgen.maths.tree import Expr, Sym, rebuild
from derivgen.memo import READ_ONCE

MOST_KEPT = 4_000
_CODES_KEPT = 8
_HERE = Path(__file__)


@dataclass(frozen=True, slots=True)
class Judgement:
    """SymPy's derivative, by the names of the slots; the verdict on ours: `proved`, or `sampled` (not proved in general)."""

    slope: Form
    verdict: str


class Judge:
    """Asks SymPy once for each derivative of a kind; with `kept` only for those that no run before has asked for.

    `remembered` are the keys of those that had been kept.
    """

    def __init__(self, library: Library, kept: bool = False):
        self.library = library
        self.remembered: dict[str, None] = {}
        self._known: dict[Part, Judgement] = {}
        self._kept: Mapping[str, Any] | None = _read() if kept else None
        self._new: dict[str, Any] = {}

    def judgement(self, part: Part) -> Judgement:
        """Return SymPy's word on one derivative."""
        if part not in self._known:
            self._known[part] = self._asked(part) if self._kept is None else self._recalled(part, self._kept)
        return self._known[part]

    def keep(self) -> None:
        """Keep what is new for later runs, where that was asked for."""
        if self._new:
            found = {**_read(), **self._new}
            cache.keep(_place(), json.dumps(dict(list(found.items())[-MOST_KEPT:])).encode())
            cache.prune("sympy-", _CODES_KEPT)

    def slope(self, expr: Expr, by: str) -> Form:
        """Return SymPy's derivative of an expression in slots by one of them."""
        key = self._key(expr, by)
        if self._kept is not None and key in self._kept:
            self.remembered[key] = None
            return self._kept[key]
        found = form_of(derivative(self._in_sympy(expr, {}), sympy().Symbol(by)))
        if self._kept is not None:
            self._new[key] = found
        return found

    def _key(self, *about: Any) -> str:
        return hashlib.sha256(repr((*about, self.library.changes)).encode()).hexdigest()[:32]

    def _recalled(self, part: Part, kept: Mapping[str, Any]) -> Judgement:
        key = self._key(part)
        if key in kept:
            self.remembered[key] = None
            return Judgement(*kept[key])
        found = self._asked(part)
        self._new[key] = found.slope, found.verdict
        return found

    def _asked(self, part: Part) -> Judgement:
        s = sympy()
        slope = derivative(self._in_sympy(part.expr, {}), s.Symbol(part.by))
        outputs = {name: self._in_sympy(expr, {}) for name, expr in part.outputs}
        ours = part.derivative
        for slot, reduce in part.held:
            ours = _replaced(ours, reduce, Sym(slot))
        return Judgement(form_of(slope), "proved" if is_zero(slope - self._in_sympy(ours, outputs)) else "sampled")

    def _in_sympy(self, expr: Expr, outputs: Mapping[str, Any]) -> Any:
        return to_sympy(expr, self.library, lambda symbol: outputs.get(symbol.name) or sympy().Symbol(symbol.name))


def _replaced(expr: Expr, old: Expr, new: Expr) -> Expr:
    return new if expr == old else rebuild(expr, lambda part: _replaced(part, old, new))


def _read() -> dict[str, Any]:
    """Return what was kept by the same code with the same SymPy: slope and verdict by key."""
    try:
        found = json.loads(cache.kept(_place()) or b"{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


@READ_ONCE
def _place() -> str:
    """Return the name under which all is kept: it changes with Python, SymPy and the code that asks."""
    spec = util.find_spec("sympy")
    release = Path(spec.origin).with_name("release.py") if spec is not None and spec.origin else _HERE
    told = hashlib.sha256(f"{sys.version} {release}".encode())
    for file in (release, _HERE, *sorted((_HERE.parents[1] / "maths").glob("*.py"))):
        told.update(file.read_bytes())
    return f"sympy-{told.hexdigest()[:32]}"
