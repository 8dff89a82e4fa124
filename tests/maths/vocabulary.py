"""A few functions to parse with, so that the printers' tests need no table of functions."""

from __future__ import annotations

from derivgen.errors import Place
from derivgen.maths.grammar import Vocabulary, parse_expression
from derivgen.maths.tree import Expr

_KEYS = {"sig": "sigmoid", "sigmoid": "sigmoid", "σ": "sigmoid", "relu": "ReLU", "swish": "swish"}
_NAMES = ("ReLU", "sqrt", "exp", "abs", "ln", "log", "tanh", "max", "softmax")

WORDS = Vocabulary(lambda name: _KEYS.get(name, name if name in _NAMES else None), (*_KEYS, *_NAMES), lambda key: (1, None))


def parsed(text: str) -> Expr:
    """The tree of an expression."""
    return parse_expression(text, Place("test", 1, 1, 1, text), WORDS)
