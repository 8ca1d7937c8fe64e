"""The simulator stands for somebody else's system, and knows nothing of the bridge but errors."""

import ast
from pathlib import Path

import bridge.simulator

ALLOWED = ("bridge.simulator", "bridge.errors")


def test_simulator_imports_nothing_of_the_bridge() -> None:
    folder = Path(bridge.simulator.__file__).parent
    imported = {
        f"{file.name}: {node.module}"
        for file in folder.glob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("bridge")
        if not str(node.module).startswith(ALLOWED)
    }

    assert imported == set()
