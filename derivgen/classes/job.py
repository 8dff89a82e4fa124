"""What is to be made for every student, how the files are called, and the job as bytes for other processes to work on.

What is derived from a spec there is worked out once for each process."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from copyreg import dispatch_table
from hashlib import sha256
from io import BytesIO
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from derivgen.derivation.arrays import derived
from derivgen.frozen import dataclass
from derivgen.memo import CLASS_SPECS
from derivgen.rendering import FORMATS
from derivgen.spec.model import Spec

FOLDERS: Mapping[str, str] = MappingProxyType({"worksheet": "worksheets", "key": "keys", "notes": "notes"})
"""Audience: the folder of its sheets. Keys never stand beside worksheets, so that a folder can be handed out as it is."""
LONGEST = 120  # bytes of a file's name that come from an id


@dataclass(frozen=True, slots=True)
class Job:
    """What to make for each student: from which serialized spec, for which audiences, in which formats.

    `engine` is what sets PDFs, by name (None: the best TeX there is), `version` ours.

    `fonts` say what the typesetters need, where that is known and all workers are on one machine.
    """

    spec: bytes
    audiences: tuple[str, ...] = ("worksheet", "key")
    formats: tuple[str, ...] = ("pdf",)
    engine: str | None = None
    version: str = ""
    fonts: tuple[str, ...] = ()


def file_of(id_: str, audience: str, form: str) -> str:
    """Return the name of a sheet's file below the class's folder, as `worksheets/2023017_worksheet.pdf`.

    >>> file_of("A 1/ü", "key", "pdf")
    'keys/A%201%2F%C3%BC_key.pdf'
    """
    ending = "pdf" if form == "pdf" else FORMATS[form].extension
    return f"{FOLDERS[audience]}/{safe_name(id_)}_{audience}.{ending}"


def folder_of(id_: str, audience: str) -> str:
    """Return the folder of a sheet that is several files, as `worksheets/2023017_worksheet`."""
    return f"{FOLDERS[audience]}/{safe_name(id_)}_{audience}"


def safe_name(id_: str) -> str:
    """Return an id as part of a file's name: letters, digits and `-_.@+` as they are, all else by its bytes.

    No two ids give the same name.

    >>> safe_name("ana@uni.pt"), safe_name("../x")
    ('ana@uni.pt', '..%2Fx')
    """
    name = quote(id_, safe="@+")
    return name if len(name) <= LONGEST else f"{name[:80]}~{sha256(id_.encode()).hexdigest()[:24]}"


_TABLE = {**dispatch_table, MappingProxyType: lambda mapping: (_read_only, (dict(mapping),))}
"""How things are pickled: read-only mappings, too, which Python does not pickle by itself."""


def _read_only(entries: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(entries)


def serialize(value: Any) -> bytes:
    """Return a spec, or assignments, as bytes for this program's own processes; they are never read from a file."""
    stream = BytesIO()
    packer = pickle.Pickler(stream, protocol=5)
    packer.dispatch_table = _TABLE
    packer.dump(value)
    return stream.getvalue()


def deserialize(content: bytes) -> Any:
    """Return what was serialized."""
    return pickle.loads(content)


@CLASS_SPECS
def derivation_of(spec_bytes: bytes) -> Any:
    """Derive a serialized spec, once for each process, however many variants are made from it."""
    spec: Spec = deserialize(spec_bytes)
    return derived(spec)
