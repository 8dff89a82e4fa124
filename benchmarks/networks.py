"""Specs of dense sigmoid networks of any width and depth, with made-up weights (fixed seed) and one sample."""

from __future__ import annotations

import random
from collections.abc import Iterator
from itertools import accumulate, pairwise
from pathlib import Path

SEED = 7


def parameters(sizes: tuple[int, ...]) -> int:
    """How many weights and biases a dense network has.

    >>> parameters((4, 4, 4, 4, 1)), parameters((32, 32, 1))
    (65, 1089)
    """
    return sum((below + 1) * above for below, above in pairwise(sizes))


def dense(sizes: tuple[int, ...], activation: str = "sigmoid") -> str:
    """The spec of a dense network, its neurons numbered through; a weight is called W_from_to."""
    layers = tuple(pairwise(accumulate(sizes, initial=0)))
    numbers = [range(start + 1, end + 1) for start, end in layers]
    values = ", ".join(f"{name}: {value}" for name, value in _values(numbers))
    lines = [
        f"title: Dense {'-'.join(map(str, sizes))}",
        "network:",
        f"  inputs: {sizes[0]}",
        "  layers:",
        *(f"    - {{neurons: {list(layer)}, activation: {activation}}}" for layer in numbers[1:]),
        '  names: {weight: "W_{from}_{to}"}',
        "  loss: {name: Loss, kind: half_squared_error, target: y}",
        f"values: {{{values}, y: 1/2}}",
    ]
    return "\n".join(lines) + "\n"


def _values(numbers: list[range]) -> Iterator[tuple[str, str]]:
    source = random.Random(SEED)

    def draw() -> str:
        return f"{source.randint(-99, 99)}/100"

    yield from ((f"x_{number}", draw()) for number in numbers[0])
    for below, above in pairwise(numbers):
        for to in above:
            yield from ((f"W_{number}_{to}", draw()) for number in below)
            yield f"b_{to}", draw()


def layered(sizes: tuple[int, ...], folder: Path) -> Path:
    """The spec of a dense network in layers, sigmoids and half the squared error, its weights in an .npz beside it."""
    import numpy as np

    source = np.random.default_rng(SEED)
    arrays = {}
    for depth, (below, above) in enumerate(pairwise(sizes), 1):
        arrays |= {f"W{depth}": source.standard_normal((above, below)) / below**0.5, f"b{depth}": source.standard_normal(above)}
    np.savez(folder / "weights.npz", **arrays)
    numbers = random.Random(SEED)
    lines = [
        f"title: Layers {'-'.join(map(str, sizes))}",
        "network:",
        f"  inputs: [{', '.join(f'{numbers.randint(0, 255)}/255' for _ in range(sizes[0]))}]",
        f"  target: [{', '.join(str(int(k == 0)) for k in range(sizes[-1]))}]",
        "  layers:",
        *(
            f"    - {{weights: {{file: weights.npz, array: W{depth}}}, bias: {{file: weights.npz, array: b{depth}}}, "
            "activation: sigmoid}"
            for depth in range(1, len(sizes))
        ),
        "  loss: {name: C, kind: half_squared_error}",
    ]
    spec = folder / "layers.yaml"
    spec.write_text("\n".join(lines) + "\n")
    return spec
