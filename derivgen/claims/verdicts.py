"""Two sides, and a name and what the spec says of it → a claim: its verdict and why."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from derivgen.claims import causes, chain_rule, judging, symbols
from derivgen.claims.agreement import compared, near
from derivgen.claims.claim import Change, Claim, Verdict
from derivgen.claims.figures import Figure, figure_of
from derivgen.claims.judging import against_figure, short
from derivgen.claims.mending import as_written, right_figure, right_formula, right_line
from derivgen.claims.sides import Side
from derivgen.claims.sources import Source
from derivgen.claims.tokens import Token
from derivgen.claims.worth import Worth
from derivgen.frozen import dataclass, field, replace
from derivgen.maths.arithmetic import Number
from derivgen.maths.tree import Expr, Partial, Sym, walk

MOST_PENDING = 50
"""How many false equations of names are kept, in case a value found below makes them true."""


@dataclass
class Judge:
    """Collects the claims of a file.

    `stepped`: it has updated a parameter, and gone through so many (`step`) of the assignments of the spec's update; `moved`: it
    goes on with other values than the spec's. `search` is what is left of the work for causes; it `ended` in this cell
    and line. `certain`: of all that was false the cause is. `written`: what quantities of the
    spec are called; `matched`: what names mean there.
    """

    worth: Worth
    claims: list[Claim] = field(default_factory=list)
    pending: list[tuple[int, Side, Side, bool]] = field(default_factory=list)
    stepped: bool = False
    step: int = 0
    moved: bool = False
    certain: bool = True
    written: dict[str, str] = field(default_factory=dict)
    matched: dict[str, str] = field(default_factory=dict)
    source: Source | None = None
    search: causes.Search = field(default_factory=causes.Search)
    ended: tuple[int, int] | None = None

    def compare(self, left: Side, relation: Token, side: Side, right: Number | None, label: Side | None = None) -> Number | None:
        """Judge a relation of two sides; return what is right where the chain is false so far (`right` before it).

        `label` is what the whole chain is said to be: what cannot be compared with the side before it is compared with that.
        """
        said = self.worth.said
        unread = left.reason or side.reason
        unknown = unread or self.worth.unknown(left) or self.worth.unknown(side)
        if unknown and label is not None and not side.reason and label.name and _stands_in(label.name, left):
            if not self._after_step(label, relation, side):
                self.say(left, relation, side, "unread", message=unknown, at=side)
            return None
        if unknown and label is not None and not side.reason and self._target(label) is not None:
            return self.named(label, relation, side, otherwise=unknown)
        if unknown and not unread and symbols.same(left.trees[0], side.trees[0], self.worth):
            self.say(left, relation, side, "true", message="the same in symbols", at=side)
            return None
        if unknown:
            self.say(left, relation, side, "unread", message=unknown, at=left if left.reason else side)
            return right if unread else None
        approximate = relation.kind == "approx"
        match, value, figure = compared(left, side, approximate, self.worth)
        against = "own"
        if left.has_names or side.has_names:
            against = "spec" if self.worth.measure is not None and self.worth.takes_from_spec(left, side) else "file"
        best = self.worth.best(left if side.figure is not None or left.figure is None else side)
        meant = right if right is not None else best
        wrong = right is not None or said.rests_on_wrong(left) or said.rests_on_wrong(side)
        identity = match is not None and match.exact and right is None and left.has_names and side.has_names
        if match is not None and wrong and not identity and not _is_right(side, meant):
            message = "right by itself, but it rests on a false figure before it"
            self.say(left, relation, side, "carried", value, figure, against, message=message, at=side)
            self.claims[-1] = self._carried_on(self.claims[-1], left, side, meant)
            said.remember(side, meant, True)
            return right
        if match is not None:
            verdict: Verdict = "true" if match.exact else "rounded"
            self.say(left, relation, side, verdict, value, figure, against, message=match.how, at=side)
            said.remember(side, best, False)
            return None
        if right is not None and side.figure is not None and against_figure(right, side.figure, approximate):
            self.say(left, relation, side, "true", right, figure, against, message="right again", at=side)
            said.remember(side, right, False)
            return None
        if doubt := self._doubt(left, side, against):
            self.say(left, relation, side, "unread", value, figure, against, message=doubt, at=side)
            return None
        if against == "file":
            self.pending = [*self.pending[1 - MOST_PENDING :], (len(self.claims), left, side, approximate)]
        of = left if side.figure is not None else side
        cause = causes.of_own(value, figure, of, self.worth, self.search) if figure is not None else ""
        self.say(left, relation, side, "false", value, figure, against, cause, _difference(value, figure, side), side)
        said.remember(side, meant, True)
        return right if right is not None else value

    def _doubt(self, left: Side, side: Side, against: str) -> str:
        """Return why two sides that do not agree are not called false; empty for no reason."""
        if against != "own" and left.has_names and not side.has_names and side.figure is None:
            return "these are other numbers than those of the names: another example, or a slip"
        if any(self.worth.value(tree) is None for tree in (*left.trees, *side.trees)):
            return "this can be read in several ways, and in one of them it has no value"
        return ""

    def update(self, name: Side, relation: Token, sides: Sequence[Side]) -> None:
        """Judge `w ← w - η g = 0.36`: never against the old value, but against old − rate · gradient, of the spec or the file."""
        last = next((side for side in reversed(sides) if not side.is_label and self.worth.number(side) is not None), None)
        self.stepped = True
        if last is not None and not self._after_step(name, relation, last):
            message = "an update is compared with old − rate · gradient, and one of them is not known"
            self.say(name, relation, last, "unread", message=message, at=last)

    def _assigned(self, label: Side, side: Side) -> Number | None:
        """Return what the spec's update assigns to a name next: from here on first where it assigns what is printed."""
        measure = self.worth.measure
        name = measure.assigned(label.name) if measure is not None else None
        if measure is None or name is None:
            return None
        coming = [k for k, (each, _) in enumerate(measure.assignments) if each == name and k >= self.step]
        found = next((k for k in coming if near(measure.assignments[k][1], side, False, self.worth)), None)
        if found is not None:
            self.step = found + 1
        elif self.moved or (self.step and coming[:1] != [self.step]):
            return None  # where the file is by now is not known
        return measure.assignments[found if found is not None else coming[0]][1] if coming else None

    def _after_step(self, label: Side, relation: Token, side: Side) -> bool:
        """Judge what a name is after an update; return whether what it should be is known."""
        wanted = self._assigned(label, side)
        if wanted is not None:
            self._measured(label, relation, side, wanted, side, False, self.worth, f"{label.said} after the update")
            return True
        step = self.worth.said.step_of(label.name)
        if step is not None:
            self.compare(Side(label.text, label.start, label.end, (step,)), relation, side, None)
        return step is not None

    def named(self, label: Side, relation: Token, side: Side, at: Side | None = None, otherwise: str = "") -> Number | None:
        """Judge what the file says a name or a derivative is; return what would be right where that is false.

        `otherwise` is why the side could not be compared with the one before it, for where nothing else can be said of it.
        """
        self._call(label)
        self._call(side)
        broken = chain_rule.told(label.partial, side.trees[0]) if label.partial and side.trees else ""
        if label.name and side.name != label.name and at is not label and _stands_in(label.name, side):
            self.stepped = True
            if self.worth.number(side) is not None:
                self._after_step(label, relation, side)  # w = w - η g: not the value that is on its right
            return None
        target = self._target(label)
        updated = self.worth.measure.updated(label.name) if self.worth.measure is not None and label.name else None
        if broken:
            self.say(label, relation, side, "false", cause="the chain", message=broken, at=at or side)
            return None
        if target is None and updated is None:
            if otherwise:
                self.say(label, relation, side, "unread", message=otherwise, at=at or side)
            return None
        if side.reason:
            self.say(label, relation, side, "unread", against="spec", message=side.reason, at=side)
            return None
        if self.moved:
            if otherwise:
                self.say(label, relation, side, "unread", message=otherwise, at=at or side)
            return None
        self.stepped = self.stepped or target is None
        wanted = updated if target is None else self.worth.in_spec(target)
        if wanted is not None and self.worth.number(side) is not None and not self._differs(label, side):
            return self._by_value(label, relation, side, wanted, target, at or side)
        return self._in_symbols(label, relation, side, at or side, otherwise)

    def _formula(self, label: Side) -> str:
        """Return what the spec's derivative is in symbols and in the file's names; empty for no derivative."""
        target, measure = self._target(label), self.worth.measure
        if measure is None or not measure.has_chains or not isinstance(target, Partial) or target.then is not None:
            return ""
        return right_formula(target, measure, self.written)

    def _call(self, side: Side) -> None:
        """Note what quantities of the spec are called in the file: first as a side that is a name alone is written."""
        measure = self.worth.measure
        if measure is None or not side.trees:
            return
        for name in judging.names_in(side.trees[0]):
            meant = measure.find(name)
            if meant is not None and not measure.is_told(name) and (side.name or meant.name not in self.written):
                self.written[meant.name] = side.text if side.name == name else as_written(name)
            if meant is not None and name != meant.name:
                self.matched[name] = meant.name

    def _target(self, label: Side) -> Expr | None:
        """Return what a name or derivative means in the spec; None for nothing."""
        meant = label.trees[0] if label.trees else None
        if self.worth.measure is None or not isinstance(meant, (Sym, Partial)):
            return None
        return self.worth.measure.resolved(meant)

    def _differs(self, label: Side, side: Side) -> bool:
        """Tell whether a side has a value in each sample, and what it is said to be has one."""
        measure = self.worth.measure
        if measure is None or measure.samples == 1 or self.worth.in_every_sample(label) or not side.has_names:
            return False
        try:
            return symbols.speaks_of(symbols.in_names_of_spec(side.trees[0], self.worth), measure.letter)
        except symbols.NotOfSpecError:
            return False

    def _by_value(self, label: Side, relation: Token, side: Side, wanted: Number, target: Expr | None, at: Side) -> Number | None:
        measure, every = self.worth.measure, self.worth.in_every_sample(label)
        assert measure is not None
        given = isinstance(target, Sym) and measure.is_leaf(target.name)
        for sample in range(1, measure.samples + 1 if every else 2):
            worth = self.worth.at(sample)
            value = worth.in_spec(target) if target is not None else wanted
            if value is None or worth.number(side) is None:
                return None
            wanted, match = value, near(value, side, False, worth)
            if match is None:
                break
        if match is None and label.name and measure.is_error(label.name):
            self.say(label, relation, side, "unread", message="δ is not ∂loss/∂z here, or it is false", at=at)
            return None
        if match is None and every and side.figure is not None:
            return None  # one number for a name that has one in each sample: of which, is not said
        known = self.worth.said.partials.get(label.partial) if label.partial else self.worth.said.value_of(label.name)
        after = measure.after_update(label.name) if match is None and given else None
        if after is not None and near(after, side, False, self.worth) is not None:
            self.stepped = True
            self._after_step(label, relation, side)
            return None
        if match is None and target is not None and ((known is not None and given) or self.stepped):
            self.moved = True
            return None
        return self._measured(label, relation, side, wanted, at, given, worth)

    def _in_symbols(self, label: Side, relation: Token, side: Side, at: Side, otherwise: str) -> Number | None:
        one = label.trees[0]
        held = symbols.held(one, side.trees, self.worth) if side.trees else None
        if (held is None or not held.everywhere) and any(
            symbols.misses_sum(label.trees[0], tree, self.worth) for tree in side.trees
        ):
            message = "this differs from sample to sample, what it is said to be does not: the sum over the samples is missing"
            self.say(label, relation, side, "false", against="spec", cause="the sum over the samples", message=message, at=at)
        elif held is None:
            reason = otherwise or ("" if side.is_label else self.worth.unknown(side))
            if reason:
                self.say(label, relation, side, "unread", against="spec", message=reason, at=side)
        elif held.everywhere:
            self.say(label, relation, side, "true", against="spec", message="the same in symbols", at=at)
        elif symbols.has_numbers_for_names(one, side.trees[0], self.worth):
            message = "numbers stand where the spec has names without a value"
            self.say(label, relation, side, "unread", against="spec", message=message, at=at)
        elif held.active:
            message = "this holds for some values only (where a unit is active, say)"
            self.say(label, relation, side, "unread", against="spec", message=message, at=at)
        else:
            cause = causes.in_symbols(side, self._target(label), self.worth, self.search)
            self.say(label, relation, side, "false", None, None, "spec", cause, f"this is not {label.said} of the spec", at)
        return None

    def _measured(
        self, label: Side, relation: Token, side: Side, wanted: Number, at: Side, given: bool, worth: Worth, said: str = ""
    ) -> Number | None:
        match, figure = near(wanted, side, given, worth), side.figure
        if match is not None:
            verdict: Verdict = "true" if match.exact else "rounded"
            self.say(label, relation, side, verdict, wanted, figure, "spec", message=match.how, at=at)
        elif worth.said.rests_on_wrong(side):
            message = "it rests on a false figure before it"
            self.say(label, relation, side, "carried", wanted, figure, "spec", message=message, at=at)
        else:
            value = worth.number(side)
            cause = causes.by_spec(side, wanted, self._target(label), worth, self.search)
            told = f"in the spec {said or label.said} is {short(wanted)}, this is {short(value) if value is not None else '?'}"
            self.say(label, relation, side, "false", wanted, figure, "spec", cause, told, at)
            return wanted
        return None

    def solved(self, names: Iterable[str]) -> None:
        """Take back what was called false of an equation, where a value found later for one of its names makes it true."""
        found, kept = frozenset(names), []
        for number, left, side, approximate in self.pending:
            used = {name for tree in (*left.trees[:1], *side.trees[:1]) for name in judging.names_in(tree)}
            worth = self.worth
            if used & found and not (worth.unknown(left) or worth.unknown(side)) and compared(left, side, approximate, worth)[0]:
                message = "true with what follows below"
                self.claims[number] = replace(self.claims[number], verdict="true", value=None, cause="", message=message)
            else:
                kept.append((number, left, side, approximate))
        self.pending = kept

    def say(
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
        """Note a claim, its place that of the side `at`."""
        assert self.source is not None
        at = at if at is not None and at.text else left
        end = at.end if "\n" not in at.text else at.start + at.text.index("\n")
        place = self.source.document.place(at.start, max(1, end - at.start))
        worth = None if value is None else short(value)
        printed = None if figure is None else judging.figure_text(figure)
        claim = Claim(
            place, left.text, relation.text, right.text, verdict, worth, printed, against, cause, message, self.source.cell
        )
        if verdict == "false":
            claim = self._mended(claim, left, relation, right, value, figure)
            self.certain = self.certain and bool(claim.changes)
            if self.search.over and self.ended is None:
                self.ended = claim.cell, place.line
        self.claims.append(claim)

    def _mended(
        self, claim: Claim, left: Side, relation: Token, right: Side, value: Number | None, figure: Figure | None
    ) -> Claim:
        """Return a false claim with its cause told, the right line, and where the cause is certain the figure to be put in."""
        if claim.cause:
            claim = replace(claim, message=f"{claim.message} ({claim.cause})")
        side = next((each for each in (right, left) if figure is not None and each.figure is figure), None)
        made = right_figure(side.text, figure, value) if side and figure is not None and value is not None else None
        if side is None and claim.against == "spec" and (formula := self._formula(left)):
            return replace(claim, line=right_line(left.text, relation.text, formula))
        if side is None or made is None:
            return claim
        texts = (left.text, made) if side is right else (made, right.text)
        certain = bool(claim.cause) and (claim.against == "spec" or not causes.may_be_of_the_other_side(claim.cause, figure))
        changes = (Change(side.start, side.end, made),) if certain else ()
        return replace(claim, line=right_line(texts[0], relation.text, texts[1]), changes=changes)

    def _carried_on(self, claim: Claim, left: Side, right: Side, meant: Number | None) -> Claim:
        """Return a claim that rests on false figures with what they and its own figure become, where all before are certain."""
        if not self.certain or meant is None:
            return claim
        if right.figure is None:
            return replace(claim, changes=(*self._forerunners(left), *self._forerunners(right)))
        made = right_figure(right.text, right.figure, meant)
        changes = () if made is None else (Change(right.start, right.end, made),)
        return replace(claim, changes=(*changes, *self._forerunners(left)))

    def _forerunners(self, side: Side) -> Iterator[Change]:
        """Yield what the false figures of lines before become where a side repeats them."""
        for tree in side.trees[:1]:
            for figure in (figure for node in walk(tree) if (figure := figure_of(node)) is not None and "." in figure.text):
                exact, wrong = self.worth.said.figures.get(figure.text, (0, False))
                for found in re.finditer(rf"(?<![\d.,]){re.escape(figure.text)}(?![\d.,]*\d)", side.text) if wrong else ():
                    made = right_figure(found.group(), figure, exact)
                    if made is not None:
                        yield Change(side.start + found.start(), side.start + found.end(), made)


def _stands_in(name: str, side: Side) -> bool:
    return any(name in judging.names_in(tree) for tree in side.trees[:1])


def _is_right(side: Side, value: Number | None) -> bool:
    """Tell whether a figure is right whatever was false before it."""
    return side.figure is not None and value is not None and against_figure(value, side.figure, True) is not None


def _difference(value: Number, figure: Figure | None, side: Side) -> str:
    if figure is None:
        return f"this is {short(value)}"
    where, more = "left" if side.figure is None else "this", "" if judging.is_short(value, figure) else "…"
    return f"{where} is {judging.shown(value, figure.unit)}{more}, not {judging.figure_text(figure)}"
