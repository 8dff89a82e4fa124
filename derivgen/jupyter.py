"""Magics for notebooks: `%load_ext derivgen`, then `%%derivgen` above a spec in a cell, `%derivgen net.yaml chain W_13`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from IPython.core.magic import Magics, line_cell_magic, magics_class
from IPython.core.magic_arguments import argument, magic_arguments, parse_argstring
from IPython.display import display

from derivgen.api import Derivation, derive, loads
from derivgen.errors import Problem, UserError


@magics_class
class DerivgenMagics(Magics):
    """The magic `derivgen`, for a line and for a cell."""

    @magic_arguments()
    @argument("-o", "--out", metavar="NAME", help="the variable that is to hold the derivation")
    @argument("-w", "--wrt", metavar="NAME", action="append", help="only the gradient by this name; may be repeated")
    @argument("words", nargs="*", help="of a line first the spec's file; then the pieces to show, commas between them")
    @line_cell_magic
    def derivgen(self, line: str, cell: str | None = None) -> Any:
        """Work a spec through and show it, or pieces of it.

        %%derivgen chain W_13, forward      above a spec that is written in the cell
        %derivgen net.yaml chain W_13       of a spec in a file
        """
        wanted = parse_argstring(self.derivgen, line)
        words = list(wanted.words)
        if cell is None:
            if not words:
                raise UserError(
                    Problem("which spec is missing", hint="%derivgen net.yaml chain W_13, or %%derivgen above a spec")
                )
            made = derive(words.pop(0), wanted.wrt or ())
        else:
            made = derive(loads(cell, "cell", Path.cwd()), wanted.wrt or ())
        if wanted.out:
            self.shell.user_ns[_variable(wanted.out)] = made  # type: ignore[union-attr]
        for warning in made.warnings:
            print(warning)
        self._show(made, " ".join(words))

    def _show(self, made: Derivation, names: str) -> None:
        """Show the pieces by name, all found before the first is shown; the derivation where none is named."""
        pieces = [made.piece(name) for name in (part.strip() for part in names.split(",")) if name]
        display(*(pieces or (made,)))


def _variable(name: str) -> str:
    if not name.isidentifier():
        raise UserError(Problem(f"{name!r} cannot be a variable's name"))
    return name


def load_ipython_extension(ipython: Any) -> None:
    """Register the magic: what `%load_ext derivgen` calls."""
    ipython.register_magics(DerivgenMagics)
