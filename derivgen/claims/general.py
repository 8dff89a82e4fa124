"""A statement for every layer or unit, z^l_m = …, → the statements that it makes of a spec's own layers and units."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice, product

from derivgen.claims.groups import argument, past_spaces
from derivgen.claims.names import index_text
from derivgen.claims.relations import Chain
from derivgen.claims.tokens import Token, UnreadableError
from derivgen.frozen import dataclass, replace

LAYERS, UNITS = ("l", "L"), tuple("ijkmnpqr")
MOST_INSTANCES = 36
"""Of one statement; the first ones are looked at."""
MOST_UNITS = 3
_SIGNS = frozenset("0123456789+-,()")


@dataclass(frozen=True, slots=True)
class Sizes:
    """How many units the layers of a spec have, by their numbers; without layers, how many its quantities are, under 0.

    `taken`: the index of its samples, which is none of a unit.
    """

    units: Mapping[int, int]
    taken: str = ""

    @property
    def last(self) -> int:
        """Return the number of the last layer."""
        return max(self.units)


def instances(chain: Chain, sizes: Sizes) -> Iterator[tuple[str, Chain]]:
    """Yield what a chain says of each layer and unit, and which these are, in words; nothing for one without such letters."""
    letters = dict.fromkeys(letter for side in chain.sides for letter in _letters(side, sizes))
    if not letters:
        return
    ranges = [_range(letter, sizes) for letter in letters]
    for numbers in islice(product(*ranges), MOST_INSTANCES):
        values = dict(zip(letters, numbers, strict=True))
        try:
            sides = [_with(side, values, sizes) for side in chain.sides]
        except LookupError:
            continue
        yield ", ".join(f"{letter} = {value}" for letter, value in values.items()), replace(chain, sides=sides)


def _range(letter: str, sizes: Sizes) -> Sequence[int]:
    if letter == "L":
        return (sizes.last,)
    return range(1, sizes.last + 1) if letter in LAYERS else range(1, min(MOST_UNITS, max(sizes.units.values())) + 1)


def _letters(tokens: list[Token], sizes: Sizes) -> Iterator[str]:
    """Yield the letters of indices, without those of sums."""
    bound = {index_text(_group(tokens, k + 1)[0]).partition("=")[0] for k in _sums(tokens)}
    for k, token in enumerate(tokens):
        for letter in _index(tokens, k) if token.text in ("_", "^") else ():
            if letter not in bound and letter != sizes.taken and (letter not in LAYERS or sizes.last):
                yield letter


def _sums(tokens: list[Token]) -> Iterator[int]:
    return (at for k, token in enumerate(tokens) if token.text in (r"\sum", "∑") for at in (past_spaces(tokens, k + 1),))


def _group(tokens: list[Token], k: int) -> tuple[list[Token], int]:
    try:
        return argument(tokens, k)
    except (UnreadableError, IndexError):
        return [], k


def _index(tokens: list[Token], k: int) -> str:
    """Return the letters of an index that stands behind `k`; empty where anything else does."""
    text = index_text(_group(tokens, k + 1)[0])
    letters = "".join(sign for sign in text if sign not in _SIGNS)
    known = LAYERS if tokens[k].text == "^" else (*LAYERS, *UNITS)
    array, _, entry = text.rpartition(",")
    if any(sign.isalpha() and sign not in known for sign in array):  # P_{b,ij}: of an array P_b
        letters = "".join(sign for sign in entry if sign not in _SIGNS)
    return letters if len(text) < 8 and all(letter in known for letter in letters) else ""


def _with(tokens: list[Token], values: Mapping[str, int], sizes: Sizes) -> list[Token]:
    """Return a side with numbers in the place of letters in its indices; N_l is how many units layer l has.

    Raises LookupError for a layer that there is not.
    """
    made: list[Token] = []
    k = 0
    while k < len(tokens):
        token = tokens[k]
        letters = _index(tokens, k) if token.text in ("_", "^") else ""
        if not letters or not any(letter in values for letter in letters):
            made.append(token)
            k += 1
            continue
        content, k = _group(tokens, k + 1)
        end = tokens[k - 1].end
        number = _number(content, values)
        if any(letter in LAYERS for letter in letters) and number is not None and not 0 <= number <= sizes.last:
            raise LookupError(number)
        if made and made[-1].text == "N" and token.text == "_" and number is not None and number in sizes.units:
            made[-1] = replace(made[-1], kind="number", text=str(sizes.units[number]), end=end)
        elif made and made[-1].text == r"\delta" and token.text == "_" and len(set(index_text(content))) == len(letters) == 2:
            pair = [values.get(letter) for letter in letters]
            made[-1] = replace(made[-1], kind="number", text=str(int(pair[0] == pair[1])), end=end)  # Kronecker's
        else:
            inner = [_put_in(part, values) for part in content] if number is None else [_numeral(token, number)]
            made += [token, replace(token, kind="{", text="{"), *inner, Token("}", "}", end - 1, end)]
    return made


def _put_in(token: Token, values: Mapping[str, int]) -> Token:
    return _numeral(token, values[token.text]) if token.text in values else token


def _numeral(place: Token, number: int) -> Token:
    return replace(place, kind="number", text=str(number))


def _number(content: list[Token], values: Mapping[str, int]) -> int | None:
    """Return what l, l - 1 or l + 1 is; None for anything else, such as mn."""
    text = index_text(content).strip("()")
    head, sign, rest = text[:1], text[1:2], text[2:]
    if head not in values or not (text == head or (sign in ("+", "-") and rest.isdecimal())):
        return None
    return values[head] + int(f"{sign}{rest}" if sign else 0)
