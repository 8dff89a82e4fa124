r"""What Markdown would take for its own, written so that it does not: in words, and in the LaTeX between dollars.

Several readers look for the dollars only after they have read the rest of a line as Markdown, and take `\{`, `\,` or `_` there
for theirs. Each of those has another name, one that Pandoc's own reader of LaTeX knows as well.
"""

from __future__ import annotations

import re

_WORDS = re.compile(r"[\\`*_{}\[\]<>&#|~^@$]")
_LEADING = re.compile(r"^(?:[-+:=%!]|\d+(?=[.)]))")
_EMOJI = re.compile(r":(?=\w+:)")

_COMMANDS = {
    ",": r"\ ",
    ":": r"\ ",
    ";": r"\ ",
    "!": "",
    "{": r"\lbrace ",
    "}": r"\rbrace ",
    "|": r"\Vert ",
    "Bigl": r"\Big",
    "Bigr": r"\Big",
}
_SIGNS = {"<": " < ", ">": " > ", "*": r"\ast ", "|": r"\vert "}
_TOKEN = re.compile(r"\\([A-Za-z]+|.)|([<>*|])|(?<![A-Za-z0-9])_|\](?=[(\[{:])|:(?=//)|www(?=\.)", re.DOTALL)


def escaped(words: str) -> str:
    r"""Return words as Markdown that shows them as they are.

    >>> escaped("5 $ for w_1 * w_2 <b>")
    '5 &#36; for w\\_1 \\* w\\_2 \\<b\\>'
    """
    text = _WORDS.sub(lambda match: "&#36;" if match[0] == "$" else "\\" + match[0], " ".join(words.split(" ")))
    return _EMOJI.sub(r"\\:", text.replace("\n", " "))


def paragraph(text: str) -> str:
    r"""Return a paragraph's text, its first sign escaped where a list or a heading would begin with it.

    >>> paragraph("1. first"), paragraph("- x"), paragraph("$x$ is")
    ('1\\. first', '\\- x', '$x$ is')
    """
    found = _LEADING.match(text)
    if found is None:
        return text
    return f"{found[0]}\\{text[found.end() :]}" if found[0].isdigit() else "\\" + text


def between_dollars(tex: str) -> str:
    r"""Return LaTeX that means the same and that no reader of Markdown takes apart.

    >>> between_dollars(r"\hat{y}_{1} < \{ a \, b \}")
    '\\hat{y}_ {1} < \\lbrace a \\ b \\rbrace '

    Nor does one find an address there: `![x](http://…)` would be a picture of somebody's.

    >>> between_dollars("[w](http://a.b)")
    '[w] (http: //a.b)'
    """
    return re.sub(" {2,}", " ", _TOKEN.sub(_written, tex))


def _written(match: re.Match[str]) -> str:
    command, sign = match[1], match[2]
    if command is not None:
        return _COMMANDS.get(command, match[0])
    return _SIGNS[sign] if sign is not None else f"{match[0]} "
