"""Whose sheet it is: a student's name and number on every page, and on the lines at the top that ask for them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from derivgen.documents.document import Document
from derivgen.language import Wording
from derivgen.spec.model import Spec

LONGEST_NAME = 40  # characters of a name in the running head; the number is never cut


@dataclass(frozen=True, slots=True)
class Bearer:
    """A student (by number, name, group) or a whole group (by its name alone); `code` tells variants apart."""

    id: str = ""
    name: str = ""
    group: str = ""
    code: str = ""

    def said(self, words: Wording) -> str:
        """`Ana Sousa (2023017)`, `Student 2023017`, `Ana Sousa (2023017), group B`, `Group B`."""
        if not self.id:
            return words.say("Group {group}", group=self.group)
        name = self.name if len(self.name) <= LONGEST_NAME else self.name[: LONGEST_NAME - 1].rstrip() + "…"
        whole = f"{name} ({self.id})" if name else words.say("Student {id}", id=self.id)
        return words.say("{student}, group {group}", student=whole, group=self.group) if self.group else whole


def addressed(document: Document, spec: Spec, bearer: Bearer) -> Document:
    """The document as one student's own."""
    known = {"name": bearer.name, "id": bearer.id, "group": bearer.group}
    entries = tuple(known.get(field, "") for field in spec.worksheet.fields) if document.fields else ()
    said = bearer.said(Wording(document.language))
    return replace(document, bearer=said, entries=entries if any(entries) else (), code=bearer.code)
