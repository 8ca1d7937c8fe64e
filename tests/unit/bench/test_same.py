"""Whether a peer says the same as the bridge."""

import pytest
from bench.same import differences


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('{"a": 1, "b": [true, null]}', '{"b":[true,null],"a":1.0}'),
        ('{"at": "2026-11-25T07:45:30.654230Z"}', '{"at": "2026-11-25T07:45:30.65423+00:00"}'),
        ('{"at": "2026-11-25T07:45:30Z"}', '{"at": "2026-11-25T08:45:30+01:00"}'),
    ],
)
def test_differences_ignore_how_a_value_is_written(one: str, other: str) -> None:
    assert differences(one.encode(), other.encode()) == []


@pytest.mark.parametrize(
    ("one", "other", "path"),
    [
        ('{"a": {"b": 1}}', '{"a": {"b": 2}}', "$.a.b"),
        ('{"a": null}', "{}", "$.a"),
        ("{}", '{"a": null}', "$.a"),
        ("[1, 2]", "[1]", "$"),
        ('[{"a": 1}]', '[{"a": "1"}]', "$[0].a"),
        ('{"a": true}', '{"a": 1}', "$.a"),
        ('{"a": false}', '{"a": null}', "$.a"),
        ('{"a": {}}', '{"a": []}', "$.a"),
        ('{"at": "2026-11-25T07:45:30.654231Z"}', '{"at": "2026-11-25T07:45:30.654Z"}', "$.at"),
        ('{"at": "2026-11-25T07:45:30Z"}', '{"at": "2026-11-25T07:45:30"}', "$.at"),
    ],
)
def test_differences_name_the_place(one: str, other: str, path: str) -> None:
    found = differences(one.encode(), other.encode())

    assert len(found) == 1
    assert found[0].startswith(f"{path}:")
