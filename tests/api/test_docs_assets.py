"""The files of the page at /docs, and what else may be asked for in their place."""

import pytest
from tests.api.calls import Api, problem


@pytest.mark.parametrize(
    "name",
    [
        "swagger-ui.css/x",
        "%00",
        "x" * 300,
        "..%2f__init__.py",
        "%2e%2e/__init__.py",
        "swagger-ui.js.map",
        "",
    ],
)
async def test_other_files_are_not_found(api: Api, name: str) -> None:
    problem(await api.get(f"/docs/assets/{name}"), 404, "not-found")


async def test_asset_says_what_it_is_and_may_be_kept(api: Api) -> None:
    answer = await api.get("/docs/assets/swagger-ui.css")

    assert answer.status == 200
    assert answer.headers["Content-Type"].startswith("text/css")
    assert answer.headers["Cache-Control"] == "public, max-age=86400"
