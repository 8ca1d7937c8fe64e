"""Every operation of the OpenAPI document, so that no test forgets a route that is added later.

But for the stream, which does not end: tests/live has its tests.
"""

from typing import Any, Final, NamedTuple

from bridge.access.gate import STREAM_PATH
from bridge.app import create_controllers
from bridge.settings import Settings

_READS: Final = frozenset({"get", "head", "options"})


class Operation(NamedTuple):
    """One method of one path.

    Attributes:
        path: With its parameters in braces.
        takes_body: Whether a JSON body may be sent.
        needs_body: Whether it must be.
        takes_key: Whether it may be sent twice under an Idempotency-Key.
    """

    id: str
    method: str
    path: str
    takes_body: bool
    needs_body: bool
    takes_key: bool
    responses: frozenset[int]

    @property
    def is_write(self) -> bool:
        """Whether it may change something."""
        return self.method.lower() not in _READS

    @property
    def parameter(self) -> str | None:
        """Name of what the path carries; None when it carries nothing."""
        return self.path.partition("{")[2].partition("}")[0] or None

    @property
    def part(self) -> str | None:
        """Name of the second thing that the path carries; None when there is none."""
        return self.path.rpartition("{")[2].rstrip("}") if self.path.count("{") > 1 else None

    def at(self, some_id: str, part_id: str | None = None) -> str:
        """Return the path with an id in the place of its parameter; a part has the same or its own.

        Args:
            some_id: For the first parameter.
            part_id: For the second one.
        """
        whole = self.path
        for value in (some_id, some_id if part_id is None else part_id):
            head, brace, rest = whole.partition("{")
            whole = head + value + rest.partition("}")[2] if brace else head
        return whole


def _operations() -> tuple[Operation, ...]:
    document: dict[str, Any] = create_controllers(Settings()).openapi_schema.to_schema()
    return tuple(
        Operation(
            id=operation["operationId"],
            method=method.upper(),
            path=path,
            takes_body="requestBody" in operation,
            needs_body=operation.get("requestBody", {}).get("required", False),
            takes_key=any(
                each["name"] == "Idempotency-Key" for each in operation.get("parameters", ())
            ),
            responses=frozenset(int(status) for status in operation["responses"]),
        )
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if path != STREAM_PATH
    )


OPERATIONS: Final = _operations()
WRITES: Final = tuple(operation for operation in OPERATIONS if operation.is_write)
BODIES: Final = tuple(operation for operation in OPERATIONS if operation.takes_body)
