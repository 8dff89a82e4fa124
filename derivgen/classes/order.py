"""What is to be made for every student, and how the files are called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from urllib.parse import quote

from derivgen.rendering import FORMATS

FOLDERS: Mapping[str, str] = MappingProxyType({"worksheet": "worksheets", "key": "keys", "notes": "notes"})
"""Audience: the folder of its sheets. Keys never stand beside worksheets, so that a folder can be handed out as it is."""
LONGEST = 120  # bytes of a file's name that come from an id


@dataclass(frozen=True, slots=True)
class Order:
    """The spec, packed; for whom and in which formats; the TeX engine's name (None: the best there is) and our version.

    `fonts` are what the presses need, where it is known and all work on one machine.
    """

    spec: bytes
    audiences: tuple[str, ...] = ("worksheet", "key")
    formats: tuple[str, ...] = ("pdf",)
    engine: str | None = None
    version: str = ""
    fonts: tuple[str, ...] = ()


def file_of(id_: str, audience: str, form: str) -> str:
    """`worksheets/2023017_worksheet.pdf`

    >>> file_of("A 1/ü", "key", "pdf")
    'keys/A%201%2F%C3%BC_key.pdf'
    """
    ending = "pdf" if form == "pdf" else FORMATS[form].extension
    return f"{FOLDERS[audience]}/{safe_name(id_)}_{audience}.{ending}"


def folder_of(id_: str, audience: str) -> str:
    """`worksheets/2023017_worksheet`: the folder of a sheet that is several files."""
    return f"{FOLDERS[audience]}/{safe_name(id_)}_{audience}"


def safe_name(id_: str) -> str:
    """An id as part of a file's name: letters, digits and `-_.@+` as they are, all else by its bytes; another id, another name.

    >>> safe_name("ana@uni.pt"), safe_name("../x")
    ('ana@uni.pt', '..%2Fx')
    """
    name = quote(id_, safe="@+")
    return name if len(name) <= LONGEST else f"{name[:80]}~{sha256(id_.encode()).hexdigest()[:24]}"
