"""``vigil duty`` over a real database."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from pipelines.accountability.commands import duty
from pipelines.settings import Settings
from pipelines.vault.folder import FolderVault
from tests.contract.accountability.world import FROM, HOUR, history, people
from tests.contract.dashboards.rows import NOW_MS, POOL_ALERT, authority


@pytest.fixture
def runner(settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CliRunner:
    """The commands, against a filled database."""
    authority(settings.database_url, FolderVault(settings.objects))
    people(settings.database_url)
    history(
        settings.database_url,
        ("wang", "acknowledged", NOW_MS - 3 * HOUR),
        ("wang", "dismissed", NOW_MS - 3 * HOUR + 5000),
        ("sun", "reopened", NOW_MS),
    )  # fmt: skip
    monkeypatch.setenv("VIGIL_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("VIGIL_DATA_DIR", str(tmp_path))
    return CliRunner()


def test_the_report_counts_and_leads_to_what_it_counts(runner: CliRunner) -> None:
    """OFF-21, ACC-12 (3): reopened after dismissal, medians, a hasty verdict as a lead."""
    span = ["--unit", "authority", "--from", "2026-05-01", "--to", "2026-06-01"]
    made = runner.invoke(duty, ["report", *span, "--format", "json", "--officer", "wang"])
    assert made.exit_code == 0, made.output
    told = json.loads(made.stdout)
    (row,) = told["rows"]
    assert (row["decided"], row["dismissed"], row["reopened"], row["decide_ms"]) == (1, 1, 1, 5000)
    hasty = [one for one in told["leads"] if one["code"] == "hasty_verdict"]
    assert [(one["subject_id"], one["article"]) for one in hasty] == [(POOL_ALERT, "12.3")]
    table = runner.invoke(duty, ["report", *span])
    assert "none is a verdict" in table.output
    lines = runner.invoke(duty, ["report", *span, "--format", "csv"]).stdout.splitlines()
    assert lines[0].startswith("unit_id,officer_id,in_time,overdue,skipped,overruled")
    assert any(line.startswith("authority,wang,") for line in lines)
    for wrong in (["--unit", "nowhere"], ["--officer", "nobody"]):
        asked = runner.invoke(duty, ["report", *wrong])
        assert (asked.exit_code, wrong[1] in asked.stderr) == (2, True)


def test_what_is_cut_short_is_said(runner: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    """OFF-21: a count that is not of everything says so, beside the figures."""
    span = ["--unit", "authority", "--from", "2026-05-01", "--to", "2026-06-01"]
    assert "newest" not in runner.invoke(duty, ["report", *span]).stderr
    monkeypatch.setattr("pipelines.accountability.gather.MOST_MATTERS", 1)
    assert "newest" in runner.invoke(duty, ["report", *span]).stderr


def test_posts_actors_entries_and_package(runner: CliRunner, tmp_path: Path) -> None:
    """ACC-7, ACC-10: the register of posts by file; what is wrong is said and nothing entered."""
    sheet = tmp_path / "posts.json"
    post = {"officer_id": "wang", "unit_id": "authority", "post": "handler", "superior": "qian",
            "from_ms": FROM}  # fmt: skip
    for wrong, said in (
        ({**post, "officer_id": "ghost"}, "no officer ghost"),
        ({**post, "superior": "wang"}, "own superior"),
        ({**post, "post": "king"}, "king"),
    ):
        sheet.write_text(json.dumps({"posts": [wrong]}))
        refused = runner.invoke(duty, ["posts", str(sheet), "--by", "arch"])
        assert (refused.exit_code, said in refused.output) == (1, True), refused.output
    sheet.write_text(json.dumps({"posts": [post]}))
    assert "1 changed" in runner.invoke(duty, ["posts", str(sheet), "--by", "arch"]).output
    told = runner.invoke(duty, ["actors", "alert", POOL_ALERT])
    found = json.loads(told.stdout)
    assert ("wang", "handler", "handler") in {
        (one["officer_id"], one["capacity"], one["post"]) for one in found
    }
    assert ("sun", "approver", "") in {
        (one["officer_id"], one["capacity"], one["post"]) for one in found
    }
    entered = runner.invoke(duty, ["record", "wang", "plan", "--title", "年度计划", "--by", "wang",
                                   "--day", "2026-05-05"])  # fmt: skip
    assert entered.exit_code == 0, entered.output
    out = tmp_path / "wang.zip"
    made = runner.invoke(duty, ["diligence", "wang", "--from", "2026-05-01", "--to", "2026-06-01",
                                "--out", str(out)])  # fmt: skip
    assert made.exit_code == 0, made.output
    with zipfile.ZipFile(out) as package:
        index = next(name for name in package.namelist() if name.endswith("index.html"))
        assert "年度计划" in package.read(index).decode()
    again = runner.invoke(duty, ["diligence", "wang", "--from", "2026-05-01", "--out", str(out)])
    assert again.exit_code == 1
    assert "fault files hold" in runner.invoke(duty, ["verify"]).output


def test_rows_that_were_entered_cannot_be_changed(runner: CliRunner, settings: Settings) -> None:
    """ACC-22: not even by whoever holds the database's ordinary password."""
    runner.invoke(duty, ["record", "wang", "plan", "--title", "t", "--by", "wang"])
    for sql in (b"UPDATE duty_entries SET title = ''", b"DELETE FROM duty_entries"):
        with psycopg.connect(settings.database_url) as db, pytest.raises(psycopg.Error):
            db.execute(sql)
