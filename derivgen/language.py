"""Words in the document's language: English messages are the keys, and each other language is one catalogue file.

To add a language, add `derivgen/locale/<language>/LC_MESSAGES/derivgen.po`; nothing else changes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from string import Formatter

from derivgen.errors import Place, Problem, SpecError, closest
from derivgen.frozen import dataclass
from derivgen.memo import READ_ONCE

SOURCE = "en"
FOLDER = Path(__file__).with_name("locale")
_CATALOGUE = Path("LC_MESSAGES", "derivgen.po")
MOST_TRIED = 200


@dataclass(frozen=True)
class Catalogue:
    """The messages of one language: by the English message, the forms for one, for several, …"""

    language: str
    messages: Mapping[str, tuple[str, ...]]
    form: Callable[[int | Fraction], int]
    decimal: str


class Wording:
    """The words of one language (`en`, `pt`, `pt-BR`, …).

    Raises SpecError, at `place`, for a language without a catalogue.

    >>> Wording("pt").say("Forward pass"), Wording("pt").decimal
    ('Propagação direta', ',')
    >>> Wording("en").count("{n} point", "{n} points", 3)
    '3 points'
    """

    def __init__(self, language: str = SOURCE, place: Place | None = None):
        self._catalogue = _catalogue(_known(language, place))

    @property
    def language(self) -> str:
        """Return the language's code, without a region."""
        return self._catalogue.language

    @property
    def decimal(self) -> str:
        """Return the decimal sign: `.` or `,`."""
        return self._catalogue.decimal

    def say(self, message: str, **values: object) -> str:
        """Return the message in this language, each `{name}` replaced by its value."""
        return self._translated(message).format(**values)

    def count(self, one: str, several: str, n: int | Fraction, **values: object) -> str:
        """Return the form of a message that goes with the number `n`.

        >>> Wording("en").count("{n} point", "{n} points", Fraction(7, 2))
        '3.5 points'
        >>> Wording("pt").count("{n} point", "{n} points", Fraction(1, 2))
        '0,5 ponto'
        """
        forms = self._catalogue.messages.get(one, (one, several))
        return forms[min(self._catalogue.form(n), len(forms) - 1)].format(n=self.number(n), **values)

    def number(self, n: int | Fraction) -> str:
        """Return a number among words: in decimals where three are enough.

        >>> Wording("pt").number(Fraction(7, 2)), Wording("en").number(Fraction(1, 3))
        ('3,5', '1/3')
        """
        thousandths = Fraction(n) * 1000
        if thousandths.denominator != 1:
            return str(n)
        whole, rest = divmod(abs(thousandths.numerator), 1000)
        decimals = f"{rest:03}".rstrip("0")
        return ("-" if n < 0 else "") + str(whole) + (self.decimal + decimals if decimals else "")

    def parts(self, message: str, **values: object) -> tuple[object, ...]:
        """Return the message cut at its `{name}`s, each value standing there as it is: words and formulas in a row.

        >>> Wording("en").parts("The chain for {name}", name=5)
        ('The chain for ', 5)
        """
        cut: list[object] = []
        for words, name, _, _ in Formatter().parse(self._translated(message)):
            cut += [words] if words else []
            cut += [values[name]] if name else []
        return tuple(cut)

    def _translated(self, message: str) -> str:
        return self._catalogue.messages.get(message, (message,))[0]


def languages() -> tuple[str, ...]:
    """Return English and every language that has a catalogue."""
    found = (file.parent.parent.name for file in FOLDER.glob(f"*/{_CATALOGUE.as_posix()}"))
    return (SOURCE, *sorted(found))


def _known(language: str, place: Place | None) -> str:
    """Return the language's code as its folder is called: `pt` of `pt-BR`."""
    folded = language.replace("-", "_").lower().split("_")[0]
    if folded in languages():
        return folded
    hint = closest(language, languages()) or f"there are {', '.join(languages())}"
    raise SpecError(Problem(f"there is no language {language!r}", place, hint))


@READ_ONCE
def _catalogue(language: str) -> Catalogue:
    if language == SOURCE:
        return Catalogue(SOURCE, {}, lambda n: int(n != 1), ".")
    from gettext import c2py

    from babel.messages.pofile import read_po
    from babel.numbers import get_decimal_symbol

    with (FOLDER / language / _CATALOGUE).open("rb") as file:
        catalogue = read_po(file, locale=language)
    plural = c2py(catalogue.plural_expr)
    messages = {_key(m.id): _forms(m.string) for m in catalogue if m.id and not m.fuzzy and all(_forms(m.string))}
    return Catalogue(language, messages, lambda n: plural(_same_plural(language, n)), get_decimal_symbol(language))


def _same_plural(language: str, n: int | Fraction) -> int:
    """Return a whole number with the same plural as `n` in the language, as rules of catalogues are about whole numbers."""
    if n == int(n):
        return int(n)
    from babel import Locale

    rule = Locale.parse(language).plural_form
    wanted = rule(Decimal(Fraction(n).numerator) / Fraction(n).denominator)
    return next((whole for whole in range(MOST_TRIED) if rule(whole) == wanted), 2)


def _key(identifier: str | tuple[str, ...] | list[str]) -> str:
    return identifier if isinstance(identifier, str) else identifier[0]


def _forms(string: object) -> tuple[str, ...]:
    return (string,) if isinstance(string, str) else tuple(string)  # type: ignore[arg-type]
