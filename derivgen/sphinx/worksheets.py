"""`derivgen-worksheet`: the tasks of a worksheet within a page, and their solutions where the build has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives

from derivgen.documents.document import Block, Task, map_blocks
from derivgen.errors import Problem, UserError, closest
from derivgen.evaluation import Evaluation
from derivgen.pieces import believed_whole
from derivgen.sphinx.blocks import Nodes, View
from derivgen.sphinx.directives import SpecDirective
from derivgen.sphinx.solutions import mode_option, placed
from derivgen.work import Worked

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def register(app: Sphinx) -> None:
    """The directive."""
    app.add_directive("derivgen-worksheet", WorksheetDirective)


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
        """The setting, then each task with its solution."""
        evaluation = self._asked(found.evaluation)
        view = self.view(evaluation)
        sheet = self._blocks(evaluation, "worksheet")
        setting = [] if "no-setting" in self.options else view.blocks(block for block in sheet if not isinstance(block, Task))
        made = [*setting, *(node for task in self._tasks(evaluation, view, sheet) for node in task)]
        return [self.named(nodes.container("", *made), evaluation, "derivgen-worksheet")]

    @property
    def _mode(self) -> str:
        return self.options.get("solutions") or self.config.derivgen_solutions

    def _tasks(self, evaluation: Evaluation, view: View, sheet: tuple[Block, ...]) -> list[Nodes]:
        """Each task and what stands at the place of its solution; without solutions no answer is even composed."""
        asked = [block for block in sheet if isinstance(block, Task)]
        if self._mode == "none":
            return [view.page((task,)) for task in asked]
        answered = [block for block in self._blocks(evaluation, "key") if isinstance(block, Task)]
        return [self._solved(evaluation, view, *pair) for pair in zip(asked, answered, strict=True)]

    def _solved(self, evaluation: Evaluation, view: View, task: Task, answered: Task) -> Nodes:
        from derivgen.documents.marks import explained
        from derivgen.documents.pieces import sheet_of

        content = view.page(explained(sheet_of(evaluation, "key"), answered.blocks))
        title = nodes.paragraph("", "", *view.prose(task.title)).astext()
        return [*view.page((task,)), *placed(self, self._mode, f"{task.number}. {title}", content, view.words)]

    def _blocks(self, evaluation: Evaluation, audience: str) -> tuple[Block, ...]:
        """The blocks of a sheet, believed, its tasks numbered from `first` on."""
        before = self.options.get("first", 1) - 1

        def numbered(block: Block) -> Block:
            return replace(block, number=str(int(block.number) + before)) if isinstance(block, Task) else block

        return map_blocks(believed_whole(evaluation, audience), numbered)

    def _asked(self, evaluation: Evaluation) -> Evaluation:
        """The evaluation with a sheet of the tasks that are named. Raises UserError for one that the sheet has not."""
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
        graph = replace(graph, spec=replace(graph.spec, worksheet=worksheet))
        return replace(evaluation, derivation=replace(evaluation.derivation, graph=graph))
