"""What a side is worth: by the values that the file gave its names, and by those of the spec."""

from __future__ import annotations

from typing import Any

from derivgen.claims import judging
from derivgen.claims.names import in_words
from derivgen.claims.said import Said
from derivgen.claims.sides import Side
from derivgen.claims.spec_values import Measure
from derivgen.claims.whole_arrays import at_entry, value_of_call
from derivgen.frozen import dataclass, replace
from derivgen.maths.arithmetic import DomainError, Number
from derivgen.maths.evaluate import Environment, UnknownValueError
from derivgen.maths.tree import ArrayCall, Entry, Expr, Partial, Shown, Sym, rebuild, walk


@dataclass(frozen=True, slots=True)
class Using:
    """Which values stand for names: the file's as printed or `exact`; printed `forerunners` unrounded; the `spec`'s alone."""

    exact: bool = False
    forerunners: bool = False
    spec: bool = False


PRINTED = Using()
UNROUNDED = (PRINTED, Using(exact=True), Using(exact=True, forerunners=True))
BY_SPEC = Using(spec=True)


@dataclass(frozen=True)
class Worth:
    """Works out sides: with what the file `said`, and with the `measure`'s values at one `sample` (from 1)."""

    said: Said
    measure: Measure | None = None
    sample: int = 1

    def at(self, sample: int) -> Worth:
        """Return the same at another sample."""
        return replace(self, sample=sample)

    def number(self, side: Side, using: Using = PRINTED) -> Number | None:
        """Return the value of the first of a side's trees that has one."""
        return next((value for tree in side.trees if (value := self.value(tree, using)) is not None), None)

    def best(self, side: Side) -> Number | None:
        """Return a side's value with nothing rounded on the way."""
        return self.number(side, UNROUNDED[-1])

    def value(self, tree: Expr, using: Using = PRINTED) -> Number | None:
        """Return the value of a tree, None where a name in it has none or it has none itself."""
        if using.spec and self.measure is None:
            return None
        key = id(tree), using, self.sample
        known = self.said.worked.get(key)
        if known is None:
            try:
                known = tree, self.worked_out(tree, using)
            except (UnknownValueError, DomainError, KeyError):
                known = tree, None
            self.said.worked[key] = known  # the tree stays, so that no other takes its place
        return known[1]

    def in_spec(self, target: Expr) -> Number | None:
        """Return the value of a formula in the spec's own names; None where it has none."""
        assert self.measure is not None
        try:
            return judging.value_in(target, self.measure.bound(self.sample))
        except (UnknownValueError, DomainError, LookupError):
            return None

    def worked_out(self, tree: Expr, using: Using = PRINTED) -> Number:
        """Return the value of a tree. Raises UnknownValueError and DomainError."""
        if using.forerunners:
            before = self.said.forerunners(tree)
            tree = judging.replaced(tree, {text: value for text, (value, _) in before.items()})
        return judging.value_in(self._resolved(tree, using), self._environment)

    @property
    def _environment(self) -> Environment:
        return judging.NOTHING if self.measure is None else self.measure.bound(self.sample)

    def _resolved(self, tree: Expr, using: Using) -> Expr:
        """Return a tree with the file's values in the place of names, and the spec's names for what the file does not define."""
        meant = self.measure.resolved(tree) if self.measure is not None and isinstance(tree, (Sym, Partial)) else None
        if using.spec and meant is not None:
            return meant
        if isinstance(tree, Partial):
            known = self.said.partial(tree)
        elif isinstance(tree, Sym):
            known = self.said.value_of(tree.name)
        elif isinstance(tree, Entry):
            return Shown(at_entry(self._whole(tree.matrix, using), tree), "")
        else:
            return rebuild(tree, lambda part: self._resolved(part, using))
        if known is not None:
            return Shown(known.exact if using.exact else known.printed, "")
        if meant is None:
            raise UnknownValueError(str(tree))
        return meant

    def _whole(self, call: Expr, using: Using) -> Any:
        """Return the array of a function of whole arrays, worked out once for all its entries."""
        key = id(call), using, self.sample
        if key not in self.said.worked:
            made = rebuild(call, lambda part: self._resolved(part, using))
            assert isinstance(made, ArrayCall)
            self.said.worked[key] = call, value_of_call(made, self._environment)
        return self.said.worked[key][1]

    def knows(self, name: str) -> bool:
        """Tell whether a name has a value in the file or is one of the spec's."""
        return self.said.find(name) is not None or (self.measure is not None and self.measure.resolved(Sym(name)) is not None)

    def means_nothing(self, label: Side) -> bool:
        """Tell whether a name or derivative means nothing in the spec."""
        meant = label.trees[0] if label.trees else None
        return self.measure is None or not isinstance(meant, (Sym, Partial)) or self.measure.resolved(meant) is None

    def unknown(self, side: Side) -> str:
        """Return why a side has no value; empty where it has one."""
        if self.number(side) is not None:
            return ""
        tree = side.trees[0]
        missing = sorted(name for name in judging.names_in(tree) if not self.knows(name))
        partial = [node for node in walk(tree) if isinstance(node, Partial) and self.said.partial(node) is None]
        if partial:
            return f"no value is known for {in_words(partial[0])}"
        if missing:
            return f"no value is known for {', '.join(missing[:4])}"
        try:
            self.worked_out(tree)
        except DomainError as error:
            return str(error)
        except (UnknownValueError, KeyError):
            pass
        return "this cannot be evaluated"

    def takes_from_spec(self, *sides: Side) -> bool:
        """Tell whether a value is taken from the spec: of a name that the file does not define."""
        for node in (node for side in sides for node in walk(side.trees[0])):
            if isinstance(node, Partial) and self.said.partial(node) is None:
                return True
            if isinstance(node, Sym) and self.said.value_of(node.name) is None:
                return True
        return False

    def in_every_sample(self, side: Side) -> bool:
        """Tell whether a name or derivative has a value in each sample of the spec: one number in the file is not its value."""
        if self.measure is None or not side.trees or not isinstance(side.trees[0], (Sym, Partial)):
            return False
        meant = self.measure.resolved(side.trees[0])
        return meant is not None and any(isinstance(node, Sym) and node.index == self.measure.letter for node in walk(meant))
