"""A spec with arrays → its derivation as a whole: definitions in index form, and the adjoint of each quantity.

What has a value and is hardly ever meant: an entrywise power -1 of a matrix, a bias that is added along the wrong axis.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from contextlib import suppress
from fnmatch import fnmatchcase
from fractions import Fraction

from derivgen.derivation.array_gradients import ArrayDefinition, Share, Slope, adjoint_name, shares, textbook
from derivgen.derivation.derive import Derivation, derive
from derivgen.errors import Place, Problem, Problems, SpecError
from derivgen.frozen import dataclass, replace
from derivgen.graph import build, library_of
from derivgen.maths.array_calls import ArrayLowering
from derivgen.maths.functions import FIRST, Library
from derivgen.maths.index_form import SAMPLE, Fresh, reindex
from derivgen.maths.interpret import EXTREMES
from derivgen.maths.plain import plain
from derivgen.maths.shape_inference import Inference
from derivgen.maths.shapes import Lowering, Shaped, shape_text
from derivgen.maths.tidy import tidy
from derivgen.maths.tree import ONE, ZERO, Axis, Element, Expr, MatMul, Num, Partial, Power, Reduce, Sum, Sym, substitute, walk
from derivgen.spec.arrays import entry_at, entry_of
from derivgen.spec.model import EMPTY, Equation, Spec

MAX_ENTRIES = 1_000_000


@dataclass(frozen=True)
class ArrayAdjoint:
    """The adjoint of a quantity, entry by entry at `axes`: the sum of its `shares`, one or more for each consumer."""

    name: str
    axes: tuple[Axis, ...]
    body: Expr
    shares: tuple[Share, ...] = ()


@dataclass(frozen=True)
class ArrayDerivation:
    """A computation with arrays, differentiated.

    `shapes` are those of all names in order: leaves, then what is defined. `adjoints` are those that lead to what is `wanted`:
    names, or entries of them as (array, indices from 0).
    """

    spec: Spec
    library: Library
    shapes: Mapping[str, Shaped]
    definitions: Mapping[str, ArrayDefinition]
    adjoints: Mapping[str, ArrayAdjoint]
    wanted: Mapping[str, tuple[str, tuple[int, ...] | None]]
    samples: int | str
    fresh: Fresh
    warnings: tuple[Problem, ...] = ()

    @property
    def loss(self) -> str:
        """Return the name of the loss."""
        return self.spec.loss

    @property
    def graph(self) -> ArrayDerivation:
        """Return itself: what is asked of a graph of scalars, it knows as well."""
        return self

    @property
    def quantities(self) -> Mapping[str, Shaped]:
        """Return all names in order."""
        return self.shapes

    @property
    def aliases(self) -> Mapping[str, str]:
        """Return second names: none."""
        return EMPTY

    @property
    def count(self) -> int | str:
        """Return how many samples there are, or what their number is called."""
        return self.samples

    @property
    def index(self) -> str:
        """Return the letter that counts the samples."""
        return self.spec.data.index if self.spec.data is not None else "i"

    def per_sample(self, name: str) -> bool:
        """Tell whether the quantity has one value per sample."""
        return self.shapes[name].sampled

    def role(self, name: str) -> str:
        """Return what a quantity is: input, target, parameter, constant, intermediate or loss."""
        if name == self.loss:
            return "loss"
        if name in self.definitions:
            return "intermediate"
        spec = self.spec
        roles = (("input", spec.inputs), ("target", spec.targets), ("parameter", spec.parameters))
        return next((role for role, names in roles if name in names), "constant")

    def full_shape(self, name: str) -> tuple[int | str, ...]:
        """Return the shape of a quantity's values: with an axis for the samples first, where it has one value for each."""
        known = self.shapes[name]
        return (self.samples, *known.shape) if known.sampled else known.shape

    def with_slopes(self, slope_of: Mapping[str, Slope]) -> Mapping[str, ArrayAdjoint]:
        """Return the adjoints with other derivatives of entrywise definitions in place of the textbook's."""
        return _adjoints(self, slope_of)


def derived(spec: Spec) -> Derivation | ArrayDerivation:
    """Differentiate a spec, of scalars or of arrays. Raises SpecError."""
    return derive(build(spec)) if spec.arrays is None else derive_arrays(spec)


def shapes_of(derivation: ArrayDerivation) -> dict[str, tuple[int | str, ...]]:
    """Return the shapes of all quantities and of their adjoints, a sample's axis first."""
    shapes = {name: derivation.full_shape(name) for name in derivation.shapes}
    return {**shapes, **{adjoint_name(name): shape for name, shape in shapes.items()}}


def with_partials(tree: Expr, derivation: ArrayDerivation) -> Expr:
    """Return an expression with ∂L/∂z for each adjoint d_z."""
    loss = Sym(derivation.loss)
    adjoints = {adjoint_name(name): Partial(loss, Sym(name)) for name in derivation.shapes}
    return substitute(tree, lambda sym: adjoints.get(sym.name, sym))


