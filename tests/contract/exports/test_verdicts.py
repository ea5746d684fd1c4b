"""Verdicts as labels: what officers decided, as files that a data scientist reads."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import psycopg
import pytest
from pyarrow import parquet

from pipelines.alerts.moves import Request, make_move
from pipelines.exports.verdicts import COLUMNS, export_verdicts
from pipelines.store import Database
from tests.contract.cases.world import AT_MS, World
from tests.fresh import fresh_database


@pytest.fixture(scope="module")
def url(database_url: str) -> str:
    """A migrated database of this module's own."""
    return fresh_database(database_url, "verdicts")


async def test_what_was_decided_is_a_label(url: str, tmp_path: Path) -> None:
    """OFF-7: right, wrong and unsure with the reason; a reopened finding's label stands no more."""
    async with Database(url, max_size=2) as database:
        world = World(url, database, tmp_path)
        await world.register()
        for alert_id in "abcd":
            world.alert(alert_id)
        with psycopg.connect(url) as connection:
            connection.execute("UPDATE alerts SET state = 'open'")
        steps = (
            Request(alert_id="a", action="confirm", actor="1", ground="seen"),
            Request(alert_id="b", action="dismiss", actor="1", reason_code="false_detection",
                    ground="a shadow"),
            Request(alert_id="c", action="unsure", actor="1", ground="too dark"),
            Request(alert_id="d", action="dismiss", actor="1", reason_code="minor_first_time",
                    ground="=put right"),
            Request(alert_id="b", action="reopen", actor="2", by="leader", ground="no shadow"),
            Request(alert_id="b", action="confirm", actor="2", ground="a person"),
        )  # fmt: skip
        for number, step in enumerate(steps):
            await make_move(database, step, now_ms=AT_MS + number)
        done = await export_verdicts(database, tmp_path / "out")
        one = await export_verdicts(database, tmp_path / "one", ("csv",), since_ms=AT_MS + 5)

    assert (done.rows, one.rows) == (5, 1)
    content = (tmp_path / "out" / "verdicts.csv").read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(content)))
    assert [(r["alert_id"], r["label"], r["verdict"], r["standing"]) for r in rows] == [
        ("a", "true", "confirmed", "True"), ("b", "false", "dismissed", "False"),
        ("c", "unclear", "unsure", "True"), ("d", "true", "dismissed", "True"),
        ("b", "true", "confirmed", "True"),
    ]  # fmt: skip
    table = parquet.read_table(tmp_path / "out" / "verdicts.parquet")
    assert table.column_names == list(COLUMNS)
    assert table.num_rows == done.rows
    assert "a shadow" not in content  # words may name people: they stay in the trail
