"""Files → claims with their verdicts: each relation between numbers, with the names defined so far in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import PurePath
from typing import Any, Literal

from derivgen.claims import judging
from derivgen.claims.judging import Match, against_figure, short
from derivgen.claims.reading import Figure, Style, UnreadableError, figure_of, read
from derivgen.claims.relations import Chain, chains_of
from derivgen.claims.sources import Formula, Source, sources_of, text_of
from derivgen.claims.spec_values import Measure
from derivgen.claims.tokens import Macro, Token, macros_of, tokens_of
from derivgen.errors import Place
from derivgen.maths import arithmetic
from derivgen.maths.arithmetic import DomainError, Number, real
from derivgen.maths.evaluate import UnknownValueError
from derivgen.maths.interpret import deep_recursion
from derivgen.maths.tree import Expr, Num, Partial, Power, Shown, Sym, rebuild, walk
from derivgen.weave.marks import DocumentText

Verdict = Literal["true", "rounded", "false", "carried", "unread"]
VERDICTS: tuple[Verdict, ...] = ("true", "rounded", "false", "carried", "unread")
SAME = Fraction(1, 10**40)
UNROUNDED = "with the figures before it carried unrounded"
_ONLY_DELIMITERS = re.compile(r"[\s$|&>\[\]()\\]*")
MOST_FORMULA = 20_000
"""Signs of one formula; a longer one is not read."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A relation and what is to be said of it; the fields are those of `check --json`."""

    place: Place
    left: str
    relation: str
    right: str
    verdict: Verdict
    value: str | None = None
    printed: str | None = None
    against: str = "own"
    cause: str = ""
    message: str = ""
    cell: int = 0


