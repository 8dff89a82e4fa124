"""The blocks that say how the pages look and read: words, symbols, notation, numbers, updates, worksheet → their frozen form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from derivgen.errors import Place, Problem, Problems, SpecError, closest
from derivgen.frozen import replace
from derivgen.language import Wording
from derivgen.maths.functions import FUNCTIONS, TIES, Function, Library, Ties, find
from derivgen.maths.grammar import Vocabulary, function_hint, parse_expression
from derivgen.maths.numerals import read_number
from derivgen.maths.optimizers import LETTER_OF, OPTIMIZERS
from derivgen.maths.tree import Expr
from derivgen.spec.layers import is_layered
from derivgen.spec.macros import MAX_LENGTH, macro_problem
from derivgen.spec.model import FunctionDefinition, Notation, Numbers, Shorthand, Symbol, Update, Value, Worksheet
from derivgen.spec.paper import FONT_SIZES, LEAST_ROOM, PageSize
from derivgen.spec.reading import NAME, name_problem
from derivgen.spec.roles import NameIndex, usual_tasks
from derivgen.spec.shape import NETWORK_TASKS, NotationShape, NumbersShape, SpecShape, SymbolShape, UpdateShape, WorksheetShape
from derivgen.spec.shown import read_show
from derivgen.spec.yaml_nodes import Scalar

MAX_FORMULAS = 2_000
LEAST_SPACE, MOST_SPACE = Fraction(1, 2), Fraction(4)
"""The room for an answer, times the usual."""

_LANGUAGE = re.compile(r"[a-z]{2,3}([-_][A-Za-z]{2,4})?")


def read_pages(shape: SpecShape, own: Mapping[str, FunctionDefinition], words: Vocabulary, problems: Problems) -> dict[str, Any]:
    """Return the fields of a `Spec` that its pages are made by, each with its default."""
    _check_formulas(shape, problems)
    _check_tasks(shape, problems)
    return {
        "title": one_line(shape.title, problems),
        "language": _language(shape.language, problems),
        "text": _prose(shape.text, words, problems),
        "notes": _proses(shape.notes, words, problems),
        "symbols": MappingProxyType(
            {name.text: _symbol(symbol, words, problems) for name, symbol in (shape.symbols or {}).items()}
        ),
        "kinks": _kinks(shape.kinks or {}, own, problems),
        "notation": read_notation(
            shape.notation or NotationShape(), shape.network is not None and is_layered(shape.network), words, problems
        ),
        "numbers": _numbers(shape.numbers or NumbersShape()),
        "update": read_update(shape.update, problems),
        "worksheet": _worksheet(shape.worksheet or WorksheetShape(), usual_tasks(shape), words, problems),
        "show": read_show(shape.show or (), problems),
    }


def _check_formulas(shape: SpecShape, problems: Problems) -> None:
    """Check that all texts together hold only so many formulas. Raises SpecError for more."""
    hints = shape.worksheet.hints if shape.worksheet is not None else None
    means = [symbol.means for symbol in (shape.symbols or {}).values() if symbol.means is not None]
    texts = [*(shape.notes or {}).values(), *(hints or {}).values(), *means, *([shape.text] if shape.text is not None else [])]
    if sum(text.text.count("$") for text in texts) > 2 * MAX_FORMULAS:
        problems.error(f"texts with more than {MAX_FORMULAS:,} formulas are not taken", texts[0].place)
        problems.stop_if_any()


def _check_tasks(shape: SpecShape, problems: Problems) -> None:
    """Check that tasks about a network have one."""
    for task in (shape.worksheet.tasks if shape.worksheet is not None else None) or ():
        if task.text in NETWORK_TASKS and shape.network is None:
            problems.error(f"the task {task.text} needs a network", task.place, "write the computation under `network`")


def one_line(scalar: Scalar | None, problems: Problems) -> str:
    """Return a text that stands on one line of the page."""
    if scalar is None:
        return ""
    if "\n" in scalar.text.strip():
        problems.error("this text stands on one line", scalar.place)
    return scalar.text.strip()


def _language(scalar: Scalar | None, problems: Problems) -> str:
    if scalar is None:
        return "en"
    if not _LANGUAGE.fullmatch(scalar.text):
        problems.error(f"{scalar.text[:40]!r} is not the code of a language", scalar.place, "write en, pt, …")
    else:
        try:
            Wording(scalar.text, scalar.place)
        except SpecError as error:
            problems.add(error)
    return scalar.text


def _prose(scalar: Scalar | None, words: Vocabulary, problems: Problems) -> str:
    if scalar is None:
        return ""
    check_prose(scalar, words, problems)
    return scalar.text.strip()


def _proses(written: Mapping[Scalar, Scalar] | None, words: Vocabulary, problems: Problems) -> Mapping[str, str]:
    return MappingProxyType({name.text: _prose(text, words, problems) for name, text in (written or {}).items()})


def _symbol(shape: SymbolShape, words: Vocabulary, problems: Problems) -> Symbol:
    if shape.latex is not None:
        _check_latex(shape.latex, problems)
    means = _prose(shape.means, words, problems)
    return Symbol(shape.latex.text.strip() if shape.latex is not None else None, means or None)


def _check_latex(scalar: Scalar, problems: Problems) -> None:
    found = macro_problem(scalar.text)
    if found is not None:
        offset, message, hint = found
        place = scalar.at(offset) if len(scalar.text) <= MAX_LENGTH else scalar.place
        macro = re.match(r"\\[A-Za-z]+", scalar.text[offset:])
        problems.error(message, replace(place, length=macro.end()) if macro else place, hint)


def _kinks(
    written: Mapping[Scalar, Value | Scalar | tuple[Value, ...]], own: Mapping[str, FunctionDefinition], problems: Problems
) -> Mapping[str, tuple[Value, ...] | Ties]:
    """Return the slopes at a function's kinks, or how ties are settled, by the function's key."""
    library = Library({name: (function.arguments, function.body) for name, function in own.items()})
    with_kink = tuple(function.names[0] for function in FUNCTIONS.values() if function.kinks or function.ties)
    kinks: dict[str, tuple[Value, ...] | Ties] = {}
    for name, value in written.items():
        key = name.text if name.text in own else find(name.text)
        if key is None:
            hint = function_hint(name.text, with_kink) or "`derivgen functions` lists them"
            problems.error(f"there is no function {name.text[:40]!r}", name.place, hint)
        elif key in own and not library.kinks_of_own(key):
            hint = "only a function of one argument whose pieces meet at numbers takes a slope there"
            problems.error(f"{key} has no kink at a number", name.place, hint)
        elif key not in own and key not in [find(known) for known in with_kink]:
            problems.error(f"{name.text} has no kink", name.place, f"functions with one are: {', '.join(with_kink)}")
        elif key in kinks:
            problems.error(f"the kink of {name.text} stands here a second time", name.place)
        else:
            points = library.kinks_of_own(key) if key in own else tuple(kink.point for kink in FUNCTIONS[key].kinks)
            taken = _taken(library[key], points, name, value, problems)
            kinks |= {} if taken is None else {key: taken}
    return MappingProxyType(kinks)


def _taken(
    function: Function, points: tuple[Fraction, ...], name: Scalar, value: Value | Scalar | tuple[Value, ...], problems: Problems
) -> tuple[Value, ...] | Ties | None:
    """Return what is taken at the kinks or ties of one function; None, and a problem, where that does not fit."""
    if function.ties is not None:
        ties = next((ties for ties in TIES if isinstance(value, Scalar) and value.text == ties), None)
        if ties is None:
            hint = f"{name.text}: share (equal parts), or {name.text}: first (the first of them takes all)"
            problems.error(f"arguments of {name.text} tie at no one point, so no number is taken there", name.place, hint)
        return ties
    if isinstance(value, Scalar):
        problems.error(f"{value.text} is for ties of max and min", value.place, f"write {name.text}: and the slope at its kink")
        return None
    slopes = (value,) if isinstance(value, Value) else value
    if len(slopes) not in (1, len(points)):
        hint = f"one number for each, from left to right, or one for all: they are at {' and '.join(map(str, points))}"
        problems.error(f"{name.text} has {_count(len(points))}, not {len(slopes)}", name.place, hint)
        return None
    return slopes


def _count(kinks: int) -> str:
    return "one kink" if kinks == 1 else f"{kinks} kinks"


def _numbers(shape: NumbersShape) -> Numbers:
    digits = max(1, shape.digits) if shape.rounding == "significant" else shape.digits
    return Numbers(digits=digits, rounding=shape.rounding, carry=shape.carry, pad=shape.pad)


def _worksheet(shape: WorksheetShape, usual: tuple[str, ...], words: Vocabulary, problems: Problems) -> Worksheet:
    default = Worksheet()
    for value in (shape.points or {}).values():
        if value.value < 0:
            problems.error("points are not negative", value.place)
    return Worksheet(
        tasks=tuple(dict.fromkeys(task.text for task in shape.tasks)) if shape.tasks is not None else usual,
        ask=tuple(glob.text for glob in shape.ask) if shape.ask is not None else default.ask,
        given=tuple(glob.text for glob in shape.given or ()),
        scaffolding=shape.scaffolding,
        layout=shape.layout,
        points=MappingProxyType({name.text: value for name, value in (shape.points or {}).items()}),
        hints=_proses(shape.hints, words, problems),
        fields=tuple(one_line(field, problems) for field in shape.fields) if shape.fields is not None else default.fields,
        course=one_line(shape.course, problems),
        paper=_paper(shape, problems),
        font_size=shape.font_size,
        space=_space(shape.space, problems),
        columns=shape.columns,
        fillable=shape.fillable,
    )


def _paper(shape: WorksheetShape, problems: Problems) -> str:
    """Return the paper's name, where the letters are not too large for it."""
    name = shape.paper.text if shape.paper is not None else Worksheet().paper
    if PageSize(name, shape.font_size).room < LEAST_ROOM:
        largest = max(size for size in FONT_SIZES if PageSize(name, size).room >= LEAST_ROOM)
        place = shape.paper.place if shape.paper is not None else None
        problems.error(
            f"letters of {shape.font_size} points are too large for {name}", place, f"take font_size: {largest}, or a4"
        )
    return name


