"""What the form fields of a fillable worksheet are called: by the quantity they are about, and in words."""

from __future__ import annotations

from collections import Counter

from derivgen.documents.document import Document
from derivgen.frozen import dataclass
from derivgen.language import Wording
from derivgen.maths.plain import plain
from derivgen.maths.style import Style, in_language
from derivgen.present.speech import speech
from derivgen.present.speech_words import vocabulary
from derivgen.rendering.html import blanks


@dataclass(frozen=True, slots=True)
class Field:
    """One field: a `name` that no other field has, and what a screen reader says of it."""

    name: str
    words: str


def fields(document: Document, style: Style) -> tuple[Field, ...]:
    """Return the fields of a worksheet, one for each gap, in reading order.

    The k-th of several gaps that are about a quantity is called `Z_3[k]`: in a table those of its column, from the top.
    """
    found = blanks(document, style)
    abouts = ["answer" if blank.of is None else plain(blank.of).replace(".", "_") for blank in found]
    counts, seen = Counter(abouts), Counter[str]()
    words, printed = vocabulary(document.language).phrases["gap"], in_language(style, Wording(document.language))
    made = []
    for blank, about in zip(found, abouts, strict=True):
        seen[about] += 1
        name = about if counts[about] == 1 else f"{about}[{seen[about]}]"
        said = f"{speech(blank.of, printed, document.language)}, " if blank.of is not None else ""
        made.append(Field(name, said + words.format(blank.number, len(found))))
    return tuple(made)
