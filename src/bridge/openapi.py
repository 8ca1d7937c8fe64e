"""The OpenAPI document and the page at /docs that shows it.

The page's scripts come from the pinned package ``swagger-ui-py``, of which only the files are used:
no CDN, nothing committed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Final

from litestar import Response, Router, get
from litestar.exceptions import NotFoundException
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin, SwaggerRenderPlugin
from litestar.openapi.spec import (
    Components,
    OpenAPIType,
    Operation,
    RequestBody,
    Schema,
    SecurityScheme,
)
from litestar.params import FromPath, QueryParameter
from litestar.plugins import OpenAPISchemaPlugin
from litestar.typing import FieldDefinition

from bridge import __version__
from bridge.document import DocumentConfig
from bridge.pages import DEFAULT_LIMIT, MAX_LIMIT
from bridge.problems import MEDIA_TYPE, Problem
from bridge.vault.secret import MAX_SECRET_CHARS, Secret

_ASSETS: Final = "/docs/assets"
_MEDIA_TYPES: Final = {
    "favicon-32x32.png": "image/png",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui-standalone-preset.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
}

Limit = Annotated[
    int | None,
    QueryParameter(ge=1, le=MAX_LIMIT, description=f"Most entries; {DEFAULT_LIMIT} when left out."),
]
Cursor = Annotated[
    str | None, QueryParameter(max_length=64, description="`next_cursor` of the page before.")
]


class SecretSchema(OpenAPISchemaPlugin):
    """Shows `Secret` as what it is in JSON: a text that is only ever sent."""

    def is_plugin_supported_field(self, field_definition: FieldDefinition) -> bool:
        """Whether this is the type that the plugin describes."""
        return field_definition.annotation is Secret

    def to_openapi_schema(
        self, field_definition: FieldDefinition, schema_creator: object
    ) -> Schema:
        """Return a write-only text."""
        del field_definition, schema_creator
        return Schema(
            type=OpenAPIType.STRING,
            write_only=True,
            max_length=MAX_SECRET_CHARS,
        )


@dataclass
class WithOptionalBody(Operation):
    """An operation whose body may be left out; Litestar calls every body required."""

    def __post_init__(self) -> None:
        """Correct what Litestar found out."""
        if isinstance(self.request_body, RequestBody):
            self.request_body.required = False


def answers(*statuses: int) -> Mapping[int, ResponseSpec]:
    """Return the problems that a handler may answer with, for its ``responses``.

    Always with 400, which Litestar would describe with a body that is not ours.
    """
    return {
        status: ResponseSpec(
            Problem,
            generate_examples=False,
            description=HTTPStatus(status).phrase,
            media_type=MEDIA_TYPE,
        )
        for status in (HTTPStatus.BAD_REQUEST.value, *statuses)
    }


def config() -> OpenAPIConfig:
    """Return what Litestar makes the document and its page from."""
    return DocumentConfig(
        title="Trading Bridge",
        version=__version__,
        description=(
            "Keeps clients, wallets, exchange connectors and bots, and drives the bots on a"
            " Hummingbot API server. Errors are RFC 9457 problems with a stable `code`."
        ),
        openapi_router=Router(
            "/docs", route_handlers=[], include_in_schema=False, after_request=_problem_for_page
        ),
        use_handler_docstrings=True,
        components=Components(
            security_schemes={"key": SecurityScheme(type="http", scheme="bearer")}
        ),
        security=[{"key": []}],
        render_plugins=[
            SwaggerRenderPlugin(
                path="/",
                js_url=f"{_ASSETS}/swagger-ui-bundle.js",
                css_url=f"{_ASSETS}/swagger-ui.css",
                standalone_preset_js_url=f"{_ASSETS}/swagger-ui-standalone-preset.js",
                favicon=f"<link rel='icon' href='{_ASSETS}/favicon-32x32.png'>",
            ),
            JsonRenderPlugin(path="/openapi.json"),
        ],
    )


def _problem_for_page(response: Response[object]) -> Response[object]:
    """Refuse unknown pages below /docs as all others are; Litestar has a page of HTML for them."""
    if response.status_code == HTTPStatus.NOT_FOUND:
        raise NotFoundException
    return response


@cache
def _asset(name: str) -> bytes:
    spec = find_spec("swagger_ui")
    if spec is None or spec.origin is None:
        raise AssertionError  # a pinned requirement of this package
    return (Path(spec.origin).parent / "static" / name).read_bytes()


@get(f"{_ASSETS}/{{name:str}}", include_in_schema=False, sync_to_thread=False)
def get_asset(name: FromPath[str]) -> Response[bytes]:
    """Return one of the few files that the page at /docs needs.

    Raises:
        NotFoundException: It is none of them.
    """
    if name not in _MEDIA_TYPES:
        raise NotFoundException
    headers = {"Cache-Control": "public, max-age=86400"}
    return Response(_asset(name), media_type=_MEDIA_TYPES[name], headers=headers)
