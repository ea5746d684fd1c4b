"""``vigil clues`` and ``vigil clocks`` over a real database."""

from __future__ import annotations

import json
import time
from pathlib import Path

import msgspec
import pytest
from openpyxl import Workbook
from typer.testing import CliRunner

from pipelines.clocks.commands import clocks
from pipelines.clues.commands import clues
from pipelines.clues.types import Clue
from tests.contract.clocks.world import DAY, World
from tests.contract.clues.receiver import CLUE, clue

PLATFORMS = """
[[platform]]
id = "province"
name = { zh = "省平台", en = "Province" }
unit = "south"
"""


@pytest.fixture
def runner(world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CliRunner:
    """The commands, against a registered authority and a platform that is reached by files."""
    (tmp_path / "platforms.toml").write_text(PLATFORMS, "utf-8")
    monkeypatch.setenv("VIGIL_DATABASE_URL", world.url)
    monkeypatch.setenv("VIGIL_CLUE_PLATFORMS", str(tmp_path / "platforms.toml"))
    return CliRunner()


def _lines(path: Path, *found: Clue | str) -> str:
    lines = [one if isinstance(one, str) else msgspec.json.encode(one).decode() for one in found]
    path.write_text("\n".join(lines) + "\n", "utf-8-sig")
    return str(path)


def test_a_file_twice_is_once(runner: CliRunner, world: World, tmp_path: Path) -> None:
    """OFF-8: each line is a clue with its receipt and clocks; the same file again adds nothing."""
    path = _lines(tmp_path / "in.jsonl", clue(1), clue(2), "")
    first = runner.invoke(clues, ["import", path])
    assert (first.exit_code, first.stdout) == (0, "2 taken, 0 repeated, 0 refused\n")
    again = runner.invoke(clues, ["import", path, "--platform", "province", "--json"])
    assert json.loads(again.stdout)["repeated"] == 2
    assert world.sql("SELECT way, count(*) FROM clues GROUP BY way") == [("file", 2)]
    assert world.sql("SELECT count(*) FROM clocks") == [(4,)]
    assert world.sql("SELECT count(*) FROM clue_outbox WHERE kind = 'receipt'") == [(2,)]


def test_a_bad_line_is_named_and_kept(runner: CliRunner, world: World, tmp_path: Path) -> None:
    """OFF-8: good lines go in, a bad one is kept word for word with its line and reason."""
    other = clue(1, claim="别的")
    path = _lines(tmp_path / "in.jsonl", clue(1), "{", '{"platform_id":"x"}', other, clue(2))
    for _ in range(2):
        done = runner.invoke(clues, ["import", path])
        assert done.exit_code == 1
        assert "in.jsonl:2: " in done.stderr
        assert "in.jsonl:3: Object missing required field `title`" in done.stderr
        assert "in.jsonl:4: another clue is held under ZJ-1" in done.stderr
    assert world.sql("SELECT count(*) FROM clues") == [(2,)]
    kept = json.loads(runner.invoke(clues, ["refused", "--json"]).stdout)
    assert [one["body"] for one in sorted(kept, key=lambda k: str(k["place"]))] == [
        "{", '{"platform_id":"x"}', msgspec.json.encode(other).decode(),
    ]  # fmt: skip


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_tables(runner: CliRunner, world: World, tmp_path: Path, form: str) -> None:
    """OFF-8: a table by its header; a wrong cell refuses its line, a wrong column the file."""
    header = ["platform_id", "title", "claim", "uscc", "deadline"]
    rows = [
        ["A-1", "池水", "余氯偏低，已三天", CLUE.uscc, "2026-12-01T17:00:00+08:00"],
        ["A-2", "池水", "余氯偏低", "", "soon"],
    ]
    path = tmp_path / f"in.{form}"
    _table(path, [header, *rows])
    done = runner.invoke(clues, ["import", str(path)])
    assert done.exit_code == 1
    assert f"in.{form}:3: " in done.stderr
    assert "1 taken, 0 repeated, 1 refused" in done.stdout
    assert world.sql("SELECT party_id, unit_id FROM clues") == [("p", "north")]
    _table(path, [[*header, "colour"], [*rows[0], "blue"]])
    refused = runner.invoke(clues, ["import", str(path)])
    assert (refused.exit_code, "no column colour" in refused.stderr) == (2, True)


def _table(path: Path, rows: list[list[str]]) -> None:
    if path.suffix == ".csv":
        path.write_text("".join(",".join(row) + "\n" for row in rows), "utf-8-sig")
        return
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    book.save(path)


def test_shown_exported_and_closed(runner: CliRunner, world: World, tmp_path: Path) -> None:
    """OFF-8: what goes back to a platform without an address is a file, written once."""
    runner.invoke(clues, ["import", _lines(tmp_path / "in.jsonl", CLUE)])
    (listed,) = json.loads(runner.invoke(clues, ["list", "--json"]).stdout)
    shown = json.loads(runner.invoke(clues, ["show", listed["clue_id"]]).stdout)
    assert shown["body"]["claim"] == CLUE.claim
    assert {c["kind"] for c in shown["clocks"]} == {"clue_receipt", "clue_result"}
    assert "群众反映" not in runner.invoke(clues, ["list", "--state", "closed"]).stdout
    out = tmp_path / "out.jsonl"
    assert "1 written" in runner.invoke(clues, ["export", str(out)]).stdout
    (receipt,) = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert (receipt["type"], receipt["data"]["platform_id"]) == ("clue.receipt", CLUE.platform_id)
    assert "nothing waits" in runner.invoke(clues, ["export", str(tmp_path / "more")]).stdout
    assert world.sql("SELECT state FROM clue_outbox") == [("exported",)]


def test_an_export_never_overwrites(runner: CliRunner, world: World, tmp_path: Path) -> None:
    """OFF-8: a file that is there is left alone and what waits keeps waiting."""
    path = _lines(tmp_path / "in.jsonl", CLUE)
    runner.invoke(clues, ["import", path])
    assert runner.invoke(clues, ["export", path]).exit_code == 2
    assert world.sql("SELECT state FROM clue_outbox") == [("waiting",)]


@pytest.mark.parametrize(
    "asked", [["show", "nothing"], ["list", "--state", "x"], ["import", "--platform", "y", "F"]]
)
def test_what_cannot_be_is_said(runner: CliRunner, tmp_path: Path, asked: list[str]) -> None:
    """OFF-8: an unknown clue, state or platform is one line, not a traceback."""
    path = _lines(tmp_path / "in.jsonl", CLUE)
    done = runner.invoke(clues, [path if word == "F" else word for word in asked])
    assert done.exit_code == 2
    assert "Traceback" not in done.output


def test_clocks_listed_and_shown(runner: CliRunner, world: World, tmp_path: Path) -> None:
    """OFF-8, OFF-17, OFF-21: by unit and state, with law; the ledger names the clue left lying."""
    runner.invoke(clues, ["import", _lines(tmp_path / "in.jsonl", CLUE)])
    late_ms = time.time_ns() // 1_000_000 - 200 * DAY
    world.run("UPDATE clues SET received_ms = %s", late_ms)
    world.run("UPDATE clue_events SET at_ms = %s", late_ms)
    world.run("UPDATE clocks SET started_ms = %s, due_ms = %s", late_ms, late_ms + DAY)
    found = json.loads(runner.invoke(clocks, ["list", "--unit", "north", "--json"]).stdout)
    assert {one["kind"] for one in found} == {"clue_receipt", "clue_result"}
    assert "nothing" in runner.invoke(clocks, ["list", "--unit", "south"]).stdout
    assert "nothing" in runner.invoke(clocks, ["list", "--officer", "wang"]).stdout
    shown = json.loads(runner.invoke(clocks, ["show", found[0]["clock_id"]]).stdout)
    assert shown["terms"]["law"]["zh"]
    assert [e["action"] for e in shown["events"]] == ["started"]
    assert runner.invoke(clocks, ["show", "nothing"]).exit_code == 2
    duties = json.loads(runner.invoke(clocks, ["ledger", "--json"]).stdout)
    assert {d["step"]: d["state"] for d in duties} == {"receipt": "overdue", "result": "overdue"}


def test_kinds_with_law_confidence_and_validity(runner: CliRunner) -> None:
    """OFF-17, OFF-25: every kind says what it rests on; a day before them all has none."""
    found = {k["name"]: k for k in json.loads(runner.invoke(clocks, ["kinds", "--json"]).stdout)}
    assert found["verdict"]["sure_length"] == "eng"
    assert all(k["law"] and k["source"] and k["valid_from"] for k in found.values())
    every = json.loads(runner.invoke(clocks, ["kinds", "--all", "--json"]).stdout)
    assert len(every) >= len(found)
    assert "nothing" in runner.invoke(clocks, ["kinds", "--on", "1990-01-01"]).stdout
    assert runner.invoke(clocks, ["kinds", "--on", "yesterday"]).exit_code == 2
