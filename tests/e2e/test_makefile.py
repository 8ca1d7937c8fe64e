"""What ``make`` says on a machine that is not ready; the good case is how this suite started."""

import os
import subprocess
from pathlib import Path
from shutil import copy, copytree
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for name in ("Makefile", "pyproject.toml"):
        copy(ROOT / name, tmp_path)
    copytree(ROOT / "requirements", tmp_path / "requirements")
    return tmp_path


def make(checkout: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        ["make", *words],  # noqa: S607
        cwd=checkout,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )


def make_python(path: Path, refused_word: str) -> Path:
    """An interpreter that fails when its code has this word in it."""
    path.write_text(f'#!/bin/sh\ncase "$2" in *{refused_word}*) exit 1;; esac\n', "utf-8")
    path.chmod(0o755)
    return path


def sentences(answer: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in answer.stderr.splitlines() if not line.startswith("make:")]


def test_without_a_target_the_targets_are_listed(checkout: Path) -> None:
    answer = make(checkout)

    assert answer.returncode == 0
    for target in ("install", "run", "test", "check", "snapshot", "lock", "explain", "bench"):
        assert f"\n  make {target} " in "\n" + answer.stdout


def test_a_missing_interpreter_is_one_sentence(checkout: Path) -> None:
    answer = make(checkout, "install", "PYTHON=python3-of-nobody")

    assert answer.returncode != 0
    assert len(sentences(answer)) == 1
    assert "Python 3.11 or newer is needed" in answer.stderr
    assert "python3-of-nobody" in answer.stderr
    assert not (checkout / ".venv").exists()


def test_an_old_interpreter_is_passed_over(checkout: Path) -> None:
    old = make_python(checkout / "old", "version_info")

    answer = make(checkout, "install", f"PYTHON={old}")

    assert "Python 3.11 or newer is needed" in answer.stderr


def test_a_missing_venv_module_is_one_sentence(checkout: Path) -> None:
    bare = make_python(checkout / "bare", "ensurepip")

    answer = make(checkout, "run", f"PYTHON={bare}")

    assert answer.returncode != 0
    assert len(sentences(answer)) == 1
    assert "apt install python3-venv" in answer.stderr
