"""The words in which formulas are read aloud: a new language is one more `Vocabulary`; one without reads them in English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from derivgen.frozen import dataclass
from derivgen.present.marks import Mark


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
