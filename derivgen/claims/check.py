"""Files → claims with their verdicts: each relation between numbers, with the names defined so far in the file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from itertools import islice
from pathlib import PurePath

from derivgen.claims import instances, judging
from derivgen.claims.claim import Checked, Claim
from derivgen.claims.definitions import define
from derivgen.claims.general import instances as instances_of
from derivgen.claims.mathml import tokens_of_elements
from derivgen.claims.matrices import Names
from derivgen.claims.name_maps import NameMap
from derivgen.claims.relations import Chain, chains_of
from derivgen.claims.said import Known, Said
from derivgen.claims.sides import Side, side_of
from derivgen.claims.sources import Formula, Source, sources_of, text_of
from derivgen.claims.spec_values import Measure
from derivgen.claims.spelling import Style, signature
from derivgen.claims.tokens import CLAIMING, Token, UnreadableError, macros_of, tokens_of
from derivgen.claims.verdicts import Judge
from derivgen.claims.worth import Worth
from derivgen.frozen import replace
from derivgen.maths.arithmetic import Number
from derivgen.maths.functions import find
from derivgen.maths.interpret import deep_recursion
from derivgen.maths.tree import Call, Matrix, Partial, Prime, Sym, walk
from derivgen.weave.marks import DocumentText

_ONLY_DELIMITERS = re.compile(r"[\s$|&>\[\]()\\]*")
_COMMA, _POINT = re.compile(r"\d(?:,|\{,\})(?=\d)"), re.compile(r"\d\.(?=\d)")
NO_NAMES = NameMap()
POINTS = (Fraction(3, 7), Fraction(-5, 3), Fraction(11, 5))
"""Arguments at which what is said of a function for all of them is looked at."""
MOST_GENERAL = 2_000
"""Statements of single layers and units that are looked at in one file for those of all."""
NO_CAUSES = "from here on causes are not looked for, so much of this file is false"
MOST_FORMULA = 20_000
"""Signs of one formula; a longer one is not read."""


@deep_recursion()
def check(data: bytes, name: str, measure: Measure | None = None, names: NameMap = NO_NAMES) -> Checked:
    """Return the claims of a file; with a measure they are compared with its spec, in which names mean what `names` says.

    Raises UserError for a file that cannot be read.
    """
    reader = _read(data, name, measure, names)
    claims, ended = reader.judge.claims, reader.judge.ended
    if ended is not None:
        places = (k for k, each in enumerate(claims) if each.verdict == "false" and (each.cell, each.place.line) >= ended)
        for k in islice(places, 1):
            claims[k] = replace(claims[k], message=f"{claims[k].message}; {NO_CAUSES}")
    return Checked(name, tuple(claims), reader.sources, reader.judge.matched)


@deep_recursion()
def said_in(data: bytes, name: str) -> Said:
    """Return what a file says of its names. Raises UserError for a file that cannot be read."""
    return _read(data, name, None, NO_NAMES).judge.worth.said


def _read(data: bytes, name: str, measure: Measure | None, names: NameMap) -> _Reader:
    sources = sources_of(data, name)
    reader = _Reader(PurePath(name).suffix.lower() if name != "-" else ".md", sources, measure, names)
    for source in sources:
        for formula in source.formulas:
            reader.formula(source, formula)
    return reader


def _has_commas(sources: Sequence[Source]) -> bool:
    """Return whether a file's decimals have a comma: more numbers in its formulas have one than a point."""
    commas = points = 0
    for source in sources:
        for formula in source.formulas:
            text = source.document.text[formula.start : formula.end]
            commas, points = commas + len(_COMMA.findall(text)), points + len(_POINT.findall(text))
    return commas > points


def _in_spec(side: Side, measure: Measure) -> bool:
    """Tell whether all names of a side mean something in a spec."""
    nodes = (node for tree in side.trees[:1] for node in walk(tree) if isinstance(node, (Sym, Partial)))
    return bool(side.trees) and all(measure.resolved(node) is not None for node in nodes)


def _of(where: str, claim: Claim) -> Claim:
    return replace(claim, message=f"{where}: {claim.message}") if claim.verdict in ("false", "carried") else claim


