"""What is filled and what is left alone: marks and their look-alikes, line ends, indentation, to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derivgen.weave.marks import BOM
from derivgen.weave.weaving import weave
from tests.weave.pieces import Told, woven

BEGIN, END = "<!-- derivgen: net.yaml chain w -->", "<!-- /derivgen -->"


def test_a_region_of_markdown(tmp_path: Path) -> None:
    text, outcome = woven(tmp_path, "a.md", f"before\n\n{BEGIN}\nold\n{END}\nbehind")
    assert text.decode() == f"before\n\n{BEGIN}\n\nmd chain w\n\nnet.yaml\n\n{END}\nbehind"
    assert (outcome.regions, outcome.written, outcome.problems) == (1, True, ())


def test_windows_line_ends_a_mark_of_byte_order_and_no_final_newline(tmp_path: Path) -> None:
    text, _ = woven(tmp_path, "a.md", BOM + f"á\r\n{BEGIN}\r\n{END}".encode())
    assert text == BOM + f"á\r\n{BEGIN}\r\n\r\nmd chain w\r\n\r\nnet.yaml\r\n\r\n{END}".encode()


def test_each_region_takes_the_line_end_of_its_mark(tmp_path: Path) -> None:
    text, _ = woven(tmp_path, "a.tex", "% derivgen: n.yaml a\r\n% /derivgen\n% derivgen: n.yaml a\nx\r\n% /derivgen\r")
    assert text == (
        b"% derivgen: n.yaml a\r\ntex a\r\n\r\nn.yaml\r\n% /derivgen\n% derivgen: n.yaml a\ntex a\n\nn.yaml\n% /derivgen\r"
    )


@pytest.mark.parametrize(
    ("before", "indentation"),
    [("  ", "  "), ("1. ", "   "), ("- ", "  "), ("> ", "> "), ("> 10) ", ">     "), ("> > ", "> > ")],
)
def test_the_indentation_of_the_mark(tmp_path: Path, before: str, indentation: str) -> None:
    text, outcome = woven(tmp_path, "a.md", f"{before}{BEGIN}\n{indentation}{END}\n")
    blank = indentation.rstrip()
    lines = [f"{before}{BEGIN}", blank, f"{indentation}md chain w", blank, f"{indentation}net.yaml", blank]
    assert text.decode() == "\n".join((*lines, f"{indentation}{END}\n"))
    assert outcome.problems == ()


def test_both_marks_on_one_line(tmp_path: Path) -> None:
    text, _ = woven(tmp_path, "a.md", f"> {BEGIN}{END}\n")
    assert text.decode() == f"> {BEGIN}\n>\n> md chain w\n>\n> net.yaml\n>\n> {END}\n"


TEXT = f"{BEGIN}\nold\n{END}\n"


@pytest.mark.parametrize(
    "shown",
    [
        f"```html\n{TEXT}```\n",
        f"~~~\n{TEXT}~~~\n",
        f"````md\n```\n{TEXT}```\n{TEXT}````\n",
        f"~~~~\n```\n{TEXT}~~~\n{TEXT}~~~~~\n",
        f"- a list\n\n  ```\n  {BEGIN}\n  ```\n",
        f"> ```\n> {BEGIN}\n> ```\n",
        f"```\n{TEXT}",
        f"    {BEGIN}\n    old\n    {END}\n",
        f"\t{BEGIN}\n",
        f"In a line, `{BEGIN}` is text, and ``{END}`` is, too.\n",
        f"Over two lines `a\n{BEGIN[4:]}` as well.\n",
        f"<pre>\n{TEXT}</pre>\n",
        f"<script>\n{TEXT}</script>\n",
        f"<!--\n{BEGIN}\n",
        f"\\{BEGIN}\n",
        "&lt;!-- derivgen: net.yaml chain w --&gt;\n",
        "<!-- derivgen is what fills these notes -->\n",
        "<!-- prettier-ignore -->\n",
    ],
)
def test_what_is_text_in_markdown(tmp_path: Path, shown: str) -> None:
    """… stays as it is, and does not keep what follows it from being filled."""
    text, outcome = woven(tmp_path, "a.md", shown)
    assert text == shown.encode()
    assert (outcome.regions, outcome.problems) == (0, ())
    if not shown.startswith("```\n<"):
        text, outcome = woven(tmp_path, "b.md", f"{TEXT}\n{shown}\n{TEXT}")
        assert text.decode().count(shown) == 1
        assert outcome.regions == 2


@pytest.mark.parametrize(
    "shown",
    [
        "\\begin{verbatim}\n% derivgen: n.yaml a\n\\end{verbatim}\n",
        "\\begin{verbatim*}\n% derivgen: n.yaml a\n\\end{verbatim*}\n",
        "\\begin{lstlisting}[language=TeX]\n% derivgen: n.yaml a\n% /derivgen\n\\end{lstlisting}\n",
        "\\begin{minted}{latex}\n% derivgen: n.yaml a\n\\end{minted}\n",
        "\\begin{comment}\n% derivgen: n.yaml a\n\\end{comment}\n",
        "\\lstnewenvironment{tex}{}{}\n\\begin{tex}\n% derivgen: n.yaml a\n\\end{tex}\n",
        "\\DefineVerbatimEnvironment{Code}{Verbatim}{}\n\\begin{Code}\n% derivgen: n.yaml a\n\\end{Code}\n",
        "\\newminted{latex}{}\n\\begin{latexcode}\n% derivgen: n.yaml a\n\\end{latexcode}\n",
        "30\\% derivgen: n.yaml a\n",
        "% derivgen fills these notes\n",
    ],
)
def test_what_is_text_in_latex(tmp_path: Path, shown: str) -> None:
    region = "% derivgen: n.yaml a\nold\n% /derivgen\n"
    text, outcome = woven(tmp_path, "a.tex", f"{region}{shown}{region}")
    filled = region.replace("old", "tex a\n\nn.yaml")
    assert text.decode() == f"{filled}{shown}{filled}"
    assert (outcome.regions, outcome.problems) == (2, ())


def test_a_comment_that_names_verbatim_opens_nothing(tmp_path: Path) -> None:
    _, outcome = woven(tmp_path, "a.tex", "% \\begin{verbatim}\n\\verb|x|\n  %% derivgen: n.yaml a\n  % /derivgen\n")
    assert outcome.regions == 1


@pytest.mark.parametrize(
    "shown",
    [
        f"<script>\n{TEXT}</script>",
        f"<style>{TEXT}</style>",
        f"<textarea>{TEXT}</textarea>",
        f"<PRE class='a>b'>\n{TEXT}</PRE>",
        f'<a title="{BEGIN}">link</a>',
        f"<!--\n{BEGIN}",
    ],
)
def test_what_is_text_in_html(tmp_path: Path, shown: str) -> None:
    text, outcome = woven(tmp_path, "a.html", f"{TEXT}{shown}\n{TEXT}")
    filled = f"{BEGIN}\nhtml chain w\n\nnet.yaml\n{END}\n"
    assert text.decode() == f"{filled}{shown}\n{filled}"
    assert (outcome.regions, outcome.problems) == (2, ())


def test_marks_of_html_stand_anywhere(tmp_path: Path) -> None:
    text, _ = woven(tmp_path, "a.html", f"<!--> <!---> <td>{BEGIN}<b>old</b>{END}</td>{BEGIN}{END}")
    filled = f"{BEGIN}\nhtml chain w\n\nnet.yaml\n{END}"
    assert text.decode() == f"<!--> <!---> <td>{filled}</td>{filled}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"a\n\n{BEGIN}\nold\n", "a.md:3:1: this region has no end: another one begins on line 6 before it ends"),
        (f"{END}\n", "a.md:1:1: this ends a region that has not begun"),
        (f"{BEGIN}\n{BEGIN}\n", "a.md:1:1: this region has no end: another one begins on line 2 before it ends"),
        (f"a {BEGIN}\n", "a.md:1:3: a mark stands on a line of its own"),
        (f"{BEGIN} a\n{END}\n", "a.md:1:1: a mark stands on a line of its own"),
        (f"{BEGIN}\n{END} a\n", "a.md:2:1: a mark stands on a line of its own"),
        (f"<!-- derivgen: net.yaml -->\n{END}\n", "a.md:1:16: which piece of net.yaml is missing"),
        (f"<!-- derivgen: chain w -->\n{END}\n", "a.md:1:16: a spec's name, ending in .yaml, comes first"),
        (f"<!-- derivgen: -->\n{END}\n", "a.md:1:15: a spec's name, ending in .yaml, comes first"),
        (f"<!-- derivgen: - none -->\n{END}\n", "a.md:1:16: a spec's name, ending in .yaml, comes first"),
        (f"<!-- derivgen: net.yaml chain w wide=3 -->\n{END}\n", "a.md:1:25: there is no option wide=3"),
        (f"<!-- derivgen: net.yaml chain w width=a -->\n{END}\n", "a.md:1:25: there is no option width=a"),
        ("<!-- derivgen net.yaml chain w -->\n", "a.md:1:1: this is nearly a mark"),
        (f"{BEGIN}\n<!-- /derivgen chain w -->\n", "a.md:2:1: this is nearly a mark"),
        (f"<!-- derivgen:  net.yaml   none -->\n{END}\n", "a.md:1:28: there is no piece 'none' in "),
    ],
)
def test_what_is_wrong_is_told_and_the_others_are_filled(tmp_path: Path, text: str, said: str) -> None:
    after, outcome = woven(tmp_path, "a.md", f"{text}\n{TEXT}")
    assert any(str(problem).replace(f"{tmp_path}/", "").startswith(said) for problem in outcome.problems), outcome.problems
    assert outcome.exit_code == 2
    assert after.decode().startswith(text)
    assert after.decode().endswith(f"{BEGIN}\n\nmd chain w\n\nnet.yaml\n\n{END}\n")


def test_the_last_region_has_no_end(tmp_path: Path) -> None:
    text, outcome = woven(tmp_path, "a.md", f"{TEXT}{BEGIN}\nold")
    assert text.decode().endswith(f"{END}\n{BEGIN}\nold")
    assert "the file ends before it does" in str(outcome.problems[0])


def test_a_mark_may_name_a_file_with_blanks(tmp_path: Path) -> None:
    text, outcome = woven(tmp_path, "a.tex", '% derivgen: "my net.yaml"  chain   w\n% /derivgen\n')
    assert outcome.problems == ()
    assert b"my net.yaml\n% /derivgen" in text


def test_places_are_those_of_the_file_as_it_is_then(tmp_path: Path) -> None:
    text, outcome = woven(tmp_path, "a.md", f"{TEXT}\n{END}\n")
    (problem,) = outcome.problems
    assert problem.place is not None
    assert text.decode().split("\n")[problem.place.line - 1] == END
    assert problem.place.line == 9


PARTS = (
    BEGIN,
    END,
    f"  {BEGIN}",
    f"  {END}",
    "- item",
    "> quote",
    "```",
    "~~~~",
    "$$",
    "    code",
    "",
    "text `code",
    "===",
    "a|b",
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PARTS), st.sampled_from(("\n", "\r\n", "\r"))), max_size=14))
def test_any_order_of_lines(tmp_path_factory: pytest.TempPathFactory, parts: list[tuple[str, str]]) -> None:
    """Whatever stands where: only what lies between two marks changes, and twice gives the same as once."""
    before = "".join(part + end for part, end in parts)
    after, outcome = woven(tmp_path_factory.mktemp("any"), "a.md", before)
    lines = after.decode().splitlines()
    kept = [line for line in lines if line.strip(" >") not in {"md chain w", "net.yaml", ""}]
    outside = [line for line in before.splitlines() if line.strip(" >")]
    left = iter(outside)
    assert all(any(line == other for other in left) for line in kept), "a line is new or has moved"
    assert len(outcome.stale) <= outcome.regions


def test_what_somebody_else_saves_meanwhile_is_kept(tmp_path: Path) -> None:
    """The file is read anew, so that neither their words nor the piece is lost."""
    path = tmp_path / "a.md"
    path.write_text(TEXT, encoding="utf-8")

    class Busy(Told):
        """While the first piece is made, the author saves."""

        saved = False

        def piece(self, spec: Path, name: str, to: str, width: float | None = None, label: str = "") -> str:
            if not self.saved:
                self.saved = True
                path.write_text(f"new words\n\n{TEXT}", encoding="utf-8")
            return super().piece(spec, name, to, width)

    outcome = weave(path, Busy())
    assert outcome.written
    assert path.read_text(encoding="utf-8") == f"new words\n\n{BEGIN}\n\nmd chain w\n\nnet.yaml\n\n{END}\n"


def test_a_file_that_changes_all_the_time_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text(TEXT, encoding="utf-8")

    class Restless(Told):
        """The author saves whenever a piece is made."""

        times = 0

        def piece(self, spec: Path, name: str, to: str, width: float | None = None, label: str = "") -> str:
            self.times += 1
            path.write_text(f"{TEXT}{'more ' * self.times}", encoding="utf-8")
            return super().piece(spec, name, to, width)

    outcome = weave(path, Restless())
    assert outcome.exit_code == 2
    assert "is being changed all the time" in str(outcome.problems[0])
    assert "old" in path.read_text(encoding="utf-8")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.md"]


@pytest.mark.parametrize(
    ("name", "text", "line", "hint"),
    [
        ("a.md", "Text.\n\n% derivgen: net.yaml chain w\n% /derivgen\n", 3, "<!-- derivgen: net.yaml … -->"),
        ("a.md", "> % derivgen: net.yaml chain w\n", 1, "<!-- derivgen: net.yaml … -->"),
        ("a.qmd", "% derivgen: net.yaml chain w\n", 1, "<!-- derivgen: net.yaml … -->"),
        ("a.html", "<p>\n%derivgen: net.yaml chain w\n</p>\n", 2, "<!-- derivgen: net.yaml … -->"),
        ("a.tex", "a % b\n<!-- derivgen: net.yaml chain w -->\n<!-- /derivgen -->\n", 2, "% derivgen: net.yaml …"),
    ],
)
def test_a_mark_of_another_kind_of_document_is_told(tmp_path: Path, name: str, text: str, line: int, hint: str) -> None:
    told, outcome = woven(tmp_path, name, text)
    assert told.decode() == text and outcome.exit_code == 2
    (problem,) = outcome.problems
    assert problem.place is not None and (problem.place.line, problem.hint) == (line, f"here one is written  {hint}")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", "```latex\n% derivgen: net.yaml chain w\n```\n\n    % derivgen: net.yaml chain w\n\n`% derivgen: net.yaml`\n"),
        ("a.html", "<pre>\n% derivgen: net.yaml chain w\n</pre><!--\n% derivgen: net.yaml -->\n"),
        ("a.tex", "\\begin{verbatim}\n<!-- derivgen: net.yaml chain w -->\n\\end{verbatim}\n% <!-- derivgen: net.yaml -->\n"),
    ],
)
def test_a_mark_of_another_kind_that_is_only_shown_is_text(tmp_path: Path, name: str, text: str) -> None:
    told, outcome = woven(tmp_path, name, text)
    assert (told.decode(), outcome.problems, outcome.exit_code) == (text, (), 0)
