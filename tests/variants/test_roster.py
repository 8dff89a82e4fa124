"""Rosters as schools and spreadsheets write them: right, or every mistake at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from derivgen.errors import SpecError, UserError
from derivgen.variants.roster import MAX_BYTES, Chosen, Student, load_roster, read_roster, wrong_in

ANA = Student("17", "Ana Sousa", "B")

RIGHT: dict[str, tuple[bytes, tuple[Student, ...]]] = {
    "plain": (b"id,name,group\n17,Ana Sousa,B\n", (ANA,)),
    "another order": (b"group,id,name\nB,17,Ana Sousa\n", (ANA,)),
    "semicolons": (b"id;name;group\n17;Ana Sousa;B\n", (ANA,)),
    "tabs": (b"id\tname\tgroup\n17\tAna Sousa\tB\n", (ANA,)),
    "Excel's first line": (b"sep=;\r\nid;name;group\r\n17;Ana Sousa;B\r\n", (ANA,)),
    "byte-order mark": (b"\xef\xbb\xbfid,name,group\n17,Ana Sousa,B\n", (ANA,)),
    "UTF-16": ("\ufeffid\tname\tgroup\n17\tAna Sousa\tB\n".encode("utf-16-le"), (ANA,)),
    "line ends of Windows": (b"id,name,group\r\n17,Ana Sousa,B\r\n", (ANA,)),
    "line ends of old Macs": (b"id,name,group\r17,Ana Sousa,B\r", (ANA,)),
    "no line end": (b"id,name,group\n17,Ana Sousa,B", (ANA,)),
    "Portuguese": ("Matrícula;Nome;Turma\n17;Ana Sousa;B\n".encode(), (ANA,)),
    "Portuguese, at length": ("Nome Completo,Nº de Matrícula,Grupo\nAna Sousa,17,B\n".encode(), (ANA,)),
    "first and last name": (b"First name,Last name,ID number\nAna,Sousa,17\n", (Student("17", "Ana Sousa"),)),
    "upper case and blanks": (b" ID , Student Name \n 17 ,  Ana   Sousa \n", (Student("17", "Ana Sousa"),)),
    "ids alone": (b"17\n18\n", (Student("17"), Student("18"))),
    "ids alone, named": (b"id\n17\n18\n", (Student("17"), Student("18"))),
    "a comma in quotes": (b'id,name\n17,"Sousa, Ana"\n', (Student("17", "Sousa, Ana"),)),
    "quotes in quotes": (b'id,name\n17,"Ana ""Nina"" Sousa"\n', (Student("17", 'Ana "Nina" Sousa'),)),
    "leading zeros": (b"id\n007\n7\n", (Student("007"), Student("7"))),
    "an e-mail address": (b"username\nana@uni.pt\n", (Student("ana@uni.pt"),)),
    "signs of TeX": (rb"id,name" + b"\n17,\\input{x} $50% & #1_2 ^~\n", (Student("17", r"\input{x} $50% & #1_2 ^~"),)),
    "accents": ("id,name\n17,José Țepeș Łukasz Ørsted\n".encode(), (Student("17", "José Țepeș Łukasz Ørsted"),)),
    "accents apart": ("id,name\n17,Jose\u0301\n".encode(), (Student("17", "José"),)),
    "right to left": ("id,name\n17,محمد علي\n18,דוד\n".encode(), (Student("17", "محمد علي"), Student("18", "דוד"))),
    "an empty line at the end": (b"id,name\n17,Ana\n\n\n", (Student("17", "Ana"),)),
    "no name": (b"id,name,group\n17,,B\n18\n", (Student("17", "", "B"), Student("18"))),
    "empty columns behind": (b"id,name,,\n17,Ana,,\n", (Student("17", "Ana"),)),
    "an id of another alphabet": ("id\nñandú1\n".encode(), (Student("ñandú1"),)),
}


ANA_RUI = (Student("0023017", "Ana Sousa"), Student("0023018", "Rui Melo"))
SURNAMES_FIRST = (Student("0023017", "Sousa, Ana"), Student("0023018", "Melo, Rui"))

EXPORTS: dict[str, tuple[str, tuple[Student, ...], str]] = {
    "id, name, surname": (
        "id,name,surname\n0023017,Ana,Sousa\n0023018,Rui,Melo\n",
        ANA_RUI,
        "id from 'id', name from 'name' and 'surname'",
    ),
    "name, last name": ("name,last name,id\nAna,Sousa,0023017\nRui,Melo,0023018\n", ANA_RUI, "name from 'name' and 'last name'"),
    "Moodle": (
        "First name,Surname,ID number,Institution,Email address\nAna,Sousa,0023017,,a@u.pt\nRui,Melo,0023018,,r@u.pt\n",
        ANA_RUI,
        "id from 'ID number', name from 'First name' and 'Surname'",
    ),
    "Moodle 4": (
        '"First name","Last name","Email address","ID number"\nAna,Sousa,a@u.pt,0023017\nRui,Melo,r@u.pt,0023018\n',
        ANA_RUI,
        "name from 'First name' and 'Last name'",
    ),
    "Moodle, Portugal": (
        "Nome;Apelido;Número de identificação;Endereço de e-mail\nAna;Sousa;0023017;a@u.pt\nRui;Melo;0023018;r@u.pt\n",
        ANA_RUI,
        "id from 'Número de identificação', name from 'Nome' and 'Apelido'",
    ),
    "Moodle, Brazil": (
        "Nome,Sobrenome,Número de identificação,Endereço de email\nAna,Sousa,0023017,a@u.br\nRui,Melo,0023018,r@u.br\n",
        ANA_RUI,
        "name from 'Nome' and 'Sobrenome'",
    ),
    "Moodle without numbers": (
        "First name,Surname,ID number,Email address\nAna,Sousa,,ana@u.pt\nRui,Melo,,rui@u.pt\n",
        (Student("ana@u.pt", "Ana Sousa"), Student("rui@u.pt", "Rui Melo")),
        "id from 'Email address'",
    ),
    "Canvas": (
        "Student,ID,SIS User ID,SIS Login ID,Section,Exam (17)\n    Points Possible,,,,,10\n"
        '"Sousa, Ana",9901,0023017,asousa,L1,8\n"Melo, Rui",9902,0023018,rmelo,L1,\n"Student, Test",9903,,f0a1,L1,\n',
        tuple(Student(one.id, one.name, "L1") for one in SURNAMES_FIRST),
        "id from 'SIS User ID', name from 'Student', group from 'Section'",
    ),
    "Canvas without SIS": (
        'Student,ID,SIS Login ID,Section\n"Sousa, Ana",9901,asousa,L1\n"Melo, Rui",9902,rmelo,L2\n',
        (Student("9901", "Sousa, Ana", "L1"), Student("9902", "Melo, Rui", "L2")),
        "id from 'ID'",
    ),
    "Gradescope": (
        "First Name,Last Name,SID,Email,Sections\nAna,Sousa,0023017,a@u.edu,\nRui,Melo,0023018,r@u.edu,\n",
        ANA_RUI,
        "id from 'SID', name from 'First Name' and 'Last Name'",
    ),
    "Gradescope, full names": ("Name,SID,Email\nAna Sousa,0023017,a@u.edu\nRui Melo,0023018,r@u.edu\n", ANA_RUI, "id from 'SID'"),
    "GitHub Classroom": (
        '"identifier","github_username","github_id","name"\n"0023017","anas","1","Ana Sousa"\n"0023018","","","Rui Melo"\n',
        ANA_RUI,
        "id from 'identifier', name from 'name'",
    ),
    "Brightspace": (
        "OrgDefinedId,Username,Last Name,First Name,Exam Points Grade,End-of-Line Indicator\n"
        "#0023017,#asousa,Sousa,Ana,,#\n#0023018,#rmelo,Melo,Rui,,#\n",
        ANA_RUI,
        "id from 'OrgDefinedId', name from 'First Name' and 'Last Name'",
    ),
    "Blackboard": (
        '\ufeff"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Availability"\n'
        '"Sousa"\t"Ana"\t"asousa"\t"0023017"\t"Yes"\n"Melo"\t"Rui"\t"rmelo"\t"0023018"\t"Yes"\n',
        ANA_RUI,
        "id from 'Student ID', name from 'First Name' and 'Last Name'",
    ),
    "Banner": (
        "Class list,,,\nNeural networks 101,,,\nRecord Number,Student Name,ID,Registration Status\n"
        '1,"Sousa, Ana",0023017,Registered\n2,"Melo, Rui",0023018,Registered\n',
        SURNAMES_FIRST,
        "id from 'ID', name from 'Student Name'",
    ),
    "PeopleSoft": ('Emplid,Name,Units\n0023017,"Sousa, Ana",3\n0023018,"Melo, Rui",3\n', SURNAMES_FIRST, "id from 'Emplid'"),
    "TUMonline": (
        "REGISTRATION_NUMBER;FAMILY_NAME_OF_STUDENT;FIRST_NAME_OF_STUDENT;GENDER\n0023017;Sousa;Ana;W\n0023018;Melo;Rui;M\n",
        ANA_RUI,
        "id from 'REGISTRATION_NUMBER', name from 'FIRST_NAME_OF_STUDENT' and 'FAMILY_NAME_OF_STUDENT'",
    ),
    "LSF": ("Mtknr;Nachname;Vorname\n0023017;Sousa;Ana\n0023018;Melo;Rui\n", ANA_RUI, "id from 'Mtknr'"),
    "ILIAS": (
        "Anmeldename;Nachname;Vorname;Matrikelnummer\nas;Sousa;Ana;0023017\nrm;Melo;Rui;0023018\n",
        ANA_RUI,
        "'Matrikelnummer'",
    ),
    "SIS of Prague": (
        "ukco,family_name,given_name,email\n0023017,Sousa,Ana,a@u.cz\n0023018,Melo,Rui,r@u.cz\n",
        ANA_RUI,
        "id from 'ukco'",
    ),
    "Sakai": ('Student ID,Name\n0023017,"Sousa, Ana"\n0023018,"Melo, Rui"\n', SURNAMES_FIRST, "id from 'Student ID'"),
    "Google Classroom": (
        "Last Name,First Name,Email Address\nSousa,Ana,ana@u.edu\nMelo,Rui,rui@u.edu\n",
        (Student("ana@u.edu", "Ana Sousa"), Student("rui@u.edu", "Rui Melo")),
        "id from 'Email Address'",
    ),
    "a Portuguese class list": (
        "Nº;Nº Mecanográfico;Nome\n1;0023017;Ana Sousa\n2;0023018;Rui Melo\n",
        ANA_RUI,
        "id from 'Nº Mecanográfico'",
    ),
    "a row counter called Nº": ("N.º;Nome;Matrícula\n1;Ana Sousa;0023017\n2;Rui Melo;0023018\n", ANA_RUI, "id from 'Matrícula'"),
    "a row counter before user names": (
        "No.,Name,Login\n1,Ana,asousa\n2,Rui,rmelo\n",
        (Student("asousa", "Ana"), Student("rmelo", "Rui")),
        "'Login'",
    ),
    "numbers and no other ids": ("Nº;Nome\n1;Ana\n2;Rui\n", (Student("1", "Ana"), Student("2", "Rui")), "id from 'Nº'"),
    "numbers with a point": (
        "id,name\n2023017.0,Ana\n2023018.0,Rui\n",
        (Student("2023017", "Ana"), Student("2023018", "Rui")),
        "'id'",
    ),
    "ids as formulas": ('id,name\n"=""0023017""",Ana Sousa\n="0023018",Rui Melo\n', ANA_RUI, "id from 'id'"),
    "ids behind an apostrophe": ("id,name\n'0023017,Ana Sousa\n'0023018,Rui Melo\n", ANA_RUI, "id from 'id'"),
    "a line break in a cell": ('id,name\n0023017,"Ana\nSousa"\n0023018,Rui Melo\n', ANA_RUI, "id from 'id'"),
    "bars": ("id|name\n0023017|Ana Sousa\n0023018|Rui Melo\n", ANA_RUI, "id from 'id', name from 'name'"),
    "one column, in German": ("Matrikelnummer\n0023017\n0023018\n", (Student("0023017"), Student("0023018")), "no names"),
    "one column, SID": ("SID\n0023017\n0023018\n", (Student("0023017"), Student("0023018")), "id from 'SID', no names"),
    "lines above": ("Roster of spring\n\nid,name\n0023017,Ana Sousa\n0023018,Rui Melo\n", ANA_RUI, "id from 'id'"),
}


