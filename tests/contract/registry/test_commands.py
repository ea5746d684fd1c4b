"""``vigil registry`` as people use it: what it says, and with which status it ends."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from pipelines.demo.authority import register
from pipelines.registry.commands import registry
from pipelines.registry.fill import written
from pipelines.registry.sheets import write_folder
from tests.unit.demo.known import DAY_START_MS


@pytest.fixture
def vigil(fresh_database_url: str, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """A terminal, wide enough for a table, and an empty register."""
    monkeypatch.setenv("VIGIL_DATABASE_URL", fresh_database_url)
    monkeypatch.setenv("COLUMNS", "200")
    return CliRunner()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The demo's authority as CSV."""
    write_folder(tmp_path / "in", written(register(DAY_START_MS)))
    return tmp_path / "in"


def test_an_authority_is_registered_and_shown(vigil: CliRunner, folder: Path) -> None:
    """OFF-5, OFF-12: imported from files; every reason against a device is told."""
    assert vigil.invoke(registry, ["import", "--check", str(folder)]).exit_code == 0
    assert vigil.invoke(registry, ["show", "pool-probe"]).exit_code == 1
    done = vigil.invoke(registry, ["import", str(folder), "--by", "wang"])
    assert (done.exit_code, "0 changed" in done.stdout) == (0, True)
    at = ["--at", "2026-03-01 12:00"]
    shown = vigil.invoke(registry, ["show", "hotel-co2-corridor", *at])
    assert "a lead only" in shown.stdout
    assert "missing:installation_consent" in shown.stdout
    assert "may be evidence" in vigil.invoke(registry, ["show", "pool-probe", *at]).stdout
    assert "nothing" in vigil.invoke(registry, ["show", "pool-probe", "--at", "2020-01-01"]).stdout
    covered = vigil.invoke(registry, ["coverage", *at]).stdout
    assert covered.count("100%") == 4
    assert vigil.invoke(registry, ["coverage", "--at", "soon"]).exit_code == 2


def test_faults_are_told_and_end_in_1(vigil: CliRunner, folder: Path) -> None:
    path = folder / "sites.csv"
    path.write_text(path.read_text("utf-8-sig").replace("06:00-22:00", "6-22"), "utf-8")
    told = vigil.invoke(registry, ["import", str(folder)])
    assert told.exit_code == 1
    for word in ("sites", "hours", "Mon-Sun 6-22", "1 faults; nothing was written"):
        assert word in told.stdout


def test_a_key_is_printed_once_and_an_unknown_holder_ends_in_1(
    vigil: CliRunner, folder: Path, tmp_path: Path
) -> None:
    vigil.invoke(registry, ["import", str(folder)])
    key = vigil.invoke(registry, ["key", "pool-hall"]).stdout.strip()
    assert len(key) >= 43
    assert vigil.invoke(registry, ["key", "nobody"]).exit_code == 1
    assert vigil.invoke(registry, ["export", str(tmp_path / "out")]).exit_code == 0
    assert not [path for path in (tmp_path / "out").iterdir() if key in path.read_text("utf-8")]


def test_an_officer_is_let_in_by_a_known_role_only(vigil: CliRunner) -> None:
    who = ["officer", "li", "--name-zh", "李", "--password", "a long secret", "--role"]
    assert vigil.invoke(registry, [*who, "officer"]).exit_code == 0
    told = vigil.invoke(registry, [*who, "officer", "--unit", "nowhere"])
    assert (told.exit_code, "no unit nowhere" in told.output) == (1, True)
    assert vigil.invoke(registry, [*who, "emperor"]).exit_code == 2


def test_sheets_from_before_there_were_units_are_taken(vigil: CliRunner, tmp_path: Path) -> None:
    """AV-24: a site belongs to a unit; where the sheet does not say, to the first one."""
    tables = written(register(DAY_START_MS))
    at = tables["sites"][0].index("unit_id")
    tables["sites"] = [[*row[:at], *row[at + 1 :]] for row in tables["sites"]]
    del tables["units"]
    write_folder(tmp_path / "old", tables)
    assert vigil.invoke(registry, ["import", str(tmp_path / "old")]).exit_code == 0
    assert vigil.invoke(registry, ["export", str(tmp_path / "out")]).exit_code == 0
    sites = (tmp_path / "out" / "sites.csv").read_text("utf-8-sig").splitlines()
    assert all(line.endswith(",authority") for line in sites[2:])
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "units.csv").write_text(
        "unit_id,name_zh,name_en\nwater,水科,Water\n", "utf-8"
    )
    assert vigil.invoke(registry, ["import", str(tmp_path / "more")]).exit_code == 0
    who = ["officer", "li", "--name-zh", "李", "--password", "a long secret", "--role", "officer"]
    assert vigil.invoke(registry, [*who, "--unit", "water"]).exit_code == 0
