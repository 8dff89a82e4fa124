"""NumPy for complex steps: an array's derivative is the imaginary part behind a step of 1e-30 i, with no rule of differentiation.

What compares, compares real parts; what has several values takes the one that belongs to the real part.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np


def _picked(a: Any, axis: int | None, place: Any) -> Any:
    a = np.asarray(a)
    if axis is None:
        return a.reshape(-1)[place(a.real)]
    return np.take_along_axis(a, np.expand_dims(place(a.real, axis=axis), axis), axis).squeeze(axis)


def _softmax(a: Any, axis: int = -1) -> Any:
    powers = np.exp(a - a.real.max(axis=axis, keepdims=True))
    return powers / powers.sum(axis=axis, keepdims=True)


def _log_softmax(a: Any, axis: int = -1) -> Any:
    low = a - a.real.max(axis=axis, keepdims=True)
    return low - np.log(np.exp(low).sum(axis=axis, keepdims=True))


def _var(a: Any, axis: int | None = None) -> Any:
    return ((a - a.mean(axis=axis, keepdims=True)) ** 2).mean(axis=axis)


jnp = SimpleNamespace(
    **{name: getattr(np, name) for name in ("tanh", "sin", "exp", "log", "sqrt", "sum", "mean", "dot", "trace", "outer", "inf")},
    **{name: getattr(np, name) for name in ("linalg", "concatenate", "array", "eye", "tril", "ones", "convolve")},
    maximum=lambda a, b: np.where(np.real(a) > b, a, b),
    where=lambda truth, yes, no: np.where(truth, yes, no),
    max=lambda a, axis=None: _picked(a, axis, np.argmax),
    min=lambda a, axis=None: _picked(a, axis, np.argmin),
    var=_var,
)
jax = SimpleNamespace(nn=SimpleNamespace(softmax=_softmax, log_softmax=_log_softmax))
