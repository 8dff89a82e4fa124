#!/usr/bin/env bash
# autograd 1.9.1: the gradient of prod (a product of entries) is nan at an entry that is 0, where it is the product of the others:
# prod at (2, 3, 0) has the gradient (0, 0, 6).
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check autograd==1.9.1 2>/dev/null
"$folder/venv/bin/python" -W ignore - <<'PY'
import math
import sys
from importlib.metadata import version
import autograd.numpy as np
from autograd import grad

at = np.array([2.0, 3.0, 0.0])
by_prod = grad(np.prod)(at).tolist()
written_out = grad(lambda x: x[0] * x[1] * x[2])(at).tolist()
print("autograd", version("autograd"), "| prod:", by_prod, "| the same written out:", written_out)
same = by_prod[:2] == [0.0, 0.0] and math.isnan(by_prod[2]) and written_out == [0.0, 0.0, 6.0]
print("as found" if same else "CHANGED")
sys.exit(not same)
PY
