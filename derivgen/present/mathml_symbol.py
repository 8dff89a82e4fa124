r"""The LaTeX an author may write for a symbol (`spec/macros.py` has checked it) → MathML: `\mathcal{L}_{\text{train}}`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from derivgen.maths.names import GREEK
from derivgen.present.mathml_marks import MINUS, escaped, one

_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\d+|[^\s]")
_SIGNS: Mapping[str, str] = MappingProxyType(
    {
        "ell": "ℓ",
        "hbar": "ℏ",
        "imath": "ı",
        "jmath": "ȷ",
        "nabla": "∇",
        "partial": "∂",
        "infty": "∞",
        "prime": "′",
        "star": "⋆",
        "ast": "∗",
        "circ": "∘",
        "bullet": "∙",
        "dagger": "†",
        "top": "⊤",
        "bot": "⊥",
        "perp": "⊥",
        "cdot": "⋅",
        "times": "×",
        "pm": "±",
        "mp": "∓",
        "dots": "…",
        "ldots": "…",
        "cdots": "⋯",
        "varpi": "ϖ",
        "varrho": "ϱ",
        "varsigma": "ς",
    }
)
_LETTERS = "ℓℏıȷ∂∞ϖϱς"
_SPACES: Mapping[str, float] = MappingProxyType({",": 0.1667, ";": 0.2778, "!": -0.1667, " ": 0.25, "quad": 1.0})
_ACCENTS: Mapping[str, str] = MappingProxyType(
    {"hat": "^", "widehat": "^", "tilde": "~", "widetilde": "~", "bar": "¯", "overline": "‾", "vec": "→", "dot": "˙", "ddot": "¨"}
)
_ALPHABETS: Mapping[str, str] = MappingProxyType(
    {
        "mathcal": "MATHEMATICAL SCRIPT {}",
        "mathbf": "MATHEMATICAL BOLD {}",
        "mathsf": "MATHEMATICAL SANS-SERIF {}",
        "mathtt": "MATHEMATICAL MONOSPACE {}",
        "boldsymbol": "MATHEMATICAL BOLD ITALIC {}",
    }
)
_SCRIPT_LETTERS = dict(zip("BEFHILMRego", "ℬℰℱℋℐℒℳℛℯℊℴ", strict=True))
"""The script letters that Unicode had before it had the others."""


@lru_cache(maxsize=256)
def symbol_mathml(latex: str) -> str:
    r"""The symbol as MathML elements.

    >>> symbol_mathml(r"\mathcal{L}_{\text{out}}")
    '<msub><mi>ℒ</mi><mtext>out</mtext></msub>'
    >>> symbol_mathml(r"\hat{\theta}'")
    '<mover accent="true"><mi>θ</mi><mo stretchy="false">^</mo></mover><mo>′</mo>'
    """
    return _Reader(latex).run()


class _Reader:
    """Reads groups, macros with their arguments, and scripts; `alphabet` is that of the group."""

    def __init__(self, text: str):
        self.text, self.at, self.alphabet = text, 0, ""

    def run(self) -> str:
        """Elements up to a closing brace or the end."""
        parts: list[str] = []
        while (token := self._next()) not in {"", "}"}:
            if token in {"^", "_"}:
                base = parts.pop() if parts else "<mrow></mrow>"
                parts.append(self._scripts(base, token))
            else:
                parts.append(self._unit(token))
        return "".join(parts)

    def _next(self) -> str:
        match = re.compile(r"\s*").match(self.text, self.at)
        self.at = match.end() if match else self.at
        token = _TOKEN.match(self.text, self.at)
        self.at = token.end() if token else self.at
        return token.group() if token else ""

    def _scripts(self, base: str, sign: str) -> str:
        found = {sign: one(self._script())}
        while (place := self.at, token := self._next())[1] in {"^", "_"} and token not in found:
            found[token] = one(self._script())
        self.at = place
        kind = "msubsup" if len(found) == 2 else "msub" if "_" in found else "msup"
        return f"<{kind}>{one(base)}{found.get('_', '')}{found.get('^', '')}</{kind}>"

    def _script(self) -> str:
        """What a script sign takes: a group, a macro, or a single character (`x^12` is x¹2)."""
        start = self.at
        token = self._next()
        if token.isdecimal() and len(token) > 1:
            self.at = self.text.index(token, start) + 1
            token = token[0]
        return self._unit(token)

    def _unit(self, token: str) -> str:
        if token == "{":
            return one(self.run())
        if not token.startswith("\\"):
            return self._character(token)
        name = token[1:]
        if name in _SPACES:
            return f'<mspace width="{_SPACES[name]}em"/>'
        if name in {"text", "operatorname"}:
            return self._words(name)
        if name in _ACCENTS:
            self._next()
            return f'<mover accent="true">{one(self.run())}<mo stretchy="{_stretchy(name)}">{_ACCENTS[name]}</mo></mover>'
        if name == "underline":
            self._next()
            return f'<munder>{one(self.run())}<mo stretchy="true">_</mo></munder>'
        if name in _ALPHABETS or name in {"mathrm", "mathit"}:
            return self._in_alphabet(name)
        letter = GREEK.get(name) or _SIGNS[name]
        return self._letter(letter) if letter.isalpha() or letter in _LETTERS else f"<mo>{letter}</mo>"

    def _words(self, name: str) -> str:
        self._next()
        end = self.text.index("}", self.at)
        words, self.at = self.text[self.at : end], end + 1
        return f"<mtext>{escaped(words)}</mtext>" if name == "text" else f"<mi>{escaped(words)}</mi>"

    def _in_alphabet(self, name: str) -> str:
        before, self.alphabet = self.alphabet, name
        self._next()
        inside = self.run()
        self.alphabet = before
        if name == "mathrm":
            inside = re.sub(
                r'(<mi mathvariant="normal">[A-Za-z]</mi>)+', lambda m: f"<mi>{re.sub('<[^>]*>', '', m[0])}</mi>", inside
            )
            inside = re.sub(r"<mi>([A-Za-z])</mi>", r'<mi mathvariant="normal">\1</mi>', inside)
        return one(inside)

    def _character(self, c: str) -> str:
        if c.isdecimal():
            return f"<mn>{''.join(map(self._drawn, c))}</mn>"
        if c.isalpha():
            return self._letter(c)
        return "<mo>′</mo>" if c == "'" else f"<mo>{MINUS if c == '-' else escaped(c)}</mo>"

    def _letter(self, letter: str) -> str:
        drawn = self._drawn(letter)
        upright = self.alphabet == "mathrm" or drawn != letter or (not letter.isascii() and letter.isupper())
        return f'<mi mathvariant="normal">{drawn}</mi>' if upright and drawn == letter else f"<mi>{drawn}</mi>"

    def _drawn(self, c: str) -> str:
        """The character in the alphabet of its group, where Unicode has it there."""
        if self.alphabet == "mathcal" and c in _SCRIPT_LETTERS:
            return _SCRIPT_LETTERS[c]
        pattern = _ALPHABETS.get(self.alphabet, "")
        kind = ("DIGIT" if c.isdecimal() else "CAPITAL" if c.isupper() else "SMALL") if pattern else ""
        bare = unicodedata.name(c, "").split()[-1]
        try:
            return unicodedata.lookup(pattern.format(f"{kind} {bare}").replace("BOLD ITALIC DIGIT", "BOLD DIGIT")) if kind else c
        except KeyError:
            return c


_UPRIGHT = re.compile(r'(?:<mi mathvariant="normal">[A-Za-z]</mi>){2,}')


def _joined(letters: re.Match[str]) -> str:
    """Upright letters in a row as one word."""
    return f"<mi>{re.sub('<[^>]*>', '', letters[0])}</mi>"


def _stretchy(name: str) -> str:
    return "true" if name.startswith(("wide", "over")) else "false"
