"""The directives: `derivgen-spec`, which spec a document is about; of its derivation `derivgen`, pieces; `derivgen-drawing`, a
drawing as a figure; `derivgen-worksheet`, the tasks with their solutions.

A piece within a line of text: the role `derivgen` gives the whole line, `derivgen-value` what it comes to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from docutils.parsers.rst.states import RSTState
from sphinx.util.docutils import SphinxDirective, SphinxRole

from derivgen.array_evaluation import Evaluated
from derivgen.documents.compose import style_of
from derivgen.documents.document import Block, Equations, Line, Task, map_blocks
from derivgen.errors import Problem, UserError, closest
from derivgen.language import Wording
from derivgen.maths.tree import Boxed, Expr
from derivgen.pieces import believed_piece, believed_whole
from derivgen.sphinx import specs
from derivgen.sphinx.blocks import NodeRenderer, Nodes
from derivgen.sphinx.nodes import Drawing
from derivgen.sphinx.solutions import mode_option, placed
from derivgen.sphinx.specs import Written
from derivgen.work import Worked

if TYPE_CHECKING:
    from sphinx.application import Sphinx

SEPARATOR = ";"


def register(app: Sphinx) -> None:
    """Register the directives and the roles."""
    app.add_directive("derivgen", Pieces)
    app.add_directive("derivgen-spec", SpecOfDocument)
    app.add_directive("derivgen-drawing", DrawingDirective)
    app.add_directive("derivgen-worksheet", WorksheetDirective)
    app.add_role("derivgen", InlinePiece())
    app.add_role("derivgen-value", InlinePiece(value=True))


class SpecDirective(SphinxDirective):
    """What a directive about a spec does: find the spec, work it through, turn a user's mistakes into warnings."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True

    def run(self) -> Nodes:
        """Return the directive's nodes; none, and warnings, where something is wrong."""
        written: Written | None = None
        try:
            written = self.written()
            found = specs.worked(self.env, written)
            specs.tell(found.said, self.get_location(), written, "note")
            return [*self.shown(), *self.made(found)]
        except UserError as error:
            specs.tell(error.problems, self.get_location(), written)
            return []

    def made(self, found: Worked) -> Nodes:
        """Return what this directive makes of a spec that is worked through."""
        raise NotImplementedError

    @property
    def words(self) -> list[str]:
        """Return the words of the argument."""
        return self.arguments[0].split() if self.arguments else []

    @property
    def rest(self) -> str:
        """Return the argument without the spec's file."""
        words = self.words
        return " ".join(words[1:] if words and specs.is_file_name(words[0]) else words)

    def written(self) -> Written:
        """Return the spec: the file that is named first, else the body, else the document's own. Raises UserError without one."""
        words = self.words
        named = bool(words) and specs.is_file_name(words[0])
        if named and self.content:
            raise UserError(
                Problem("the spec stands in a file or in the body, not in both", hint=f"take {words[0]} or the body out")
            )
        if named:
            return specs.file_named(self.env, words[0])
        if self.content:
            return self._body()
        default = self.env.temp_data.get(specs.DEFAULT)
        if not isinstance(default, Written):
            hint = "name a .yaml file first, write the spec into the body, or say `derivgen-spec` once above"
            raise UserError(Problem("which spec is this about?", hint=hint))
        return default

    def _body(self) -> Written:
        first = self.content_offset + 1
        if not isinstance(self.state, RSTState):  # MyST counts from the directive on
            first += self.lineno
        source, line = self.state_machine.get_source_and_line(first)
        document = source or self.env.docname
        folder = Path(self.env.doc2path(self.env.docname)).parent
        return Written(None, "\n".join(self.content), folder, (str(document), line or 1))

    def renderer(self, evaluation: Evaluated) -> NodeRenderer:
        """Return what makes the nodes of a spec's blocks at this place of the page."""
        native = self.config.derivgen_math == "sphinx"
        words = Wording(evaluation.graph.spec.language)
        return NodeRenderer(style_of(evaluation), words, _depth(self.state.document) + 1, native)

    def named(self, box: nodes.Element, evaluation: Evaluated, *classes: str) -> nodes.Element:
        """Return the element around what is made, with its classes, its name, and its language where that is not the page's."""
        language = evaluation.graph.spec.language
        foreign = [] if language == specs.language_of(self.env) else [f"language-{language}"]  # docutils makes `lang` of it
        box["classes"] += ["derivgen", *classes, *foreign, *self.options.get("class", [])]
        self.set_source_info(box)
        self.add_name(box)
        return box

    def shown(self) -> Nodes:
        """Return the spec's own text, where the directive is asked to show it."""
        if "show-spec" not in self.options:
            return []
        written = self.written()
        text = written.text if written.path is None else written.path.read_text(encoding="utf-8")
        return [nodes.literal_block(text, text.rstrip("\n"), language="yaml", classes=["derivgen-spec"])]


