"""The shape of a spec: every key there is, what it holds and what it means. The reader and the JSON Schema both follow it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from derivgen.frozen import dataclass
from derivgen.maths.optimizers import GRADIENT_DESCENT, OPTIMIZERS
from derivgen.spec.paper import FONT_SIZES, PAPERS, USUAL
from derivgen.spec.reading import (
    Column,
    ConstantNumber,
    EquationLines,
    Flag,
    Formula,
    Glob,
    Key,
    Name,
    NamedNumber,
    NamedNumbers,
    NameOrNumber,
    NoBias,
    Number,
    Numeral,
    Prose,
    Slope,
    SpecBlock,
    Wanted,
    Whole,
    Words,
    choice,
    integer,
    key,
    needed,
    number_of,
    word_of,
)
from derivgen.spec.yaml_nodes import Scalar

MOST_STEPS = 1_000


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DataShape(SpecBlock):
    """The samples: columns and rows, or a file, or columns with a symbolic count."""

    columns: tuple[Column, ...] | None = key("The columns' names.", "[x_1, x_2, y]")
    rows: tuple[tuple[Number, ...], ...] | None = key("One row of numbers per sample.", "[[1, 1, 1], [1, 0, 0]]")
    file: Words | None = key("A CSV file in the spec's folder; its first line names the columns.", "and.csv")
    index: Name | None = key("The letter a sample is counted by. Default: i.", "p")
    count: NameOrNumber | None = key(
        "How many samples there are: a name for it, which equations may use; without rows also a number. Default: n.", "N"
    )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DecomposeShape(SpecBlock):
    """The letters of the pieces, and how sums are grouped."""

    products: Name | None = key("The letter of the products.", "P")
    sums: Name | None = key("The letter of the sums.", "S")
    negative_one: Name | None = key("The letter of the -1 by which a subtracted term is multiplied.", "V")
    quotients: Name | None = key("The letter of the quotients.", "Q")
    powers: Name | None = key("The letter of the powers.", "R")
    calls: Name | None = key("The letter of the function calls.", "F")
    grouping: Annotated[str, choice("pairs", "left")] = key("How a sum of several terms is taken apart.", "pairs", "pairs")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ArrayShape(SpecBlock):
    """Numbers in a file beside the spec."""

    file: Words = needed("A file in the spec's folder: .npz, .npy, or .csv with a row of numbers a line.", "w.npz")
    array: Words | None = key("Of a .npz: the array's name; may be left out if it holds one.", "W3")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LayerShape(SpecBlock):
    """One layer: its neurons by their numbers, or its weights, bias and units."""

    neurons: tuple[Numeral, ...] | None = key("The neurons' own numbers.", "[3, 4]")
    weights: tuple[tuple[NameOrNumber, ...], ...] | ArrayShape | None = key(
        "In place of neurons: W, a row per unit, a column per unit below; numbers, names, or a file.", "[[2, w_1], [0, 1/2]]"
    )
    bias: tuple[NameOrNumber, ...] | ArrayShape | NoBias | None = key(
        "An entry per unit, or `none`. Left out: the biases are symbols.", "[3, b_1]"
    )
    units: Whole | None = key("How many units, where neither weights nor bias say it.", "3")
    activation: Words | None = key("A function of the table or of `functions`; left out: the output is the net input.", "ReLU")
    net: tuple[Name, ...] | None = key("With weights or units: names of the net inputs. Default: z__2_1, …", "[z_1, z_2]")
    output: tuple[Name, ...] | None = key("With weights or units: names of the outputs. Default: a__2_1, …", "[a_1, a_2]")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class NamesShape(SpecBlock):
    """How the network's quantities are called."""

    weight: Words | None = key("The weight from one neuron (or input) to another.", "W_{from}{to}")
    bias: Words | None = key("The bias of a neuron.", "b_{to}")
    net: Words | None = key("The net input of a neuron.", "Z_{to}")
    output: Words | None = key("The output of a neuron.", "A_{to}")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class LossShape(SpecBlock):
    """What the network is trained by."""

    name: Name | None = key("What the loss is called. Default: Loss.", "Loss")
    kind: Formula = needed("A kind of loss, or an expression.", "mse")
    target: NameOrNumber | tuple[NameOrNumber, ...] | None = key(
        "The target, or a list with one for each output. Default: y, or y_1, y_2, …", "y"
    )
    penalty: Formula | None = key(
        "What is added to the loss: an expression of weights and constants.", "lambda*(W_13^2 + W_23^2)"
    )
    prediction: Name | tuple[Name, ...] | None = key("A second name for each output, in which the loss is stated.", "yhat")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class NetworkShape(SpecBlock):
    """A network of numbered neurons, or of layers with weights and biases; each layer is fully joined to the one before."""

    inputs: NameOrNumber | tuple[NameOrNumber, ...] = needed(
        "The inputs' names, or how many there are, or their numbers.", "[x_1, x_2]"
    )
    layers: tuple[LayerShape, ...] = needed(
        "The layers, from the first hidden one to the output.", "[{neurons: [3, 4], activation: ReLU}]"
    )
    target: NameOrNumber | tuple[NameOrNumber, ...] | None = key(
        "The target of each output, names or numbers. Default: y_1, y_2, …", "[5]"
    )
    names: NamesShape | None = key(
        "Of neurons: patterns with {from} and {to} for the names of weights, biases, net inputs and outputs."
    )
    loss: LossShape = needed("The loss.", "{name: Loss, kind: mse, target: y}")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SymbolShape(SpecBlock):
    """How a name is printed and what it stands for."""

    latex: Words | None = key("LaTeX from a safe set of macros.", "\\mathcal{L}")
    means: Prose | None = key("A few words for the legend.", "the loss")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class NotationShape(SpecBlock):
    """How a derivation is written."""

    chain: Annotated[str, choice("full", "reuse", "two_stage")] | None = key(
        "Every chain from the loss down, or each from the one before, or first from the nearest quantity, then from the loss. "
        "Default: every chain, what is known not worked out again, up to 32 chains in all; in layers reuse.",
        "full",
    )
    product: Annotated[str, choice("dot", "juxtapose", "star", "brackets")] = key("What stands between factors.", "dot", "dot")
    derivative: Annotated[str, choice("leibniz", "prime")] = key("How a derivative is written.", "leibniz", "leibniz")
    sample: Annotated[str, choice("below", "above")] = key(
        "Where it stands which sample a name is of: below, as in y_p, or above, as in y^(p).", "above", "below"
    )
    paths: Annotated[int, integer(1, 1000)] = key("With more paths than this, chains are reused.", "8", 8)
    shorthands: Mapping[Key, Formula] | None = key(
        "Short names of derivatives, used once they are defined.", '{L_y: dL/dyhat, "dRL(z)": dReLU(z)/dz}'
    )
    names: Mapping[Key, Words] | None = key(
        "What functions, and with a prime their derivatives, are called on the page.", "{sig: σ, sig': σ'}"
    )
    abbreviations: tuple[Name, ...] | None = key("Quantities that chains in two stages step over.", "[g, h]")
    vectors: Mapping[Name, tuple[Name, ...]] | None = key(
        "Names of groups of quantities; their sums of products print as w·h.", "{w: [w_1, w_2], h: [h_1, h_2]}"
    )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class NumbersShape(SpecBlock):
    """How numbers are rounded on the page."""

    digits: Annotated[int, integer(0, 30)] = key("How many digits.", "4", 4)
    rounding: Annotated[str, choice("significant", "decimals")] = key("What the digits count.", "significant", "significant")
    carry: Annotated[str, choice("exact", "shown")] = key(
        "Go on from exact values, or from the rounded ones shown.", "exact", "exact"
    )
    pad: Flag = key("Whether decimals keep their zeros at the end: 0.10.", "true", False)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class ScheduleShape(SpecBlock):
    """How the learning rate changes from step to step."""

    decay: Number = needed("What it is multiplied by.", "1/2")
    every: Annotated[int, integer(1, MOST_STEPS)] = key("After how many steps that happens again.", "2", 1)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class UpdateShape(SpecBlock):
    """Steps of an optimizer: every parameter takes a step against its gradient."""

    learning_rate: NameOrNumber = needed("The length of a step: a number, or a name to leave it open.", "1/10")
    steps: Annotated[int, integer(1, MOST_STEPS)] = key("How many steps.", "3", 1)
    symbol: Name | None = key("What the learning rate is called. Default: eta.", "alpha")
    method: Annotated[str, choice(*OPTIMIZERS)] = key("The rules by which a step is taken.", "adam", GRADIENT_DESCENT)
    momentum: Number | None = key("Of momentum and nesterov: how much of the last step is kept. Default: 9/10.", "9/10")
    rho: Number | None = key("Of rmsprop: how much of the mean of squares is kept. Default: 9/10.", "9/10")
    beta_1: Number | None = key("Of adam and adamw: how much of the mean gradient is kept. Default: 9/10.", "9/10")
    beta_2: Number | None = key("Of adam and adamw: how much of the mean of squares is kept. Default: 999/1000.", "999/1000")
    epsilon: Number | None = key("Of adagrad, rmsprop, adam and adamw: what is added below. Default: 1e-8.", "1e-8")
    weight_decay: Number | None = key(
        "How much of the parameter is added to its gradient; of adamw: to the step itself (default 1/100).", "1/100"
    )
    clip: Number | None = key("Each partial derivative is cut off at this number and at minus this number.", "1")
    clip_norm: Number | None = key("A gradient that is longer than this is shortened to it.", "1")
    schedule: ScheduleShape | None = key("How the learning rate changes.", "{decay: 1/2, every: 2}")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class DrawShape(SpecBlock):
    """What numbers a name may take: a range in steps of one size, or a list."""

    integers: tuple[Number, ...] | None = key("From the first whole number to the second.", "[-3, 3]")
    halves: tuple[Number, ...] | None = key("From the first number to the second in steps of 1/2.", "[-2, 2]")
    thirds: tuple[Number, ...] | None = key("The same in steps of 1/3.", "[-1, 1]")
    quarters: tuple[Number, ...] | None = key("The same in steps of 1/4.", "[-1, 1]")
    tenths: tuple[Number, ...] | None = key("The same in steps of 0.1, written as decimals.", "[-1, 1]")
    hundredths: tuple[Number, ...] | None = key("The same in steps of 0.01, written as decimals.", "[0, 1]")
    between: tuple[Number, ...] | None = key("From the first number to the second, in steps of `step`.", "[0, 3]")
    step: Number | None = key("The step that goes with `between`.", "1/8")
    list: tuple[Number, ...] | None = key("The numbers themselves.", "[1/2, 1, 2]")
    nonzero: Flag = key("Never 0.", "true", False)
    without: tuple[Number, ...] | None = key("Numbers that are left out.", "[1, -1]")
    distinct: Flag = key("No two of the names (or samples) take the same number.", "true", False)


