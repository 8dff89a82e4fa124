#!/usr/bin/env bash
# Typst 0.15.2: a box around a fraction within a line is lower than the fraction, which sticks out above and below: a formula in a line
# gives up 0.7 of the paragraph's leading on both sides. With `set par(leading: 0pt)` in the box it is as high as what is in it.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check typst==0.15.2
cd "$folder"
"$folder/venv/bin/python" - <<'PY'
import json
import sys
import typst
source = """
#let formula = $display(frac(a, b))$
#let high(body) = measure(body).height.pt()
#context [#metadata((box: high(box(formula)), whole: high(math.equation(block: true, formula.body)),
  mended: high(box({ set par(leading: 0pt); formula })))) <heights>]
"""
found = json.loads(typst.query(source.encode(), "<heights>", field="value", one=True))
print("typst 0.15.2 | in points:", {name: round(value, 2) for name, value in found.items()})
same = found["box"] + 5 < found["whole"] and abs(found["mended"] - found["whole"]) < 0.5
print("as found" if same else "CHANGED")
sys.exit(not same)
PY
