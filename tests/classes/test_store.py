"""Folders and places behind an address: files whole, listed in order; what cannot be reached is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from derivgen.classes.store import Folder, Store, store_of
from derivgen.errors import UserError


@pytest.fixture(params=["folder", "file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "folder":
        return store_of(str(tmp_path / "a b"))
    pytest.importorskip("fsspec")
    return store_of(f"{request.param}://{tmp_path}/deep/a b")


def test_what_is_written_is_there(store: Store) -> None:
    assert list(store.names("x")) == []
    assert store.read("x/1") is None
    store.write({"x/2": b"two", "x/1": b"one", "3": b""})
    assert (store.read("x/1"), store.read("x/2"), store.read("3"), store.read("x")) == (b"one", b"two", b"", None)
    assert list(store.names("x")) == ["x/1", "x/2"]
    store.write({"x/1": b"again"})
    assert store.read("x/1") == b"again"


def test_a_path_is_a_folder() -> None:
    assert store_of("some/where") == Folder(Path("some/where"))


def test_an_address_of_no_kind_is_told() -> None:
    pytest.importorskip("fsspec")
    with pytest.raises(UserError, match="nowhere://x is no place to write to"):
        store_of("nowhere://x")


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("a file")
    for place in (str(tmp_path), f"file://{tmp_path}"):
        with pytest.raises(UserError, match="cannot write"):
            store_of(place).write({"x/1": b""})