def _depth(document: nodes.document) -> int:
    """Return how many sections are open at the end of what is read so far."""
    depth, node = 0, document
    while sections := [child for child in node.children if isinstance(child, nodes.section)]:
        depth, node = depth + 1, sections[-1]
    return depth


class SpecOfDocument(SpecDirective):
    """The spec that all further directives and roles of the document mean that name none."""

    option_spec: ClassVar[dict[str, Callable[[str], Any]]] = {"show-spec": directives.flag}

    def made(self, found: Worked) -> Nodes:
        """Print nothing: the spec is kept for those below."""
        self.env.temp_data[specs.DEFAULT] = self.written()
        return []


class Pieces(SpecDirective):
    """One piece of a derivation, or several, or without a name the whole of it."""

    option_spec: ClassVar[dict[str, Callable[[str], Any]]] = {
        "piece": directives.unchanged_required,
        "label": directives.unchanged_required,
        "solutions": mode_option,
        "class": directives.class_option,
        "name": directives.unchanged,
        "show-spec": directives.flag,
    }

    def made(self, found: Worked) -> Nodes:
        """Return the pieces, one below the other."""
        made = self._made(found.evaluation, self.renderer(found.evaluation))
        if "label" in self.options:
            self._label(made)
        return [self.named(nodes.container("", *made), found.evaluation)]

    def _names(self) -> list[str]:
        asked = self.options.get("piece", "") or self.rest
        return [name for part in asked.replace("\n", SEPARATOR).split(SEPARATOR) if (name := " ".join(part.split()))]

    def _made(self, evaluation: Evaluated, renderer: NodeRenderer) -> Nodes:
        """Return the pieces' nodes; those of a key are solutions: as the build has them, and not even made where it has none."""
        names = self._names()
        if not names:
            return renderer.page(believed_whole(evaluation))
        made: Nodes = []
        for hidden, run in groupby(names, _is_answer):
            group = list(run) if not hidden or self.mode != "none" else []
            blocks = renderer.page(_joined(believed_piece(evaluation, name).blocks for name in group))
            made += placed(self, self.mode, "; ".join(group), blocks, renderer.words) if hidden else blocks
        return made

    @property
    def mode(self) -> str:
        """Return where solutions stand."""
        return self.options.get("solutions") or self.config.derivgen_solutions

    def _label(self, made: Nodes) -> None:
        """Give the equation its label and its number. Raises UserError where there is not one equation."""
        formulas = [node for node in made if isinstance(node, nodes.Element) and "number" in node]
        if len(formulas) != 1 or len(made) != 1:
            raise UserError(Problem("only a piece that is one display of equations can have a label"))
        formula, label = formulas[0], self.options["label"]
        formula["label"], formula["docname"] = label, self.env.docname
        domain = self.env.get_domain("math")
        domain.note_equation(self.env.docname, label, location=self.get_location())  # type: ignore[attr-defined]
        formula["number"] = domain.get_equation_number_for(label)  # type: ignore[attr-defined]
        formula["ids"].append(nodes.make_id(f"equation-{label}"))
        self.state.document.note_explicit_target(formula)


