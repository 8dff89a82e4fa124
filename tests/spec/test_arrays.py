"""Weights from files: exact numbers, of one array and of nothing else, from the spec's folder alone."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from derivgen.errors import SpecError
from derivgen.spec.load import loads
from derivgen.spec.model import Spec


def spec(folder: Path, weights: str, bias: str = "none", inputs: int = 2) -> Spec:
    text = f"network:\n  inputs: {inputs}\n  layers: [{{weights: {weights}, bias: {bias}}}]\n  loss: {{kind: squared_error}}\n"
    return loads(text, folder=folder)


def numbers(spec: Spec) -> dict[str, str]:
    return {name: str(value.value) for name, value in spec.values.items()}


WANTED = {"w__1_11": "1/10", "w__1_12": "-2", "w__1_21": "3", "w__1_22": "1/4"}


@pytest.mark.parametrize("kind", ["f8", "f4", ">f8"])
def test_an_npz_holds_shortest_decimals(tmp_path: Path, kind: str) -> None:
    np.savez_compressed(tmp_path / "w.npz", W=np.array([[0.1, -2], [3, 0.25]], dtype=kind), b=np.array([1, 2]))
    found = spec(tmp_path, "{file: w.npz, array: W}", "{file: w.npz, array: b}")
    assert numbers(found) == {**WANTED, "b__1_1": "1", "b__1_2": "2"}
    assert found.values["w__1_12"].text == "-2"


@pytest.mark.parametrize("order", ["C", "F"])
def test_rows_are_units_in_either_order_of_storing(tmp_path: Path, order) -> None:
    np.savez(tmp_path / "w.npz", np.array([[1, 2], [3, 4]], order=order))
    assert list(numbers(spec(tmp_path, "{file: w.npz}")).values()) == ["1", "2", "3", "4"]


def test_a_csv_holds_a_row_a_line(tmp_path: Path) -> None:
    (tmp_path / "w.csv").write_text("0.1, -2\n3, 1/4\n")
    (tmp_path / "b.csv").write_text("1\n-1e-1\n")
    found = spec(tmp_path, "{file: w.csv}", "{file: b.csv}")
    assert numbers(found) == {**WANTED, "b__1_1": "1", "b__1_2": "-1/10"}


def test_every_float_keeps_its_value(tmp_path: Path) -> None:
    """The decimal taken for a double reads as that double again."""
    row = np.random.default_rng(5).standard_normal(200) * 10.0 ** np.arange(-100, 100)
    np.savez(tmp_path / "w.npz", W=row)
    found = spec(tmp_path, "{file: w.npz, array: W}", inputs=200)
    assert [float(value.value) for value in found.values.values()] == row.tolist()


def wrong(folder: Path, weights: str) -> str:
    with pytest.raises(SpecError) as caught:
        spec(folder, weights)
    assert len(caught.value.problems) == 1
    return caught.value.problems[0].message


def member(folder: Path, name: str, content: bytes) -> None:
    with zipfile.ZipFile(folder / "w.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)


def npy(array: np.ndarray, **more) -> bytes:
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, **more)
    return stream.getvalue()


class Trap:
    """Something whose pickle would write a file when it is read."""

    def __init__(self, path: Path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    trap = np.array([Trap(tmp_path / "sprung")], dtype=object)
    member(tmp_path, "W.npy", npy(trap, allow_pickle=True))
    assert wrong(tmp_path, "{file: w.npz, array: W}") == "the array holds object, not numbers"
    assert not (tmp_path / "sprung").exists()


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.array(["a", "b"]), "the array holds str32, not numbers"),
        (np.array([[1 + 2j]]), "the array holds complex128, not numbers"),
        (np.array([[1.0, float("nan")]]), "the array holds nan, which is no number to reckon with"),
        (np.array([[1.0, -float("inf")]]), "the array holds -inf, which is no number to reckon with"),
        (np.zeros((2, 2, 2)), "the array is 2 × 2 × 2; a matrix or a vector of up to 100,000 numbers is taken"),
        (np.array(3.0), "the array is a single number; a matrix or a vector of up to 100,000 numbers is taken"),
        (np.zeros((0, 2)), "the array is 0 × 2; a matrix or a vector of up to 100,000 numbers is taken"),
        (np.zeros((400, 300)), "the array is 400 × 300; a matrix or a vector of up to 100,000 numbers is taken"),
        (np.zeros((3, 2)).T, "the weights of layer 1 are 2 × 3, but there are 2 inputs"),
    ],
)
def test_arrays_that_are_no_weights(tmp_path: Path, array: np.ndarray, message: str) -> None:
    member(tmp_path, "W.npy", npy(array))
    assert wrong(tmp_path, "{file: w.npz, array: W}") == message


def test_a_head_that_promises_too_much_costs_nothing(tmp_path: Path) -> None:
    content = npy(np.zeros((2, 2))).replace(b"(2, 2), }", b"(10**9, 10**9)}"[:9])
    huge = npy(np.zeros((2, 2))).replace(b"'shape': (2, 2), }          ", b"'shape': (999999999, 99999), }"[:28])
    for head in (content, huge, b"\x93NUMPY\x09\x00", b"no array at all", b""):
        member(tmp_path, "W.npy", head)
        assert "w.npz is not an .npz file" in wrong(tmp_path, "{file: w.npz}") or "is taken" in wrong(tmp_path, "{file: w.npz}")


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    member(tmp_path, "W.npy", npy(np.zeros(20_000_000, dtype="u1")))
    assert (tmp_path / "w.npz").stat().st_size < 100_000
    assert "more than 100,000 numbers" in wrong(tmp_path, "{file: w.npz}")


def test_which_array_is_meant(tmp_path: Path) -> None:
    np.savez(tmp_path / "w.npz", U=np.zeros((2, 2)), V=np.ones((2, 2)))
    assert wrong(tmp_path, "{file: w.npz}") == "w.npz holds 2 arrays, so it is not clear which is meant"
    assert wrong(tmp_path, "{file: w.npz, array: W}") == "there is no array 'W' in w.npz"
    assert set(numbers(spec(tmp_path, "{file: w.npz, array: V}")).values()) == {"1"}


def test_an_npy_holds_one_array_without_a_name(tmp_path: Path) -> None:
    np.save(tmp_path / "w.npy", np.array([[0.1, -2], [3, 0.25]]))
    assert numbers(spec(tmp_path, "{file: w.npy}")) == WANTED
    assert wrong(tmp_path, "{file: w.npy, array: W}") == "a .npy holds one array, which has no name"
    (tmp_path / "w.npy").write_bytes(b"\x93NUMPY torn")
    assert wrong(tmp_path, "{file: w.npy}") == "w.npy is not an .npy file that can be read"


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 torn", b"1,2\n3,4\n"])
def test_a_torn_file(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "w.npz").write_bytes(data)
    assert wrong(tmp_path, "{file: w.npz}") == "w.npz is not an .npz file that can be read"


@pytest.mark.parametrize("path", ["../w.npz", "/etc/w.npz", "sub/../../w.npz", "link.npz"])
def test_files_lie_in_the_specs_folder(tmp_path: Path, path: str) -> None:
    inner = tmp_path / "inner"
    inner.mkdir()
    np.savez(tmp_path / "w.npz", np.zeros((2, 2)))
    (inner / "link.npz").symlink_to(tmp_path / "w.npz")
    assert "lies in the spec's folder" in wrong(inner, f"{{file: {path}}}")


def test_without_a_folder_no_file_is_read() -> None:
    with pytest.raises(SpecError, match="without a folder"):
        loads("network:\n  inputs: 2\n  layers: [{weights: {file: w.npz}}]\n  loss: {kind: squared_error}\n")
