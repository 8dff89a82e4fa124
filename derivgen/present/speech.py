"""Presentation tree → words: a formula as it is read aloud, for who cannot see it.

The words in which formulas are read aloud: a new language is one more `Vocabulary`; one without reads them in English.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from itertools import count
from types import MappingProxyType
from typing import Any

from derivgen.frozen import dataclass
from derivgen.maths.names import GREEK, SPELLED, split
from derivgen.maths.style import DEFAULT, Style
from derivgen.maths.tree import Expr
from derivgen.present import boxes
from derivgen.present.boxes import Box, unfenced
from derivgen.present.build import present
from derivgen.present.marks import Mark, Spacing

_DIFFERENTIALS = (Mark.PARTIAL, Mark.D, Mark.D_OF)


NUMBER, COUNT = "\x02", "\x03"
"""Marks for the number of a gap and how many there are, which are known only when all of a document is said."""


def speech(expr: Expr, style: Style = DEFAULT, language: str = "en", numbered: bool = False) -> str:
    """Return the expression in words of a language; in English where it has none in `LANGUAGES`.

    Where gaps are `numbered`, each is said with marks in place of its number and their count, for `with_numbers`.

    >>> from derivgen.maths.tree import Compare, Partial, Power, Sum, Sym, number
    >>> speech(Compare("==", Partial(Sym("L"), Sym("W_13")), Power(Sum((Sym("y"), number(1))), number(2))))
    'the partial derivative of L with respect to W sub 1 3 equals open bracket y plus 1 close bracket squared'
    >>> speech(Partial(Sym("L"), Sym("W_13")), language="pt")
    'a derivada parcial de L em relação a W índice 1 3'
    """
    said = Speaker(vocabulary(language), numbered).say(present(expr, style))
    return " ".join(said.replace(" ,", ",").replace(" ;", ";").split())


def with_numbers(text: str) -> str:
    """Return a text with the numbers of its gaps, from 1 in the order in which they are said, in place of their marks.

    >>> with_numbers("gap \x02 of \x03 plus gap \x02 of \x03")
    'gap 1 of 2 plus gap 2 of 2'
    """
    numbers = count(1)
    return re.sub(NUMBER, lambda _: str(next(numbers)), text).replace(COUNT, str(text.count(NUMBER)))


@dataclass(frozen=True, slots=True)
class Speaker:
    """Says boxes in the words of one language."""

    words: Vocabulary
    numbered: bool = False

    def say(self, box: Box) -> str:
        """Return a box in words."""
        return SAY[type(box)](self, box)

    def phrase(self, key: str, *boxes: Box) -> str:
        """Return the phrase of a key with boxes in its places; where one of them is not simple it says where it ends."""
        whole = self.words.phrases[key].format(*map(self.say, boxes))
        end = "" if all(map(_is_simple, boxes)) else self.words.ends.get(key, "")
        return f"{whole} {end}".strip()

    def name(self, box: boxes.Name) -> str:
        """Return a name: its letter, accent, what stands above and below."""
        parts = split(box.name) if box.symbol and not box.general else None
        above = box.above if parts is None else tuple(filter(None, (parts.superscript,)))
        below = box.below if parts is None else (*parts.subscripts, *box.below)
        said = [self.letter(box.letter), self.words.accents.get(box.accent, box.accent)]
        said += [self.words.phrases["above"].format(self.index(text)) for text in above]
        said += [self.words.phrases["below"].format(" ".join(map(self.index, below)))] if below else []
        said += [self.words.phrases["sample"].format(self.index(box.sample))] if box.sample else []
        return " ".join(filter(None, said))

    def letter(self, text: str) -> str:
        """Return a letter or word; a Greek letter by its name."""
        name = SPELLED.get(text, text)
        return self.words.names.get(name.lower(), name.lower()) if name in GREEK else text

    def index(self, text: str) -> str:
        """Return an index with its figures one by one: `13` is the weight from 1 to 3; a word stays one."""
        if text in SPELLED or text in GREEK:
            return self.letter(text)
        if text.isalpha() and len(text) > 2:
            return text
        return " ".join({"-": self.words.signs[Mark.MINUS], "+": self.words.signs[Mark.PLUS]}.get(c, c) for c in text)

    def function(self, box: boxes.Function) -> str:
        """Return a function's name; with primes it is its derivative."""
        own = split(box.name)
        above = (own.superscript,) if own.superscript else ()
        said = self.words.names.get(box.name) or self.name(boxes.Name(own.base, own.accent, above, own.subscripts))
        said += f" {self.words.phrases['prime']}" * box.primes
        return f"{said} {self.words.phrases['below'].format(box.below)}" if box.below else said

    def sign(self, box: boxes.Sign) -> str:
        """Return a sign by its word."""
        return self.words.signs[Mark.DOT if box.mark is Mark.STAR or box.mark.spacing is Spacing.FACTORS else box.mark]

    def row(self, box: boxes.Row) -> str:
        """Return boxes one after the other; a function of something simple needs no brackets."""
        parts = box.parts
        mark = parts[1].mark if len(parts) == 3 and isinstance(parts[1], boxes.Sign) else None
        if mark is Mark.APPLY and _is_simple(unfenced(parts[2])):
            return f"{self.say(parts[0])} {self.say(parts[1])} {self.say(unfenced(parts[2]))}"
        if mark is Mark.NABLA_SPACE:
            by = parts[0].below if isinstance(parts[0], boxes.Scripts) else None
            return self.phrase("gradient", parts[2]) if by is None else self.phrase("gradient by", parts[2], by)
        return " ".join(map(self.say, parts))

    def fraction(self, box: boxes.Fraction) -> str:
        """Return a derivative, or one over the other."""
        over, under = box.over, box.under
        mark = _differential(over)
        if mark is None or not isinstance(under, boxes.Row):
            return self.phrase("fraction" if _is_simple(over) and _is_simple(under) else "long fraction", over, under)
        by = boxes.Row(under.parts[1:])
        if not isinstance(over, boxes.Row):
            return self.phrase("partial operator" if mark is Mark.PARTIAL else "operator", by)
        kind = "partial" if mark is Mark.PARTIAL else "derivative"
        return self.words.phrases[kind].format(self.say(boxes.Row(over.parts[1:])), self.say(by))

    def scripts(self, box: boxes.Scripts) -> str:
        """Return a power, a direct partial derivative, or something with a mark or an index."""
        if isinstance(box.below, boxes.Words):
            return self.phrase("direct", unfenced(box.base))
        if box.above is None:
            return f"{self.say(box.base)} {self.words.phrases['below'].format(self.say(box.below or boxes.Row(())))}"
        if isinstance(box.above, boxes.Sign):
            return f"{self.say(box.base)} {self.sign(box.above)}"
        known = self.words.powers.get(box.above.text) if isinstance(box.above, boxes.Number) else None
        return f"{self.say(box.base)} {known or self.phrase('power', box.above)}"

    def fenced(self, box: boxes.Fenced) -> str:
        """Return what stands in brackets, and where they open and close; between bars it is an absolute value."""
        return self.phrase("absolute", box.inside) if box.fence == "|" else self.phrase("brackets", box.inside)

    def grid(self, box: boxes.Grid) -> str:
        """Return a matrix row by row, or cases one by one."""
        if box.cases:
            *pieces, (value, _) = box.rows
            said = [self.phrase("case", *piece) for piece in pieces] + [self.phrase("otherwise", value)]
            return self.words.phrases["cases"].format("; ".join(said))
        rows = [self.words.phrases["row"].format(number, ", ".join(map(self.say, row))) for number, row in enumerate(box.rows, 1)]
        return self.words.phrases["matrix"].format(len(box.rows), len(box.rows[0]), "; ".join(rows))

    def blank(self, box: boxes.Blank) -> str:
        """Return a gap, by its number where gaps have one, and what is filled in."""
        if not self.numbered:
            return self.words.phrases["blank"] if box.content is None else self.say(box.content)
        number = self.words.phrases["gap"].format(NUMBER, COUNT)
        return number if box.content is None else self.words.phrases["filled"].format(number, self.say(box.content))

    def framed(self, box: boxes.Framed) -> str:
        """Return a result in a frame, which is said to be one where gaps are numbered, as on a page."""
        return self.phrase("result", box.content) if self.numbered else self.say(box.content)