def _space(value: Value | None, problems: Problems) -> Fraction:
    """Return the room for an answer, times the usual."""
    if value is None:
        return Fraction(1)
    if not LEAST_SPACE <= value.value <= MOST_SPACE:
        problems.error("the room for an answer is from 1/2 to 4 times the usual", value.place, "1 is the usual, 2 twice as much")
    return value.value


def read_update(shape: UpdateShape | None, problems: Problems) -> Update | None:
    """Return the block as the rest of the line reads it; a learning rate that is a name stays open."""
    if shape is None:
        return None
    rate, symbol = shape.learning_rate, shape.symbol
    if isinstance(rate, Value):
        if rate.value <= 0:
            problems.error("the learning rate is greater than 0", rate.place)
        name, place = symbol.text if symbol else "eta", symbol.place if symbol else rate.place
    else:
        name, place = rate.text, rate.place
        if symbol is not None and symbol.text != rate.text:
            problems.error(f"the learning rate is called {rate.text} already", symbol.place, "keep one of the two names")
    every = shape.schedule.every if shape.schedule is not None else 1
    known = rate if isinstance(rate, Value) else None
    return Update(name, known, shape.steps, place, shape.method, _settings(shape, problems), every)


_OF_ANY_METHOD = ("weight_decay", "clip", "clip_norm")
_POSITIVE = ("clip", "clip_norm", "decay")
_PARTS_KEPT = ("momentum", "rho", "beta_1", "beta_2")


