"""``vigil records`` in a terminal: what a person types, reads and gets as status."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from detectors.figures import clock
from pipelines.records.commands import records
from pipelines.runtime import wall_clock_ms
from tests.contract.records.conftest import DAY_MS, Film, register

IMPORT = (
    "--officer", "li", "--officer", "wang", "--device", "cam-1", "--matter", "泳池水质",
    "--act", "inspection", "--place", "某馆", "--party", "pool",
)  # fmt: skip


@pytest.fixture
def run(fresh_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs a command of the room over a register of its own."""
    register(fresh_database_url)
    monkeypatch.setenv("VIGIL_DATABASE_URL", fresh_database_url)
    monkeypatch.setenv("VIGIL_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "200")

    def ran(*args: str, status: int = 0) -> Result:
        result = CliRunner().invoke(records, list(args))
        assert result.exit_code == status, (args, result.output, result.exception)
        return result

    return ran


def test_a_day_at_the_terminal(run: Any, films: Film, tmp_path: Path) -> None:
    """AV-14 to AV-18, AV-23, AV-27, AV-31, AV-32: from the issue of a camera to the figures."""
    began = wall_clock_ms() - 3_600_000
    month = _month(began)
    run("device", "issue", "cam-1", "--officer", "li", "--by", "sun", "--at", _at(began - 60_000))
    path = films(began, seed=21)
    later = films(began + 60_000, seed=22)
    form = tmp_path / "form.toml"
    form.write_text(run("template", "--checklist").output.replace('told = ""', 'told = "yes"'))
    taken = run("import", str(path), str(later), *IMPORT, "--checklist", str(form)).output
    assert taken.count("is record") == 2
    assert "missing 缺 AV-14" in taken
    assert "事先告知" not in taken  # it was answered
    record_id = taken.split("is record ")[1].split(",")[0]
    assert "unchanged" in run("import", str(path), *IMPORT).output
    late = run("import", str(films(began - 20 * DAY_MS, seed=23)), *IMPORT, status=1).output
    assert "--delay-approved-by LEADER" in late
    session = taken.split("session ")[1].split(":")[0]
    assert "未说明" in run("gaps", session, status=1).output
    run("gaps", session, "--state", "1", "--reason", "battery", "--aloud", "--officer", "li")
    run("act", "add", "hearing", "--officer", "li", "--start", _at(began + 300_000), "--end",
        _at(began + 600_000))  # fmt: skip
    assert "unrecorded" in run("coverage", "--month", month).output
    lines = json.loads(run("stats", "--month", month, "--format", "json").output)
    assert (lines[0]["who"], lines[0]["records"], lines[0]["missing"]) == ("first", 2, 1)
    assert "who,records," in run("stats", "--month", month, "--format", "csv").output
    assert "li" in run("stats", "--month", month, "--officers").output
    run("violation", "add", "leaked", "--officer", "wang", "--note", "n", "--record", record_id)
    assert "leaked" in run("violations", "--month", month).output
    _spot(run, began)
    run("device", "return", "cam-1", "--officer", "li", "--by", "sun", "--clock-offset-ms", "0")
    listed = run("device", "list").output
    assert "1 devices for 2 officers" in listed
    assert "未签责任书" in listed


def _spot(run: Any, began: int) -> None:
    half = f"{_month(began)[:4]}H{1 if int(_month(began)[5:]) <= 6 else 2}"
    drawn = run("spot-check", "draw", "--half", half, "--unit", "first", "--officer", "chen",
                "--count", "2", "--seed", "s").output  # fmt: skip
    assert f"{half}/first" in drawn
    again = run("spot-check", "draw", "--half", half, "--unit", "first", "--officer", "chen",
                "--count", "2", status=1).output  # fmt: skip
    assert "drawn already" in again
    number = next(line.split()[0] for line in drawn.splitlines() if " device " in line)
    run("spot-check", "answer", f"{half}/first", number, "--officer", "chen", "--answer",
        "security=yes", "--answer", "lawful=yes", "--answer", "upkeep=n/a")  # fmt: skip
    assert "answered" in run("spot-check", "list").output
    assert "recorded" in run("spot-check", "questions").output


def test_words_and_kinds_need_no_database() -> None:
    """AV-11, AV-12, AV-15: what is asked before going out."""
    words = CliRunner().invoke(records, ["template", "--officer", "李", "--officer", "王"])
    assert "我们是婺城卫健执法人员李和王" in words.output
    kinds = CliRunner().invoke(records, ["acts"], env={"COLUMNS": "200"})
    assert "seizure" in kinds.output


def test_wrong_words_are_told(run: Any, films: Film) -> None:
    """AV-23: a mistake is a line, never a traceback."""
    path = str(films())
    assert "no question" in run("import", path, *IMPORT, "--answer", "x=yes", status=2).output
    assert "2026-11" in run("stats", "--month", "november", status=2).output
    assert "no recorder 'x'" in run(
        "import", path, *IMPORT[:4], "--device", "x", *IMPORT[6:], status=1
    ).output  # fmt: skip


def _at(time_ms: int) -> str:
    return clock(time_ms)[:16]


def _month(time_ms: int) -> str:
    return _at(time_ms)[:7]