def _differential(box: Box) -> Mark | None:
    """Return the d or ∂ that a half of a fraction opens with."""
    first = box.parts[0] if isinstance(box, boxes.Row) else box
    return first.mark if isinstance(first, boxes.Sign) and first.mark in _DIFFERENTIALS else None


def _is_simple(box: Box) -> bool:
    """Return whether it is heard where the box ends."""
    return isinstance(box, (boxes.Name, boxes.Number, boxes.Placeholder, boxes.Words, boxes.Blank))


SAY: Mapping[type[Box], Callable[[Any, Any], str]] = MappingProxyType(
    {
        boxes.Name: Speaker.name,
        boxes.Function: Speaker.function,
        boxes.Number: lambda s, b: b.text,
        boxes.Placeholder: lambda s, b: b.text,
        boxes.Words: lambda s, b: b.text,
        boxes.Sign: Speaker.sign,
        boxes.Row: Speaker.row,
        boxes.Fraction: Speaker.fraction,
        boxes.Scripts: Speaker.scripts,
        boxes.Primed: lambda s, b: s.phrase("partial", b.of, b.by),
        boxes.Root: lambda s, b: s.phrase("root", b.inside),
        boxes.Fenced: Speaker.fenced,
        boxes.Grid: Speaker.grid,
        boxes.Summation: lambda s, b: s.phrase("sum", b.index, b.upper),
        boxes.Measured: lambda s, b: s.phrase("measured", b.content, b.rows, b.columns),
        boxes.Labelled: lambda s, b: s.phrase("labelled", b.content, b.label),
        boxes.Framed: Speaker.framed,
        boxes.Blank: Speaker.blank,
        boxes.Notation: lambda s, b: s.say(b.shown),
        boxes.Glyph: lambda s, b: b.text,
    }
)
"""How each kind of box is said."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of one language.

    `phrases` have places for what they speak of; `ends` say where something long ends. `accents`, and
    `names` of Greek letters and functions, hold those that are said otherwise than they are written in a spec.
    """

    signs: Mapping[Mark, str]
    phrases: Mapping[str, str]
    ends: Mapping[str, str]
    powers: Mapping[str, str]
    accents: Mapping[str, str]
    names: Mapping[str, str]


