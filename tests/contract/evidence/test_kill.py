"""Promise 1 for evidence: workers are killed while they pin; nothing is half, lost or twice."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.contract.evidence.mortal import work

if TYPE_CHECKING:
    from tests.contract.evidence.conftest import World

T0 = 1_760_000_000_000
KILLS = int(os.environ.get("VIGIL_TEST_KILLS", "40"))
"""In an ordinary run; 200 is what is asked of a release."""
LONGEST_S = 0.3
"""A kill falls anywhere within it, from when a worker begins: meanwhile it seals a few alerts."""
MESSAGES = KILLS * 5
SEED = 20261123


def _alerts(world: World) -> None:
    """Many alerts of a camera and a sensor over a minute of footage, copied from one of each."""
    for start_s in range(0, 60, 6):
        world.record(T0 + start_s * 1000)
    world.camera_alert("camera", at_ms=T0)
    world.sensor_alert("sensor", at_ms=T0 + 30_000)
    columns = world.columns("alerts")
    world.sql(
        f"INSERT INTO alerts ({columns}) SELECT {columns} FROM (SELECT (jsonb_populate_record(a,"  # noqa: S608
        " jsonb_build_object('alert_id', 'k' || n, 'detected_ms', %s + n * 57000 / %s))).*"
        " FROM generate_series(0, %s - 1) n"
        " JOIN alerts a ON a.alert_id = CASE WHEN n %% 4 = 0 THEN 'sensor' ELSE 'camera' END) made",
        (T0, MESSAGES, MESSAGES),
    )
    world.sql("DELETE FROM alerts WHERE alert_id IN ('camera', 'sensor')")


async def test_killed_at_any_moment(world: World) -> None:
    """Every alert ends with one whole seal, one leaf and one notice; only scratch is left over."""
    _alerts(world)
    command = [
        sys.executable, "-m", "tests.contract.evidence.mortal", world.url, str(world.folder),
        str(MESSAGES), str(KILLS), str(SEED), str(LONGEST_S),
    ]  # fmt: skip
    told = await asyncio.to_thread(subprocess.run, command, capture_output=True, check=True)
    assert json.loads(told.stdout) == {"killed": KILLS, "finished": 0}
    ((sealed,),) = world.sql("SELECT count(*) FROM evidence")
    assert isinstance(sealed, int)
    assert 0 < sealed < MESSAGES, "the kills fell before or after the work"
    assert world.sql("SELECT next_offset FROM stage_offsets WHERE stage = 'evidence'") == [
        (sealed,)
    ]

    left = len(list(world.objects.incoming.iterdir()))
    assert left > 0, "no kill fell while anything was being written"
    with world.objects.scratch() as ours:
        assert world.objects.sweep() == left
        assert list(world.objects.incoming.iterdir()) == [ours]

    await work(world.url, world.folder, MESSAGES)
    await world.number()
    assert world.sql("SELECT DISTINCT state FROM alerts") == [("open",)]
    for once in ("evidence", "notices", "alert_events WHERE action = 'sealed'",
                 "log_leaves WHERE kind = 'pin'"):  # fmt: skip
        assert world.sql(f"SELECT count(*) FROM {once}") == [(MESSAGES,)], once  # noqa: S608
    ((subjects,),) = world.sql("SELECT count(DISTINCT subject) FROM log_leaves WHERE kind = 'pin'")
    assert subjects == MESSAGES
    counted = world.sql("SELECT value FROM counters WHERE name = 'evidence_sealed'")
    assert counted == [(MESSAGES,)]

    named = world.sql("SELECT DISTINCT sha256 FROM evidence_objects ORDER BY 1")
    assert list(world.objects.walk()) == [sha256 for (sha256,) in named]
    assert list(world.objects.incoming.iterdir()) == []
    report = await world.verify()
    assert report.ok, report.problems[:3]
    assert (report.evidence, report.objects, report.leftovers) == (MESSAGES, len(named), 0)
