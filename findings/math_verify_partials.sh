#!/usr/bin/env bash
# math-verify 0.9.0: every partial derivative written with \partial is equal to every other one and to 0, so an answer
# "dL/dw = dL/db" counts as right.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "math-verify[antlr4_11_0]==0.9.0"
"$folder/venv/bin/python" - <<'PY' 2>/dev/null
import sys
from importlib.metadata import version
from math_verify import parse, verify
def equal(a, b):
    return verify(parse(f"${a}$"), parse(f"${b}$"))
one, other = r"\frac{\partial L}{\partial w}", r"\frac{\partial L}{\partial b}"
found = equal(one, other), equal(one, "0"), equal("w", "b")
print("math-verify", version("math-verify"), "| dL/dw = dL/db, dL/dw = 0, w = b:", found)
same = found == (True, True, False)
print("as found" if same else "CHANGED")
sys.exit(not same)
PY
