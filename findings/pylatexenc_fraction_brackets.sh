#!/usr/bin/env bash
# pylatexenc 2.11, LatexNodes2Text: "\frac{1-p}{2}" becomes "1-p/2", which is another number (1 - p/2).
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pylatexenc==2.11
"$folder/venv/bin/python" - <<'PY'
import sys
from importlib.metadata import version
from pylatexenc.latex2text import LatexNodes2Text
found = LatexNodes2Text().latex_to_text(r"\frac{1-p}{2}")
print("pylatexenc", version("pylatexenc"), repr(found))
same = found.replace(" ", "") == "1-p/2"
print("as found" if same else "CHANGED")
sys.exit(not same)
PY
