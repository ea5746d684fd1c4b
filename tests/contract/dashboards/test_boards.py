"""Every panel's SQL runs against the real database and finds what lies there."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from dashboards.boards import BOARDS
from dashboards.boards.check import queries, run_panels
from dashboards.boards.commands import boards
from dashboards.boards.push import rendered
from pipelines.store import Database
from tests.contract.dashboards.rows import HOUR, NOW_MS


async def test_every_panel_runs_and_finds_rows(database: Database) -> None:
    results = await run_panels(database, NOW_MS - 6 * HOUR, NOW_MS)
    assert len(results) == sum(len(list(queries(build()))) for build in BOARDS)
    assert [r.panel for r in results if r.rows == 0] == []


async def test_a_span_without_data_gives_no_series(database: Database) -> None:
    results = await run_panels(database, 0, HOUR)
    empty = {r.panel for r in results if r.rows == 0}
    assert {"每分钟读数 · Readings per minute", "各摄像机人数 · People per camera"} <= empty


def test_the_json_is_what_grafana_imports(tmp_path: Path) -> None:
    outcome = CliRunner().invoke(boards, ["render", "--out", str(tmp_path)])
    assert outcome.exit_code == 0, outcome.output
    assert (tmp_path / "vigil-operations.json").is_file()
    board = rendered(BOARDS[0]())
    panels = board["panels"]
    spots = [(p["gridPos"]["x"], p["gridPos"]["y"]) for p in panels]
    assert len(set(spots)) == len(panels)
    for panel in panels:
        (target,) = panel["targets"]
        assert target["rawSql"]
        assert target["datasource"]["uid"] == "vigil-postgres"
    (chlorine,) = [p for p in panels if "free chlorine" in p["title"]]
    steps = chlorine["fieldConfig"]["defaults"]["thresholds"]["steps"]
    assert [s["value"] for s in steps] == [None, 0.3, 1.0]