def derive_arrays(spec: Spec) -> ArrayDerivation:
    """Differentiate a spec with arrays. Raises SpecError with every shape that does not fit."""
    assert spec.arrays is not None
    library = library_of(spec)
    samples: int | str = 1
    if spec.data is not None:
        samples = len(spec.data.rows) if spec.data.rows is not None else spec.data.count
    low = ArrayLowering(_given(spec), samples, tuple(name for name in EXTREMES if library[name].ties == FIRST))
    problems = Problems()
    definitions = _definitions(spec, low, problems)
    problems.stop_if_any()
    _check_loss(spec, low.known)
    leaves = (*spec.inputs, *spec.targets, *spec.parameters, *spec.constants, *spec.open_constants)
    names = dict.fromkeys((*(n for n in leaves if n in low.known and n not in definitions), *low.known))
    names = {n: None for n in names if n not in definitions} | dict.fromkeys(definitions)
    shapes = {name: low.known[name] for name in names}
    warnings = tuple(warning for each in spec.equations for warning in traps(each.body, low, spec.parameters))
    bare = ArrayDerivation(spec, library, shapes, definitions, {}, {}, samples, low.fresh, warnings)
    bare = replace(bare, wanted=_wanted(bare))
    own = {name: each.body if name != spec.loss else None for name, each in definitions.items()}
    slopes = {name: textbook(library, Element(name, each.axes), own[name]) for name, each in definitions.items()}
    return replace(bare, adjoints=_adjoints(bare, slopes))


def _given(spec: Spec) -> dict[str, Shaped]:
    """Return the shapes that values, `shapes` and the data tell."""
    arrays = spec.arrays
    assert arrays is not None
    known: dict[str, Shaped] = {name: Shaped(()) for name in (*spec.values, *spec.constants)}
    known |= {name: Shaped(value.shape) for name, value in arrays.values.items()}
    known |= {name: Shaped(shape) for name, shape in arrays.shapes.items()}
    if spec.data is not None:
        known |= dict.fromkeys(spec.data.columns, Shaped((), True))
    return known


def _definitions(spec: Spec, low: Lowering, problems: Problems) -> dict[str, ArrayDefinition]:
    """Return every equation in index form; what uses one with a mistake is passed over."""
    with suppress(SpecError):  # said below, at the equation that it is in
        Inference(low, spec.targets).infer((each.names, each.body) for each in spec.equations)
    known = dict(low.known)
    low.known = known
    for each in spec.equations:
        for name in each.names:
            known.pop(name, None)
    found: dict[str, ArrayDefinition] = {}
    for each in spec.equations:
        if all(node.name in known for node in walk(each.body) if isinstance(node, Sym)):
            try:
                found |= _defined(each, low, known, problems)
            except SpecError as error:
                problems.add(error)
    return found


def _defined(equation: Equation, low: Lowering, known: dict[str, Shaped], problems: Problems) -> dict[str, ArrayDefinition]:
    found = {}
    for number, (name, place) in enumerate(zip(equation.names, equation.places, strict=True)):
        body = equation.body if len(equation.names) == 1 else replace(equation.body, component=number)  # type: ignore[call-arg]
        made = low.entries(body)
        said = known.get(name)
        del said
        entries = 1
        for size in made.shape:
            entries *= size if isinstance(size, int) else 1
        if entries > MAX_ENTRIES:
            problems.error(f"{name} has {entries:,} entries; the limit is {MAX_ENTRIES:,}", place)
        sample = (low.sample,) if made.sampled else ()
        known[name] = Shaped(made.shape, made.sampled)
        found[name] = ArrayDefinition(name, (*sample, *made.axes), made.body, body)
    return found


def _check_loss(spec: Spec, known: Mapping[str, Shaped]) -> None:
    loss = known[spec.loss]
    place = next(p for each in spec.equations for n, p in zip(each.names, each.places, strict=True) if n == spec.loss)
    if loss.shape:
        hint = f"add its entries up, sum(…), or take their mean: {spec.loss} = mean(…)"
        raise SpecError(Problem(f"the loss {spec.loss} is {shape_text(loss.shape)}; it has to be one number", place, hint))
    if loss.sampled:
        hint = f"average it: {spec.loss} = mean(…)"
        body = next(each.body for each in spec.equations if spec.loss in each.names)
        if any(isinstance(node, Reduce) for node in walk(body)):
            hint = f"of a vector, mean and sum run over its entries; over the samples as well: {spec.loss} = mean(mean(…))"
        raise SpecError(Problem(f"the loss {spec.loss} still runs over the samples: it has one value for each", place, hint))


def _wanted(derivation: ArrayDerivation) -> dict[str, tuple[str, tuple[int, ...] | None]]:
    """Return what `wrt` asks for: arrays, and entries of them."""
    spec, names = derivation.spec, derivation.shapes
    found: dict[str, tuple[str, tuple[int, ...] | None]] = {}
    for pattern in spec.wrt or spec.parameters:
        matches = [pattern] if pattern in names else [name for name in names if fnmatchcase(name, pattern)]
        found |= {name: (name, None) for name in matches}
        if not matches:
            found[pattern] = _entry(pattern, derivation)
    return found


