"""derivgen in Python and in notebooks: `load` a spec, `derive` it, `render` any part; what comes of it shows itself.

Every object is frozen, and every line of it has been checked before it is shown. docs/python.md is the manual.
"""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike, fspath

from derivgen.api.derivations import Derivation, Gradient
from derivgen.api.parts import Page, Piece, render
from derivgen.spec.load import load as _load
from derivgen.spec.load import loads
from derivgen.spec.model import Spec
from derivgen.work import work

__all__ = ["Derivation", "Gradient", "Page", "Piece", "Spec", "derive", "load", "loads", "render"]


def load(path: str | PathLike[str]) -> Spec:
    """Return the spec in a file. Raises SpecError with every mistake found, or for a file that cannot be read."""
    return _load(fspath(path))


def derive(spec: Spec | str | PathLike[str], wrt: str | Iterable[str] = ()) -> Derivation:
    """Work a spec through and check it: every gradient by three roads, every line evaluated.

    Args:
        spec: a spec, or the path of the file it stands in.
        wrt: what to differentiate the loss by, names or globs, in place of what the spec asks for.

    Raises:
        SpecError: the spec is wrong.
        CheckError: a gradient or a line is false.
    """
    loaded = spec if isinstance(spec, Spec) else load(spec)
    return Derivation(work(loaded, (wrt,) if isinstance(wrt, str) else tuple(wrt)))
