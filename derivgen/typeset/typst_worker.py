"""The document of the current folder → PDF/UA-1, as a program: `python -I -S typst_worker.py FOLDER`, `typst` being in FOLDER.

What it cannot typeset it says in one line of JSON: the message, where it is, the hints.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(folder: str) -> int:
    """Write document.pdf beside document.typ; return 1 where Typst finds a mistake."""
    sys.path.append(folder)
    import typst

    nowhere = str(Path("packages").absolute())
    try:
        pdf = typst.compile(
            "document.typ",
            root=".",
            ignore_system_fonts=True,
            pdf_standards=["ua-1"],
            package_path=nowhere,
            package_cache_path=nowhere,
        )
    except typst.TypstError as error:
        print(json.dumps({"message": error.message, "place": error.diagnostic, "hints": error.hints}))
        return 1
    Path("document.pdf").write_bytes(pdf)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