@pytest.mark.parametrize("case", EXPORTS)
def test_a_roster_as_a_platform_exports_it(case: str) -> None:
    text, students, understood = EXPORTS[case]
    roster = read_roster(text.encode(), "r.csv")
    assert roster.students == students
    assert roster.understood.startswith("r.csv: 2 students: ")
    assert understood in roster.understood


def test_what_is_left_out_is_told() -> None:
    notes = [note.lines()[0] for note in read_roster(EXPORTS["Canvas"][0].encode(), "r.csv").notes]
    assert notes == [
        "r.csv:1:9: warning: not used: the columns ID, SIS Login ID, Exam (17)",
        "r.csv:2:5: warning: the points possible are no student: skipped",
        "r.csv:5:2: warning: the test student is skipped",
    ]
    notes = [note.lines()[0] for note in read_roster(EXPORTS["Banner"][0].encode(), "r.csv").notes]
    assert notes[0] == "r.csv:1:1: warning: the lines above the names of the columns: skipped"
    notes = [note.lines()[0] for note in read_roster(EXPORTS["numbers with a point"][0].encode(), "r.csv").notes]
    assert notes == ["r.csv:2:1: warning: the ids end in .0, as a spreadsheet writes numbers: it is left out"]


def test_columns_that_the_user_names() -> None:
    data = b"key,whom,surname,id\n17,Ana,Sousa,1\n18,Rui,Melo,2\n"
    roster = read_roster(data, "r.csv", Chosen("key", ("whom", "surname")))
    assert roster.students == (Student("17", "Ana Sousa"), Student("18", "Rui Melo"))
    assert roster.understood == "r.csv: 2 students: id from 'key', name from 'whom' and 'surname'"
    with pytest.raises(SpecError, match=r"no column of this file is called 'kee'; its columns: key, whom, surname, id"):
        read_roster(data, "r.csv", Chosen("kee"))


