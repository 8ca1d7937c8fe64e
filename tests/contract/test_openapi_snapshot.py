"""The committed document is the one that this code makes."""

from pathlib import Path

from bridge.cli import openapi_text

DOCUMENT = Path(__file__).parents[2] / "docs" / "openapi.json"


def test_committed_document_is_the_one_that_the_code_makes() -> None:
    """When it differs on purpose: ``make snapshot``, and read the difference."""
    assert DOCUMENT.read_text(encoding="utf-8") == openapi_text()
