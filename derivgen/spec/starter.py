"""The spec that `derivgen new` writes: complete, commented, and ready to build."""

from __future__ import annotations

_STARTER = """\
# A spec for derivgen. Build it with:  derivgen build {name}.yaml
title: One neuron, by hand

# One equation a line, in order; # starts a remark. Multiplication is written out: w_1*x_1.
# mean(…) is the average over the samples.
equations: |
  z = w_1*x_1 + w_2*x_2 + b      # the net input
  a = sig(z)                     # its activation; `derivgen functions` lists what there is
  Loss = mean((y - a)^2)

# What the loss is differentiated by. `wrt: ["*"]` asks for everything, intermediates too.
parameters: [w_1, w_2, b]
targets: [y]

# Exact numbers: 1/2, 0.15, 1e-3. Leave them out and the derivation stays symbolic.
values: {{w_1: 1/2, w_2: -1, b: 0}}

# One row per sample; or  data: {{file: and.csv}}  with a file beside this one.
data:
  columns: [x_1, x_2, y]
  rows:
    - [1, 1, 1]
    - [1, 0, 0]
    - [0, 1, 0]
    - [0, 0, 0]

# A remark beside a name's derivation; $…$ holds an expression.
notes:
  w_1: The weight acts through $w_1*x_1$ alone.

# How names are printed and what they stand for.
symbols:
  Loss: {{latex: '\\mathcal{{L}}', means: the mean squared error}}
"""


def starter(name: str = "spec") -> str:
    """Return a spec to start from, as text; `name` is the name of its file, without .yaml."""
    return _STARTER.format(name=name)