@pytest.mark.parametrize("case", RIGHT)
def test_a_roster_is_read(case: str) -> None:
    data, students = RIGHT[case]
    roster = read_roster(data, "r.csv")
    assert roster.students == students
    assert roster.notes == ()


LATIN = "warning: this file is not UTF-8; it is read as Windows-1252 (Latin-1): see whether this line's name is right"
NOTED: dict[str, tuple[bytes, tuple[Student, ...], list[str]]] = {
    "Latin-1": (
        "id,name\n17,Ana\n18,José\n".encode("latin-1"),
        (Student("17", "Ana"), Student("18", "José")),
        [f"r.csv:3:1: {LATIN}"],
    ),
    "signs of Windows-1252": (
        b"id,name\n17,O\x92Brien\n",
        (Student("17", "O’Brien"),),
        [f"r.csv:2:1: {LATIN}"],
    ),
    "an empty line": (b"id\n17\n\n18\n", (Student("17"), Student("18")), ["r.csv:3:1: warning: this line is empty: skipped"]),
    "empty lines": (
        b"id,name\n17,A\n,\n  \n18,B\n",
        (Student("17", "A"), Student("18", "B")),
        ["r.csv:3:1: warning: lines 3, 4 are empty: skipped"],
    ),
    "the better of two": (
        b"No.,ID,Name\n1,17,Ana Sousa\n",
        (Student("17", "Ana Sousa"),),
        ["r.csv:1:1: warning: not used: the column No."],
    ),
    "other columns": (
        b"id,email,name\n17,a@b.c,Ana\n",
        (Student("17", "Ana"),),
        ["r.csv:1:4: warning: not used: the column email"],
    ),
    "signs nobody sees": (
        "id,name\n17,\u200fAna\u200b Sousa\n".encode(),
        (Student("17", "Ana Sousa"),),
        ["r.csv:2:4: warning: invisible characters are left out of this name"],
    ),
}


