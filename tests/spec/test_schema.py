"""The JSON Schema says of a spec's shape what the reader says of it."""

from __future__ import annotations

import dataclasses

import pytest
from pydantic import TypeAdapter, ValidationError

from derivgen.errors import Problems
from derivgen.spec.reading import read_shape
from derivgen.spec.schema import json_schema
from derivgen.spec.shape import SpecShape
from derivgen.spec.source import source_of
from derivgen.spec.starter import starter
from derivgen.spec.yaml_text import Block, Listing, Node, Scalar, read_yaml
from tests.spec.test_bad_specs import FOLDER
from tests.spec.test_load import EXAMPLE

SHAPES = TypeAdapter(SpecShape)


def plain(node: Node):
    if isinstance(node, Block):
        return {key.text: plain(value) for key, value in node.entries if not (isinstance(value, Scalar) and value.is_empty)}
    if isinstance(node, Listing):
        return [plain(item) for item in node.items]
    assert isinstance(node, Scalar)
    return node.text == "true" if node.text in {"true", "false"} else node.text


@pytest.mark.parametrize("text", [EXAMPLE, starter(), "equations: L = w\ndecompose: {products: P}\n"])
def test_right_shapes_are_right_for_both(text: str) -> None:
    problems = Problems()
    block = read_yaml(source_of(text, "f.yaml"), problems)
    assert read_shape(SpecShape, block, problems) is not None
    SHAPES.validate_python(plain(block))
    assert not problems.found


@pytest.mark.parametrize("name", ["unknown_keys", "wrong_types", "equations_as_a_list", "deep_unknown_key", "random_unknown_key"])
def test_wrong_shapes_are_wrong_for_both(name: str) -> None:
    problems = Problems()
    block = read_yaml(source_of((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"), "f.yaml"), problems)
    read_shape(SpecShape, block, problems)
    assert problems.errors
    with pytest.raises(ValidationError):
        SHAPES.validate_python(plain(block))


def test_every_key_is_described() -> None:
    schema = json_schema()
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert schema["title"] == "derivgen spec"
    assert list(schema["properties"]) == [field.name for field in dataclasses.fields(SpecShape)]
    blocks = [schema, *schema["$defs"].values()]
    assert len(blocks) > 8
    for block in blocks:
        assert block["additionalProperties"] is False
        assert all("description" in key for key in block["properties"].values())


def test_numbers_may_be_numbers_or_text() -> None:
    values = json_schema()["properties"]["values"]
    assert list(values["patternProperties"].values()) == [{"type": ["number", "string"]}]
