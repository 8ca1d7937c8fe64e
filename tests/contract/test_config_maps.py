"""The table of credential fields says what a real Hummingbot API server said."""

import json
from pathlib import Path

import pytest

from bridge.connectors.config_maps import CONFIG_MAPS, ConnectorFields, Kind
from bridge.connectors.exchanges import connector_fields

RECORDED = Path(__file__).parent / "recorded" / "config_maps.jsonl"
# The upstream names a Python type; a dictionary comes with its whole module path.
KINDS: dict[str, Kind] = {
    "SecretStr": "secret",
    "str": "text",
    "Literal": "text",
    "bool": "flag",
    "int": "number",
    "list[str]": "list",
}


def recorded() -> dict[str, dict[str, dict[str, object]]]:
    entries = [json.loads(line) for line in RECORDED.read_text("utf-8").splitlines()[1:]]
    return {entry["name"].removeprefix("config_map:"): entry["response"] for entry in entries}


def test_table_has_exactly_the_recorded_connectors() -> None:
    assert sorted(row.connector for row in CONFIG_MAPS) == sorted(recorded())


@pytest.mark.parametrize("connector", sorted(recorded()))
def test_fields_are_the_recorded_ones(connector: str) -> None:
    row = connector_fields(connector)

    assert row is not None
    assert row.connector == connector
    assert {
        field.name: (field.kind, field.is_required, list(field.allowed)) for field in row.fields
    } == {
        name: (
            KINDS.get(str(said["type"]), "object"),
            said["required"],
            said.get("allowed_values", []),
        )
        for name, said in recorded()[connector].items()
    }


@pytest.mark.parametrize("row", CONFIG_MAPS, ids=lambda row: row.connector)
def test_required_fields_have_an_input_and_optional_ones_none(
    row: ConnectorFields,
) -> None:
    assert all((field.filled_by is not None) == field.is_required for field in row.fields)
