"""Networks in layers made up from a seed: every activation and loss of the table, shared names, with and without a batch."""

from __future__ import annotations

import random

ACTIVATIONS = (
    "linear", "ReLU", "LeakyReLU", "ELU", "sigmoid", "tanh", "softplus", "SiLU", "GELU", "exp", "ln", "sqrt", "sin", "cos",
    "abs", "step", "softmax", "erf", "atan", "normcdf", "normpdf", None,
)  # fmt: skip
LOSSES = (
    "squared_error", "half_squared_error", "mse", "half_mse", "binary_cross_entropy", "cross_entropy", "expression",
)  # fmt: skip


def random_layers(seed: int, most_layers: int = 4, most_units: int = 6) -> str:
    """The text of a spec with all its numbers. Activations and losses come in turn, so that a run of seeds has them all."""
    source = random.Random(seed)
    depth = source.randint(1, most_layers)
    sizes = [source.randint(1, most_units) for _ in range(depth + 1)]
    loss = LOSSES[seed % len(LOSSES)]
    if loss == "cross_entropy":
        sizes[-1] = max(2, sizes[-1])
    batch = 0 if loss in ("squared_error", "half_squared_error") else source.choice((0, 1, 3))
    activations = [source.choice(ACTIVATIONS) for _ in range(depth)]
    activations[source.randrange(depth)] = ACTIVATIONS[seed % len(ACTIVATIONS)]
    activations[-1] = {"binary_cross_entropy": "sigmoid", "cross_entropy": "softmax"}.get(loss, activations[-1])
    values: dict[str, str] = {}
    layers = [
        _layer(source, k, sizes[k - 1], sizes[k], activations[k - 1], values, loss == "expression" and k == depth)
        for k in range(1, depth + 1)
    ]
    return "\n".join(
        ["network:", *_ends(source, sizes, batch, loss, values), "  layers:", *layers, *_loss(loss, sizes[-1], batch)]
        + ([_values(values)] if values else [])
        + ([_data(source, sizes, batch, loss)] if batch else [])
        + (['wrt: ["*"]'] if source.random() < 0.5 else [])
        + [f"notation: {{chain: {source.choice(('full', 'reuse'))}, paths: {source.choice((2, 8))}}}", ""]
    )


def _draw(source: random.Random) -> str:
    return source.choice(
        (f"{source.randint(-15, 15)}/{source.randint(5, 11)}", f"{source.randint(-12, 12) / 8}", str(source.randint(-2, 2)))
    )


def _entry(source: random.Random, values: dict[str, str]) -> str:
    """A number, or a name with a value, sometimes one that stands elsewhere already."""
    if source.random() < 0.75:
        return _draw(source)
    name = source.choice(("w", "v_1", "c", "b", "beta", "u_2"))
    values.setdefault(name, _draw(source))
    return name


def _layer(
    source: random.Random, depth: int, below: int, units: int, activation: str | None, values: dict[str, str], own: bool
) -> str:
    keys = []
    if source.random() < 0.8:
        rows = [f"[{', '.join(_entry(source, values) for _ in range(below))}]" for _ in range(units)]
        keys.append(f"weights: [{', '.join(rows)}]")
    else:
        keys.append(f"units: {units}")
        values |= {f"w__{depth}_{m}{n}": _draw(source) for m in range(1, units + 1) for n in range(1, below + 1)}
    how = source.random()
    if how < 0.2:
        keys.append(f"bias: {source.choice(('none', 'false'))}")
    elif how < 0.7:
        keys.append(f"bias: [{', '.join(_entry(source, values) for _ in range(units))}]")
    else:
        values |= {f"b__{depth}_{m}": _draw(source) for m in range(1, units + 1)}
    if activation is not None:
        keys.append(f"activation: {activation}")
    if source.random() < 0.2:
        keys.append(f"net: [{', '.join(f'n_{depth}{m}' for m in range(units))}]")
    if own:
        keys.append(f"output: [{', '.join(f'p_{m}' for m in range(1, units + 1))}]")
    elif source.random() < 0.2:
        keys.append(f"output: [{', '.join(f'h_{depth}{m}' for m in range(units))}]")
    return f"    - {{{', '.join(keys)}}}"


def _targets(source: random.Random, count: int, loss: str) -> list[str]:
    if loss == "cross_entropy":
        one = source.randrange(count)
        return [str(int(k == one)) for k in range(count)]
    return [str(source.randint(0, 1)) if loss == "binary_cross_entropy" else _draw(source) for _ in range(count)]


def _ends(source: random.Random, sizes: list[int], batch: int, loss: str, values: dict[str, str]) -> list[str]:
    if batch:
        return [f"  inputs: {sizes[0]}"]
    targets = _targets(source, sizes[-1], loss)
    if source.random() < 0.5:
        return [f"  inputs: [{', '.join(_draw(source) for _ in range(sizes[0]))}]", f"  target: [{', '.join(targets)}]"]
    values |= {f"x_{k}": _draw(source) for k in range(1, sizes[0] + 1)}
    values |= {f"y_{k}": target for k, target in enumerate(targets, 1)}
    return [f"  inputs: {sizes[0]}"]


def _loss(loss: str, outputs: int, batch: int) -> list[str]:
    if loss != "expression":
        return [f"  loss: {{name: C, kind: {loss}}}"]
    body = " + ".join(f"(y_{k} - p_{k})^4/3" for k in range(1, outputs + 1))
    return [f"  loss: {{name: C, kind: {f'mean({body})' if batch else body}}}"]


def _values(values: dict[str, str]) -> str:
    return "values: {" + ", ".join(f"{name}: {value}" for name, value in values.items()) + "}"


def _data(source: random.Random, sizes: list[int], batch: int, loss: str) -> str:
    columns = [f"x_{k}" for k in range(1, sizes[0] + 1)] + [f"y_{k}" for k in range(1, sizes[-1] + 1)]
    rows = [[*(_draw(source) for _ in range(sizes[0])), *_targets(source, sizes[-1], loss)] for _ in range(batch)]
    written = ", ".join(f"[{', '.join(row)}]" for row in rows)
    return f"data: {{columns: [{', '.join(columns)}], rows: [{written}]}}"
