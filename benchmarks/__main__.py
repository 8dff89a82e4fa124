"""`python -m benchmarks [NAME…]`: all benchmarks, or those named; a table each, ratios within this run only."""

from __future__ import annotations

import sys
from importlib import import_module

NAMES = ("startup", "builds", "flattening", "growth", "large", "calls", "documents", "variants", "classes", "typesetters")


def main(names: tuple[str, ...]) -> None:
    """Run and print."""
    from benchmarks.measuring import table

    unknown = [name for name in names if name not in NAMES]
    if unknown:
        sys.exit(f"there is no benchmark {', '.join(unknown)}; there are {', '.join(NAMES)}")
    for name in names or NAMES:
        module = import_module(f"benchmarks.{name}")
        print(table(module.TITLE, module.rows()), flush=True)


if __name__ == "__main__":
    main(tuple(sys.argv[1:]))
