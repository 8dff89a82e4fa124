"""A layer's weights, biases and units as written or in files, their sizes held against each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from derivgen.errors import Place, Problems, SpecError
from derivgen.spec.arrays import read_rows
from derivgen.spec.model import Value
from derivgen.spec.shape import ArrayShape, LayerShape
from derivgen.spec.yaml_text import Scalar

Entry = Scalar | Value
Matrix = tuple[tuple[Entry, ...], ...]


@dataclass(frozen=True, slots=True)
class Layer:
    """What is written of a layer. `weights` and `bias` are None where they are left symbolic, `biased` says if there is one."""

    shape: LayerShape
    depth: int
    units: int
    weights: Matrix | None
    bias: tuple[Entry, ...] | None
    biased: bool
    place: Place


def read_layer(layer: LayerShape, depth: int, place: Place, folder: Path | None, problems: Problems) -> Layer:
    """A layer with its files read, its parts held against each other."""
    weights, bias = (_entries_of(part, folder, problems) for part in (layer.weights, layer.bias))
    flat = _flat(bias, layer, depth, problems)
    sizes = {
        "weights": len(weights) if weights is not None else None,
        "units": int(layer.units.text) if layer.units is not None else None,
        "bias": len(flat) if flat is not None else None,
        "net": len(layer.net) if layer.net is not None else None,
        "output": len(layer.output) if layer.output is not None else None,
    }
    known = {key: size for key, size in sizes.items() if size}
    where = _place(layer, weights) or place
    if not known and layer.neurons is None and not _unread(layer, weights, flat):
        problems.error(
            f"layer {depth} does not say how many units it has", where, "give it `neurons: [3, 4]`, or `units: 2`, or `weights`"
        )
    first = next(iter(known), "units")
    units = known.get(first, 0)
    for key, size in known.items():
        if size != units:
            spot = _place_of(layer, key) or where
            problems.error(f"{_of(key, size, depth)}, but {_of(first, units, depth, short=True)}", spot, _wanted(key, units))
    return Layer(layer, depth, units, weights, flat, not isinstance(layer.bias, Scalar), where)


def _unread(layer: LayerShape, weights: Matrix | None, bias: tuple[Entry, ...] | None) -> bool:
    """Whether something that would say the layer's size could not be read, and has said so already."""
    return (layer.weights is not None and not weights) or (layer.bias is not None and not bias and layer.units is None)


def _entries_of(part: object, folder: Path | None, problems: Problems) -> Matrix | None:
    """The rows that are written or stand in a file; a list of biases is one row."""
    if isinstance(part, ArrayShape):
        try:
            return read_rows(part, folder)
        except SpecError as error:
            problems.found.extend(error.problems)
            return None
    if not isinstance(part, tuple):
        return None
    return part if part and isinstance(part[0], tuple) else (part,)


def _flat(bias: Matrix | None, layer: LayerShape, depth: int, problems: Problems) -> tuple[Entry, ...] | None:
    """The biases, written as a row or a column."""
    if bias is None:
        return None
    if len(bias) > 1 and len(bias[0]) > 1:
        message = f"the bias of layer {depth} is {len(bias)} × {len(bias[0])}; it is one row or one column"
        problems.error(message, _place_of(layer, "bias"))
    return tuple(entry for row in bias for entry in row)


_NOUNS = {"weights": "row", "bias": "entry", "net": "name", "output": "name", "units": "unit"}


def _of(key: str, size: int, depth: int, short: bool = False) -> str:
    """What a key says of a layer's size: `the bias of layer 2 has 4 entries`."""
    noun = _NOUNS[key]
    count = f"one {noun}" if size == 1 else f"{size} {noun.removesuffix('y') + 'ies' if noun.endswith('y') else noun + 's'}"
    if key == "units":
        return f"it has {count}" if short else f"layer {depth} has {count}"
    verb = "have" if key == "weights" else "has"
    return f"its {key} {verb} {count}" if short else f"the {key} of layer {depth} {verb} {count}"


def _wanted(key: str, units: int) -> str:
    many = "one" if units == 1 else str(units)
    return (
        f"units: {units}"
        if key == "units"
        else f"{many} of them, one for each unit"
        if units != 1
        else "one of them, for its one unit"
    )


def check_weights(layer: Layer, below: int, problems: Problems) -> None:
    """W is units × units below."""
    weights = layer.weights
    if weights is None or not below:
        return
    ragged = next((row for row in weights if len(row) != len(weights[0])), None)
    if ragged is not None:
        number = weights.index(ragged) + 1
        message = (
            f"row {number} of the weights of layer {layer.depth} has {_entries(len(ragged))}, the first row {len(weights[0])}"
        )
        problems.error(message, _entry_place(ragged) or layer.place)
        return
    wide = len(weights[0])
    if wide == below:
        return
    plural = "" if below == 1 else "s"
    source = f"input{plural}" if layer.depth == 1 else f"unit{plural} in layer {layer.depth - 1}"
    message = f"the weights of layer {layer.depth} are {len(weights)} × {wide}, but there {are(below)} {below} {source}"
    fitting = f"W has a row per unit and a column per unit below: {len(weights)} × {below}"
    turned = f"W has a row per unit and a column per unit below; transposed, {wide} × {len(weights)}, it would fit"
    problems.error(message, layer.place, turned if len(weights) == below else fitting)


def _entries(count: int) -> str:
    return "one entry" if count == 1 else f"{count or 'no'} entries"


def are(count: int) -> str:
    return "is" if count == 1 else "are"


def _place(layer: LayerShape, weights: Matrix | None) -> Place | None:
    """The place of what says the layer's size."""
    return next((spot for key in ("weights", "units", "bias", "net", "output") if (spot := _place_of(layer, key))), None)


def _place_of(layer: LayerShape, key: str) -> Place | None:
    part = getattr(layer, key)
    if isinstance(part, ArrayShape):
        return (part.array or part.file).place
    while isinstance(part, tuple):
        part = next((item for item in part if item is not None and item != ()), None)
    return part.place if part is not None else None


def _entry_place(row: tuple[Entry, ...]) -> Place | None:
    return row[-1].place if row else None