@dataclass(frozen=True)
class Checked:
    """A file's claims, in the order in which they are written."""

    file: str
    claims: tuple[Claim, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Return how many claims have each verdict."""
        return {verdict: sum(claim.verdict == verdict for claim in self.claims) for verdict in VERDICTS}

    @property
    def failed(self) -> bool:
        """Tell whether a claim is false or rests on a false one."""
        return any(claim.verdict in ("false", "carried") for claim in self.claims)


@dataclass(frozen=True, slots=True)
class Known:
    """What a name is worth in the file: as printed last, and unrounded (of a false figure: what is right).

    `given`: not worked out. `step` is by how much a rounded figure can be off whose unrounded value is not known.
    """

    printed: Number
    exact: Number
    given: bool = False
    wrong: bool = False
    line: int = 0
    step: Fraction = Fraction(0)


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a relation: its text in the file, its trees or the reason why there are none, and what it is."""

    text: str
    start: int
    end: int
    trees: tuple[Expr, ...] = ()
    reason: str = ""
    figure: Figure | None = None
    name: str = ""
    partial: tuple[str, str] | None = None

    @property
    def is_label(self) -> bool:
        """Tell whether the side only names something."""
        return bool(self.name) or self.partial is not None


@dataclass
class _State:
    """What a file has said so far."""

    names: dict[str, Known] = field(default_factory=dict)
    partials: dict[tuple[str, str], Known] = field(default_factory=dict)
    figures: dict[str, tuple[Number, bool]] = field(default_factory=dict)
    givens: set[str] = field(default_factory=set)
    pending: list[tuple[int, Side, Side, bool]] = field(default_factory=list)

    def known(self, name: str) -> bool:
        """Tell whether a name has a value."""
        return self.find(name) is not None

    def find(self, name: str) -> str | None:
        """Return a name as it was defined; upper and lower case of its index count only where there are several."""
        if name in self.names:
            return name
        base, mark, rest = name.partition("_")
        if not mark:
            return None
        near = [
            other for other in self.names if other.partition("_")[0] == base and other.partition("_")[2].lower() == rest.lower()
        ]
        return near[0] if len(near) == 1 else None


@deep_recursion()
def check(data: bytes, name: str, measure: Measure | None = None) -> Checked:
    """Return the claims of a file, with a measure compared with its spec. Raises UserError for a file that cannot be read."""
    sources = sources_of(data, name)
    whole = "\n".join(source.document.text for source in sources)
    reader = _Reader(PurePath(name).suffix.lower() if name != "-" else ".md", macros_of(whole), _has_commas(sources), measure)
    for source in sources:
        for formula in source.formulas:
            reader.formula(source, formula)
    return Checked(name, tuple(reader.claims))


def _has_commas(sources: Sequence[Source]) -> bool:
    """Return whether a file's decimals have a comma: more numbers in its formulas have one than a point."""
    commas = points = 0
    for source in sources:
        for formula in source.formulas:
            text = source.document.text[formula.start : formula.end]
            for k in range(1, len(text) - 1):
                if text[k] in ",." and text[k - 1].isdecimal() and text[k + 1].isdecimal():
                    commas, points = commas + (text[k] == ","), points + (text[k] == ".")
    return commas > points


class _Reader:
    """Goes through a file and keeps what it says."""

    def __init__(self, ending: str, macros: Mapping[str, Macro], comma: bool, measure: Measure | None):
        self.ending, self.macros, self.measure = ending, macros, measure
        self.state = _State()
        self.style = Style(comma, self._known)
        if measure is not None:
            self.style = replace(self.style, function=measure.own_function, samples=(measure.letter, measure.samples))
        self.sample = 1
        self.moved = False
        self.by_spec = False
        self.opened: tuple[str, Side] | None = None
        self.last: tuple[DocumentText, int, list[Token]] | None = None
        self.claims: list[Claim] = []
        self.source: Source

    def formula(self, source: Source, formula: Formula) -> None:
        """Judge the relations of one formula."""
        self.source = source
        text = text_of(source, formula, self.ending)
        if not any(sign in text for sign in ("=", "≈", r"\approx", r"\doteq", r"\simeq", "arrow", r"\to", "←", "≐")):
            return
        try:
            if len(text) > MOST_FORMULA:
                raise UnreadableError(f"a formula of more than {MOST_FORMULA:,} signs", formula.start, formula.start + 1)
            chains = chains_of(tokens_of(text, formula.start, self.macros))
        except UnreadableError as error:
            start = error.start if error.start >= 0 else formula.start
            self.claims.append(
                Claim(self._place(start, start + 1), "", "=", "", "unread", message=error.reason, cell=source.cell)
            )
            return
        for number, chain in enumerate(chains):
            if not chain.sides[0]:
                self._begun(chain, number == 0)
            if chain.relations:
                self._chain(chain)
        if chains:
            self.last = source.document, formula.end, chains[-1].sides[-1]

    def _begun(self, chain: Chain, first: bool) -> None:
        """Give a chain that begins with a relation the last side of the formula right before it; else its first side goes."""
        if first and self.last is not None and self.last[0] is self.source.document:
            _, end, side = self.last
            start = chain.relations[0].start
            if start - end < 40 and _ONLY_DELIMITERS.fullmatch(self.source.document.text[end:start]):
                chain.sides[0] = side
                return
        chain.sides.pop(0)
        chain.relations.pop(0)

    def _known(self, name: str) -> bool:
        """Tell whether a name has a value in the file or is one of the spec's."""
        return self.state.known(name) or (self.measure is not None and self.measure.find(name) is not None)

    def _place(self, start: int, end: int) -> Place:
        return self.source.document.place(start, max(1, end - start))

    def _side(self, tokens: list[Token], at: int) -> Side:
        if not tokens:
            return Side("", at, at, reason="nothing stands on one side")
        start, end = min(token.start for token in tokens), max(token.end for token in tokens)
        text = self.source.document.text[start:end]
        try:
            trees = read(tokens, self.style)
        except UnreadableError as error:
            return Side(text, start, end, reason=error.reason)
        only = trees[0] if len(trees) == 1 else None
        name = only.name if isinstance(only, Sym) else ""
        if (
            isinstance(only, Power)
            and isinstance(only.base, Sym)
            and isinstance(only.exponent, Num)
            and not self._known(only.base.name)
        ):
            name = f"{only.base.name}^{only.exponent.text}"
        partial = (only.of.name, only.by.name) if isinstance(only, Partial) else None
        return Side(text, start, end, trees, "", figure_of(only) if only is not None else None, name, partial)

    def _chain(self, chain: Chain) -> None:
        sides = [
            self._side(tokens, relation.start)
            for tokens, relation in zip(chain.sides, [*chain.relations, chain.relations[-1]], strict=True)
        ]
        before: Side | None = None
        label: Side | None = None
        right: Number | None = None
        begun = 0
        if self.opened is not None and len(sides) == 2 and sides[0].name == self.opened[0] and sides[1].figure is not None:
            before = self.opened[1]  # y = 0.5 + 0.6, and below it y = 1.1
        for k, side in enumerate(sides):
            relation = chain.relations[k - 1] if k else None
            if relation is not None and relation.kind in ("arrow", "unequal"):
                self._define(sides[begun:k], right)
                before, label, right, begun = None, None, None, k
                if relation.kind == "arrow" and sides[k - 1].name:
                    self._update(sides[k - 1], relation, sides[k:])
            elif relation is not None and label is not None and (before is None or (self.opened and before is self.opened[1])):
                if before is not None:
                    right = self._judge(before, relation, side, right)
                self._against_spec(label, relation, side)
            elif relation is not None and side.is_label and before is not None and k:
                self._against_spec(side, relation, before, at=side)
            elif relation is not None and not side.is_label and before is not None:
                right = self._judge(before, relation, side, right)
            if side.is_label:
                label = side if before is None or k == 0 else label
            else:
                before = side
        self._define(sides[begun:], right, any(relation.kind == "approx" for relation in chain.relations))
        last, name = sides[-1], sides[0].name
        goes_on = name and last.figure is None and last.trees and not last.is_label and self._number(last) is not None
        self.opened = (name, last) if goes_on and not any(name in judging.names_in(tree) for tree in last.trees) else None

    def _update(self, name: Side, relation: Token, sides: Sequence[Side]) -> None:
        """Judge `w ← w - η g = 0.36`: never against the old value, but against the spec's; from then on the name has no value."""
        self.state.names.pop(name.name, None)
        last = next((side for side in reversed(sides) if not side.is_label and self._number(side) is not None), None)
        if last is None:
            return
        wanted = self.measure.after_update(name.name) if self.measure is not None else None
        if wanted is None or self.moved:
            self._say(name, relation, last, "unread", message="an update is compared with a spec only", at=last)
        else:
            self._measured(name, relation, last, wanted, last)

    def _against_spec(self, label: Side, relation: Token, side: Side, at: Side | None = None) -> None:
        """Compare what the file says a name or a derivative is with what the spec says."""
        if self.measure is None:
            return
        meant = label.trees[0] if label.trees else None
        target = self.measure.resolved(meant) if isinstance(meant, (Sym, Partial)) else None
        updated = self.measure.updated(label.name) if label.name else None
        if target is None and updated is None:
            return
        if side.is_label or side.reason or self._unknown(side):
            reason = side.reason or ("" if side.is_label else self._unknown(side))
            if reason:
                self._say(label, relation, side, "unread", against="spec", message=reason, at=side)
                return
        if self.moved:
            return
        every = self._in_every_sample(label)
        for sample in range(1, self.measure.samples + 1 if every else 2):
            self.sample = sample
            try:
                wanted = updated if target is None else judging.value_in(target, self.measure.bound(sample))
            except (UnknownValueError, DomainError, LookupError):
                wanted = None
            if wanted is None or self._number(side) is None:
                self.sample = 1
                return
            match = self._near(wanted, side, False)
            if match is None or sample == self.measure.samples or not every:
                break
        leaf = isinstance(target, Sym) and self.measure.is_leaf(target.name)
        known = self.state.known(label.name)
        if match is None and every and side.figure is not None:
            self.sample = 1  # one number for a name that has one in each sample: of which, is not said
            return
        if match is None and leaf and known:
            self.moved = True
        else:
            self._measured(label, relation, side, wanted, at or side, isinstance(target, Sym) and leaf)
        self.sample = 1

    def _near(self, wanted: Number, side: Side, leaf: bool) -> Match | None:
        """Return how a side agrees with the spec's value; figures that were rounded on the way may differ a little."""
        value = self._number(side)
        assert value is not None
        if side.figure is not None:
            match = against_figure(wanted, side.figure, True)
            off = abs(real(arithmetic.add(wanted, -side.figure.value)))
            if match is None and not leaf and off <= abs(real(wanted)) * real(Fraction(1, 200)):
                return Match(False, "as near to the spec's value as figures rounded before it allow")
            return match
        for tree in side.trees:
            found = self._value(tree)
            if found is None:
                continue
            of_spec = self._value_by_spec(tree)
            if arithmetic.near(wanted, found, SAME) or (of_spec is not None and arithmetic.near(wanted, of_spec, SAME)):
                return Match(True)
            fresh = {text: judging.unit_of(text) / 2 for text in judging.decimals([tree]) if text not in self.state.givens}
            off = abs(real(arithmetic.add(wanted, -found)))
            if off <= judging.slack(tree, fresh | self._steps(tree), self._worked_out):
                return Match(False, "as near to the spec's value as the rounded figures in it allow")
        return None

    def _measured(self, label: Side, relation: Token, side: Side, wanted: Number, at: Side, leaf: bool = False) -> None:
        match = self._near(wanted, side, leaf)
        figure = side.figure
        if match is not None:
            self._say(
                label, relation, side, "true" if match.exact else "rounded", wanted, figure, "spec", message=match.how, at=at
            )
        elif self._rests_on_wrong(side):
            self._say(
                label, relation, side, "carried", wanted, figure, "spec", message="it rests on a false figure before it", at=at
            )
        else:
            value = self._number(side)
            cause = judging.cause_of(wanted, figure) if figure is not None else ""
            if not cause and value is not None and arithmetic.near(value, -wanted, SAME):
                cause = "sign"
            said = f"in the spec {label.text} is {short(wanted)}, this is {short(value) if value is not None else '?'}"
            self._say(label, relation, side, "false", wanted, figure, "spec", cause, said + (f" ({cause})" if cause else ""), at)

    def _number(self, side: Side, exact: bool = False) -> Number | None:
        for tree in side.trees:
            value = self._value(tree, exact)
            if value is not None:
                return value
        return None

    def _value(self, tree: Expr, exact: bool = False, forerunners: bool = False) -> Number | None:
        """Return the value of a tree, None where a name in it has none or it has none itself."""
        try:
            return self._worked_out(tree, exact, forerunners)
        except (UnknownValueError, DomainError, KeyError):
            return None

    def _value_by_spec(self, tree: Expr) -> Number | None:
        """Return the value of a tree with the spec's own values of names, whatever the file has printed for them."""
        if self.measure is None:
            return None
        self.by_spec = True
        try:
            return self._value(tree)
        finally:
            self.by_spec = False

    def _worked_out(self, tree: Expr, exact: bool = False, forerunners: bool = False) -> Number:
        if forerunners:
            before = self._forerunners(tree)
            tree = judging.replaced(tree, {text: value for text, (value, _) in before.items()})
        env = judging.NOTHING if self.measure is None else self.measure.bound(self.sample)
        return judging.value_in(self._resolved(tree, exact), env)

    def _resolved(self, tree: Expr, exact: bool) -> Expr:
        """Return a tree with the file's values in the place of names, and the spec's names for what the file does not define."""
        meant = self.measure.resolved(tree) if self.measure is not None and isinstance(tree, (Sym, Partial)) else None
        if self.by_spec and meant is not None:
            return meant
        if isinstance(tree, Partial):
            known = self.state.partials.get((tree.of.name, tree.by.name))
        elif isinstance(tree, Sym):
            key = self.state.find(tree.name)
            known = self.state.names[key] if key is not None else None
        else:
            return rebuild(tree, lambda part: self._resolved(part, exact))
        if known is not None:
            return Shown(known.exact if exact else known.printed, "")
        if meant is None:
            raise UnknownValueError(str(tree))
        return meant

    def _forerunners(self, tree: Expr) -> dict[str, tuple[Number, bool]]:
        """Return what decimals in a tree are unrounded, by their text: figures printed before, or rounded from one."""
        found: dict[str, tuple[Number, bool]] = {}
        for text, value in judging.decimals([tree]).items():
            if text in self.state.givens:
                continue
            if judging.significant(text) < 2:
                continue
            if text in self.state.figures:
                found[text] = self.state.figures[text]
                continue
            if judging.significant(text) < 3:
                continue  # many figures before it round to so short a one
            unit = judging.unit_of(text)
            for exact, wrong in reversed(list(self.state.figures.values())[-200:]):
                if abs(real(arithmetic.add(exact, -value))) <= real(unit) / 2:
                    found[text] = exact, wrong
                    break
        return found

    def _judge(self, left: Side, relation: Token, side: Side, right: Number | None) -> Number | None:
        """Say what is to be said of two sides; return what is right where the chain is false so far."""
        if left.reason or side.reason:
            self._say(left, relation, side, "unread", message=left.reason or side.reason, at=left if left.reason else side)
            return right
        unknown = self._unknown(left) or self._unknown(side)
        if unknown:
            self._say(left, relation, side, "unread", message=unknown, at=side)
            return None
        approximate = relation.kind == "approx"
        match, value, figure = self._compared(left, side, approximate)
        against = "own"
        if self._names(left) or self._names(side):
            against = "spec" if self.measure is not None and self._of_spec(left, side) else "file"
        best = self._best(left) if side.figure is not None or left.figure is None else self._best(side)
        wrong = right is not None or self._rests_on_wrong(left) or self._rests_on_wrong(side)
        if match is not None:
            if wrong and not self._also_right(right, best, side):
                self._say(
                    left,
                    relation,
                    side,
                    "carried",
                    value,
                    figure,
                    against,
                    message="right by itself, but it rests on a false figure before it",
                    at=side,
                )
                self._remember(side, right if right is not None else best, True)
                return right
            verdict: Verdict = "true" if match.exact else "rounded"
            self._say(left, relation, side, verdict, value, figure, against, message=match.how, at=side)
            self._remember(side, best, False)
            return None
        if right is not None and side.figure is not None and against_figure(right, side.figure, approximate):
            self._say(left, relation, side, "true", right, figure, against, message="right again", at=side)
            self._remember(side, right, False)
            return None
        if against != "own" and self._names(left) and not self._names(side) and side.figure is None:
            message = "these are other numbers than those of the names: another example, or a slip"
            self._say(left, relation, side, "unread", value, figure, against, message=message, at=side)
            return None
        if any(self._value(tree) is None for tree in (*left.trees, *side.trees)):
            message = "this can be read in several ways, and in one of them it has no value"
            self._say(left, relation, side, "unread", value, figure, against, message=message, at=side)
            return None
        cause = judging.cause_of(value, figure) if figure is not None else ""
        said = f"this is {short(value)}"
        if figure is not None:
            where, more = "left" if side.figure is None else "this", "" if _is_short(value, figure) else "…"
            said = f"{where} is {judging.shown(value, figure.unit)}{more}, not {figure_text(figure)}"
        if against == "file":
            self.state.pending.append((len(self.claims), left, side, approximate))
        self._say(left, relation, side, "false", value, figure, against, cause, said + (f" ({cause})" if cause else ""), side)
        self._remember(side, right if right is not None else best, True)
        return right if right is not None else value

    def _also_right(self, right: Number | None, best: Number | None, side: Side) -> bool:
        """Return whether a figure is right whatever was false before it."""
        if side.figure is None:
            return False
        value = right if right is not None else best
        return value is not None and against_figure(value, side.figure, True) is not None

    def _compared(self, left: Side, side: Side, approximate: bool) -> tuple[Match | None, Number, Figure | None]:
        """Return how two sides agree (None: not at all), the value, and the figure it was compared with."""
        flipped = side.figure is None or (left.figure is not None and left.figure.unit > side.figure.unit)
        of, figure_side = (side, left) if flipped and left.figure is not None else (left, side)
        figure = figure_side.figure
        first: Number | None = None
        for tree in of.trees:
            value = self._value(tree)
            if value is None:
                continue
            first = value if first is None else first
            match = self._agrees(tree, figure_side, approximate)
            if match is not None:
                return match, value, figure
        assert first is not None
        return None, first, figure

    def _agrees(self, tree: Expr, other: Side, approximate: bool) -> Match | None:
        if other.figure is not None:
            for exact, forerunners in ((False, False), (True, False), (True, True)):
                value = self._value(tree, exact, forerunners)
                match = against_figure(value, other.figure, approximate) if value is not None else None
                if match is not None:
                    return match if not exact else Match(False, f"{match.how or 'right'}, {UNROUNDED}")
            value = self._value_by_spec(tree)
            match = against_figure(value, other.figure, approximate) if value is not None else None
            if match is not None:
                return match
            value = self._value(tree)
            assert value is not None
            # of names, what is worked out on the way is rounded as well
            open_ = judging.slack(tree, self._rounded(tree), self._worked_out)
            open_ += 2 * judging.slack(tree, self._steps(tree), self._worked_out)
            if abs(real(arithmetic.add(value, -other.figure.value))) <= open_ + real(other.figure.unit) / 2 and open_:
                return Match(False, "as near as the rounded figures in it allow")
            return None
        for against in other.trees:
            for exact, forerunners in ((False, False), (True, False), (True, True)):
                a, b = self._value(tree, exact, forerunners), self._value(against, exact, forerunners)
                if a is not None and b is not None and arithmetic.near(a, b, SAME):
                    return Match(True) if not exact else Match(False, UNROUNDED)
            a, b = self._value_by_spec(tree), self._value_by_spec(against)
            if a is not None and b is not None and arithmetic.near(a, b, SAME):
                return Match(True)
            a, b = self._value(tree), self._value(against)
            if a is None or b is None:
                continue
            mine, theirs = judging.decimals([tree]), judging.decimals([against])
            fresh = {text: judging.unit_of(text) / 2 for text in theirs if text not in mine and judging.significant(text) > 1}
            old = {text: judging.unit_of(text) / 2 for text in mine if text not in theirs and judging.significant(text) > 3}
            if not judging.names_in(tree):
                fresh = {text: step for text, step in fresh.items() if text not in self.state.givens}
            off = abs(real(arithmetic.add(a, -b)))
            open_ = judging.slack(against, fresh, self._worked_out) + judging.slack(
                tree, old | self._steps(tree), self._worked_out
            )
            if off <= open_:
                return Match(False, "as near as the rounded figures in it allow")
        return None

    def _rounded(self, tree: Expr) -> dict[str, Fraction]:
        """Return by how much decimals that may be rounded figures can be off."""
        before = self._forerunners(tree)
        found = {}
        for text, value in judging.decimals([tree]).items():
            if text in self.state.givens:
                continue
            if judging.significant(text) > 3 or (
                text in before and not before[text][1] and not arithmetic.near(before[text][0], value, SAME)
            ):
                found[text] = judging.unit_of(text) / 2
        return found

    def _steps(self, tree: Expr) -> dict[str, Fraction]:
        """Return by how much the names in a tree can be off, as they were rounded."""
        keys = {name: self.state.find(name) for name in judging.names_in(tree)}
        found = {name: self.state.names[key].step for name, key in keys.items() if key is not None}
        for node in walk(tree):
            if isinstance(node, Partial) and (known := self.state.partials.get((node.of.name, node.by.name))):
                found[f"{node.of.name}/{node.by.name}"] = known.step
        return {name: step for name, step in found.items() if step}

    def _best(self, side: Side) -> Number | None:
        return judging.first_known([self._value(tree, True, True) for tree in side.trees])

    def _rests_on_wrong(self, side: Side) -> bool:
        for tree in side.trees[:1]:
            for name in judging.names_in(tree):
                key = self.state.find(name)
                if key is not None and self.state.names[key].wrong:
                    return True
            of_by = [(node.of.name, node.by.name) for node in walk(tree) if isinstance(node, Partial)]
            if any(pair in self.state.partials and self.state.partials[pair].wrong for pair in of_by):
                return True
            for text in judging.decimals([tree]):
                if judging.significant(text) > 1 and self.state.figures.get(text, (0, False))[1]:
                    return True
        return False

    def _remember(self, side: Side, exact: Number | None, wrong: bool) -> None:
        """Note what a printed figure is unrounded, or what would be right in its place."""
        if side.figure is None or exact is None or "." not in side.figure.text:
            return
        text = side.figure.text
        value = exact if side.figure.value >= 0 or side.figure.text.startswith("-") else -exact
        if arithmetic.near(value, abs(side.figure.value), SAME):
            self.state.figures.pop(text, None)
            self.state.givens.add(text)
        else:
            self.state.givens.discard(text)
            self.state.figures[text] = value, wrong

    def _unknown(self, side: Side) -> str:
        """Return why a side has no value; empty where it has one."""
        if self._number(side) is not None:
            return ""
        tree = side.trees[0]
        missing = sorted(name for name in judging.names_in(tree) if not self._known(name))
        partial = [
            node for node in walk(tree) if isinstance(node, Partial) and (node.of.name, node.by.name) not in self.state.partials
        ]
        if partial:
            return f"no value is known for ∂{partial[0].of.name}/∂{partial[0].by.name}"
        if missing:
            return f"no value is known for {', '.join(missing[:4])}"
        try:
            self._worked_out(tree)
        except DomainError as error:
            return str(error)
        except (UnknownValueError, KeyError):
            pass
        return "this cannot be evaluated"

    def _of_spec(self, *sides: Side) -> bool:
        """Tell whether a value is taken from the spec: of a name that the file does not define."""
        for side in sides:
            for node in walk(side.trees[0]):
                if isinstance(node, Partial) and (node.of.name, node.by.name) not in self.state.partials:
                    return True
                if isinstance(node, Sym) and not self.state.known(node.name):
                    return True
        return False

    def _names(self, side: Side) -> bool:
        return any(isinstance(node, (Sym, Partial)) for tree in side.trees[:1] for node in walk(tree))

    def _define(self, sides: Sequence[Side], right: Number | None, approximate: bool = False) -> None:
        """Give the names of a chain their value: the last figure, and unrounded what the first side that has a value is worth."""
        labels = [side for side in sides if side.is_label]
        if not labels:
            return
        values = [side for side in sides if not side.is_label and side.trees and self._number(side) is not None]
        line = self.source.document.line_of(labels[0].start) + 1
        if not values:
            known = next((self.state.names[key] for side in labels if (key := self.state.find(side.name))), None)
            if len(labels) < 2 or known is None or self.state.find(labels[0].name):
                if any(side.reason or side.trees for side in sides if not side.is_label):
                    for side in labels:  # defined anew by something that is not known: what was before does not count any more
                        self.state.names.pop(side.name, None)
                return
            found = replace(known, line=line)
        else:
            printed = self._number(values[-1])
            exact = right if right is not None else self._best(values[0])
            assert printed is not None
            alone = len(values) == 1 and values[0].figure is not None
            given = alone and len(sides) == len(labels) + 1 and not approximate
            step = Fraction(0)
            last = values[-1].figure
            if (
                last is not None
                and "." in last.text
                and not given
                and (alone or exact is None or not arithmetic.near(exact, printed, SAME))
            ):
                step = last.unit / 2
            found = Known(
                printed,
                printed if alone or exact is None else exact,
                given,
                right is not None or any(map(self._rests_on_wrong, values)),
                line,
                step,
            )
            if alone and values[0].figure is not None:
                text = values[0].figure.text
                if text in self.state.figures:
                    exact, wrong = self.state.figures[text]
                    value = exact if values[0].figure.value >= 0 else -exact
                    found = replace(found, exact=value, step=Fraction(0), wrong=wrong and judging.significant(text) > 1)
                elif given:
                    self.state.givens.add(text)
        for side in labels:
            if self._in_every_sample(side):
                continue
            if side.partial is not None:
                self.state.partials[side.partial] = found
            else:
                self.state.names[side.name] = found
        self._solved({side.name for side in labels})

    def _in_every_sample(self, side: Side) -> bool:
        """Tell whether a name or derivative has a value in each sample of the spec: one number in the file is not its value."""
        if self.measure is None or not side.trees or not isinstance(side.trees[0], (Sym, Partial)):
            return False
        meant = self.measure.resolved(side.trees[0])
        return meant is not None and any(isinstance(node, Sym) and node.index == self.measure.letter for node in walk(meant))

    def _solved(self, names: set[str]) -> None:
        """Take back what was called false of an equation, where a value found later for one of its names makes it true."""
        kept = []
        for number, left, side, approximate in self.state.pending:
            used = {name for tree in (*left.trees[:1], *side.trees[:1]) for name in judging.names_in(tree)}
            if (
                used & names
                and not self._unknown(left)
                and not self._unknown(side)
                and self._compared(left, side, approximate)[0]
            ):
                self.claims[number] = replace(
                    self.claims[number], verdict="true", value=None, cause="", message="true with what follows below"
                )
            else:
                kept.append((number, left, side, approximate))
        self.state.pending = kept[-50:]

    def _say(
        self,
        left: Side,
        relation: Token,
        right: Side,
        verdict: Verdict,
        value: Number | None = None,
        figure: Figure | None = None,
        against: str = "own",
        cause: str = "",
        message: str = "",
        at: Side | None = None,
    ) -> None:
        at = at if at is not None and at.text else left
        end = at.end if "\n" not in at.text else at.start + at.text.index("\n")
        worth = None if value is None else short(value)
        printed = None if figure is None else figure_text(figure)
        place = self._place(at.start, end)
        sides = left.text, relation.text, right.text
        self.claims.append(Claim(place, *sides, verdict, worth, printed, against, cause, message, self.source.cell))


def _is_short(value: Number, figure: Figure) -> bool:
    return arithmetic.near(Fraction(judging.shown(value, figure.unit)), value, SAME)


def figure_text(figure: Figure) -> str:
    """Return a figure as plain text."""
    if "e" in figure.text.lower() or figure.unit * 10 ** max(0, len(figure.text)) < 1 or figure.unit > 1:
        return f"{float(figure.value):g}"
    return (
        f"{'-' if figure.value < 0 else ''}{figure.text.lstrip('-')}"
        if abs(figure.value) == abs(Fraction(figure.text))
        else short(figure.value)
    )


def claims_as_objects(checked: Checked) -> Iterator[dict[str, Any]]:
    """Yield a file's claims as `check --json` prints them."""
    for claim in checked.claims:
        yield {
            **({"cell": claim.cell} if claim.cell else {}),
            "line": claim.place.line,
            "column": claim.place.column,
            "left": claim.left,
            "relation": claim.relation,
            "right": claim.right,
            "verdict": claim.verdict,
            "value": claim.value,
            "printed": claim.printed,
            "against": claim.against,
            "cause": claim.cause,
            "message": claim.message,
        }
