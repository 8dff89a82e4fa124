"""The command line.

Commands call the line (load, build, derive, run, check, compose, render, typeset) and hold no mathematics.
"""

from __future__ import annotations

import atexit
import gc
import os

# Arrays here are small: threads of numpy's BLAS would only wait, on every core, from the moment it is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Modules, trees and numbers refer to each other in one direction only: a search for garbage finds next to none, nor at the end.
gc.set_threshold(200_000)
atexit.register(gc.freeze)

from derivgen.cli.commands import main  # noqa: E402

__all__ = ["main"]
