"""What is short, late or pending is told: figures, the doctor's lines, rings by their place."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client import REGISTRY

from pipelines.footage.types import Pin
from pipelines.keeping.holds import hold, release
from pipelines.keeping.mirror import mirror
from pipelines.keeping.restore import restore_test
from pipelines.keeping.rings import bounds, shortfalls
from pipelines.keeping.target import target
from pipelines.keeping.watch import lines, look, told, watching
from pipelines.settings import Settings
from pipelines.vault.folder import FolderVault
from tests.contract.keeping.test_prune import LONG_AGO, NOW, approved, carried
from tests.contract.keeping.world import DAY, POLICIES, World

HOUR_S = 3600.0


def settings(world: World, **more: object) -> Settings:
    """Settings over this world."""
    own = {"database_url": world.url, "data_dir": world.folder} | more
    return Settings.model_validate(own)


def part(world: World, camera_id: str, *, size_bytes: int) -> None:
    """An hour of recording, as its node told of it."""
    world.sql(
        "INSERT INTO recording_parts VALUES (%s, %s, %s, %s, %s, %s)",
        (camera_id, NOW - 3_600_000, NOW, camera_id, size_bytes, NOW),
    )


@pytest.mark.parametrize(
    ("place", "set_h", "keep_h", "least_h"),
    [
        ("", 72, 720, 720),
        ("public_area", 72, 720, 720),
        ("public_area", 1000, 1000, 720),
        ("public_area", 9000, 1440, 720),
        ("waste_room", 72, 72, 0),
    ],
)
async def test_a_ring_is_kept_by_where_its_camera_stands(
    world: World, place: str, set_h: float, keep_h: float, least_h: float
) -> None:
    """AV-28, public video: thirty days at least in a public place, sixty at most; others as set."""
    world.sql("UPDATE points SET kind = %s", (place,))
    found = await bounds(world.database, settings(world, recording_keep_h=set_h), ["cam", "new"])
    assert (found["cam"].keep_s, found["cam"].least_s) == (keep_h * HOUR_S, least_h * HOUR_S)
    assert found["new"].keep_s == set_h * HOUR_S


async def test_what_makes_thirty_days_impossible_is_told(world: World) -> None:
    """AV-28, public video: a setting, a disk, and what has gone too early, each by its camera."""
    assert await shortfalls(world.database, settings(world), 0) == []
    part(world, "cam", size_bytes=1_000_000)
    (short,) = await shortfalls(world.database, settings(world, recording_keep_gb=0.24), 0)
    assert (short.because, short.must_days, short.can_days) == ("setting", 30, 10)
    wide = settings(world, recording_keep_gb=10**9)
    world.sql("UPDATE recording_parts SET size_bytes = 1e13")
    (short,) = await shortfalls(world.database, wide, 0)
    assert short.because == "disk"
    assert short.can_days < 30
    world.sql("DELETE FROM recording_parts")
    world.sql(
        "INSERT INTO camera_events VALUES ('cam', %s, 'kept_too_short', %s, '')",
        (NOW, '{"least_h": 720, "kept_h": 36}'),
    )
    (short,) = await shortfalls(world.database, wide, 0)
    assert (short.because, short.can_days) == ("went", 1.5)
    assert await shortfalls(world.database, wide, NOW + 1) == []


async def test_a_span_of_recording_that_is_held_is_pinned(world: World) -> None:
    """AV-28: a legal hold on a camera's span keeps its parts in the ring until it is lifted."""
    span = target(f"camera:cam@{NOW}..{NOW + DAY}")
    held = await hold(
        world.database, world.vault, POLICIES, span, by="lead", reason="x", now_ms=NOW
    )
    asked = {"camera_ids": ["cam"], "before_ms": 0, "after_ms": 0}
    (row,) = await world.database.rows("footage_pins", **asked)
    assert Pin(**row) == Pin(camera_id="cam", start_ms=NOW, end_ms=NOW + DAY, why=f"hold {held}")
    await release(world.database, world.vault, POLICIES, held, by="lead2", reason="x", now_ms=NOW)
    assert await world.database.rows("footage_pins", **asked) == []


async def test_the_doctor_tells_what_is_late(world: World, tmp_path: Path) -> None:
    """AV-23: never mirrored, never tested, tested with faults, and what must go."""
    await world.sealed("a1", b"one", at_ms=LONG_AGO - DAY, state="dismissed")
    await world.sequence(LONG_AGO)
    own = settings(world)
    said = {line.name: line for line in lines(await look(world.database, own, NOW), NOW)}
    assert said["mirror"].found == "never mirrored"
    assert "1 items must go" in said["keeping"].found
    away = FolderVault(tmp_path / "away")
    await mirror(world.database, world.vault, world.keys, away, name="away", now_ms=lambda: NOW)
    assert "never tested" in {
        line.found.rpartition(", ")[2] for line in lines(await look(world.database, own, NOW), NOW)
    }
    await restore_test(
        world.database, away, world.keys, name="away", scratch=tmp_path / "x", share=1, seed=1,
        now_ms=NOW,
    )  # fmt: skip
    states = [
        {x.name: x.state for x in lines(await look(world.database, own, now), now)}["mirror away"]
        for now in (NOW, NOW + 8 * DAY)
    ]
    assert states == ["ok", "warn"]
    assert "recording" not in {
        line.name for line in told(Settings(database_url="postgresql://127.0.0.1:1/x"))
    }


async def test_the_worker_finishes_removals_and_shows_figures(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AV-28: what a lock kept goes by itself when the lock ends, and is counted until then."""
    (sha256,) = await world.sealed("a1", b"one", at_ms=LONG_AGO, state="dismissed")
    assert isinstance(world.vault, FolderVault)
    proposal_id = await approved(world)
    world.vault.hold(sha256, on=True)
    await carried(world, proposal_id)

    async def once(seconds: float) -> None:
        raise StopAsyncIteration(seconds)

    monkeypatch.setattr("pipelines.keeping.watch.asyncio.sleep", once)
    for pending in (1, 0):
        with pytest.raises(StopAsyncIteration):
            await watching(world.database, world.vault, settings(world), clock=lambda: NOW)
        assert REGISTRY.get_sample_value("vigil_keeping_removals_pending") == pending
        world.vault.hold(sha256, on=False) if pending else None
    assert not world.vault.exists(sha256)