def _is_answer(name: str) -> bool:
    """Return whether a piece is of a key."""
    return name.split()[0] == "key"


def _joined(pieces: Iterable[tuple[Block, ...]]) -> tuple[Block, ...]:
    """Return the blocks of pieces in a row; equations where one piece ends and the next begins are aligned with each other."""
    blocks: list[Block] = []
    for first, *others in pieces:
        if blocks and isinstance(blocks[-1], Equations) and isinstance(first, Equations):
            blocks[-1] = Equations((*blocks[-1].lines, *first.lines), blocks[-1].together and first.together)
        else:
            blocks.append(first)
        blocks += others
    return tuple(blocks)


class DrawingDirective(SpecDirective):
    """A drawing; `path` shows the way of one gradient, `caption` makes a numbered figure of it."""

    option_spec: ClassVar[dict[str, Callable[[str], Any]]] = {
        "path": directives.unchanged_required,
        "caption": directives.unchanged_required,
        "class": directives.class_option,
        "name": directives.unchanged,
        "show-spec": directives.flag,
    }

    def made(self, found: Worked) -> Nodes:
        """Return a figure with the drawing."""
        name = self.rest or f"drawing {self.options.get('path', '')}".strip()
        blocks = self.renderer(found.evaluation).page(believed_piece(found.evaluation, name).blocks)
        drawings = [drawing for block in blocks for drawing in block.findall(Drawing)]
        if len(drawings) != 1:
            hint = "it may be too large; or name a piece that is a drawing" if not drawings else "use `derivgen` for it"
            raise UserError(Problem(f"{name} is no single drawing", hint=hint))
        (drawing,) = drawings
        figure = nodes.figure("", drawing, align="center")
        self._caption(figure)
        return [self.named(figure, found.evaluation)]

    def _caption(self, figure: nodes.figure) -> None:
        """Add the words below it, which may have markup of their own."""
        if "caption" in self.options:
            parsed, messages = self.parse_inline(self.options["caption"], lineno=self.lineno)
            figure += [nodes.caption(self.options["caption"], "", *parsed), *messages]


