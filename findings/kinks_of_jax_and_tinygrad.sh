#!/usr/bin/env bash
# The derivative at a kink differs from library to library and from function to function: jax 0.10.2 has 1 for abs at 0 (and 1/2
# for each of two tied arguments of maximum), tinygrad 0.14.0 has 0 for abs at 0 but 1 at both ends of clip, where jax has 1/2.
set -euo pipefail
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check jax==0.10.2 tinygrad==0.14.0 numpy 2>/dev/null
"$folder/venv/bin/python" - <<'PY'
import os
import sys
from importlib.metadata import version
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["DEV"] = "PYTHON"  # needs no compiler
import jax
import jax.numpy as jnp
from tinygrad import Tensor

def tiny(function, at):
    x = Tensor([float(at)])
    return float(function(x).sum().gradient(x)[0].numpy()[0])

by_jax = [float(jax.grad(jnp.abs)(0.0)), float(jax.grad(lambda x: jnp.maximum(x, 2.0))(2.0)), float(jax.grad(lambda x: jnp.clip(x, 0, 1))(1.0))]
by_tinygrad = [tiny(lambda x: x.abs(), 0), tiny(lambda x: x.clip(0, 1), 0), tiny(lambda x: x.clip(0, 1), 1)]
print("jax", version("jax"), "| abs at 0, maximum at a tie, clip at its end:", by_jax)
print("tinygrad", version("tinygrad"), "| abs at 0, clip at its ends:", by_tinygrad)
same = by_jax == [1.0, 0.5, 0.5] and by_tinygrad == [0.0, 1.0, 1.0]
print("as found" if same else "CHANGED")
sys.exit(not same)
PY
