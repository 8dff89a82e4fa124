"""A class set by Typst: everybody's sheets can be read aloud, are those of a class of any size, and hold no answers."""

from __future__ import annotations

from derivgen.typeset.accessibility import faults
from tests.classes.conftest import IDS
from tests.classes.test_class import SHEETS, TOGETHER, content
from tests.cli.conftest import Shell
from tests.product import Pdf


def test_a_class_by_typst(derivgen: Shell) -> None:
    options = ("exam.yaml", "--seed", "7", "--engine", "typst", "-q")
    assert derivgen("class", *options, "--students", "students.csv", "-o", "out").code == 0
    made = content(derivgen, "out")
    assert sorted(made) == sorted([*SHEETS, *TOGETHER])
    for name in SHEETS:
        assert faults(made[name]) == ()
    sizes = {}
    for id_ in IDS:
        worksheet, key = (
            Pdf(made[f"{folder}/{id_}_{audience}.pdf"]) for folder, audience in (("worksheets", "worksheet"), ("keys", "key"))
        )
        assert len(worksheet.pages) == len(key.pages)
        assert all(id_ in page for page in worksheet.pages)
        sizes[id_] = len(worksheet.data)
    assert max(sizes.values()) < 90_000
    derivgen.write("one.csv", "id,name,group\n9,José Łoś,B\n")
    assert derivgen("class", *options, "--students", "one.csv", "-o", "alone", "--jobs", "1").code == 0
    alone = content(derivgen, "alone")
    for name in ("worksheets/9_worksheet.pdf", "keys/9_key.pdf"):
        assert alone[name] == made[name], "a neighbour changes nothing"
