"""d/dx (f), step by step: one rule a step until no derivative is left open, then the result tidied up.

A step is a record: the expression before, the expression after, the rule between them.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from types import MappingProxyType

from derivgen.derivation.products import negative, product, total
from derivgen.derivation.rules import ALIKE, Applied, Rule, Setting, apply, inside_of, kind_of
from derivgen.derivation.simplify import tidied
from derivgen.derivation.textbook import definition_of, finished, named
from derivgen.frozen import dataclass
from derivgen.maths.functions import Library
from derivgen.maths.names import split
from derivgen.maths.plain import plain
from derivgen.maths.tree import (
    ZERO,
    Call,
    Derivative,
    Expr,
    Letter,
    Neg,
    Product,
    Quotient,
    Reduce,
    Sum,
    SumOver,
    Sym,
    rebuild,
    walk,
)

MOST_STEPS = 300
MOST_NODES = 200_000
LETTERS = ("u", "v", "w", "s", "t", "r", "q", "p", "m", "k")


class TooLongError(Exception):
    """The derivation has more steps, or longer ones, than anybody would read."""


@dataclass(frozen=True, slots=True)
class Step:
    """before = after, by one rule, or by one way of tidying."""

    before: Expr
    after: Expr
    rule: Rule
    tidying: bool = False


@dataclass(frozen=True, slots=True)
class Steps:
    """d/dx (expr) worked out: `start` is that derivative, each step starts where the one before ended."""

    start: Derivative
    steps: tuple[Step, ...]

    @property
    def result(self) -> Expr:
        """Return the derivative in its last form."""
        return self.steps[-1].after if self.steps else self.start


def worked_out(
    expr: Expr, by: Sym, library: Library, names: tuple[str, ...] = (), known: Mapping[str, Expr] = MappingProxyType({})
) -> Steps:
    """Work d expr / d by out, one rule a step; `names` are not used as letters for inner expressions.

    `known` holds the derivatives by `by` of letters in the expression, which are not worked out again.
    A function of the table by itself, f(x), is worked out from its definition. Raises TooLongError.
    """
    used = {node.name for node in walk(expr) if isinstance(node, Sym)}
    curly = bool(used - {by.name}) or any(isinstance(node, Letter) for node in walk(expr))
    start = Derivative(expr, by, curly)
    worker = _Worker(library, (*names, *used, by.name), known)
    return Steps(start, tuple(_counted(_all(start, worker))))


def _counted(steps: Iterator[Step]) -> Iterator[Step]:
    nodes = 0
    for count, step in enumerate(steps):
        nodes += sum(1 for _ in walk(step.after))
        if count >= MOST_STEPS or nodes > MOST_NODES:
            raise TooLongError
        yield step


def _all(start: Derivative, worker: _Worker) -> Iterator[Step]:
    current: Expr = start
    spelled = definition_of(start.body, worker.library)
    if spelled is not None:
        opened = Derivative(spelled.expr, start.by, start.curly)
        yield Step(current, opened, spelled.rule)
        current = opened
    stream = _Stream(worker.stages(current, None))
    while stream.pending is not None:
        applied = stream.advance()
        if plain(applied.expr) != plain(current):
            yield Step(current, applied.expr, applied.rule, stream.tidying)
            current = applied.expr
    for way in (lambda expr: named(expr, start), lambda expr: tidied(expr, start.by), lambda expr: finished(expr, start)):
        for applied in way(current):
            yield Step(current, applied.expr, applied.rule, True)
            current = applied.expr


PUT_BACK = "put back"

_Stages = Generator[str | Applied, None, None]
"""In turns: which rule comes next, and, once that is asked for, what it made."""


class _Stream:
    """The stages of one derivative; `pending` is the rule that comes next, None at the end."""

    def __init__(self, stages: _Stages):
        self._stages = stages
        self.pending = self._announced()
        self.tidying = False

    def _announced(self) -> str | None:
        kind = next(self._stages, None)
        assert kind is None or isinstance(kind, str)
        return kind

    def advance(self) -> Applied:
        """Return the derivative after its next rule."""
        self.tidying = self.pending == PUT_BACK
        applied = next(self._stages)
        assert isinstance(applied, Applied)
        self.pending = self._announced()
        return applied


class _Worker:
    """Works derivatives out, and hands out the letters for inner expressions."""

    def __init__(self, library: Library, taken: tuple[str, ...], known: Mapping[str, Expr]):
        self.library = library
        self.taken = frozenset((*taken, *(split(name).base for name in taken)))
        self.live: list[Letter] = []
        self.setting = Setting(library, self.letter, known)

    def letter(self, content: Expr) -> Letter:
        """Return a letter that stands for the expression, the same one while it is in use."""
        for letter in self.live:
            if letter.content == content:
                self.live.append(letter)
                return letter
        used = self.taken | {letter.name for letter in self.live}
        several = (f"u_{k}" for k in range(1, MOST_STEPS * 2))
        name = next(name for name in (*LETTERS, *several) if name not in used)
        self.live.append(Letter(name, _index(content), content=content))
        return self.live[-1]

    def stages(self, expr: Expr, scope: list[Letter] | None) -> _Stages:
        """Yield a derivative after one rule, after another, and so on.

        The outermost one that takes a letter puts all of its scope back.
        """
        assert isinstance(expr, Derivative)
        yield announcement(expr, self.library)
        applied = apply(expr, self.setting)
        yield applied
        current, own = applied.expr, scope
        if applied.letter is not None:
            own = [] if scope is None else scope
            own.append(applied.letter)
        for stage in self.inside(current, own):
            yield stage
            if isinstance(stage, Applied):
                current = stage.expr
        if scope is None and own:
            yield PUT_BACK
            for letter in own:
                self.live.remove(letter)
            yield Applied(_put_back(own), _without(current, {letter.name for letter in own}))

    def inside(self, template: Expr, scope: list[Letter] | None) -> _Stages:
        """Work out all derivatives in the template, the first one first, and beside it what the same rule does alike."""
        opened = [node for node in walk(template) if isinstance(node, Derivative)]
        current: list[Expr] = list(opened)
        streams = [_Stream(self.stages(node, scope)) for node in opened]
        while (whole := _filled(template, iter(current))) is not None:
            live = [k for k, stream in enumerate(streams) if stream.pending is not None]
            if not live or not (_is_open(whole) or any(isinstance(node, Letter) for node in walk(whole))):
                return
            kind = streams[live[0]].pending
            assert kind is not None
            yield kind
            applied = streams[live[0]].advance()
            current[live[0]] = applied.expr
            for k in live[1:]:
                if kind.split(":")[0] in ALIKE and streams[k].pending == kind:
                    current[k] = streams[k].advance().expr
            yield Applied(applied.rule, _filled(template, iter(current)))


def announcement(open_: Derivative, library: Library) -> str:
    """Return the kind of the next rule; of a function of the table, which one; of a chain, what is inside."""
    kind = kind_of(open_, library)
    if kind == "function" and isinstance(open_.body, Call):
        return f"{kind}:{open_.body.function}"
    return f"{kind}:{plain(inside_of(open_.body, open_.by.name)[0])}" if kind == "chain" else kind


def _index(content: Expr) -> str | None:
    """The sample a letter speaks of, where what it stands for speaks of one."""
    bound = {node.index for node in walk(content) if isinstance(node, SumOver)}
    found = {node.index for node in walk(content) if isinstance(node, Sym) and isinstance(node.index, str)} - bound
    return found.pop() if len(found) == 1 else None


def _is_open(expr: Expr) -> bool:
    return any(isinstance(node, Derivative) for node in walk(expr))


def _without(expr: Expr, letters: set[str]) -> Expr:
    """The expression with the letters of these names replaced by what they stand for."""
    if isinstance(expr, Letter) and expr.name in letters:
        return _without(expr.content, letters)
    return rebuild(expr, lambda part: _without(part, letters))


def _put_back(letters: list[Letter]) -> Rule:
    names = dict.fromkeys(letter.name for letter in letters)
    if len(names) == 1:
        return Rule("{u} = {g} put back", {"u": letters[0], "g": letters[0].content})
    return Rule("substitutions put back")


def _filled(template: Expr, parts: Iterator[Expr]) -> Expr:
    """The template with its open derivatives replaced in their order; ones and zeros that come of it are not written."""
    if isinstance(template, Derivative):
        return next(parts)
    if not _is_open(template):
        return template
    built = rebuild(template, lambda part: _filled(part, parts))
    if isinstance(built, Product):
        return product(*built.factors)
    if isinstance(built, Sum):
        return total(
            [negative(t.arg) if isinstance(t, Neg) and t.arg != ZERO else ZERO if t == Neg(ZERO) else t for t in built.terms]
        )
    if isinstance(built, Neg):
        return ZERO if built.arg == ZERO else negative(built.arg)
    if isinstance(built, Quotient) and built.over == ZERO:
        return ZERO
    if isinstance(built, (Reduce, SumOver)) and built.body == ZERO:
        return ZERO
    return built
