"""What the docstrings claim about the upstream can be looked up in the recordings."""

import ast
import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from tests.contract.recordings import FOLDER

import bridge.hummingbot

MODULES = sorted(Path(bridge.hummingbot.__file__).parent.rglob("*.py"))


def recorded_names() -> set[str]:
    lines = (
        line for file in FOLDER.glob("*.jsonl") for line in file.read_text("utf-8").split("\n")
    )
    return {json.loads(line).get("name", "") for line in lines if line}


def claims(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text("utf-8"))):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            for claimed in re.findall(r"\[([^\[\]]+)\]", ast.get_docstring(node) or ""):
                yield from " ".join(claimed.split()).split(", ")


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_every_name_in_square_brackets_is_a_recording(module: Path) -> None:
    names = recorded_names()
    unknown = [
        claim
        for claim in claims(module)
        if not any(fnmatchcase(name, claim.replace("…", "*")) for name in names)
    ]

    assert unknown == []


def test_there_are_such_claims() -> None:
    assert sum(1 for module in MODULES for _ in claims(module)) > 60
