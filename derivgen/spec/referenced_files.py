"""A file that a spec names: read only if it lies in the spec's folder, and no more of it than is taken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath, PureWindowsPath

from derivgen.errors import Problem, Problems, SpecError
from derivgen.spec.source import source_of
from derivgen.spec.yaml_nodes import MappingNode, Node, Scalar, SequenceNode, read_yaml

MAX_BYTES = 10_000_000


def referenced_bytes(written: Scalar, folder: Path | None) -> bytes:
    """Return the bytes of a file that lies in the spec's folder, wherever its links lead."""
    if folder is None:
        raise SpecError(Problem("a spec without a folder cannot read a data file", written.place, "write the rows into the spec"))
    windows = PureWindowsPath(written.text)
    if windows.is_absolute() or windows.drive or PurePosixPath(written.text).is_absolute() or ".." in windows.parts:
        raise SpecError(
            Problem("a data file lies in the spec's folder", written.place, "give its name without a path that leads elsewhere")
        )
    try:
        path = (folder / written.text).resolve(strict=True)
        if not path.is_relative_to(folder.resolve()):
            raise SpecError(
                Problem("a data file lies in the spec's folder; this one is a link that leads out of it", written.place)
            )
        if not path.is_file():
            raise SpecError(Problem(f"{written.text[:80]} is no file", written.place))
        with path.open("rb") as stream:
            return stream.read(MAX_BYTES + 1)
    except (OSError, ValueError, RuntimeError) as error:
        raise SpecError(
            Problem(_unreadable(error, written.text[:80]), written.place, "the file is looked for in the spec's folder")
        ) from None


def _unreadable(error: Exception, name: str) -> str:
    if isinstance(error, FileNotFoundError):
        return f"there is no file {name}"
    if isinstance(error, PermissionError):
        return f"the file {name} may not be read"
    return f"the file {name} cannot be read"


def files_named(spec: Path) -> tuple[Path, ...]:
    """Return the files that a spec names, right or wrong; none where it cannot be read."""
    try:
        return files_named_in(spec.read_bytes(), spec.parent)
    except (OSError, ValueError):
        return ()


def files_named_in(text: bytes | str, folder: Path) -> tuple[Path, ...]:
    """Return the same of a spec that is read as if it lay in a folder."""
    try:
        root = read_yaml(source_of(text, "spec.yaml"), Problems())
    except (ValueError, SpecError):
        return ()
    return tuple(dict.fromkeys(folder / name for name in _named(root) if name.isprintable()))


def _named(node: Node) -> Iterator[str]:
    """Yield what stands behind `file`, anywhere in a spec."""
    if isinstance(node, SequenceNode):
        for item in node.items:
            yield from _named(item)
    elif isinstance(node, MappingNode):
        for key, value in node.entries:
            if key.text == "file" and isinstance(value, Scalar):
                yield value.text
            else:
                yield from _named(value)
