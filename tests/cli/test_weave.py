"""`derivgen weave` on real files with real specs: what is written, what is said, and how it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from derivgen.weave.specs import Specs
from derivgen.weave.weaving import weave
from tests.cli.conftest import Shell
from tests.product import ROOT, heeding_interrupts
from tests.weave.inside import Inside, inside  # noqa: F401

REGION = "% derivgen: spec.yaml chain w\nold\n% /derivgen\n"
CHAIN = r"\frac{\partial L}{\partial a}"


def test_regions_are_filled_with_what_the_spec_says(derivgen: Shell) -> None:
    path = derivgen.write("a.tex", f"before\n{REGION}behind\n")
    said = derivgen("weave", "a.tex")
    assert (said.code, said.out, said.err) == (0, "a.tex: 1 region, 1 written\n", "")
    piece = derivgen("piece", "spec.yaml", "chain", "w").out
    assert path.read_text(encoding="utf-8") == "before\n" + REGION.replace("old\n", piece) + "behind\n"
    assert CHAIN in piece


def test_nothing_is_written_where_nothing_changes(inside: Inside) -> None:  # noqa: F811
    path = inside.write("a.tex", REGION)
    inside("weave", "a.tex")
    os.utime(path, ns=(10**18, 10**18))
    inode = path.stat().st_ino
    assert inside("weave", "a.tex").out == "a.tex: 1 region, unchanged\n"
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (10**18, inode)


def test_check_changes_nothing_and_names_what_is_stale(inside: Inside) -> None:  # noqa: F811
    path = inside.write("notes/a.tex", f"{REGION}\n{REGION}".replace("spec.yaml", "../spec.yaml"))
    said = inside("weave", "--check", "notes/a.tex")
    assert said.code == 1
    assert said.err.count("this region is stale: chain w of ../spec.yaml") == 2
    assert said.err.startswith("notes/a.tex:1:1: ")
    assert "\nnotes/a.tex:5:1: " in said.err
    assert "old" in path.read_text(encoding="utf-8")
    assert inside("weave", "-q", "notes/a.tex").out == ""
    said = inside("weave", "--check", "notes/a.tex")
    assert (said.code, said.err) == (0, "")
    spec = inside.folder / "spec.yaml"
    spec.write_text(spec.read_text(encoding="utf-8").replace("a = sig(z)", "a = tanh(z)"), encoding="utf-8")
    assert inside("weave", "--check", "notes/a.tex").code == 0, "the chain's letters are the same"
    spec.write_text(spec.read_text(encoding="utf-8").replace("  a = tanh(z)", "  c = tanh(z)\n  a = 2*c"), encoding="utf-8")
    assert inside("weave", "--check", "notes/a.tex").code == 1


def test_a_broken_spec_is_told_with_its_place_in_both_files(inside: Inside) -> None:  # noqa: F811
    bad = REGION.replace("spec.yaml", "wrong.yaml")
    path = inside.write("a.tex", f"{REGION}{bad}{bad}{REGION}")
    said = inside("weave", "a.tex")
    assert said.code == 2
    written = path.read_text(encoding="utf-8")
    assert written.count(bad) == 2
    assert written.count(CHAIN) == 2
    number = written.split("\n").index("% derivgen: wrong.yaml chain w") + 1
    assert f"a.tex:{number}:13: this region stays as it was: wrong.yaml:4:7: there is no function sigg\n" in said.err
    assert f"a.tex:{number + 3}:13: this region stays as it was: wrong.yaml:4:7: there is no function sigg\n" in said.err
    assert said.err.count("\nwrong.yaml:4:7: there is no function sigg\n") == 1
    assert said.err.count("\nwrong.yaml:6:1: ") == 1


def test_a_broken_spec_of_several_documents_is_explained_once(inside: Inside) -> None:  # noqa: F811
    for name in ("a.tex", "b.tex"):
        inside.write(name, REGION.replace("spec.yaml", "wrong.yaml"))
    said = inside("weave", "a.tex", "b.tex", "a.tex")
    assert said.err.count("\nwrong.yaml:4:7: ") == 1
    assert "b.tex:1:13: this region stays as it was: wrong.yaml:4:7: " in said.err


def test_a_spec_that_is_not_there_and_a_piece_that_is_not_there(inside: Inside) -> None:  # noqa: F811
    inside.write("a.tex", f"{REGION.replace('spec', 'none')}{REGION.replace('chain w', 'chain v')}")
    said = inside("weave", "a.tex", "b.tex", "c.docx", ".")
    assert said.code == 2
    assert "a.tex:1:13: this region stays as it was: there is no file none.yaml\n" in said.err
    assert "a.tex:4:23: there is no piece 'chain v' in spec.yaml\n" in said.err
    assert "there is no file b.tex\n" in said.err
    assert "there is no file c.docx\n" in said.err


@pytest.mark.parametrize(
    "spec", ["a\0.yaml", "x" * 5000 + ".yaml", "../" * 50 + "etc/none.yaml", "/dev/null.yaml", "folder.yaml", "-.yml"]
)
@pytest.mark.parametrize("name", ["a.html", "a.tex", "a.md"])
def test_odd_names_of_specs(inside: Inside, name: str, spec: str) -> None:  # noqa: F811
    (inside.folder / "folder.yaml").mkdir()
    marks = f"% derivgen: {spec} a\n% /derivgen\n" if name == "a.tex" else f"<!-- derivgen: {spec} a -->\n<!-- /derivgen -->\n"
    path = inside.write(name, marks)
    outcome = weave(path, Specs())
    assert outcome.exit_code == 2
    assert len(outcome.problems) == 1
    assert path.read_text(encoding="utf-8") == marks


def test_files_that_nothing_is_woven_into(inside: Inside) -> None:  # noqa: F811
    inside.write("a.docx", "")
    (inside.folder / "latin.tex").write_bytes(f"caf\xe9\n{REGION}".encode("latin-1"))
    said = inside("weave", "a.docx", "latin.tex")
    assert said.code == 2
    assert "a.docx is of a kind that nothing is woven into" in said.err
    assert "latin.tex:1:4: the byte 0xE9 here is not UTF-8 text" in said.err
    assert (inside.folder / "latin.tex").read_bytes().startswith(b"caf\xe9")


def test_a_folder_stands_for_the_marked_documents_below_it(inside: Inside) -> None:  # noqa: F811
    for name in ("notes/deep/a.tex", "notes/b.tex", "notes/.hidden/c.tex", "notes/node_modules/d.tex"):
        inside.write(name, REGION.replace("spec.yaml", str(inside.folder / "spec.yaml")))
    inside.write("notes/plain.tex", "text")
    (inside.folder / "notes/latin.tex").write_bytes(b"caf\xe9")
    assert inside("weave", "notes").out == "notes/b.tex: 1 region, 1 written\nnotes/deep/a.tex: 1 region, 1 written\n"


@pytest.mark.skipif(os.name != "posix", reason="permissions and links of POSIX")
def test_permissions_stay_and_links_are_followed(inside: Inside) -> None:  # noqa: F811
    path = inside.write("real/a.tex", REGION.replace("spec.yaml", "../spec.yaml"))
    path.chmod(0o640)
    (inside.folder / "link.tex").symlink_to(path)
    assert inside("weave", "link.tex").code == 0
    assert (inside.folder / "link.tex").is_symlink()
    assert CHAIN in path.read_text(encoding="utf-8")
    assert path.stat().st_mode & 0o777 == 0o640
    assert inside.files("real") == ["a.tex"]


def test_a_folder_without_marks(inside: Inside) -> None:  # noqa: F811
    said = inside("weave", ".")
    assert (said.code, said.out) == (0, "nothing to weave: no document with a mark is there\n")
    said = inside("weave", "--watch", ".")
    assert (said.code, said.err) == (2, "nothing to weave: no document with a mark is there\n")


def test_check_and_watch_do_not_go_together(inside: Inside) -> None:  # noqa: F811
    inside.write("a.tex", REGION)
    said = inside("weave", "--check", "--watch", "a.tex")
    assert said.code == 2
    assert "--check and --watch" in said.err


def test_the_hooks_of_pre_commit_run_this_command(inside: Inside) -> None:  # noqa: F811
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert [hook["id"] for hook in hooks] == ["derivgen-weave-check", "derivgen-weave", "derivgen-check"]
    hooks = hooks[:2]
    inside.write("a.tex", REGION)
    codes = [inside(*f"{hook['entry']} {' '.join(hook['args'])}".split()[1:]).code for hook in (*hooks, hooks[0])]
    assert codes == [1, 0, 0]


class Watching:
    """`derivgen weave --watch` as it runs, and what it has said so far."""

    def __init__(self, folder: Path, *arguments: str):
        self.log = folder / "said.txt"
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "-W", "error", "-m", "derivgen", "weave", "--watch", *arguments]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(heeding_interrupts(command), cwd=folder, env=environment, stdout=log, stderr=log)

    def said(self) -> str:
        """All that it has said."""
        return self.log.read_text(encoding="utf-8")

    def until(self, what) -> None:
        """Wait for something to be so."""
        for _ in range(3000):
            assert self.process.poll() is None, self.said()
            if what():
                return
            time.sleep(0.01)
        raise AssertionError(self.said())


@pytest.mark.skipif(os.name != "posix", reason="the interrupt is a signal of POSIX")
def test_watching(derivgen: Shell) -> None:
    """At a save of the document, of the spec, of its data; through a mistake; until Ctrl-C."""
    spec = derivgen.write(
        "net.yaml", "equations: L = mean((y - w*x)^2)\nvalues: {w: 2}\ndata: {file: points.csv}\ntargets: [y]\n"
    )
    points = derivgen.write("points.csv", "x,y\n1,2\n2,5\n")
    path = derivgen.write("a.tex", REGION.replace("spec.yaml chain w", "net.yaml forward"))
    watching = Watching(derivgen.folder, "a.tex")
    try:

        def holds(words: str) -> bool:
            return words in path.read_text(encoding="utf-8")

        watching.until(lambda: holds("begin{"))
        first = path.read_text(encoding="utf-8")
        points.write_text("x,y\n1,2\n2,777\n", encoding="utf-8")
        watching.until(lambda: holds("777"))
        spec.write_text("equations: L = mean((y - w*x)^2\n", encoding="utf-8")
        watching.until(lambda: "this region stays as it was: net.yaml:1:" in watching.said())
        assert holds("777")
        spec.unlink()
        watching.until(lambda: "there is no file net.yaml" in watching.said())
        spec.write_text("equations: L = (y - w*x)^2\nvalues: {w: 2, x: 3, y: 555}\n", encoding="utf-8")
        watching.until(lambda: holds("555"))
        path.write_text(f"new\n{path.read_text(encoding='utf-8').replace('555', 'wrong')}", encoding="utf-8")
        watching.until(lambda: holds("555") and holds("new"))
        new = derivgen.write("b.tex", REGION.replace("spec.yaml chain w", "net.yaml forward"))
        new.replace(path)
        watching.until(lambda: holds("555") and not holds("new"))
        assert first != path.read_text(encoding="utf-8")
    finally:
        watching.process.send_signal(signal.SIGINT)
        code = watching.process.wait(timeout=1200)
    assert code == 0, watching.said()
    assert "Traceback" not in watching.said()


def test_lines_as_wide_as_a_mark_says(inside: Inside) -> None:  # noqa: F811
    path = inside.write("a.tex", REGION.replace("chain w", "gradient w  width=12"))
    assert inside("weave", "a.tex").code == 0
    assert inside("piece", "spec.yaml", "gradient", "w", "--width", "12").out in path.read_text(encoding="utf-8")


def test_a_width_is_for_formats_whose_lines_are_broken(inside: Inside) -> None:  # noqa: F811
    assert inside("piece", "spec.yaml", "chain", "w", "--width", "20").code == 0
    said = inside("piece", "spec.yaml", "chain", "w", "--to", "html", "--width", "20")
    assert said.code == 2
    assert "pieces in the format 'html' take the width that there is" in said.err