TASKS = ("forward", "chains", "factors", "gradients")
NETWORK_TASKS = ("matrices",)
ALL_TASKS = (*TASKS, "numbers", "second", "update", *NETWORK_TASKS)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class WorksheetShape(SpecBlock):
    """What a worksheet asks and how much of it is given."""

    tasks: tuple[Annotated[Scalar, word_of(*ALL_TASKS)], ...] | None = key(
        "The tasks, in order; default: all there are, but for `numbers` and `matrices`.", f"[{', '.join(TASKS)}]"
    )
    ask: tuple[Glob, ...] | None = key("The names that are asked for; default: all.", '["*"]')
    given: tuple[Glob, ...] | None = key("The tasks, or the names whose values and gradients, that are given.", "[forward, Z_3]")
    scaffolding: Annotated[str, choice("none", "chain", "faded", "blank")] = key("How much help the sheet gives.", "none", "none")
    points: Mapping[Name, Number] | None = key("Points for a task, or for the gradient by a name.", "{forward: 2, W_13: 1/2}")
    hints: Mapping[Name, Prose] | None = key("A hint for a task or a name; $…$ holds an expression.")
    fields: tuple[Words, ...] | None = key("What the header asks the student for.", "[name, date]")
    course: Words | None = key("The course's name, for the header.")
    paper: Annotated[Scalar, word_of(*PAPERS)] | None = key("The paper's size. Default: a4.", "a5")
    font_size: Annotated[int, number_of(*FONT_SIZES)] = key("The size of the letters, in points.", "14", USUAL)
    space: Number | None = key("The room for each answer, times the usual: from 1/2 to 4.", "1.5")
    columns: Annotated[int, integer(1, 3)] = key("In how many columns short answers stand, at most.", "2", 3)
    fillable: Flag = key("Whether the gaps of the worksheet's PDF are form fields.", "true", False)
    layout: Annotated[str, choice("lines", "grid")] = key(
        "Of matrices: products as lines, or as grids with the left factor beside and the right one above.", "grid", "lines"
    )


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class SpecShape(SpecBlock):
    """A computation and what is asked of it: `equations` or `network`, and whatever else is wanted."""

    title: Words | None = key("The heading of every page.", "Backpropagation by hand")
    language: Words | None = key("The language of the pages.", "en")
    equations: EquationLines | tuple[EquationLines, ...] | None = key(
        "One equation a line, in order, as a text or as a list; # starts a remark.",
        "L = (y - w*x)^2",
        advice="write `equations: |`, then one equation a line",
    )
    network: NetworkShape | None = key("A network, in place of equations.")
    loss: Name | None = key("What is differentiated; default: the last equation's name.", "Loss")
    parameters: tuple[Glob, ...] | None = key(
        "Default: every free name that is no data column, input, target or constant.", "[W_13, b_3]"
    )
    inputs: tuple[Glob, ...] | None = key("Default: the data columns that are no target.", "[x_1, x_2]")
    targets: tuple[Glob, ...] | None = key("What the network should say.", "[y]")
    constants: Mapping[Name, ConstantNumber | NamedNumbers] | tuple[Name, ...] | None = key(
        "Named numbers (or expressions of them) that are not differentiated by; a list names some whose numbers stay open.",
        "{h_0: 0}",
        advice="numbers stand in a block: constants: {h_0: 0}; a list holds names alone: constants: [lambda]",
    )
    values: Mapping[Name, NamedNumber | NamedNumbers | ArrayShape] | None = key(
        "Numbers for parameters, or for a single sample; a list is a vector, a list of rows a matrix.",
        "{b_3: 0, x: [1, -2], W: [[1/2, 0], [1, -1]]}",
    )
    shapes: Mapping[Name, tuple[NameOrNumber, ...] | NameOrNumber] | None = key(
        "Shapes of arrays that neither values nor use tell: the size of a vector, [rows, columns] of a matrix.",
        "{x: 3, W: [4, 3]}",
    )
    vectors: Mapping[Name, tuple[Name, ...]] | None = key(
        "Vectors put together from columns of the data, scalars or results.", "{x: [x_1, x_2]}"
    )
    data: DataShape | None = key("The samples.", "{columns: [x, y], rows: [[0, 1], [1, 3]]}")
    random: Mapping[Key, DrawShape | tuple[Formula, ...] | Formula] | None = key(
        "What numbers are drawn for variants: by name, pattern or group; under `where` the conditions that a variant meets.",
        "{W_*: {integers: [-3, 3], nonzero: true}, where: [abs(Loss) <= 50]}",
    )
    wrt: tuple[Wanted, ...] | None = key(
        "What to differentiate the loss by: names or patterns; default: the parameters. yhat/a_1 is one quantity by another.",
        '["*"]',
    )
    second: tuple[Name | tuple[Name, ...], ...] | Annotated[Scalar, word_of("all")] | None = key(
        "Second derivatives: by a name twice, by a pair of names, or `all`: the Hessian of the parameters.", "[w, [w, v]]"
    )
    decompose: Flag | DecomposeShape | None = key("Take the expression apart, one operation a line.", "true")
    symbols: Mapping[Name, SymbolShape] | None = key("How names are printed and what they stand for.")
    functions: Mapping[Key, Formula] | None = key("Functions of the author's own.", '{"swish(x)": x*sig(x)}')
    kinks: Mapping[Key, Slope | tuple[Number, ...]] | None = key(
        "The derivative taken at a function's kink, or at its kinks from left to right; of max and min: share or first.",
        "{ReLU: 1/2, HardSwish: [0, 1], max: first}",
    )
    text: Prose | None = key("An introduction; $…$ holds an expression.")
    notes: Mapping[Name, Prose] | None = key("A remark beside a name's derivation; $…$ holds an expression.")
    notation: NotationShape | None = key("How derivations are written.", "{chain: reuse}")
    numbers: NumbersShape | None = key("How numbers are rounded.", "{digits: 4}")
    update: UpdateShape | None = key("Steps of gradient descent.", "{learning_rate: 1/10, steps: 3}")
    worksheet: WorksheetShape | None = key("What the worksheet asks.", "{tasks: [forward, gradients]}")
    show: tuple[Words | Mapping[Words, Words | tuple[Words, ...]], ...] | None = key(
        "Further blocks of the notes: a word each, or a word with what it is about."
    )