def _settings(shape: UpdateShape, problems: Problems) -> Mapping[str, Value]:
    """Return the numbers that the method goes by: the author's, the usual ones for the rest."""
    optimizer = OPTIMIZERS[shape.method]
    keys = [key for key in LETTER_OF if key != "decay"]
    written = {key: value for key in keys if (value := getattr(shape, key)) is not None}
    for key, value in written.items():
        if key not in optimizer.defaults and key not in _OF_ANY_METHOD:
            fitting = " and ".join(name for name, other in OPTIMIZERS.items() if key in other.defaults)
            takes = ", ".join(optimizer.defaults) or "no setting of its own"
            hint = f"{key} goes with {fitting}; {shape.method} has {takes}"
            problems.error(f"the method {shape.method} has no {key}", value.place, hint)
    if "clip" in written and "clip_norm" in written:
        hint = "keep clip (each partial derivative) or clip_norm (the whole gradient)"
        problems.error("a gradient is clipped in one way", written["clip_norm"].place, hint)
    if shape.schedule is not None:
        written["decay"] = shape.schedule.decay
    for key, value in written.items():
        if key in _POSITIVE and value.value <= 0:
            problems.error(f"{key} is greater than 0", value.place)
        elif value.value < 0 or (key in _PARTS_KEPT and value.value >= 1):
            limits = "from 0 to below 1" if key in _PARTS_KEPT else "not negative"
            problems.error(f"{key} is {limits}", value.place)
    usual = {key: Value(read_number(text), text if "e" in text else "") for key, text in optimizer.defaults.items()}
    found = {**usual, **written}
    nothing = ("epsilon",) if "weight_decay" in optimizer.defaults else ("epsilon", "weight_decay")
    return MappingProxyType({key: value for key, value in found.items() if value.value or key not in nothing})


