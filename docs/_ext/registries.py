"""Directives of the manual alone: tables made from the registries of the code, so that they cannot fall behind."""

from __future__ import annotations

import re
from inspect import cleandoc

import click
from docutils import nodes
from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from derivgen.cli.commands import main
from derivgen.documents.pieces import KINDS
from derivgen.errors import Place
from derivgen.maths.functions import FUNCTIONS, Function, vocabulary
from derivgen.maths.grammar import parse_expression
from derivgen.maths.style import DEFAULT
from derivgen.maths.tree import Call, Compare, Expr, Prime, Sym
from derivgen.sphinx.blocks import Formulas

Cell = nodes.Node | str


class Functions(SphinxDirective):
    """The table of functions."""

    def run(self) -> list[nodes.Node]:
        """Names, value and derivative as they print, meaning, what holds at a kink, source."""
        formulas = Formulas(DEFAULT, native=self.config.derivgen_math == "sphinx")
        rows = [self._row(formulas, function) for function in FUNCTIONS.values()]
        return [_table(("Names", "Value and derivative", "What it is; at a kink; source"), rows)]

    def _row(self, formulas: Formulas, function: Function) -> list[Cell]:
        names = ", ".join(function.names)
        first, argument = function.names[0], (Sym("x_1"), Sym("x_2")) if function.many else (Sym("x"),)
        shown = nodes.line_block()
        for left, text in (
            (Call(function.key, argument, first), function.value),
            (Prime(function.key, argument, first), (*function.derivatives, "")[0]),
        ):
            if text or isinstance(left, Call):
                said = Compare("==", left, _parsed(text)) if text else left
                shown += nodes.line("", "", formulas.inline(said))
        told = "; ".join(said for said in (function.meaning, function.convention, function.source) if said)
        return [nodes.literal(names, names), shown, told]


def _parsed(text: str) -> Expr:
    """A formula of the table as it is written there."""
    return parse_expression(text, Place("table", 1, 1, 1, text), vocabulary())


class Pieces(SphinxDirective):
    """The table of the kinds of pieces."""

    def run(self) -> list[nodes.Node]:
        """Each kind and what it is."""
        return [_table(("Kind", "What it is"), [[nodes.literal(kind, kind), entry.means] for kind, entry in KINDS.items()])]


class Commands(SphinxDirective):
    """Every command with its usage and options, from the commands themselves."""

    def run(self) -> list[nodes.Node]:
        """A section for each."""
        return [self._section(name, command) for name, command in main.commands.items()]

    def _section(self, name: str, command: click.Command) -> nodes.section:
        context = click.Context(command, info_name=f"derivgen {name}")
        usage = command.get_usage(context).removeprefix("Usage: ")
        section = nodes.section("", nodes.title("", f"derivgen {name}"), ids=[nodes.make_id(f"derivgen-{name}")])
        section += [_said_in_words(part) for part in cleandoc(command.help or "").split("\n\n")]
        section += nodes.literal_block(usage, usage, language="text")
        options = [entry for param in command.params if (entry := param.get_help_record(context)) is not None]
        items = [nodes.definition_list_item("", _term(term), _definition(told)) for term, told in options if told]
        section += [nodes.definition_list("", *items)] if items else []
        return section


def _term(term: str) -> nodes.term:
    return nodes.term("", "", nodes.literal(term, term))


def _definition(told: str) -> nodes.definition:
    return nodes.definition("", _said_in_words(told))


def _said_in_words(text: str) -> nodes.paragraph:
    """Words, with options among them as they are typed."""
    parts = re.split(r"(--[a-z][a-z-]*)", text)
    return nodes.paragraph("", "", *(nodes.literal(part, part) if at % 2 else nodes.Text(part) for at, part in enumerate(parts)))


def _table(head: tuple[str, ...], rows: list[list[Cell]]) -> nodes.table:
    group = nodes.tgroup("", cols=len(head))
    group += [nodes.colspec("", colwidth=1) for _ in head]
    group += nodes.thead("", _row(list(head)))
    group += nodes.tbody("", *(_row(row) for row in rows))
    return nodes.table("", group, classes=["registry"])


def _row(cells: list[Cell]) -> nodes.row:
    inside = [nodes.Text(cell) if isinstance(cell, str) else cell for cell in cells]
    blocks = [cell if isinstance(cell, nodes.line_block) else nodes.paragraph("", "", cell) for cell in inside]
    return nodes.row("", *(nodes.entry("", block) for block in blocks))


def _dollars(app: Sphinx, docname: str, source: list[str]) -> None:
    """Texts speak of `$…$`, which is no formula."""
    source[0] = source[0].replace("$…$", r"\$…\$")


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the directives; tables of numbers are set as plain text."""
    app.connect("source-read", _dollars)
    app.add_lexer("csv", TextLexer)
    app.add_directive("functions-table", Functions)
    app.add_directive("pieces-table", Pieces)
    app.add_directive("commands", Commands)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
