#!/usr/bin/env bash
# SymPy 1.14.0: the derivative of log(det(X)) by the matrix symbol X is 0 (it is the transposed inverse of X). A symbolic
# matrix derivative of SymPy's is therefore no judge of a matrix gradient.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check sympy==1.14.0
"$folder/venv/bin/python" - <<'PY'
import sys
import sympy
X = sympy.MatrixSymbol("X", 2, 2)
found = sympy.log(sympy.Determinant(X)).diff(X)
explicit = sympy.log(X.as_explicit().det()).diff(X[0, 0])
print("sympy", sympy.__version__)
print("d log det X / dX:", found, "| its first entry, from the entries:", explicit)
same = str(found) == "0" and explicit != 0
print("as found" if same else "CHANGED")
sys.exit(not same)
PY