_MARKS = (
    *(Mark.PLUS, Mark.MINUS, Mark.NEGATIVE, Mark.DOT, Mark.ODOT, Mark.OSLASH, Mark.APPLY, Mark.COMMA, Mark.SEMICOLON),
    *(Mark.LESS, Mark.LESS_EQUAL, Mark.GREATER, Mark.GREATER_EQUAL, Mark.EQUAL, Mark.UNEQUAL, Mark.ABOUT),
    *(Mark.PARTIAL, Mark.D, Mark.D_OF, Mark.NABLA, Mark.NABLA_SPACE, Mark.ONES, Mark.TOP, Mark.DAGGER),
)
_EN = (
    *("plus", "minus", "minus", "times", "times entry by entry", "over entry by entry", "of", ",", ","),
    *("is less than", "is at most", "is greater than", "is at least", "equals", "is not equal to", "is about"),
    *("partial d", "d", "d", "gradient", "", "a matrix of ones", "transposed", "rounded apart"),
)
_PT = (
    *("mais", "menos", "menos", "vezes", "vezes elemento a elemento", "sobre elemento a elemento", "de", ",", ","),
    *("é menor que", "é no máximo", "é maior que", "é no mínimo", "é igual a", "é diferente de", "é aproximadamente"),
    *("d parcial", "d", "d", "gradiente", "", "uma matriz de uns", "transposta", "arredondado à parte"),
)
_GREEK_PT = {"alpha": "alfa", "gamma": "gama", "epsilon": "épsilon", "theta": "teta", "kappa": "capa", "mu": "mi", "nu": "ni"}
_GREEK_PT |= {"xi": "csi", "omicron": "ômicron", "rho": "rô", "upsilon": "ípsilon", "phi": "fi", "chi": "qui", "omega": "ômega"}

