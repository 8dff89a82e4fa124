"""Files written whole or not at all."""

import os
import re
from pathlib import Path

import pytest

from derivgen.errors import UserError
from derivgen.typeset.files import rewrite, write_all


def tree(folder):
    """Every file and folder below, by its path."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


def test_files_and_their_folders_are_written(tmp_path):
    write_all({tmp_path / "a" / "b" / "one.tex": b"1", tmp_path / "a" / "two.pdf": b"2"})
    assert tree(tmp_path) == ["a", "a/b", "a/b/one.tex", "a/two.pdf"]
    assert (tmp_path / "a/b/one.tex").read_bytes() == b"1"


def test_a_file_that_is_there_is_replaced(tmp_path):
    (tmp_path / "one.tex").write_bytes(b"old")
    write_all({tmp_path / "one.tex": b"new"})
    assert (tmp_path / "one.tex").read_bytes() == b"new"


@pytest.mark.skipif(os.name != "posix", reason="needs POSIX permissions")
def test_files_have_the_usual_permissions(tmp_path):
    write_all({tmp_path / "one.tex": b"1"})
    (tmp_path / "usual").touch()
    assert (tmp_path / "one.tex").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_a_second_file_that_fails_leaves_the_first_as_it_was(tmp_path):
    (tmp_path / "one.tex").write_bytes(b"old")
    (tmp_path / "two.pdf").mkdir()
    before = tree(tmp_path)
    with pytest.raises(UserError, match=r"cannot write .*two\.pdf: it is a folder"):
        write_all({tmp_path / "one.tex": b"new", tmp_path / "new" / "deep" / "x": b"x", tmp_path / "two.pdf": b"2"})
    assert tree(tmp_path) == before
    assert (tmp_path / "one.tex").read_bytes() == b"old"


def test_a_file_in_place_of_a_folder_is_named(tmp_path):
    (tmp_path / "output").write_bytes(b"")
    with pytest.raises(UserError, match=r"cannot write .*key\.tex: .*output is a file, not a folder"):
        write_all({tmp_path / "output" / "sheet" / "key.tex": b"1"})
    assert tree(tmp_path) == ["output"]


def test_what_the_system_refuses_is_named(tmp_path):
    name = "x" * 300
    with pytest.raises(UserError, match=f"cannot write .*{name}: "):
        write_all({tmp_path / "new" / "one.tex": b"1", tmp_path / "new" / name: b"2"})
    assert tree(tmp_path) == []


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc, where not even root can make a file")
@pytest.mark.parametrize("path", ["/proc/one.tex", "/proc/derivgen/one.tex"])
def test_a_folder_without_write_permission_is_named(tmp_path, path):
    with pytest.raises(UserError, match=f"cannot write {re.escape(path)}: "):
        write_all({tmp_path / "one.tex": b"1", Path(path): b"2"})
    assert tree(tmp_path) == []


def test_an_interruption_leaves_nothing(tmp_path):
    class Interrupting(dict):
        def items(self):
            yield tmp_path / "new" / "one.tex", b"1"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_all(Interrupting())
    assert tree(tmp_path) == []


@pytest.mark.skipif(os.name != "posix", reason="permissions and links of POSIX")
def test_a_file_written_anew_keeps_its_permissions_and_its_links(tmp_path: Path) -> None:
    path, link = tmp_path / "a", tmp_path / "link"
    path.write_bytes(b"old")
    path.chmod(0o604)
    link.symlink_to(path)
    found = rewrite(link, b"new")
    assert found is not None
    assert (found.st_ino, found.st_mtime_ns) == (path.stat().st_ino, path.stat().st_mtime_ns)
    assert link.is_symlink()
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o604)


def test_at_the_last_moment_nothing_is_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    assert rewrite(path, b"new", lambda: False) is None
    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["a"]


def test_a_file_that_may_only_be_read_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    monkeypatch.setattr("os.access", lambda *_: False)  # root, who runs the tests in CI, may write to anything
    with pytest.raises(UserError, match="it may only be read"):
        rewrite(path, b"new")
    assert path.read_bytes() == b"old"
