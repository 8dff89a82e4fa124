"""The JSON Schema says of a spec's shape what the reader says of it."""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from derivgen.errors import Problems, SpecError
from derivgen.spec.reading import read_block
from derivgen.spec.schema import json_schema
from derivgen.spec.shape import SpecShape
from derivgen.spec.source import source_of
from derivgen.spec.starter import starter
from derivgen.spec.yaml_nodes import MappingNode, Node, Scalar, SequenceNode, read_yaml
from tests.product import ROOT
from tests.spec.test_bad_specs import FOLDER
from tests.spec.test_load import EXAMPLE

VALIDATOR = Draft202012Validator(json_schema())
REFUSED = (
    "choices",
    "column_names",
    "constants_list_with_numbers",
    "deep_unknown_key",
    "equations_and_network",
    "equations_empty",
    "flag",
    "layers_bias_is_no_list",
    "layers_units_are_no_number",
    "names_are_no_names",
    "neither_equations_nor_network",
    "network_layers_as_counts",
    "network_without_loss",
    "random_is_a_list",
    "random_key",
    "random_number_in_place_of_draw",
    "random_unknown_key",
    "random_where_is_a_block",
    "unknown_keys",
    "update",
    "update_beta",
    "update_method",
    "update_method_unknown",
    "wrong_types",
)
WRONG_SHAPES = ("unknown_keys", "wrong_types", "deep_unknown_key", "random_unknown_key")


def plain(node: Node):
    """Return a node as an editor's YAML reader hands it to the schema."""
    if isinstance(node, MappingNode):
        return {key.text: plain(value) for key, value in node.entries if not (isinstance(value, Scalar) and value.is_empty)}
    if isinstance(node, SequenceNode):
        return [plain(item) for item in node.items]
    assert isinstance(node, Scalar)
    if node.text in {"true", "false"} and not node.style:
        return node.text == "true"
    return int(node.text) if node.text.isdecimal() and node.text.isascii() and not node.style else node.text


def read(text: str) -> tuple[object, bool]:
    """Return a spec's text as plain data, and whether the reader takes its shape."""
    problems = Problems()
    block = read_yaml(source_of(text, "f.yaml"), problems)
    return plain(block), read_block(SpecShape, block, problems) is not None and not problems.errors


@pytest.mark.parametrize("text", [EXAMPLE, starter(), "equations: L = w\ndecompose: {products: P}\n"])
def test_right_shapes_are_right_for_both(text: str) -> None:
    document, taken = read(text)
    assert taken
    assert VALIDATOR.is_valid(document)


@pytest.mark.parametrize("path", sorted((ROOT / "specs").rglob("*.yaml")), ids=lambda path: path.stem)
def test_every_spec_fits_the_schema(path: Path) -> None:
    document, taken = read(path.read_text(encoding="utf-8"))
    assert taken
    assert [error.message for error in VALIDATOR.iter_errors(document)] == []


def test_the_schema_sees_every_mistake_of_shape_in_a_bad_spec() -> None:
    refused = []
    for path in sorted(FOLDER.glob("*.yaml")):
        with suppress(SpecError, UnicodeDecodeError):
            document, _ = read(path.read_bytes().decode("utf-8"))
            refused += [] if VALIDATOR.is_valid(document) else [path.stem]
    assert tuple(refused) == REFUSED


@pytest.mark.parametrize("name", WRONG_SHAPES)
def test_wrong_shapes_are_wrong_for_both(name: str) -> None:
    document, taken = read((FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    assert not taken
    assert not VALIDATOR.is_valid(document)


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


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(json_schema())


def test_numbers_may_be_numbers_or_text() -> None:
    values = json_schema()["properties"]["values"]
    (form,) = values["patternProperties"].values()
    assert form["anyOf"][0] == {"type": ["number", "string"]}
