"""The wheel holds all that the application needs: it is what the image installs."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[2]
SECONDS = 50
LOOK = """
import importlib, json, pkgutil
import bridge
from bridge.db.revisions import all_revisions, migrations_folder
from bridge.db.sql import load

modules = [bridge]
for found in pkgutil.walk_packages(bridge.__path__, "bridge."):
    if not found.name.endswith("__main__") and not found.name.startswith("bridge.migrations"):
        modules.append(importlib.import_module(found.name))
names = json.loads(input())
print(json.dumps({
    "modules": {module.__name__: module.__file__ for module in modules},
    "sql": {name: load(name) for name in names},
    "migrations": str(migrations_folder()),
    "revisions": all_revisions(),
}))
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with nothing but the wheel, built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    # No build isolation and no index: everything needed is installed already.
    run("-m", "hatchling", "build", "-t", "wheel", "-d", str(folder / "dist"), cwd=CHECKOUT)
    (wheel,) = (folder / "dist").glob("*.whl")
    target = folder / "target"
    run(
        *("-m", "pip", "install", "--quiet", "--no-deps", "--no-index"),
        *("--target", str(target), str(wheel)),
        cwd=folder,
    )
    return target


def run(*words: str, cwd: Path, path: Path | None = None, given: str = "") -> str:
    """Return what our interpreter prints; ``path`` comes before everything it would import."""
    variables = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
    if path is not None:
        variables["PYTHONPATH"] = str(path)
    done = subprocess.run(  # noqa: S603 - words of this file
        [sys.executable, *words],
        cwd=cwd,
        env={**variables, "PYTHONSAFEPATH": "1"},
        input=given,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_wheel_imports_every_module_and_loads_every_statement(
    installed: Path, tmp_path: Path
) -> None:
    statements = {
        f"{file.parent.name}/{file.stem}": file.read_text("utf-8")
        for file in (CHECKOUT / "sql").glob("*/*.sql")
    }
    revisions = sorted(file.name[:4] for file in (CHECKOUT / "migrations/versions").glob("*.py"))
    sources = sorted(
        file.relative_to(CHECKOUT / "src").as_posix()
        for file in (CHECKOUT / "src").rglob("*.py")
        if file.name != "__main__.py"
    )

    said = run("-c", LOOK, cwd=tmp_path, path=installed, given=json.dumps(list(statements)))

    found: dict[str, Any] = json.loads(said)
    files = [Path(file) for file in found["modules"].values()]
    assert sorted(file.relative_to(installed).as_posix() for file in files) == sources
    assert found["sql"] == statements
    assert Path(found["migrations"]).is_relative_to(installed)
    assert found["revisions"] == revisions


def test_wheel_prints_its_migrations(installed: Path, tmp_path: Path) -> None:
    """Alembic finds its own files in the package; there is no alembic.ini."""
    said = run("-m", "bridge", "migrate", "--sql", cwd=tmp_path, path=installed)

    assert "CREATE TABLE clients" in said
    assert "CREATE TABLE bots" in said
