"""A spec and seats as bytes, for other processes to work on, and what is derived from a spec there, once for each of them."""

from __future__ import annotations

import pickle
from copyreg import dispatch_table
from functools import lru_cache
from io import BytesIO
from types import MappingProxyType
from typing import Any

from derivgen.derivation.derive import Derivation, derive
from derivgen.graph import build
from derivgen.spec.model import Spec

_TABLE = {**dispatch_table, MappingProxyType: lambda mapping: (_read_only, (dict(mapping),))}
"""How things are packed: read-only mappings, too, which Python does not pack by itself."""


def _read_only(entries: dict[Any, Any]) -> MappingProxyType[Any, Any]:
    return MappingProxyType(entries)


def packed(value: Any) -> bytes:
    """A spec, or seats, as bytes. They are read by this program alone, from its own processes, never from a file."""
    stream = BytesIO()
    packer = pickle.Pickler(stream, protocol=5)
    packer.dispatch_table = _TABLE
    packer.dump(value)
    return stream.getvalue()


def unpacked(pack: bytes) -> Any:
    """What was packed."""
    return pickle.loads(pack)


@lru_cache(maxsize=2)
def derivation_of(pack: bytes) -> Derivation:
    """The derivation of a packed spec: worked out once, whatever number of variants is made from it."""
    spec: Spec = unpacked(pack)
    return derive(build(spec))
