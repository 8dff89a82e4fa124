"""Wordings: messages, plurals, decimal signs, and catalogues that say everything the pages say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

import derivgen
from derivgen.errors import Place, SpecError
from derivgen.language import SOURCE, Wording, languages
from derivgen.maths.tree import Partial, Sym
from derivgen.present.speech import LANGUAGES, speech

PACKAGE = Path(derivgen.__file__).parent
TEMPLATES = PACKAGE.parent / "templates"
OTHERS = [language for language in languages() if language != SOURCE]


def test_english_says_the_message_itself() -> None:
    words = Wording()
    assert words.say("Task {n}", n=3) == "Task 3"
    assert (words.language, words.decimal) == ("en", ".")
    assert [words.count("{n} point", "{n} points", n) for n in (0, 1, 2)] == ["0 points", "1 point", "2 points"]


def test_portuguese() -> None:
    words = Wording("pt-BR")
    assert words.say("answer key") == "gabarito"
    assert (words.language, words.decimal) == ("pt", ",")
    assert [words.count("{n} point", "{n} points", n) for n in (0, 1, 2)] == ["0 ponto", "1 ponto", "2 pontos"]


def test_a_message_without_translation_stays_english() -> None:
    assert Wording("pt").say("nothing like this") == "nothing like this"


def test_parts_keep_values_as_they_are() -> None:
    assert Wording().parts("{a} and {b}.", a=1, b=None) == (1, " and ", None, ".")


@pytest.mark.parametrize("language", ["xx", "", "../en", "pt/../../x", "english"])
def test_an_unknown_language_is_an_error_of_the_spec(language: str) -> None:
    with pytest.raises(SpecError) as caught:
        Wording(language, Place("s.yaml", 2, 11, 2, f"language: {language}"))
    problem = caught.value.problems[0]
    assert problem.place is not None
    assert problem.place.line == 2
    assert problem.hint


def test_languages_are_found() -> None:
    assert languages()[0] == "en"
    assert "pt" in languages()


ROOMS = ("documents", "lines", "derivation", "rendering", "sphinx")
SAYING = {"say", "count", "parts", "Reason", "Rule"}
TABLES = {"KINDS", "_KINDS", "FIELDS", "MESSAGES"}  # messages kept in a table and said later


def _messages() -> Iterator[tuple[str, str]]:
    """(where, message): literals that are said, or kept in a table of messages."""
    for room in ROOMS:
        for file in sorted((PACKAGE / room).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Call) and _called(node) in SAYING and node.args:
                    yield from ((_called(node), text) for text in _literals(node.args[0]))
                elif isinstance(node, (ast.Assign, ast.AnnAssign)) and _target(node) in TABLES:
                    table = node.value.args[0] if isinstance(node.value, ast.Call) and node.value.args else node.value
                    values = table.values if isinstance(table, ast.Dict) else []
                    yield from ((_target(node), text) for value in values for text in _literals(value))
    for template in sorted(TEMPLATES.rglob("*.j2")):
        yield from (
            ("template", text) for text in re.findall(r"""words\.say\("([^"]+)\"""", template.read_text(encoding="utf-8"))
        )


def _literals(node: ast.expr) -> Iterator[str]:
    """The strings an expression may be: itself, either branch of a choice, the members of a tuple."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from (*_literals(node.body), *_literals(node.orelse))
    elif isinstance(node, (ast.Tuple, ast.BoolOp)):
        for inner in node.elts if isinstance(node, ast.Tuple) else node.values:
            yield from _literals(inner)


def _called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""


def _target(node: ast.Assign | ast.AnnAssign) -> str:
    target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
    return target.id if isinstance(target, ast.Name) else ""


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_is_translated(language: str) -> None:
    found = list(_messages())
    assert {where for where, _ in found} >= {"say", "count", "Reason", "template", "MESSAGES"}, (
        "the search for messages is broken"
    )
    messages = {message for _, message in found}
    said = Wording(language)._catalogue.messages
    missing = sorted(message for message in messages if message not in said)
    assert not missing, f"not in the {language} catalogue: {missing}"


@pytest.mark.parametrize("language", OTHERS)
def test_translations_keep_the_placeholders(language: str) -> None:
    said = Wording(language)._catalogue.messages
    assert said
    for message, forms in said.items():
        for form in forms:
            assert _placeholders(form) == _placeholders(message), message


def _placeholders(message: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(message) if name}


def test_every_language_reads_formulas_aloud() -> None:
    """A language that has no words for formulas yet reads them in English."""
    assert {*LANGUAGES} == {*languages()}
    formula = Partial(Sym("L"), Sym("w"))
    assert speech(formula, language="de") == speech(formula, language="en") != speech(formula, language="pt")