def check_update(update: Update | None, names: Iterable[str], problems: Problems) -> None:
    """Check that the learning rate's symbol is no name of the computation: it would print alike and mean something else."""
    if update is None or update.symbol not in names:
        return
    taken = dict.fromkeys(names)
    free = next((letter for letter in ("alpha", "eta", "gamma", "mu") if letter not in taken), "rate")
    message = f"the learning rate is printed as {update.symbol}, which is a name of the computation already"
    problems.error(message, update.place, f"call it something else: symbol: {free}")


_DERIVATIVE = re.compile(rf"\s*d\s*({NAME})\s*(?:\(\s*({NAME})\s*\))?\s*/\s*d\s*({NAME})\s*")
_FUNCTION = re.compile(rf"\s*({NAME})\s*\(\s*({NAME})\s*\)\s*")


def read_notation(shape: NotationShape, layered: bool, words: Vocabulary, problems: Problems) -> Notation:
    """Return how derivations are written. Whether the names in it are names of the spec is for `check_notation` to say."""
    default = Notation()
    return Notation(
        chain=shape.chain or ("reuse" if layered else default.chain),
        chains=default.chains if shape.chain is None else None,
        product=shape.product,
        derivative=shape.derivative,
        sample=shape.sample,
        paths=shape.paths,
        shorthands=tuple(_shorthands(shape.shorthands or {}, words, problems)),
        names=MappingProxyType(dict(_names(shape.names or {}, words, problems))),
        abbreviations=tuple(name.text for name in shape.abbreviations or ()),
        vectors=MappingProxyType(
            {name.text: tuple(part.text for part in parts) for name, parts in (shape.vectors or {}).items()}
        ),
    )


def _shorthands(written: Mapping[Scalar, Scalar], words: Vocabulary, problems: Problems) -> Iterator[Shorthand]:
    """Yield the shorthands: `L_y: dL/dyhat`, `dRL(z): dReLU(z)/dz`."""
    for key, text in written.items():
        match, call = _DERIVATIVE.fullmatch(text.text), _FUNCTION.fullmatch(key.text)
        if match is None:
            problems.error(f"{text.text[:40]!r} is no derivative", text.place, "write dL/dyhat, or dReLU(z)/dz")
        elif bool(call) != bool(match[2]) or (call and not call[2] == match[2] == match[3]):
            hint = "as in  L_y: dL/dyhat  and  dRL(z): dReLU(z)/dz"
            problems.error(f"{key.text[:40]} and {text.text[:40]} do not belong together", key.place, hint)
        elif call is None and name_problem(key.text) is not None:
            problems.error(f"{key.text[:40]!r} is not a name{name_problem(key.text)}", key.place)
        elif call is None:
            yield Shorthand(key.text, match[1], match[3], "", text.place)
        elif (function := _function(match[1], text, words, problems)) is not None:
            yield Shorthand(call[1], function, match[3], match[1], text.place)


def _names(written: Mapping[Scalar, Scalar], words: Vocabulary, problems: Problems) -> Iterator[tuple[str, str]]:
    """Yield of `sig: σ`, `sig': g'` the function's key, with its prime, and what it is called."""
    for key, name in written.items():
        bare = key.text.rstrip("'")
        function = _function(bare, key, words, problems)
        if len(key.text) - len(bare) > 1:
            problems.error(f"{key.text[:40]!r}: only the first derivative has a name", key.place)
        elif (wrong := name_problem(name.text.rstrip("'"))) is not None:
            problems.error(f"{name.text[:40]!r} is not a name{wrong}", name.place, "a name, and primes behind it: g, g', dRL")
        elif function is not None:
            yield function + key.text[len(bare) :], name.text


