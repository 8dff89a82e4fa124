"""What is made of the claims: a page, annotations, a copy with right figures, a spec to start from, a hook."""

import json
import re
from pathlib import Path

import html5lib
import pytest
import yaml
from click.testing import CliRunner

from derivgen.claims.check import check
from derivgen.claims.claim import VERDICTS
from derivgen.claims.mending import fixed
from derivgen.claims.reports import SIGNS, page, workflow_commands
from derivgen.claims.suggesting import suggested
from derivgen.cli import main
from derivgen.spec.load import loads
from derivgen.work import evaluate

ROOT = Path(__file__).parents[2]
ALL_FIVE = """<script>alert("x")</script> & text
$0.5 + 0.5 = 1.0$, $\\frac{1}{3} = 0.333$
$a = 0.9591(1 - 0.9591) = 0.03932$ and $2a = 0.07864$, $q + 1 = 2$
"""


def test_the_page_marks_each_claim_by_a_sign_and_in_words() -> None:
    checked = check(ALL_FIVE.encode(), 'a"b<c.md')
    assert {claim.verdict for claim in checked.claims} == set(VERDICTS)
    text = page([checked])
    tree = html5lib.parse(text, namespaceHTMLElements=False)
    assert html5lib.HTMLParser(strict=True).parse(text) is not None
    marks = {mark.get("class"): "".join(mark.itertext()) for mark in tree.iter("mark")}
    assert {verdict: text[0] for verdict, text in marks.items()} == dict(SIGNS)
    assert marks["false"] == "✗false: 0.03932" and not list(tree.iter("script"))
    items = [item for item in tree.iter("li") if item.get("value")]
    words = "|".join(VERDICTS)
    shown = "".join(items[1].find("code").itertext())
    assert re.sub(rf"[✓≈✗↳?](?=(?:{words}): )|\b(?:{words}): ", "", shown) == ALL_FIVE.split("\n")[1]
    anchors = {link.get("href").removeprefix("#") for link in tree.iter("a")}
    assert anchors and anchors <= {item.get("id") for item in items}
    assert "right: " in text and "0.9591(1 - 0.9591) = 0.03923" in text