class WorksheetDirective(SpecDirective):
    """A worksheet's tasks, or those that are named, numbered from `first` on."""

    option_spec: ClassVar[dict[str, Callable[[str], Any]]] = {
        "tasks": directives.unchanged_required,
        "solutions": mode_option,
        "first": directives.nonnegative_int,
        "no-setting": directives.flag,
        "class": directives.class_option,
        "name": directives.unchanged,
        "show-spec": directives.flag,
    }

    def made(self, found: Worked) -> Nodes:
        """Return the setting, then each task with its solution."""
        evaluation = self._asked(found.evaluation)
        renderer = self.renderer(evaluation)
        sheet = self._blocks(evaluation, "worksheet")
        setting = () if "no-setting" in self.options else (block for block in sheet if not isinstance(block, Task))
        tasks = self._tasks(evaluation, renderer, sheet)
        made = [*renderer.blocks(setting, renderer.spot), *(node for task in tasks for node in task)]
        return [self.named(nodes.container("", *made), evaluation, "derivgen-worksheet")]

    @property
    def _mode(self) -> str:
        return self.options.get("solutions") or self.config.derivgen_solutions

    def _tasks(self, evaluation: Evaluated, renderer: NodeRenderer, sheet: tuple[Block, ...]) -> list[Nodes]:
        """Return each task with what stands at the place of its solution; without solutions no answer is even composed."""
        asked = [block for block in sheet if isinstance(block, Task)]
        if self._mode == "none":
            return [renderer.page((task,)) for task in asked]
        answered = [block for block in self._blocks(evaluation, "key") if isinstance(block, Task)]
        return [self._solved(evaluation, renderer, *pair) for pair in zip(asked, answered, strict=True)]

    def _solved(self, evaluation: Evaluated, renderer: NodeRenderer, task: Task, answered: Task) -> Nodes:
        from derivgen.documents.compose import explained
        from derivgen.documents.pieces import sheet_of

        content = renderer.page(explained(sheet_of(evaluation, "key"), answered.blocks))
        title = nodes.paragraph("", "", *renderer.prose(task.title)).astext()
        return [*renderer.page((task,)), *placed(self, self._mode, f"{task.number}. {title}", content, renderer.words)]

    def _blocks(self, evaluation: Evaluated, audience: str) -> tuple[Block, ...]:
        """Return the blocks of a sheet, believed, its tasks numbered from `first` on."""
        before = self.options.get("first", 1) - 1

        def numbered(block: Block) -> Block:
            return replace(block, number=str(int(block.number) + before)) if isinstance(block, Task) else block

        return map_blocks(believed_whole(evaluation, audience), numbered)

    def _asked(self, evaluation: Evaluated) -> Evaluated:
        """Return the evaluation with a sheet of the tasks that are named. Raises UserError for one that the sheet has not."""
        if "tasks" not in self.options:
            return evaluation
        graph = evaluation.graph
        known, wanted = graph.spec.worksheet.tasks, tuple(self.options["tasks"].replace(",", " ").split())
        for name in wanted:
            if name not in known:
                raise UserError(
                    Problem(f"the worksheet has no task {name!r}", hint=closest(name, known) or f"it has {', '.join(known)}")
                )
        worksheet = replace(graph.spec.worksheet, tasks=wanted)
        return evaluation.with_spec(replace(graph.spec, worksheet=worksheet))


class InlinePiece(SphinxRole):
    """A piece that is one line of equations; of the document's spec, or of the file that is named first."""

    def __init__(self, value: bool = False):
        super().__init__()
        self.value = value

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the formula; the role's own text, and a warning, where something is wrong."""
        written: Written | None = None
        try:
            words = self.text.split()
            named = bool(words) and specs.is_file_name(words[0])
            written = specs.file_named(self.env, words[0]) if named else self._default()
            return [self._formula(written, " ".join(words[1:] if named else words))], []
        except UserError as error:
            specs.tell(error.problems, self.get_location(), written)
            return [nodes.literal(self.rawtext, self.text)], []

    def _default(self) -> Written:
        default = self.env.temp_data.get(specs.DEFAULT)
        if not isinstance(default, Written):
            raise UserError(
                Problem("which spec is this about?", hint="say `derivgen-spec` once above, or name a .yaml file first")
            )
        return default

    def _formula(self, written: Written, name: str) -> nodes.Node:
        evaluation = specs.worked(self.env, written).evaluation
        line = _one_line(name, believed_piece(evaluation, name).blocks)
        words, native = Wording(evaluation.graph.spec.language), self.config.derivgen_math == "sphinx"
        formulas = NodeRenderer(style_of(evaluation), words, native=native).formulas
        return formulas.inline(_last(line)) if self.value else formulas.line(_plain(line))


def _one_line(name: str, blocks: tuple[Block, ...]) -> Line:
    """Return the only line of a piece. Raises UserError for a piece with more to it."""
    if len(blocks) == 1 and isinstance(blocks[0], Equations) and len(blocks[0].lines) == 1 and blocks[0].lines[0].steps:
        return blocks[0].lines[0]
    raise UserError(
        Problem(f"{name!r} is more than one line and cannot stand within a text", hint=f"use the directive: derivgen {name}")
    )


def _plain(line: Line) -> Line:
    """Return the line without the frame around its result."""
    return Line(line.left, tuple((relation, _unboxed(side)) for relation, side in line.steps))


def _last(line: Line) -> Expr:
    return _unboxed(line.steps[-1][1])


def _unboxed(expr: Expr) -> Expr:
    return expr.content if isinstance(expr, Boxed) else expr