def _function(written: str, place: Scalar, words: Vocabulary, problems: Problems) -> str | None:
    """Return the key of a function of one argument."""
    key = words.find(written)
    if key is None:
        hint = function_hint(written, words.names) or "`derivgen functions` lists them"
        problems.error(f"there is no function {written[:40]!r}", place.place, hint)
    elif words.arity(key)[0] != 1 or words.arity(key)[1] is None:
        problems.error(f"{written} is no function of one argument", place.place)
    else:
        return key
    return None


def check_notation(shape: NotationShape | None, names: tuple[str, ...], defined: tuple[str, ...], problems: Problems) -> None:
    """Check that shorthands and groups are of names of the spec, and are themselves called by names that are free."""
    if shape is None:
        return
    known, new = NameIndex(names), dict.fromkeys(key.text.partition("(")[0].strip() for key in shape.shorthands or {})
    for key in (*(shape.shorthands or {}), *(shape.vectors or {})):
        name = key.text.partition("(")[0].strip()
        if name in known:
            problems.error(f"{name} is a quantity of this spec already", key.place, "take a name that is free")
    for text in (shape.shorthands or {}).values():
        match = _DERIVATIVE.fullmatch(text.text)
        if match is not None and not match[2]:
            _check_derivative(match[1], match[3], text, known, defined, problems)
    for short in shape.abbreviations or ():
        if short.text not in defined:
            hint = closest(short.text, defined) or "as in  g = w_7*a_3"
            problems.error(f"{short.text} under abbreviations is not defined by an equation", short.place, hint)
    for key, parts in (shape.vectors or {}).items():
        if key.text in new:
            problems.error(f"{key.text} is a shorthand already", key.place)
        if len(parts) < 2:
            problems.error(f"the group {key.text} needs two names or more", key.place, "as in  h: [h_1, h_2]")
        for part in parts:
            if part.text not in known:
                problems.error(f"{part.text} under vectors is no name of this spec", part.place, known.near(part.text, problems))


def _check_derivative(of: str, by: str, text: Scalar, known: NameIndex, defined: tuple[str, ...], problems: Problems) -> None:
    for name in (of, by):
        if name not in known:
            problems.error(f"{name} under shorthands is no name of this spec", text.place, known.near(name, problems))
    if of in known and of not in defined:
        problems.error(f"{of} has no definition, so it has no derivative", text.place)


def prose(text: str, words: Vocabulary) -> tuple[str | Expr, ...]:
    """Return the pieces of a text that `check_prose` has found good; `\\$` stands for a dollar sign.

    >>> from derivgen.maths.functions import vocabulary
    >>> prose("as $2*x$ says", vocabulary())[::2]
    ('as ', ' says')
    """
    pieces: list[str | Expr] = []
    for inside, piece, _ in _pieces(text):
        if inside:
            pieces.append(parse_expression(piece, Place("<text>", 1, 1, 1, piece), words))
        elif piece:
            pieces.append(piece)
    return tuple(pieces)


def check_prose(scalar: Scalar, words: Vocabulary, problems: Problems) -> None:
    """Note every `$…$` that is no expression, and a `$` without its partner."""
    if "$" not in scalar.text:
        return
    positions = scalar.positions()
    for inside, piece, offset in _pieces(scalar.text):
        place = scalar.source.at(positions[min(offset, len(positions) - 1)]) if scalar.source and positions else scalar.place
        if inside:
            _check_expression(piece, place, words, problems)
    if scalar.text.replace("\\$", "").count("$") % 2:
        last = max(offset for offset, character in enumerate(scalar.text) if character == "$")
        place = scalar.source.at(positions[last]) if scalar.source and positions else scalar.place
        problems.error("this '$' has no partner", place, "an expression stands between two: $2*x$; a dollar sign is written \\$")


def _check_expression(piece: str, place: Place, words: Vocabulary, problems: Problems) -> None:
    try:
        if "\n" in piece:
            raise SpecError(Problem("the two '$' of an expression stand on one line", place))
        parse_expression(piece, replace(place, length=max(1, len(piece))), words)
    except SpecError as error:
        problems.add(error)


def _pieces(text: str) -> Iterator[tuple[bool, str, int]]:
    """Yield `(inside dollars?, piece, its offset)`; an odd last dollar is taken as words."""
    marked = text.replace("\\$", "\0\0")
    parts, offset = marked.split("$"), 0
    for number, part in enumerate(parts):
        inside = number % 2 == 1 and number < len(parts) - 1
        yield inside, part.replace("\0\0", "$"), offset
        offset += len(part) + 1
