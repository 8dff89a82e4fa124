#!/usr/bin/env bash
# SymPy 1.14.0, parse_latex: "\lvert w \rvert" is read as a product of letters and "z = wx + b = -2" as False, both without an
# error; "1{,}5", a decimal comma, is the number 1. Who checks LaTeX notes with it gets wrong verdicts, not refusals.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check sympy==1.14.0 antlr4-python3-runtime==4.11.1
"$folder/venv/bin/python" - <<'PY'
import sys
import sympy
from sympy.parsing.latex import parse_latex
print("sympy", sympy.__version__)
bars = parse_latex(r"\lvert w \rvert")
chain = parse_latex(r"z = w x + b = -2")
comma = parse_latex(r"1{,}5")
print("bars:", bars, "| free symbols:", sorted(map(str, bars.free_symbols)))
print("chain:", chain, "| comma:", comma)
same = bars != sympy.Abs(sympy.Symbol("w")) and len(bars.free_symbols) > 1 and chain == False and comma == 1
print("as found" if same else "CHANGED")
sys.exit(not same)
PY
