"""Pages as a user gets them: built by the command, filled in from the key."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from derivgen.documents.accepted import UncheckedAnswer, accepted, trial_points
from derivgen.documents.compose import as_printed, compose, style_of
from derivgen.evaluation import Evaluation
from derivgen.maths.plain import plain
from derivgen.maths.tree import Expr, Filled, Matrix, Num, Shown
from derivgen.rendering.html import blanks
from derivgen.work import work
from tests.product import ROOT, build


@dataclass(frozen=True)
class Page:
    """One spec's pages in a folder."""

    spec: Path
    folder: Path

    def file(self, audience: str) -> Path:
        """The page for an audience."""
        return self.folder / f"{audience}.html"

    @cached_property
    def evaluation(self) -> Evaluation:
        """What stands behind the pages."""
        return as_printed(work(self.spec).evaluation)

    @cached_property
    def answers(self) -> tuple[Expr, ...]:
        """The answers in reading order, as the key prints them."""
        key = compose(self.evaluation, "key")
        contents = [blank.gap.content for blank in blanks(key, style_of(self.evaluation)) if isinstance(blank.gap, Filled)]
        assert contents
        return tuple(contents)

    @cached_property
    def checked(self) -> tuple[bool, ...]:
        """Of each answer, whether the page can check it."""
        places = trial_points(self.evaluation)
        return tuple(not isinstance(accepted(answer, self.evaluation, places), UncheckedAnswer) for answer in self.answers)

    def typed(self) -> list[str]:
        """The answers as somebody types them who copies from the key."""
        return [typed(answer) for answer in self.answers]


def typed(answer: Expr) -> str:
    """An answer as it is typed: in the expression language, without the samples' index; what has no words there is a dash."""
    if isinstance(answer, Matrix):
        return "; ".join(" ".join(typed(cell) for cell in row) for row in answer.rows)
    if isinstance(answer, (Num, Shown)):
        return answer.text or plain(answer) if isinstance(answer, Num) else answer.text
    text = plain(answer)
    text = re.sub(r"\[\w+\]", "", text)
    return re.sub(r"sum\((\w)=1\.\.\w+: ", "sum(", text)


def pages(folder: Path, specs: Iterable[Path], language: str = "", audience: str = "") -> dict[Path, Page]:
    """Every spec's pages (or those for one audience), built by the command; in a language, whichever the spec was written in."""
    written = {}
    for spec in specs:
        here = spec
        if language:
            text = re.sub(r"(?m)^language:.*\n", "", spec.read_text(encoding="utf-8"))
            here = folder / spec.name
            here.write_text(f"language: {language}\n{text}", encoding="utf-8")
        written[spec] = here
    run = build(
        folder / "pages", *written.values(), options=("--format", "html", *(("--audience", audience) if audience else ()))
    )
    _, complaint = run.communicate(timeout=1200)
    assert run.returncode == 0, complaint
    return {spec: Page(here, folder / "pages" / spec.stem) for spec, here in written.items()}


SPECS = {
    name: ROOT / "specs" / f"{name}.yaml"
    for name in (
        "notes/000_one_expression",
        "notes/002_and_gate_numbers",
        "notes/003_shorthands",
        "notes/004_recap",
        "small/one_neuron",
        "small/in_matrices",
        "small/softmax_cross_entropy",
        "small/half_known",
        "small/pieces",
        "small/centred",
        "small/pocket_calculator",
    )
}
"""Sheets of every kind: numbers, formulas, sums over samples, matrices, cases, pocket calculators, little known."""
