"""`show`: the further blocks of the notes, each a word or a word with what it is about → `Show`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from derivgen.errors import Problems, closest
from derivgen.frozen import dataclass
from derivgen.spec.model import Show
from derivgen.spec.yaml_nodes import Scalar

Entry = Scalar | Mapping[Scalar, Scalar | tuple[Scalar, ...]]


@dataclass(frozen=True, slots=True)
class BlockSyntax:
    """How many arguments a block takes, from `least` to `most`, how it is written in a spec, and whether it needs a network."""

    least: int
    most: int
    example: str
    network: bool = False


SYNTAX: Mapping[str, BlockSyntax] = MappingProxyType(
    {
        "steps": BlockSyntax(1, 2, '{steps: "sig(x)"}'),
        "matrices": BlockSyntax(0, 0, "matrices", network=True),
        "nested": BlockSyntax(0, 0, "nested", network=True),
        "augmented": BlockSyntax(0, 0, "augmented", network=True),
        "activations": BlockSyntax(0, 20, "{activations: [sig, tanh, ReLU]}"),
        "neurons": BlockSyntax(0, 0, "neurons", network=True),
        "gradient": BlockSyntax(0, 0, "gradient"),
        "gradient_bars": BlockSyntax(0, 0, "gradient_bars"),
        "weights": BlockSyntax(0, 20, "{weights: 2}", network=True),
        "autograd": BlockSyntax(1, 1, "{autograd: a_1}"),
        "loss_over_steps": BlockSyntax(0, 0, "loss_over_steps"),
        "indices": BlockSyntax(0, 0, "indices", network=True),
    }
)
"""Which blocks there are and how each is written; what it says and prints is in `derivgen.blocks`, one module a block."""


def read_show(written: tuple[Entry, ...], problems: Problems) -> tuple[Show, ...]:
    """Return the blocks in the order in which they are listed."""
    found = [_entry(word, arguments, problems) for entry in written for word, arguments in _parts(entry)]
    shown: dict[tuple[str, ...], Show] = {}
    for show in found:
        if show is not None and shown.setdefault((show.kind, *show.arguments), show) is not show:
            problems.error(f"the block {show.kind} is listed twice", show.place, "take one of them out")
    return tuple(shown.values())


def check_shown(shown: tuple[Show, ...], network: bool, problems: Problems) -> None:
    """Check that blocks about a network have one."""
    for show in shown:
        if SYNTAX[show.kind].network and not network:
            problems.error(f"the block {show.kind} needs a network", show.place, "write the computation under `network`")


def _parts(entry: Entry) -> list[tuple[Scalar, tuple[Scalar, ...]]]:
    if isinstance(entry, Scalar):
        return [(entry, ())]
    return [(word, value if isinstance(value, tuple) else (value,)) for word, value in entry.items()]


def _entry(word: Scalar, arguments: tuple[Scalar, ...], problems: Problems) -> Show | None:
    syntax = SYNTAX.get(word.text)
    if syntax is None:
        hint = closest(word.text, SYNTAX) or f"the blocks are: {', '.join(SYNTAX)}"
        problems.error(f"there is no block {word.text[:40]!r} to show", word.place, hint)
        return None
    if not syntax.least <= len(arguments) <= syntax.most:
        problems.error(f"the block {word.text} takes {_count(syntax)}", word.place, f"for example  show: [{syntax.example}]")
        return None
    return Show(word.text, tuple(argument.text for argument in arguments), tuple(a.place for a in arguments), word.place)


def _count(syntax: BlockSyntax) -> str:
    if syntax.most == 0:
        return "no arguments"
    if syntax.least == syntax.most:
        return "one argument" if syntax.most == 1 else f"{syntax.most} arguments"
    return f"from {syntax.least} to {syntax.most} arguments"
