"""Credit as files, and the database's own arithmetic held against the pure one."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from pathlib import Path

import pytest
from pyarrow import parquet

from pipelines.exports.credit import COLUMNS, export_credit
from pipelines.runtime import apply_effects
from pipelines.scoring import credit
from pipelines.scoring.credit import Movement, deduct, restore
from pipelines.stage import Effect
from pipelines.store import Database
from tests.contract.cases.world import AT_MS, DAY_MS, World
from tests.fresh import fresh_database


@pytest.fixture(scope="module")
def url(database_url: str) -> str:
    """A migrated database of this module's own."""
    return fresh_database(database_url, "exports")


async def test_the_ledger_the_rows_and_the_files_agree(url: str, tmp_path: Path) -> None:
    async with Database(url, max_size=2) as database:
        world = World(url, database, tmp_path)
        await world.register()
        for alert_id in ("a", "b", "c"):
            world.alert(alert_id)
        steps = [
            _deduct("finding", "a", AT_MS),
            _deduct("finding", "b", AT_MS + 90 * DAY_MS),
            _deduct("filed", "a", AT_MS + 100 * DAY_MS),
            restore(party_id="pool", alert_id="b", at_ms=AT_MS + 200 * DAY_MS),
            _deduct("finding", "c", AT_MS + 20 * DAY_MS),  # comes late
            restore(party_id="pool", alert_id="nobody", at_ms=AT_MS),
        ]
        for effects in (*steps, *steps):  # all of it twice
            async with database.transaction() as tx:
                await apply_effects(tx, effects, now_ms=0)
        movements = [
            Movement(**row)
            for row in world.rows("SELECT kind, alert_id, points, at_ms FROM credit_movements")
        ]
        rows = world.rows("SELECT * FROM credit_scores ORDER BY time")
        as_of_ms = AT_MS + 300 * DAY_MS
        done = await export_credit(database, tmp_path / "out", as_of_ms=as_of_ms)

    assert len(rows) == len(movements) == 6
    for row in rows:
        pure = credit.score(movements, at_ms=round(row["time"].timestamp() * 1000))
        assert credit.recompute(row["contributions"]) == row["score"]
        assert row["contributions"] == pytest.approx(pure.contributions, abs=1.01e-4)
        assert row["grade"] == pure.grade

    now = credit.score(movements, at_ms=as_of_ms)
    content = (tmp_path / "out/credit.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    (line,) = csv.DictReader(io.StringIO(content.decode("utf-8-sig")))
    assert list(line) == list(COLUMNS)
    assert (float(line["score"]), line["grade"], line["name_zh"]) == (now.score, "A", "双溪泳馆")
    assert credit.recompute(json.loads(line["contributions"])) == now.score
    (record,) = parquet.read_table(tmp_path / "out/credit.parquet").to_pylist()
    assert {name: str(record[name]) for name in ("score", "uscc", "last_cause")} == {
        name: line[name] for name in ("score", "uscc", "last_cause")
    }
    for name in ("credit.csv", "credit.parquet"):
        digest = hashlib.sha256((tmp_path / "out" / name).read_bytes()).hexdigest()
        assert (tmp_path / f"out/{name}.sha256").read_text() == f"{digest}  {name}\n"
    assert (done.rows, len(done.files)) == (1, 5)
    readme = (tmp_path / "out/README.txt").read_text(encoding="utf-8")
    assert all(f"{name}: " in readme for name in COLUMNS)


def _deduct(kind: str, alert_id: str, at_ms: int) -> list[Effect]:
    return deduct(kind=kind, party_id="pool", alert_id=alert_id, severity="high", at_ms=at_ms)