def _entry(text: str, derivation: ArrayDerivation) -> tuple[str, tuple[int, ...]]:
    stem = entry_of(text, derivation.shapes)
    if stem is not None:
        shape = derivation.shapes[stem[0]].shape
        found = entry_at(text, {stem[0]: shape})
        if found is not None:
            return found
        raise SpecError(Problem(f"wrt: {stem[0]} is {shape_text(shape)}; it has no entry {text}"))
    raise SpecError(Problem(f"wrt: no name matches {text}"))


def _adjoints(derivation: ArrayDerivation, slopes: Mapping[str, Slope]) -> dict[str, ArrayAdjoint]:
    definitions, fresh = derivation.definitions, derivation.fresh
    needed = _needed(derivation)
    wanted = {name: derivation.full_shape(name) for name in needed}
    found: dict[str, list[Share]] = {name: [] for name in needed}
    adjoints: dict[str, ArrayAdjoint] = {}
    for name in reversed(tuple(definitions)):
        if name not in needed:
            continue
        definition = definitions[name]
        adjoints[name] = _summed(derivation, name, found[name])
        g: Expr = ONE if name == derivation.loss else Element(adjoint_name(name), definition.axes)
        if adjoints[name].body == ZERO:
            g = ZERO
        for operand, share in shares(definition, g, slopes[name], fresh, wanted):
            found[operand].append(share)
    for name in needed:
        if name not in definitions:
            adjoints[name] = _summed(derivation, name, found[name])
    return adjoints


def _needed(derivation: ArrayDerivation) -> dict[str, None]:
    """Return the names on the way from the loss to what is wanted."""
    needed = dict.fromkeys(name for name, _ in derivation.wanted.values())
    for name, definition in derivation.definitions.items():
        if any(node.name in needed for node in walk(definition.body) if isinstance(node, Element)):
            needed[name] = None
    return needed


def _summed(derivation: ArrayDerivation, name: str, parts: list[Share]) -> ArrayAdjoint:
    if name == derivation.loss:
        return ArrayAdjoint(name, (), ONE)
    if not parts:
        return ArrayAdjoint(name, derivation.fresh.axes(derivation.full_shape(name)), ZERO)
    axes = parts[0].axes
    same = [reindex(part.body, dict(zip(part.axes, axes, strict=True)), derivation.fresh) for part in parts]
    each = tuple(Share(part.consumer, axes, body) for part, body in zip(parts, same, strict=True))
    return ArrayAdjoint(name, axes, tidy(Sum(tuple(same))) if len(same) > 1 else same[0], each)


def is_sampled(axes: tuple[Axis, ...]) -> bool:
    """Return whether the first axis is that of the samples."""
    return bool(axes) and axes[0].number == SAMPLE


def traps(body: Expr, low: Lowering, parameters: Container[str]) -> Iterator[Problem]:
    """Yield a warning for each trap in a definition whose shapes fit."""
    for node in walk(body):
        if isinstance(node, Power) and tidy(node.exponent) == Num(Fraction(-1)) and len(low.entries(node.base).axes) == 2:
            yield _warning(f"{plain(node)} is 1 over each entry", node.at, f"the inverse matrix is inv({plain(node.base)})")
        elif isinstance(node, Sum):
            yield from _along_the_wrong_axis(node, low, parameters)
        elif isinstance(node, Reduce) and node.kind == "mean":
            inner = low.entries(node.body)
            if inner.axes and inner.sampled:
                hint = f"of the mean over the samples as well: mean({plain(node)})"
                yield _warning(f"{plain(node)} is the mean of the entries of a vector, one for each sample", node.at, hint)


def _along_the_wrong_axis(node: Sum, low: Lowering, parameters: Container[str]) -> Iterator[Problem]:
    """Of W @ X + b with samples in the columns of X, b goes to each row: unseen where as many samples are as rows."""
    for product in node.terms:
        if (
            not isinstance(product, MatMul)
            or not isinstance(product.factors[0], Sym)
            or product.factors[0].name not in parameters
        ):
            continue
        shape = low.entries(product).shape
        right = (each.name for each in walk(product.factors[-1]) if isinstance(each, Sym))
        if len(shape) != 2 or shape[0] != shape[1] or any(name in parameters for name in right):
            continue
        for term in node.terms:
            if isinstance(term, Sym) and low.entries(term).shape == shape[1:]:
                hint = f"where the columns are the samples, write reshape({term.name}, {shape[0]}, 1)"
                yield _warning(f"{term.name} is added to each row of {plain(product)}, entry j to column j", term.at, hint)


def _warning(message: str, place: Place | None, hint: str) -> Problem:
    return Problem(message, place, hint, "warning")
