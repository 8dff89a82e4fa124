"""Which letters stand for layers, units and quantities in index notation: the note's own, or others where one is taken."""

from __future__ import annotations

from collections.abc import Iterable

from derivgen.derivation.indices import General
from derivgen.frozen import dataclass
from derivgen.lines.notation import has_samples
from derivgen.maths.names import GREEK, is_letter, split
from derivgen.maths.tree import Expr, Indexed, IndexedPartial, Layer, SumOver, Sym, UnitCount


@dataclass(frozen=True, slots=True)
class Letters:
    """`layer` L, the last or any layer; `running` l, any layer; `to` m, `source` n, `out` k count units, `units` is N.

    `letters` are those of the quantities by their role; `sample` is the samples' index where they carry
    one; in a `turned` weight the unit it comes from stands first.
    """

    layer: str
    running: str
    to: str
    source: str
    out: str
    units: str
    letters: dict[str, str]
    sample: str | None
    turned: bool

    def at(self, role: str, layer: Layer | None, *indices: str, bare: bool = False) -> Indexed:
        """Return a quantity of any unit."""
        sample = self.sample if role in ("net", "output", "error", "target", "input") else None
        return Indexed(role, self.letters[role], layer, indices, sample, self.turned and role == "weight", bare)

    def total(self, index: str, layer: Layer, body: Expr) -> SumOver:
        """Return Σ over the units of a layer."""
        return SumOver(index, UnitCount(self.units, layer), body)


def letters(made: General) -> Letters:
    """Choose the letters for a network: those its author's names have, where all names of a kind have one."""
    graph = made.layered.derivation.graph
    loss = split(graph.loss).base
    counting = {graph.index, str(graph.count)} if has_samples(graph) else set()
    units = [each for each in "mnkjpqr" if each not in counting]
    sampled = has_samples(graph) and graph.per_sample(made.layered.layers[-1].outputs[0])
    used = {loss, *counting, *(split(name).base for name in graph.quantities)}
    return Letters(
        _free("LDH", {loss, *counting}),
        _free("lhd", {loss, *counting}),
        units[0],
        units[1],
        units[2],
        _free("NUM", {loss, *counting}),
        {**_own(made, {loss}), "error": "delta" if "delta" not in used and "δ" not in used else "epsilon"},
        graph.index if sampled else None,
        _turned(made),
    )


def _free(choice: str, taken: set[str]) -> str:
    return next(each for each in choice if each not in taken)


_DEFAULTS = {"weight": "w", "bias": "b", "net": "z", "output": "a", "target": "y", "input": "x"}


def _own(made: General, taken: set[str]) -> dict[str, str]:
    """By role the letter that all of the author's names share, all different; else the usual ones."""
    neurons = [neuron for layer in made.layered.layers for neuron in layer.neurons]
    network = made.layered.derivation.graph.spec.network
    assert network is not None
    names = {
        "weight": (name for neuron in neurons for name in neuron.weights),
        "bias": (neuron.bias for neuron in neurons),
        "net": (neuron.net for neuron in neurons),
        "output": (neuron.output for neuron in neurons),
        "target": made.layered.targets,
        "input": network.inputs,
    }
    own = {role: _letter(listed, _DEFAULTS[role]) for role, listed in names.items()}
    return own if len(dict.fromkeys(own.values())) == len(own) and taken.isdisjoint(own.values()) else dict(_DEFAULTS)


def _letter(names: Iterable[str | None], default: str) -> str:
    bases = {split(name).base for name in names if name is not None and not split(name).accent}
    base = bases.pop() if len(bases) == 1 else default
    return base if is_letter(base) or base in GREEK else default


def _turned(made: General) -> bool:
    """Return whether the author's weights name the unit they come from before the one they lead to: W_13 from 1 to 3."""
    for layer in made.layered.layers:
        for neuron in layer.neurons:
            scripts = ["".join(split(name).subscripts) for name in neuron.weights]
            if len(scripts) == len(dict.fromkeys(scripts)) > 0 and all(s.endswith(neuron.number) for s in scripts):
                return made.layered.derivation.graph.spec.network.form == "neurons"  # type: ignore[union-attr]
    return False


def by(of: Sym | Indexed, what: Indexed) -> IndexedPartial:
    """Write ∂of/∂what"""
    return IndexedPartial(of, what)
