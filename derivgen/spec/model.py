"""What an author wrote, checked and frozen: the spec as the rest of the line reads it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from derivgen.errors import Place, Problem
from derivgen.frozen import dataclass, field
from derivgen.maths.conditions import Condition
from derivgen.maths.functions import Ties
from derivgen.maths.optimizers import GRADIENT_DESCENT
from derivgen.maths.tree import Expr
from derivgen.spec.paper import USUAL, PageSize

EMPTY: Mapping = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Equation:
    """`names = body`; several names on the left take the outputs of a vector function."""

    names: tuple[str, ...]
    places: tuple[Place, ...]
    body: Expr


@dataclass(frozen=True, slots=True)
class Value:
    """An exact number with the text its author wrote."""

    value: Fraction
    text: str
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Data:
    """Samples: one row each, one column a name. Without rows the samples are symbolic, `count` of them."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...] | None
    index: str = "i"
    count: int | str = 1
    name: str = ""  # what the count is called, where it is known as well
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Decompose:
    """How an expression is taken apart, one operation a line, and the letters the pieces are called by."""

    products: str = "P"
    sums: str = "S"
    negative_one: str = "V"
    quotients: str = "Q"
    powers: str = "R"
    calls: str = "F"
    grouping: str = "pairs"


@dataclass(frozen=True, slots=True)
class Symbol:
    """How a name is printed (from an allow-list of macros) and what it stands for."""

    latex: str | None = None
    means: str | None = None


@dataclass(frozen=True, slots=True)
class FunctionDefinition:
    """A function of the author's own: `swish(x) = x*sig(x)`."""

    name: str
    arguments: tuple[str, ...]
    body: Expr
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Neuron:
    """One unit of a network: output = activation(net), net = Σ weight · source + bias."""

    number: str
    layer: int
    sources: tuple[str, ...]
    weights: tuple[str, ...]
    bias: str | None
    net: str | None
    output: str
    activation: str


@dataclass(frozen=True, slots=True)
class Network:
    """The picture behind the equations: inputs, then layers of neurons; for drawings and for the lines in matrices.

    `loss_kind` is a kind by name (`mse`, …) or `expression`. `form` is how it was written: in `neurons`, one without activation
    has no net input of its own; in `layers`, every neuron has one, and of the weight matrix W (units × sources) of a layer,
    row m is neuron m's `weights`. A name may stand at several places of it.
    """

    inputs: tuple[str, ...]
    layers: tuple[tuple[Neuron, ...], ...]
    loss_kind: str = ""
    targets: tuple[str, ...] = ()
    form: str = "neurons"  # neurons | layers


@dataclass(frozen=True, slots=True)
class Shorthand:
    """A short name of a derivative: `L_y` of ∂L/∂yhat, or of a function's derivative, `dRL(z)` of dReLU(z)/dz.

    `of` and `by` are names; for a function `of` is its key, `by` its argument and `written` the alias its author used.
    """

    name: str
    of: str
    by: str
    written: str = ""
    place: Place | None = field(default=None, compare=False)

    @property
    def is_function(self) -> bool:
        """Return whether it stands for a function's derivative."""
        return bool(self.written)


@dataclass(frozen=True, slots=True)
class Notation:
    """How a derivation is written: its chains, its products, its derivatives.

    `names` are what functions (by key) and, with a prime, their derivatives are called; `vectors` groups of quantities.
    """

    chain: str = "full"  # full | reuse | two_stage
    product: str = "dot"  # dot | juxtapose | star | brackets
    derivative: str = "leibniz"  # leibniz | prime
    sample: str = "below"  # below | above
    paths: int = 8  # more paths than this from loss to parameter: `full` turns into `reuse`
    chains: int | None = 32  # more chains than this in all, or many more than parameters: the same, unless `full` is asked for
    shorthands: tuple[Shorthand, ...] = ()
    names: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    abbreviations: tuple[str, ...] = ()
    vectors: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: EMPTY)

    @property
    def repeats(self) -> bool:
        """Return whether each chain works out all of its factors, also those known from others: the author asks for `full`."""
        return self.chain == "full" and self.chains is None


@dataclass(frozen=True, slots=True)
class Numbers:
    """How numbers are rounded on the page."""

    digits: int = 4
    rounding: str = "significant"  # significant | decimals
    carry: str = "exact"  # exact | shown
    pad: bool = False  # decimals keep their zeros at the end


@dataclass(frozen=True, slots=True)
class Update:
    """w ← w - rate · ∂loss/∂w for every parameter, `steps` times. Without a number the rate stays its symbol.

    Another `method` goes by its own rules (see `derivgen.maths.optimizers`), with its numbers in `settings`, by key: momentum,
    rho, beta_1, beta_2, epsilon; and for any method weight_decay, clip, clip_norm, and decay, by which the rate is multiplied
    after `every` so many steps.
    """

    symbol: str = "eta"
    rate: Value | None = None
    steps: int = 1
    place: Place | None = field(default=None, compare=False)
    method: str = GRADIENT_DESCENT
    settings: Mapping[str, Value] = field(default_factory=lambda: EMPTY)
    every: int = 1

    @property
    def plain(self) -> bool:
        """Return whether it is gradient descent and nothing else."""
        return self.method == GRADIENT_DESCENT and not self.settings