@pytest.mark.parametrize("case", NOTED)
def test_a_roster_is_read_with_a_note(case: str) -> None:
    data, students, notes = NOTED[case]
    roster = read_roster(data, "r.csv")
    assert roster.students == students
    assert [note.lines()[0] for note in roster.notes] == notes


WRONG: dict[str, tuple[bytes, list[str]]] = {
    "a duplicate": (b"id,name\n17,Ana\n18,Rui\n17,Eva\n", ["r.csv:4:1: the id 17 stands in line 2 already"]),
    "upper and lower case": (
        b"id\na17\nA17\n",
        ["r.csv:3:1: the id A17 differs from a17 in line 2 in upper and lower case only"],
    ),
    "no id": (b"id,name\n,Ana\n", ["r.csv:2:1: there is no id for Ana on this line"]),
    "no column of ids": (
        b"name,group\nAna,B\n",
        ["r.csv:1:1: no column of this file is the students' ids; its columns: name, group"],
    ),
    "no line of names": (b"17,Ana\n18,Rui\n", ["r.csv:1:1: no column of this file is the students' ids; its columns: 17, Ana"]),
    "one column with a heading that is not known": (
        b"Kennung\n17\n18\n",
        ["r.csv:1:1: 'Kennung' is no id like those below it, and no name of a column that is known"],
    ),
    "nothing": (b"", ["r.csv:1:1: r.csv has no students"]),
    "nothing but blanks": (b"\n \n", ["r.csv:1:1: r.csv has no students"]),
    "names of columns alone": (b"id,name\n", ["r.csv:1:1: r.csv has a line of columns' names and no students"]),
    "a comma without quotes": (b"id,name\n17,Sousa, Ana\n", ["r.csv:2:11: this line has 3 cells, the first line 2"]),
    "an open quote": (b'id,name\n17,"Sousa\n18,Rui\n', ["r.csv:2:1: a quote on this line is open, or text follows one"]),
    "a control character": (
        b"id,name\n17,A\x07na\n",
        ["r.csv:2:5: the character U+0007 (a control character) cannot stand in a roster"],
    ),
    "a formula": (b"id\n=1+1\n", ["r.csv:2:1: id '=1+1' does not begin with a letter or a digit"]),
    "a path": (b"id\n../x\n", ["r.csv:2:1: id '../x' does not begin with a letter or a digit"]),
    "a shortened number": (
        b"id\n2.02301E+09\n",
        ["r.csv:2:1: id '2.02301E+09' is a number that a spreadsheet has shortened: format the column as text"],
    ),
    "an id without letters in TeX": (
        "id\nعلي\n".encode(),
        ["r.csv:2:1: id 'علي' has a character that LaTeX cannot print here: ع (U+0639)"],
    ),
    "a long id": (b"id\n" + b"1" * 41 + b"\n", ["r.csv:2:1: this id has 41 characters; 40 is the most"]),
    "a long name": (b"id,name\n17," + b"A" * 121 + b"\n", ["r.csv:2:4: this name has 121 characters; 120 is the most"]),
    "a spreadsheet": (b"PK\x03\x04...", ["r.csv is a spreadsheet's own file, not a CSV file"]),
    "no text": (b"id\n\0\n", ["r.csv is not a text file"]),
    "half a letter": (b"\xff\xfei\0d\0\n", ["r.csv is not whole UTF-16 text"]),
    "everything at once": (
        b"id,name\n17,Ana\n,Rui\n=x,Eva\n17,Bea\n",
        [
            "r.csv:3:1: there is no id for Rui on this line",
            "r.csv:4:1: id '=x' does not begin with a letter or a digit",
            "r.csv:5:1: the id 17 stands in line 2 already",
        ],
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_roster_is_told_at_its_line(case: str) -> None:
    data, told = WRONG[case]
    with pytest.raises(SpecError) as caught:
        read_roster(data, "r.csv")
    assert [problem.lines()[0] for problem in caught.value.problems] == told


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"roster .*none\.csv cannot be read"):
        load_roster(tmp_path / "none.csv")
    with pytest.raises(UserError, match="cannot be read"):
        load_roster(tmp_path)


def test_a_file_that_is_too_large() -> None:
    with pytest.raises(SpecError, match="the limit for a roster"):
        read_roster(b"1" * (MAX_BYTES + 1), "r.csv")


def test_the_order_is_the_file_s_and_places_are_known() -> None:
    roster = read_roster("id,name\n9,Zé\n10,Ana\n2,Rui\n".encode(), "r.csv")
    assert [student.id for student in roster.students] == ["9", "10", "2"]
    assert [student.place.line for student in roster.students if student.place] == [2, 3, 4]


@pytest.mark.parametrize("text", ["1" * 300, "a\nb", "a\u2028b", "\x07"])
def test_what_no_id_can_be(text: str) -> None:
    assert wrong_in(text)
