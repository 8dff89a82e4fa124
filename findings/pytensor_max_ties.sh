#!/usr/bin/env bash
# PyTensor 3.0.7: at a tie the gradient of max (over an axis) has a full 1 at every entry that ties, so that its entries sum to 2,
# though max(x + c) = max(x) + c; the two-argument maximum of the same library gives 1 to the first and 0 to the second.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pytensor==3.0.7 2>/dev/null
PYTENSOR_FLAGS="cxx=,base_compiledir=$folder/compiled" "$folder/venv/bin/python" -W ignore - <<'PY' 2>/dev/null
import sys
import numpy as np
import pytensor
import pytensor.tensor as pt

x, a, b = pt.dvector("x"), pt.dscalar("a"), pt.dscalar("b")
over_axis = pytensor.function([x], pytensor.grad(pt.max(x), x), mode="FAST_COMPILE")
of_two = pytensor.function([a, b], pytensor.grad(pt.maximum(a, b), [a, b]), mode="FAST_COMPILE")
entries = over_axis(np.array([1.0, 1.0, 0.0])).tolist()
pair = [float(g) for g in of_two(1.0, 1.0)]
print("pytensor", pytensor.__version__, "| max of (1, 1, 0):", entries, "| maximum(1, 1):", pair)
same = entries == [1.0, 1.0, 0.0] and pair == [1.0, 0.0]
print("as found" if same else "CHANGED")
sys.exit(not same)
PY