@dataclass(frozen=True, slots=True)
class Worksheet:
    """What a worksheet asks and how much of it is given."""

    tasks: tuple[str, ...] = ("forward", "chains", "factors", "gradients")
    ask: tuple[str, ...] = ("*",)
    given: tuple[str, ...] = ()
    scaffolding: str = "none"  # none | chain | faded | blank
    points: Mapping[str, Value] = field(default_factory=lambda: EMPTY)
    hints: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    fields: tuple[str, ...] = ("name", "date")
    course: str = ""
    paper: str = "a4"
    font_size: int = USUAL
    space: Fraction = Fraction(1)  # of the usual room for an answer
    columns: int = 3  # of short answers, at most
    fillable: bool = False  # gaps of the PDF are form fields
    layout: str = "lines"  # lines | grid

    @property
    def page(self) -> PageSize:
        """Return how large paper and letters are."""
        return PageSize(self.paper, self.font_size)


@dataclass(frozen=True, slots=True)
class Show:
    """A further block of the notes: its kind (see `derivgen.spec.shown`) and what it is about."""

    kind: str
    arguments: tuple[str, ...] = ()
    places: tuple[Place, ...] = field(default=(), compare=False)
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Second:
    """∂²loss/∂by∂first is asked for: ∂loss/∂first is differentiated once more."""

    by: str
    first: str
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Draw:
    """Names (of data columns: each of their samples) that take one of `numbers` each; with `distinct` no two the same."""

    names: tuple[str, ...]
    numbers: tuple[Value, ...]
    distinct: bool = False
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Where:
    """A condition that every variant meets, as its author wrote it and as a tree."""

    text: str
    tree: Condition
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Random:
    """What is drawn for a variant. `complete`: the author gave every drawn name a value, to be shown where nothing is drawn."""

    draws: tuple[Draw, ...]
    complete: bool = True
    where: tuple[Where, ...] = ()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: EMPTY)  # what many entries are called together

    @property
    def decimals(self) -> bool:
        """Return whether a number that may be drawn is written as a decimal."""
        return any("." in number.text for draw in self.draws for number in draw.numbers)


@dataclass(frozen=True, slots=True)
class ArrayValue:
    """The numbers of an array, row by row, and its shape."""

    numbers: tuple[Value, ...]
    shape: tuple[int, ...]
    place: Place | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Arrays:
    """What a spec with arrays says of them: numbers, and shapes; what is in neither has its shape from its use.

    `vectors` names what the entries of a vector are called; `entries` what entries are asked for by their own names, as
    (array, indices from 0).
    """

    values: Mapping[str, ArrayValue] = field(default_factory=lambda: EMPTY)
    shapes: Mapping[str, tuple[int | str, ...]] = field(default_factory=lambda: EMPTY)
    vectors: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: EMPTY)
    entries: Mapping[str, tuple[str, tuple[int, ...]]] = field(default_factory=lambda: EMPTY)


@dataclass(frozen=True, slots=True)
class Spec:
    """One computation and what is asked of it. Every name in it has been checked (see `derivgen.spec.roles`)."""

    name: str
    equations: tuple[Equation, ...]
    loss: str
    title: str = ""
    language: str = "en"
    parameters: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    constants: Mapping[str, Value] = field(default_factory=lambda: EMPTY)
    open_constants: tuple[str, ...] = ()  # declared by name alone; one of them may have its number in `values`
    values: Mapping[str, Value] = field(default_factory=lambda: EMPTY)
    aliases: Mapping[str, str] = field(default_factory=lambda: EMPTY)  # second names of quantities
    data: Data | None = None
    random: Random | None = None
    wrt: tuple[str, ...] = ()
    decompose: Decompose | None = None
    network: Network | None = None
    symbols: Mapping[str, Symbol] = field(default_factory=lambda: EMPTY)
    functions: Mapping[str, FunctionDefinition] = field(default_factory=lambda: EMPTY)
    kinks: Mapping[str, tuple[Value, ...] | Ties] = field(default_factory=lambda: EMPTY)
    text: str = ""
    notes: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    notation: Notation = Notation()
    numbers: Numbers = Numbers()
    worksheet: Worksheet = Worksheet()
    update: Update | None = None
    second: tuple[Second, ...] = ()
    show: tuple[Show, ...] = ()
    warnings: tuple[Problem, ...] = ()
    arrays: Arrays | None = None  # of a spec with vectors and matrices in its equations
    source: Spec | None = None  # the spec with arrays that these equations have the entries of

    def __repr__(self) -> str:
        from derivgen.maths.plain import plain

        last = self.equations[-1]
        return f"<spec {self.name!r}: {'… ' * (len(self.equations) > 1)}{', '.join(last.names)} = {plain(last.body)}>"
