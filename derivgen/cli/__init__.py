"""The command line.

Commands call the line (load, build, derive, run, check, compose, render, typeset) and hold no mathematics.
"""

from __future__ import annotations

from derivgen.cli.main import main

__all__ = ["main"]
