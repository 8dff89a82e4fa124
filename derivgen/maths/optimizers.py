"""Optimizers as written: how each goes from a parameter's gradient to the parameter's next value, one assignment a line."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType

from derivgen.frozen import dataclass, field
from derivgen.maths.functions import written
from derivgen.maths.names import split
from derivgen.maths.tree import Expr, Sum, Sym, rebuild, walk

Rule = tuple[str, str]
"""A letter and what it is given, in the language of specs."""

GRADIENT_DESCENT = "gradient_descent"


@dataclass(frozen=True, slots=True)
class Optimizer:
    """One method: its title, its settings with their usual values, its assignments in order.

    In the assignments w is the parameter, g its gradient, eta the learning rate, t the number of the step (from 1); a letter that
    stands in its own assignment is remembered from step to step and starts at 0.
    """

    title: str
    rules: tuple[Rule, ...]
    defaults: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    source: str = ""

    @property
    def memory(self) -> tuple[str, ...]:
        """Return the letters that are remembered from step to step.

        >>> OPTIMIZERS["adam"].memory
        ('m', 'v')
        """
        return tuple(letter for letter, text in self.rules if letter != "w" and letter in _names(text))


_ADAM = (
    ("m", "beta_1*m + (1 - beta_1)*g"),
    ("v", "beta_2*v + (1 - beta_2)*g^2"),
    ("mhat", "m/(1 - beta_1^t)"),
    ("vhat", "v/(1 - beta_2^t)"),
)
_ADAM_DEFAULTS = MappingProxyType({"beta_1": "9/10", "beta_2": "999/1000", "epsilon": "1e-8"})

OPTIMIZERS: Mapping[str, Optimizer] = MappingProxyType(
    {
        GRADIENT_DESCENT: Optimizer("Gradient descent", (("w", "w - eta*g"),)),
        "momentum": Optimizer(
            "Momentum",
            (("v", "mu*v + g"), ("w", "w - eta*v")),
            MappingProxyType({"momentum": "9/10"}),
            "Polyak 1964; in the form of Sutskever et al. 2013 with the learning rate in front",
        ),
        "nesterov": Optimizer(
            "Nesterov's momentum",
            (("v", "mu*v + g"), ("w", "w - eta*(g + mu*v)")),
            MappingProxyType({"momentum": "9/10"}),
            "Nesterov 1983; with the gradient at the current parameters, Bengio et al. 2013",
        ),
        "adagrad": Optimizer(
            "AdaGrad",
            (("r", "r + g^2"), ("w", "w - eta*(g/(sqrt(r) + epsilon))")),
            MappingProxyType({"epsilon": "1e-8"}),
            "Duchi, Hazan and Singer 2011",
        ),
        "rmsprop": Optimizer(
            "RMSprop",
            (("v", "rho*v + (1 - rho)*g^2"), ("w", "w - eta*(g/(sqrt(v) + epsilon))")),
            MappingProxyType({"rho": "9/10", "epsilon": "1e-8"}),
            "Tieleman and Hinton 2012, lecture 6.5",
        ),
        "adam": Optimizer(
            "Adam",
            (*_ADAM, ("w", "w - eta*(mhat/(sqrt(vhat) + epsilon))")),
            _ADAM_DEFAULTS,
            "Kingma and Ba 2015, algorithm 1",
        ),
        "adamw": Optimizer(
            "AdamW",
            (*_ADAM, ("w", "w - eta*(mhat/(sqrt(vhat) + epsilon) + lambda*w)")),
            MappingProxyType({**_ADAM_DEFAULTS, "weight_decay": "1/100"}),
            "Loshchilov and Hutter 2019, algorithm 2",
        ),
    }
)

LETTER_OF: Mapping[str, str] = MappingProxyType(
    {
        **{"momentum": "mu", "rho": "rho", "beta_1": "beta_1", "beta_2": "beta_2", "epsilon": "epsilon"},
        **{"weight_decay": "lambda", "clip": "c", "clip_norm": "c", "decay": "gamma"},
    }
)
"""The letter of each setting."""

_OTHERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        **{"g": ("G", "gamma"), "m": ("M", "q"), "v": ("s", "V", "r"), "r": ("R", "s"), "N": ("R", "M", "n"), "c": ("C", "tau")},
        **{"mu": ("alpha", "kappa"), "rho": ("kappa", "alpha"), "beta_1": ("rho_1", "kappa_1"), "beta_2": ("rho_2", "kappa_2")},
        **{"epsilon": ("delta", "xi"), "lambda": ("kappa", "zeta"), "gamma": ("kappa", "xi"), "w": ("theta", "omega", "psi")},
    }
)
"""The letters taken where a spec has the usual one for something else."""


def rules_of(method: str, settings: Collection[str]) -> tuple[tuple[str, Expr], ...]:
    """Return the assignments for one parameter, the gradient g first; d is ∂loss/∂w, N the length of the whole gradient.

    What is not among the settings leaves no trace in them: an epsilon of 0 is none.

    >>> from derivgen.maths.plain import plain
    >>> [f"{letter} <- {plain(rule)}" for letter, rule in rules_of("momentum", ("momentum", "clip", "weight_decay"))]
    ['g <- max(-c, min(c, d)) + lambda*w', 'v <- mu*v + g', 'w <- w - eta*v']
    """
    gradient = "c/max(c, N)*d" if "clip_norm" in settings else "max(-c, min(c, d))" if "clip" in settings else "d"
    if "weight_decay" in settings and "weight_decay" not in OPTIMIZERS[method].defaults:
        gradient += " + lambda*w"
    rules = tuple((letter, written(text)) for letter, text in (("g", gradient), *OPTIMIZERS[method].rules))
    return rules if "epsilon" in settings else tuple((letter, _without_epsilon(rule)) for letter, rule in rules)


def _without_epsilon(rule: Expr) -> Expr:
    if isinstance(rule, Sum) and Sym("epsilon") in rule.terms:
        rest = tuple(term for term in rule.terms if term != Sym("epsilon"))
        return rest[0] if len(rest) == 1 else Sum(rest)
    return rebuild(rule, _without_epsilon)


def letters_for(method: str, settings: Iterable[str], taken: Iterable[str]) -> Mapping[str, str]:
    """Return what each letter of the rules is called on the page: as usual, unless the spec has that letter for something else.

    >>> letters_for("momentum", ("momentum",), ("v_1", "x"))["v"]
    's'
    """
    wanted = [letter for letter, _ in OPTIMIZERS[method].rules] + [LETTER_OF[setting] for setting in settings]
    bases = {split(name).base for name in taken}
    found: dict[str, str] = {}
    for letter in dict.fromkeys(("w", "g", "N", *wanted)):
        if letter.endswith("hat"):
            continue
        candidates = (("theta",) if letter == "w" else (letter,)) + _OTHERS[letter]
        used = {split(name).base for name in found.values() if not letter.startswith("beta")}
        free = (name for name in candidates if split(name).base not in bases | used)
        found[letter] = next(free, f"{letter}_opt")
    hats = {letter: f"{found[letter.removesuffix('hat')]}hat" for letter in wanted if letter.endswith("hat")}
    return MappingProxyType({**found, **hats})


def _names(text: str) -> set[str]:
    return {node.name for node in walk(written(text)) if isinstance(node, Sym)}
