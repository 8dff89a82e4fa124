"""One student's sheets by themselves, to the letter those that the class has: numbers, id, name, code, layout."""

from __future__ import annotations

from pathlib import Path

from derivgen.classes.assignments import Assignment, check_all, read_assignments
from derivgen.classes.job import derivation_of, serialize
from derivgen.classes.preparation import layout_of
from derivgen.classes.sheets import believed, named
from derivgen.documents.document import Document
from derivgen.errors import Problem, SpecError, UserError
from derivgen.evaluation import Evaluation
from derivgen.frozen import dataclass
from derivgen.maths.interpret import deep_recursion
from derivgen.spec.model import Spec
from derivgen.variants.records import variant
from derivgen.variants.roster import Student
from derivgen.variants.search import Search


@dataclass(frozen=True, slots=True)
class StudentSheets:
    """A student's variant and what their sheets are composed from; `serialized` is the spec of the whole class."""

    assignment: Assignment
    serialized: bytes
    evaluation: Evaluation

    def document(self, audience: str) -> Document:
        """Compose the sheet for an audience in the layout of all variants, and check every line of it. Raises CheckError."""
        return believed(layout_of(self.serialized), self.evaluation, audience)

    def named(self, document: Document, form: str) -> Document:
        """Return a document as the student's own, as a format says whose it is."""
        return named(document, self.evaluation.graph.spec, self.assignment, form)


@deep_recursion()
def student_sheets(spec: Spec, seed: str, student: str, records: Path | None = None) -> StudentSheets:
    """Find a student's variant: the one in a file of `records`, else the one that the seed draws.

    Raises SpecError where nothing is drawn, or the records are of another spec or not of this student.
    """
    serialized = serialize(spec)
    derivation = derivation_of(serialized)
    if records is None:
        assignment = Assignment(Student(student), Search(derivation, seed).record(student))
    else:
        assignment = _recorded(records, student)
        check_all(spec, (assignment,))
    return StudentSheets(assignment, serialized, variant(derivation, assignment.record))


def _recorded(file: Path, student: str) -> Assignment:
    """Return a student's assignment in a file of records, as `derivgen class` writes it."""
    try:
        text = file.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise UserError(Problem(f"cannot read {file}: {error.strerror}")) from error
    found = {assignment.id: assignment for assignment in read_assignments(text, str(file))}
    if student not in found:
        some = ", ".join(list(found)[:8])
        raise SpecError(Problem(f"{file} has no record of {student}", hint=f"it has those of {some}{', …' * (len(found) > 8)}"))
    return found[student]