class _Reader:
    """Goes through a file, formula by formula, and has each relation judged."""

    def __init__(self, ending: str, sources: tuple[Source, ...], measure: Measure | None, names: NameMap):
        self.ending, self.sources, self.names = ending, sources, names
        self.macros = macros_of("\n".join(source.document.text for source in sources))
        said = Said()
        self.judge = Judge(Worth(said, measure))
        self.style = Style(_has_commas(sources), self._known, formula=said.functions.get, matrix=self._matrix)
        if measure is not None:
            samples = measure.letter, measure.samples
            arrays = not measure.has_chains
            self.style = replace(self.style, function=measure.own_function, samples=samples, slope=measure.slope, arrays=arrays)
        self.general = 0
        self.opened: tuple[str, Side] | None = None
        self.last: tuple[DocumentText, int, list[Token]] | None = None
        self.source: Source

    def formula(self, source: Source, formula: Formula) -> None:
        """Judge the relations of one formula."""
        self.source = self.judge.source = source
        try:
            chains = chains_of(self._tokens(source, formula))
        except UnreadableError as error:
            place = source.document.place(error.start if error.start >= 0 else formula.start, 1)
            self.judge.claims.append(Claim(place, "", "=", "", "unread", message=error.reason, cell=source.cell))
            return
        for chain in chains:
            if chain.aside:
                self._note(chain)
        for number, chain in enumerate(chains):
            if not chain.sides[0]:
                self._begun(chain, number == 0)
            if chain.relations:
                self._chain(chain)
        if chains and not formula.aside:
            self.last = source.document, formula.end, chains[-1].sides[-1]

    def _note(self, chain: Chain) -> None:
        """Note what a remark beside a formula says that a letter stands for: u = c - z."""
        if len(chain.sides) == 2 and chain.relations[0].kind in ("=", "assign"):
            text = self.source.document.text
            name, body = (side_of(tokens, chain.relations[0].start, text, self.style) for tokens in chain.sides)
            if name.name and body.has_names and not self.judge.worth.knows(name.name):
                self.judge.worth.said.formulas[name.name] = body.trees[0]

    def _tokens(self, source: Source, formula: Formula) -> list[Token]:
        text = text_of(source, formula, self.ending)
        if not any(sign in text for sign in CLAIMING):
            return []
        if formula.elements:
            return tokens_of_elements(text, formula.start, self.style.arrays)
        if len(text) > MOST_FORMULA:
            raise UnreadableError(f"a formula of more than {MOST_FORMULA:,} signs", formula.start, formula.start + 1)
        return tokens_of(text, formula.start, self.macros, self.style.arrays)

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

    def _name(self, start: int) -> None:
        """See to it that names mean what the file of names says of this place."""
        worth = self.judge.worth
        if worth.measure is not None and self.names.ranges:
            given = self.names.at(self.source.document.line_of(start) + 1, self.source.cell)
            if given != worth.measure.given:
                worth.said.worked.clear()
                self.judge.worth = replace(worth, measure=worth.measure.with_names(given))

    def _chain(self, chain: Chain) -> None:
        judge, before, whole = (
            self.judge,
            len(self.judge.claims),
            replace(chain, sides=[*chain.sides], relations=[*chain.relations]),
        )
        self._one_chain(chain)
        if judge.worth.measure is not None and all(claim.verdict == "unread" for claim in judge.claims[before:]):
            self._in_general(whole, judge.worth.measure, before)

    def _in_general(self, chain: Chain, measure: Measure, before: int) -> None:
        """Judge a chain that could not be read as what it says of each of the spec's layers and units."""
        judge, text, found = self.judge, self.source.document.text, list[tuple[int, Claim]]()
        unread = judge.claims[before:]
        starts = [relation.start for relation in (*chain.relations, chain.relations[-1])]
        for number, (where, instance) in enumerate(instances_of(chain, measure.sizes)):
            if self.general > MOST_GENERAL:
                break
            self.general += 1
            del judge.claims[before:]
            sides = [side_of(tokens, at, text, self.style) for tokens, at in zip(instance.sides, starts, strict=True)]
            if not _in_spec(sides[0], measure):
                continue
            with judge.worth.said.kept():
                lead = instances.leading(sides)
                if lead is None:
                    self._judge(instance, sides)
                else:
                    self._by_entry(instance, sides, lead)
            found += [(number, _of(where, claim)) for claim in judge.claims[before:]]
        read = bool(found) and all(claim.verdict != "unread" for _, claim in found)
        if any(claim.verdict == "false" for _, claim in found) and measure.is_of_every_entry(chain.sides[0]):
            judge.claims[before:] = instances.everywhere(found, strictly=True)
        else:
            judge.claims[before:] = instances.everywhere(found) if read else unread
        judge.pending = [kept for kept in judge.pending if kept[0] < before]

    def _one_chain(self, chain: Chain) -> None:
        head = signature(chain.sides[0])
        if head is not None and self._defines(chain, *head):
            chain.sides.pop(0)
            chain.relations.pop(0)
        if not chain.relations:
            return
        self._name(chain.relations[0].start)
        measure = self.judge.worth.measure
        if head is not None and measure is not None and measure.takes(head[0], head[1]):  # z(w, x): the quantity z alone
            chain.sides[0] = chain.sides[0][: next(k for k, token in enumerate(chain.sides[0]) if token.kind == "(")]
            head = None
        text = self.source.document.text
        starts = [relation.start for relation in (*chain.relations, chain.relations[-1])]
        sides = [side_of(tokens, at, text, self.style) for tokens, at in zip(chain.sides, starts, strict=True)]
        lead = instances.leading(sides)
        if lead is not None:
            self._by_entry(chain, sides, lead)
        elif (
            head is not None
            and not any(map(self.style.known, head[1]))
            and sides[0].trees
            and isinstance(sides[0].trees[0], (Call, Prime))
        ):
            self._at_points(chain, sides, head[1])
        else:
            self._judge(chain, sides)

    def _at_points(self, chain: Chain, sides: Sequence[Side], arguments: Sequence[str]) -> None:
        """Judge what is said of a function for every argument, g'(x) = g(x)(1 - g(x)), at made-up arguments."""
        judge, before, said = self.judge, len(self.judge.claims), self.judge.worth.said
        found: list[tuple[int, Claim]] = []
        for number, point in enumerate(POINTS):
            for k, name in enumerate(arguments):
                value = point + k * Fraction(3, 7)
                said.name(name, Known(value, value, True))
            self._judge(chain, sides)
            found += [(number, claim) for claim in judge.claims[before:]]
            del judge.claims[before:]
        for name in arguments:
            said.name(name, None)
        judge.pending = [kept for kept in judge.pending if kept[0] < before]
        judge.claims += instances.everywhere(found)

    def _defines(self, chain: Chain, name: str, arguments: tuple[str, ...], marks: int) -> bool:
        """Note a function that a chain begins by defining: f(x) = x², with an argument that has no value."""
        if marks or self.style.function(name) or self.judge.worth.knows(name):
            return False
        style = self.style
        held = replace(
            style,
            formula=lambda other: None if other == name else style.formula(other),
            matrix=lambda other: None if other in arguments else style.matrix(other),
        )
        body = side_of(chain.sides[1], 0, self.source.document.text, held)
        free = {node.name for tree in body.trees for node in walk(tree) if isinstance(node, Sym)}
        if not body.trees or isinstance(body.trees[0], Matrix) or not free & set(arguments):
            return False
        if find(name) is not None and name != "sigma":
            return False
        self.judge.worth.said.functions[name] = arguments, body.trees[0]
        return not any(map(self.style.known, arguments))

    def _known(self, name: str) -> bool:
        return self.judge.worth.knows(name) or self._matrix(name) is not None

    def _matrix(self, name: str) -> Names | None:
        measure = self.judge.worth.measure
        of_spec = None if measure is None else measure.matrix(name)
        return of_spec or self.judge.worth.said.matrices.get(name)

    def _by_entry(self, chain: Chain, sides: Sequence[Side], lead: Matrix) -> None:
        """Judge a chain of matrices entry by entry; each relation is one claim."""
        judge, before = self.judge, len(self.judge.claims)
        found: list[tuple[int, Claim]] = []
        for number, entry in enumerate(instances.by_entry(sides, lead, self.judge.worth.said.matrices.__setitem__)):
            self._judge(chain, entry)
            found += [(number, claim) for claim in judge.claims[before:]]
            del judge.claims[before:]
        judge.pending = [kept for kept in judge.pending if kept[0] < before]
        judge.claims += instances.merged(found, len(lead.rows[0]))

    def _judge(self, chain: Chain, sides: Sequence[Side]) -> None:
        before: Side | None = None
        label: Side | None = None
        right: Number | None = None
        begun = 0
        updated: list[Side] = []
        if self.opened is not None and len(sides) == 2 and sides[0].name == self.opened[0] and sides[1].figure is not None:
            before = self.opened[1]  # y = 0.5 + 0.6, and below it y = 1.1
        for k, side in enumerate(sides):
            relation = chain.relations[k - 1] if k else None
            if relation is not None and relation.kind in ("arrow", "unequal"):
                self._define(sides[begun:k], right)
                before, label, right, begun = None, None, None, k
                if relation.kind == "arrow" and sides[k - 1].name:
                    self.judge.update(sides[k - 1], relation, sides[k:])
                    updated.append(sides[k - 1])
            elif relation is not None and label is not None and (before is None or (self.opened and before is self.opened[1])):
                if before is not None:
                    right = self.judge.compare(before, relation, side, right)
                wrong = self.judge.named(label, relation, side)
                right = right if wrong is None else wrong
            elif relation is not None and side.is_label and before is not None and k:
                self.judge.named(side, relation, before, at=side)
            elif relation is not None and not side.is_label and before is not None:
                right = self.judge.compare(before, relation, side, right, label)
            if side.is_label:
                label = side if label is None or (before is None and self.judge.worth.means_nothing(label)) else label
            else:
                before = side
        self._define(sides[begun:], right, any(relation.kind == "approx" for relation in chain.relations))
        self.judge.worth.said.forget(updated)  # which of its values a name has after an update, not every author says
        last, name = sides[-1], sides[0].name
        goes_on = name and last.figure is None and last.trees and not last.is_label and self.judge.worth.number(last) is not None
        self.opened = (name, last) if goes_on and not any(name in judging.names_in(tree) for tree in last.trees) else None

    def _define(self, sides: Sequence[Side], right: Number | None, approximate: bool = False) -> None:
        line = self.source.document.line_of(sides[0].start) + 1
        self.judge.solved(define(sides, right, approximate, line, self.judge.worth))
