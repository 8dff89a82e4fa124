"""The shape of a spec → JSON Schema, for editors that complete and check while one types."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import cleandoc
from typing import Annotated, Any, get_args, get_origin

from derivgen.frozen import MISSING, Field, fields
from derivgen.spec.reading import SpecBlock, forms, node_kind, single_value, type_hints
from derivgen.spec.shape import SpecShape
from derivgen.spec.yaml_nodes import Scalar, SequenceNode

_ONE_OF = [{"required": ["equations"]}, {"required": ["network"]}]


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a spec (draft 2020-12), every key with its description."""
    blocks = sorted(_blocks_of(SpecShape), key=lambda shape: shape.__name__)
    schema = _block(SpecShape)
    _split_random(schema["properties"]["random"])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "derivgen spec",
        "$defs": {shape.__name__: _block(shape) for shape in blocks},
        **schema,
        "oneOf": _ONE_OF,
    }


def _blocks_of(shape: type[SpecBlock]) -> Iterator[type[SpecBlock]]:
    """Yield every block of keys that may stand inside this one."""
    found: dict[type[SpecBlock], None] = {}
    stack: list[Any] = list(type_hints(shape).values())
    while stack:
        hint = stack.pop()
        if isinstance(hint, type) and issubclass(hint, SpecBlock):
            stack += () if hint in found else type_hints(hint).values()
            found[hint] = None
        elif get_origin(hint) is not Annotated:
            stack += get_args(hint)
    yield from found


def _block(shape: type[SpecBlock]) -> dict[str, Any]:
    hints = type_hints(shape)
    needed = [field.name for field in fields(shape) if field.default is MISSING]
    return {
        "description": cleandoc(shape.__doc__ or ""),
        "type": "object",
        "properties": {field.name: _key(field, hints[field.name]) for field in fields(shape)},
        **({"required": needed} if needed else {}),
        "additionalProperties": False,
    }


def _key(field: Field[Any], hint: Any) -> dict[str, Any]:
    default = {} if field.default in (None, MISSING) else {"default": field.default}
    return {"description": field.metadata["description"], **default, **_value(hint)}


def _value(hint: Any) -> dict[str, Any]:
    """Return the schema of what may stand behind a key: any of the hint's forms."""
    each = [_form(form) for form in forms(hint)]
    return each[0] if len(each) == 1 else {"anyOf": each}


def _form(form: Any) -> dict[str, Any]:
    if node_kind(form) is Scalar:
        return dict(single_value(form).json)
    if node_kind(form) is SequenceNode:
        return {"type": "array", "items": _value(get_args(form)[0])}
    if isinstance(form, type):
        return {"$ref": f"#/$defs/{form.__name__}"}
    key, value = get_args(form)
    pattern = single_value(key).json.get("pattern")
    if pattern is None:
        return {"type": "object", "additionalProperties": _value(value)}
    return {"type": "object", "patternProperties": {pattern: _value(value)}, "additionalProperties": False}


def _split_random(schema: dict[str, Any]) -> None:
    """Say that `where` under `random` holds conditions and any other key a draw."""
    draw, *conditions = schema["additionalProperties"]["anyOf"]
    schema["properties"] = {"where": {"anyOf": conditions, "description": "The conditions that every variant meets."}}
    schema["additionalProperties"] = draw