def test_colours_of_the_page_can_be_read() -> None:
    css = (ROOT / "templates" / "check" / "page.css").read_text(encoding="utf-8")
    schemes = css.split("@media (prefers-color-scheme: dark)")
    for scheme in (schemes[0], schemes[1].partition("}\n}")[0]):
        found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})", scheme))
        for verdict in VERDICTS:
            for ground in ("paper", f"{verdict}-ground"):
                assert contrast(found[verdict], found[ground]) >= 4.5, (verdict, ground)


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours as WCAG 2 defines it."""

    def light(colour: str) -> float:
        digits = colour[1:] if len(colour) == 7 else "".join(2 * sign for sign in colour[1:])
        parts = [int(digits[k : k + 2], 16) / 255 for k in (0, 2, 4)]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def test_annotations_have_a_place_and_are_escaped() -> None:
    lines = list(workflow_commands(check(ALL_FIVE.encode(), "a,b:c.md")))
    assert [line.partition(" ")[0] for line in lines] == ["::error", "::warning"]
    assert lines[0].startswith(
        "::error file=a%2Cb%3Ac.md,line=3,col=27,endColumn=34,title=derivgen%3A false::this is 0.03923…, not"
    )
    assert "%0Aright: 0.9591" in lines[0] and "\n" not in "".join(lines)


def notebook(text: str) -> bytes:
    """Return a notebook with odd spaces and escapes in its JSON, the text in its second cell."""
    source = json.dumps(text.splitlines(keepends=True))
    code, markdown = '{"cell_type" : "code","source":"1"}', f'{{"cell_type":"markdown","source":{source}}}'
    return f'{{"cells":[{code},\n {markdown}],"x":"\\u00e9"}}'.encode()


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [
        ("a.md", b"\xef\xbb\xbf$2 * 1.234 = 2.648$\r\ncaf\xc3\xa9", b"\xef\xbb\xbf$2 * 1.234 = 2.468$\r\ncaf\xc3\xa9"),
        ("a.tex", rb"\[ 0{,}4 - 0{,}9 = \mathbf{0{,}5} \]", rb"\[ 0{,}4 - 0{,}9 = \mathbf{-0{,}5} \]"),
        (
            "a.md",
            b"$a = 0.9591 (1-0.9591) = 0.03932$; $0.03932 * 0.5 = 0.01966$",
            b"$a = 0.9591 (1-0.9591) = 0.03923$; $0.03923 * 0.5 = 0.01961$",
        ),
        ("a.md", b"$0.3 + 0.4 = 0.8$, $0.5*0.31 = 0.99$, $2*0.16 = 0.23$", None),
        ("a.ipynb", notebook("text\n$0.9591(1-0.9591) = 0.03932$\n"), notebook("text\n$0.9591(1-0.9591) = 0.03923$\n")),
    ],
)
def test_a_copy_has_the_right_figures_and_nothing_else_is_changed(name: str, before: bytes, after: bytes | None) -> None:
    copy = fixed(before, check(before, name))
    assert copy.data == (before if after is None else after) and bool(copy.figures) is (after is not None)
    assert after is None or not check(copy.data, name).failed


def test_copies_are_written_beside_the_files(tmp_path: Path) -> None:
    file = tmp_path / "notes.md"
    file.write_text("$0.5 - 0.9 = 0.4$", encoding="utf-8")
    ran = CliRunner().invoke(main, ["check", "--fix", str(file)])
    assert ran.exit_code == 1 and (tmp_path / "notes.fixed.md").read_text(encoding="utf-8") == "$0.5 - 0.9 = -0.4$"
    assert file.read_text(encoding="utf-8") == "$0.5 - 0.9 = 0.4$"
    assert CliRunner().invoke(main, ["check", "--fix", "-q", str(tmp_path / "notes.fixed.md")]).exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.fixed.md", "notes.md"]


NETWORK = r"""
Inputs $i_1 = 0.05$, target $t_1 = 0.01$; weights $w_1 = 0.15$, $b_1 = 0.35$, $w_5 = 0.40$, rate $\eta = 0.5$.
$$net_{h1} = w_1 i_1 + b_1 = 0.3575$$
$$out_{h1} = \frac{1}{1+e^{-net_{h1}}} = 0.5884$$
$$E = \frac{1}{2}(t_1 - w_5 out_{h1})^2$$
$$\frac{\partial E}{\partial w_5} = \ldots, \quad \frac{\partial E}{\partial w_1} = \ldots$$
"""


def test_a_spec_to_start_from() -> None:
    spec = loads(suggested(NETWORK.encode(), "net.md"))
    assert spec.update is not None and spec.update.rate is not None
    assert (spec.loss, set(spec.parameters), str(spec.update.rate.value)) == ("E", {"w_1", "w_5"}, "1/2")
    found = evaluate(spec)
    assert float(found.values["out_h1"][0]) == pytest.approx(0.58843517, abs=1e-7)  # 1/(1 + exp(-0.3575))


@pytest.mark.parametrize(
    "text", ["", "no mathematics", "$x = x + 1$", "$f_{a,b} = 3$, $L = \\alpha f_{a,b}$", "$a = b + 1$, $b = a - 1$"]
)
def test_a_spec_to_start_from_says_what_is_missing(text: str) -> None:
    made = suggested(text.encode(), "net.md")
    known = re.compile(r"#|title:|equations:|  \w+ = |loss:|values:|parameters:")
    assert made.startswith("# Names") and all(map(known.match, made.splitlines()))


@pytest.mark.parametrize(
    "options", [["--names", "x.yaml"], ["--json", "--format", "html"], ["--suggest", "--fix"], ["--format", "pdf"]]
)
def test_options_that_do_not_go_together(options: list[str], tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("$1 = 1$", encoding="utf-8")
    assert CliRunner().invoke(main, ["check", *options, str(tmp_path / "a.md")]).exit_code == 2


def test_a_file_of_names_tells_all_its_mistakes(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("$1 = 1$", encoding="utf-8")
    (tmp_path / "names.yaml").write_text("w_1: weight\n5-3: {x: w}\nhere: {x: w}\n1+: w\nx: [1]\ny: null\n", encoding="utf-8")
    spec = str(ROOT / "specs" / "small" / "one_neuron.yaml")
    ran = CliRunner().invoke(main, ["check", str(tmp_path / "a.md"), "--spec", spec, "--names", str(tmp_path / "names.yaml")])
    assert ran.exit_code == 2
    assert [f"names.yaml:{line}:" in ran.output for line in (1, 2, 3, 4, 5, 6)] == [True] * 5 + [False]


def test_the_hook_runs_the_command_on_the_files_it_can_read() -> None:
    hooks = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))}
    hook = hooks["derivgen-check"]
    _, command, *options = hook["entry"].split()
    assert command in main.commands and "pass_filenames" not in hook
    assert all(option in {name for each in main.commands[command].params for name in each.opts} for option in options)
    assert [bool(re.search(hook["files"], name)) for name in ("a.md", "b.tex", "c.ipynb", "d.html", "e.py")] == [True] * 4 + [
        False
    ]