LANGUAGES: Mapping[str, Vocabulary] = MappingProxyType(
    {
        "en": Vocabulary(
            signs=dict(zip(_MARKS, _EN, strict=True)),
            phrases={
                "above": "super {}",
                "below": "sub {}",
                "sample": "of sample {}",
                "prime": "prime",
                "fraction": "{} over {}",
                "long fraction": "the fraction {} over {}",
                "partial": "the partial derivative of {} with respect to {}",
                "direct": "{}, directly",
                "derivative": "the derivative of {} with respect to {}",
                "operator": "the derivative with respect to {} of",
                "partial operator": "the partial derivative with respect to {} of",
                "gradient": "the gradient of {}",
                "gradient by": "the gradient of {} with respect to {}",
                "power": "to the power of {}",
                "root": "the square root of {}",
                "absolute": "the absolute value of {}",
                "brackets": "open bracket {} close bracket",
                "case": "{} if {}",
                "otherwise": "{} otherwise",
                "cases": "one of: {}; end of cases",
                "row": "row {}: {}",
                "matrix": "the matrix of {} by {}: {}; end of matrix",
                "sum": "the sum over {} from 1 to {} of",
                "measured": "{}, which is {} by {},",
                "labelled": "{}, called {},",
                "blank": "blank",
                "gap": "gap {} of {}",
                "filled": "{}, filled with {},",
                "result": "the result {}",
                ":=": "is defined as",
                "←": "becomes",
            },
            ends={
                "long fraction": "end of fraction",
                "power": "end of power",
                "root": "end of root",
                "absolute": "end of absolute value",
            },
            powers={"2": "squared", "3": "cubed"},
            accents={},
            names={"mean": "the mean", "sum": "the sum", "diag": "the diagonal matrix", "sgn": "the sign"},
        ),
        "pt": Vocabulary(
            signs=dict(zip(_MARKS, _PT, strict=True)),
            phrases={
                "above": "superíndice {}",
                "below": "índice {}",
                "sample": "da amostra {}",
                "prime": "linha",
                "fraction": "{} sobre {}",
                "long fraction": "a fração {} sobre {}",
                "partial": "a derivada parcial de {} em relação a {}",
                "direct": "{}, diretamente",
                "derivative": "a derivada de {} em relação a {}",
                "operator": "a derivada em relação a {} de",
                "partial operator": "a derivada parcial em relação a {} de",
                "gradient": "o gradiente de {}",
                "gradient by": "o gradiente de {} em relação a {}",
                "power": "elevado a {}",
                "root": "a raiz quadrada de {}",
                "absolute": "o valor absoluto de {}",
                "brackets": "abre parêntese {} fecha parêntese",
                "case": "{} se {}",
                "otherwise": "{} caso contrário",
                "cases": "um dos casos: {}; fim dos casos",
                "row": "linha {}: {}",
                "matrix": "a matriz de {} por {}: {}; fim da matriz",
                "sum": "a soma sobre {} de 1 a {} de",
                "measured": "{}, que é de {} por {},",
                "labelled": "{}, chamado {},",
                "blank": "lacuna",
                "gap": "lacuna {} de {}",
                "filled": "{}, preenchida com {},",
                "result": "o resultado {}",
                ":=": "é definido como",
                "←": "passa a ser",
            },
            ends={
                "long fraction": "fim da fração",
                "power": "fim do expoente",
                "root": "fim da raiz",
                "absolute": "fim do valor absoluto",
            },
            powers={"2": "ao quadrado", "3": "ao cubo"},
            accents={"hat": "chapéu", "bar": "barra", "tilde": "til", "dot": "ponto", "vec": "vetor"},
            names=_GREEK_PT | {"mean": "a média", "sum": "a soma", "diag": "a matriz diagonal", "sgn": "o sinal"},
        ),
    }
)


def vocabulary(language: str) -> Vocabulary:
    """Return the words of a language, the English ones for a language that has none here yet."""
    return LANGUAGES.get(language, LANGUAGES["en"])
