"""What the gate says of evidence sealed by the real stage over the real database (OFF-13)."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from pipelines.evidence.commands import evidence
from pipelines.evidence.manifest import Point
from pipelines.quality.criteria import POINTS
from pipelines.runtime import PartitionRunner

if TYPE_CHECKING:
    from tests.contract.evidence.conftest import World

T0 = 1_760_000_000_000


async def sealed(world: World, alert_id: str) -> list[Point]:
    """An alert's points, once it is sealed."""
    runner = PartitionRunner(world.stage(still_s=0), 0, world.database, log_id="t")
    await runner.run(world.messages(alert_id))
    return world.manifest(alert_id).quality


def reasons(points: list[Point]) -> set[str]:
    """What fails, as ``point.reason``."""
    return {f"{point.code}.{point.reason}" for point in points if not point.holds}


async def test_a_clip_is_judged_by_what_was_measured_when_it_was_made(world: World) -> None:
    """OFF-13: clear, continuous, stable, complete; nothing is decoded for it."""
    world.record(T0 - 3000)
    world.camera_alert()
    points = await sealed(world, "c1")
    assert {point.code for point in points} == set(POINTS)
    told = {point.code: point.measured for point in points}
    assert (told["clear"]["width_px"], told["clear"]["height_px"]) == ("160", "120")
    assert told["clear"]["sharpness_luma2"] == "50"
    assert told["continuous"]["longest_step_ms"] == "100"
    assert told["stable"]["uneven_share"] == "0"
    assert "clear.low_resolution" in reasons(points)
    assert not {r for r in reasons(points) if r.startswith(("continuous", "stable", "complete"))}


async def test_what_befell_the_camera_while_it_was_filmed_counts(world: World) -> None:
    """OFF-13: what happens after the alert, within the clip, is known when it is sealed."""
    world.record(T0 - 3000)
    world.camera_alert()
    world.sql("INSERT INTO camera_events VALUES ('cam', %s, 'cut_off', '{}', '')", (T0 + 1500,))
    world.sql(
        "INSERT INTO alerts SELECT 'moved', 'camera-moved', '1', severity, party_id, site_id,"
        " device_id, place, series_id, start_ms, detected_ms, NULL, unit, value, low, high,"
        " inputs, false, state, grade, grade_reasons, risk, 0, 0 FROM alerts"
    )
    points = await sealed(world, "c1")
    assert {"stable.camera_event", "stable.device_alert"} <= reasons(points)
    (stable, *_) = [point for point in points if point.code == "stable"]
    assert (stable.measured["events"], stable.measured["alerts"]) == ("cut_off", "camera-moved")


async def test_a_picture_is_held_against_what_the_camera_usually_shows(world: World) -> None:
    """OFF-13: a lens gone soft fails though no floor is crossed."""
    world.record(T0 - 3000)
    world.camera_alert()  # sharpness 50
    for hour in range(30):
        when = datetime.fromtimestamp(T0 / 1000 - 3600 * (hour + 1), UTC)
        world.sql("INSERT INTO observations VALUES (%s, 'cam', 0, 100, 30, 400, 'x')", (when,))
    assert "clear.unlike_usual" in reasons(await sealed(world, "c1"))


async def test_no_footage_at_all_says_so(world: World) -> None:
    """OFF-13: neither continuous nor complete."""
    world.camera_alert()
    assert {"continuous.no_clip", "complete.no_clip"} <= reasons(await sealed(world, "c1"))


async def test_a_sensors_values_are_judged_by_their_course(world: World) -> None:
    """OFF-13 and OFF-16 for readings: two of the spell's values, both normal, raw there."""
    world.sensor_alert()
    points = await sealed(world, "a1")
    told = {point.code: point.measured for point in points}
    assert told["complete"] == {"readings_objects": "1", "raw_objects": "3"}
    assert told["subject"]["quantity"] == "free_chlorine"
    assert told["act"]["law"].startswith("GB 37488-2019")
    assert {"clear.few_readings", "place.location_unpublished"} <= reasons(points)
    world.sql("UPDATE points SET published_location = 'hall entrance'")
    world.sensor_alert("a2", at_ms=T0 + 3_600_000)
    later = reasons(await sealed(world, "a2"))
    assert "place.location_unpublished" not in later


async def test_a_sensor_that_is_under_an_alert_itself_is_not_stable(world: World) -> None:
    """OFF-13: stuck or under maintenance; an alert over another series says nothing."""
    world.sensor_alert()
    world.sql(
        "INSERT INTO alerts SELECT id, 'sensor-stuck', '1', severity, party_id, site_id,"
        " device_id, place, serie, start_ms, detected_ms, NULL, unit, value, low, high, inputs,"
        " false, state, grade, grade_reasons, risk, 0, 0 FROM alerts,"
        " (VALUES ('other', NULL::integer)) AS v(id, serie)"
    )
    world.sql("INSERT INTO maintenance VALUES ('m', 'probe', 0, NULL, 'calibration')")
    points = await sealed(world, "a1")
    assert {"stable.device_alert", "stable.under_maintenance"} <= reasons(points)


async def test_the_terminal_tells_what_fails_and_who_reviewed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OFF-13, OFF-16: beside the manifest, which stays JSON alone on the standard output."""
    world.record(T0 - 3000)
    world.camera_alert()
    await sealed(world, "c1")
    monkeypatch.setenv("VIGIL_DATABASE_URL", world.url)
    monkeypatch.setenv("VIGIL_DATA_DIR", str(world.folder))
    shown = await asyncio.to_thread(CliRunner().invoke, evidence, ["show", "c1"])
    assert shown.exit_code == 0, shown.output
    assert json.loads(shown.stdout)["alert_id"] == "c1"
    assert "clear: FAILS 不符合" in shown.stderr
    assert "Record a larger stream" in shown.stderr
    assert "legal review: not signed" in shown.stderr
