"""The shape of a spec → JSON Schema, for editors that complete and check while one types."""

from __future__ import annotations

from typing import Any

_ONE_OF = [{"required": ["equations"]}, {"required": ["network"]}]


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a spec (draft 2020-12), every key with its description."""
    from pydantic import TypeAdapter

    from derivgen.spec.shape import SpecShape

    schema = TypeAdapter(SpecShape).json_schema(ref_template="#/$defs/{model}")
    tidy: dict[str, Any] = _tidied(schema)
    _split_random(tidy["properties"]["random"])
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "derivgen spec"}
    return {**head, **{key: value for key, value in tidy.items() if key != "title"}, "oneOf": _ONE_OF}


def _split_random(schema: dict[str, Any]) -> None:
    """Under `random`, `where` holds conditions and any other key a draw."""
    draw, *conditions = schema["additionalProperties"]["anyOf"]
    schema["properties"] = {"where": {"anyOf": conditions, "description": "The conditions that every variant meets."}}
    schema["additionalProperties"] = draw


def _tidied(schema: Any) -> Any:
    """The schema without what says nothing: titles made from names, defaults that are null, `or null`."""
    if isinstance(schema, list):
        return [_tidied(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: _tidied(value) for key, value in schema.items() if not _says_nothing(key, value)}
    if "patternProperties" in kept:
        kept["additionalProperties"] = False
    forms = [form for form in kept.get("anyOf", ()) if form != {"type": "null"}]
    if len(forms) == 1:
        del kept["anyOf"]
        return {**forms[0], **kept}
    return {**kept, "anyOf": forms} if forms else kept


def _says_nothing(key: str, value: Any) -> bool:
    return (key == "title" and isinstance(value, str)) or (key == "default" and value is None)
