"""The command line.

Commands call the line (load, build, derive, run, check, compose, render, typeset) and hold no mathematics.
"""

from __future__ import annotations

import os

# Arrays here are small: threads of numpy's BLAS would only wait, on every core, from the moment it is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from derivgen.cli.commands import main

__all__ = ["main"]
