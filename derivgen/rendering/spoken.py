"""Words and lines of equations as they are read aloud: the alternative texts of formulas, in the document's language."""

from __future__ import annotations

from derivgen.documents.document import Line, Math, Prose
from derivgen.maths.style import Style
from derivgen.present.marks import Mark
from derivgen.present.speech import speech
from derivgen.present.speech_words import vocabulary

_MARKS = {"=": Mark.EQUAL, "≈": Mark.ABOUT}


def spoken_prose(prose: Prose, style: Style, language: str, numbered: bool = True) -> str:
    """Return words and the formulas among them in words; gaps, where they are `numbered`, with marks for their numbers."""
    parts = (speech(part.expr, style, language, numbered) if isinstance(part, Math) else part.words for part in prose)
    return "".join(parts)


def spoken_line(line: Line, style: Style, language: str, numbered: bool = True) -> str:
    """Return one line of equations in words, its reason at the end; gaps, where they are `numbered`, with marks."""
    words = vocabulary(language)
    said = [] if line.left is None else [speech(line.left, style, language, numbered)]
    for relation, side in line.steps:
        said += [words.signs[_MARKS[relation]] if relation in _MARKS else words.phrases[relation]]
        said += [speech(side, style, language, numbered)]
    reason = spoken_prose(line.reason, style, language, numbered)
    return " ".join(said) + (f"; {reason}" if reason else "")
