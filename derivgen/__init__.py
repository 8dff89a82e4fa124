"""derivgen: the derivation a good teacher would write by hand, from a computation as it stands on the blackboard.

    >>> import derivgen
    >>> net = derivgen.derive(derivgen.loads("equations: L = (y - w*x)^2\\nvalues: {y: 1, w: 2, x: 3}"))
    >>> net.gradients["w"].value
    Fraction(30, 1)

What can be used from here is listed in `__all__` and described in docs/python.md. Nothing is imported before it is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from derivgen.api import Derivation, Gradient, Page, Piece, Spec, derive, load, loads, render
    from derivgen.errors import CheckError, SpecError, ToolError, UserError

__version__ = "0.1.0"

__all__ = [
    "CheckError",
    "Derivation",
    "Gradient",
    "Page",
    "Piece",
    "Spec",
    "SpecError",
    "ToolError",
    "UserError",
    "__version__",
    "derive",
    "load",
    "loads",
    "render",
]
_HOME = {
    **dict.fromkeys(("Derivation", "Gradient", "Page", "Piece", "Spec", "derive", "load", "loads", "render"), "derivgen.api"),
    **dict.fromkeys(("CheckError", "SpecError", "ToolError", "UserError"), "derivgen.errors"),
    "load_ipython_extension": "derivgen.jupyter",
}


def __getattr__(name: str) -> Any:
    """Return what is asked for by name, from the module it lives in."""
    if name not in _HOME:
        raise AttributeError(f"module 'derivgen' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
