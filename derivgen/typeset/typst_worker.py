"""The document of the current folder → PDF/UA-1 or a picture: `python -I -S typst_worker.py FOLDER OUTPUT`, `typst` in FOLDER.

What it cannot typeset it says in one line of JSON: the message, where it is, the hints.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

RESOLUTION = 192
"""Dots of a picture to an inch: two to each of a screen's."""


def main(folder: str, output: str) -> int:
    """Write document.pdf or document.png beside document.typ; return 1 where Typst finds a mistake."""
    sys.path.append(folder)
    import typst

    nowhere = str(Path("packages").absolute())
    kind: dict[str, Any] = {"format": "png", "ppi": RESOLUTION} if output.endswith(".png") else {"pdf_standards": ["ua-1"]}
    try:
        made = typst.compile(
            "document.typ", root=".", ignore_system_fonts=True, package_path=nowhere, package_cache_path=nowhere, **kind
        )
    except typst.TypstError as error:
        print(json.dumps({"message": error.message, "place": error.diagnostic, "hints": error.hints}))
        return 1
    Path(output).write_bytes(made)
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
