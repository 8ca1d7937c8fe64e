"""The bridge's log: one JSON object per line on standard error, without any stored value.

The server's own few lines about its start and end are plain, and go to standard output.

Messages of exceptions are left out on purpose: PostgreSQL's quote keys and arguments. Class,
SQLSTATE, constraint and the place in the code are enough to find the cause.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import cast

import structlog


def configure(level: str = "info") -> None:
    """Set up structlog and the standard library's logging for the whole process."""
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _describe_exception,
    ]
    structlog.configure(
        processors=[*shared, structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(number, logging.WARNING), force=True)


def _describe_exception(
    _logger: object, _method: str, event: MutableMapping[str, object]
) -> MutableMapping[str, object]:
    given = event.pop("exc_info", None)
    if isinstance(given, tuple):
        given = given[1]  # type: ignore[index] - exc_info is (class, error, traceback)
    error = given if isinstance(given, BaseException) else sys.exc_info()[1] if given else None
    if error is not None:
        event["exception"] = describe(error)
    return event


def describe(error: BaseException) -> dict[str, object]:
    """Return class, SQLSTATE, constraint and code frames of an error and of its causes."""
    said: dict[str, object] = {"class": type(error).__qualname__}
    for attribute in ("sqlstate", "constraint_name"):
        if value := getattr(error, attribute, None):
            said[attribute] = value
    said["frames"] = [
        f"{frame.filename}:{frame.lineno} {frame.name}"
        for frame in traceback.extract_tb(error.__traceback__)
    ]
    if isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        said["members"] = [describe(each) for each in group.exceptions]
    if cause := error.__cause__ or error.__context__:
        said["cause"] = describe(cause)
    return said
