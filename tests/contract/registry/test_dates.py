"""A device moves: series, scene, papers and keys follow the dates, and a worker sees it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from pipelines.demo.authority import device_key, register
from pipelines.registry.bring import bring_in
from pipelines.registry.fill import written
from pipelines.registry.live import LiveRegistry
from pipelines.registry.papers import Grade, Paper
from pipelines.registry.sheets import write_folder
from pipelines.registry.show import lines, show_device
from pipelines.registry.snapshot import load_registry
from pipelines.registry.write import key_digest, write_register
from pipelines.store import Database
from tests.unit.demo.known import DAY_START_MS

DEMO = register(DAY_START_MS)
DEVICE = "hotel-co2-lobby"
LEFT_MS, CAME_MS = DAY_START_MS + 3_600_000, DAY_START_MS + 7_200_000  # 01:00 and 02:00
BOUND = [paper for paper in Paper if paper not in {Paper.CERTIFICATE, Paper.CLOCK}]


@pytest.fixture
async def database(fresh_database_url: str) -> AsyncIterator[Database]:
    """A database with the demo's register."""
    async with Database(fresh_database_url, max_size=3) as opened:
        await write_register(opened, DEMO)
        yield opened


async def move(database: Database, folder: Path) -> None:
    """The lobby's sensor goes to the pool hall; two sheets say so."""
    placements = [row for row in written(DEMO)["placements"] if row[0] in {DEVICE, "placement_id"}]
    placements[1][-1] = "2026-03-01 01:00"
    placements.append(["moved", DEVICE, "pool-hall/pool-main", "2026-03-01 02:00", ""])
    header = written(DEMO)["series"][0]
    series = [header, ["900", "moved", "co2", "ppm", "60", "1"]]
    write_folder(folder, {"placements": placements, "series": series})
    brought = await bring_in(database, [folder], who="wang", now_ms=CAME_MS)
    assert brought.faults == ()


async def test_a_move_begins_a_new_series_and_ends_what_the_papers_prove(
    database: Database, tmp_path: Path
) -> None:
    """OFF-10, OFF-11, OFF-12: where it stood at a moment decides kind, place and standing."""
    before = await load_registry(database)
    await move(database, tmp_path)
    registry = await load_registry(database)
    assert registry.version == before.version + 1
    old, new = (registry.series_of(DEVICE, at)["co2"] for at in (LEFT_MS - 1, CAME_MS))
    assert (old.site_id, old.site_kind, old.place) == ("hotel-main", "hotel", "lobby")
    assert (new.site_id, new.site_kind, new.place) == ("pool-hall", "pool", "pool-main")
    assert new.series_id == 900 != old.series_id
    assert registry.series[old.series_id] == old
    assert registry.by_device[DEVICE] == {"co2": new}
    assert registry.series_of(DEVICE, LEFT_MS) == {}
    assert registry.standing(DEVICE, LEFT_MS - 1).grade is Grade.EVIDENCE
    assert registry.standing(DEVICE, LEFT_MS).reasons == ("not_placed",)
    moved = registry.standing(DEVICE, CAME_MS)
    assert moved.grade is Grade.LEAD
    assert moved.reasons == tuple(f"moved_since:{paper.value}" for paper in BOUND)
    assert "moved_since:public_sign" in registry.standing(DEVICE, CAME_MS + 1).reasons


async def test_a_key_leads_to_where_the_device_stands(database: Database, tmp_path: Path) -> None:
    await move(database, tmp_path)
    digest = key_digest(device_key(DEVICE))
    sites = []
    for at_ms in (LEFT_MS - 1, LEFT_MS, CAME_MS):
        row = await database.row("registry_device_key", key_sha256=digest, at_ms=at_ms)
        sites.append(row and row["site_id"])
    assert sites == ["hotel-main", None, "pool-hall"]


async def test_a_point_of_a_kind_of_its_own_is_what_rules_see(database: Database) -> None:
    registry = await load_registry(database)
    kinds = {device: of.popitem()[1].site_kind for device, of in registry.by_device.items()}
    assert kinds["vaccine-fridge"] == "vaccine_cold_store"
    assert kinds["waste-scale"] == registry.scenes["waste-camera"].site_kind == "waste_room"
    assert kinds["pool-probe"] == "pool"
    scene = registry.scene_of("waste-camera", DAY_START_MS)
    assert scene is not None
    assert [zone.zone_id for zone in scene.zones] == ["waste-door", "waste-outside"]


async def test_a_running_worker_sees_the_change(database: Database, tmp_path: Path) -> None:
    live = LiveRegistry.of(await load_registry(database))
    held = live  # what a stage was given
    assert not await live.refresh(database)
    following = asyncio.create_task(live.follow(database, poll_s=0.05))
    try:
        await move(database, tmp_path)
        for _ in range(200):
            if held.by_device[DEVICE]["co2"].series_id == 900:
                break
            await asyncio.sleep(0.05)
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
    assert held.series_of(DEVICE, CAME_MS)["co2"].place == "pool-main"
    assert held.standing(DEVICE, CAME_MS).grade is Grade.LEAD
    assert held.version == (await load_registry(database)).version


async def test_show_says_what_it_rests_on_and_what_av_7_lacks() -> None:
    """OFF-9, OFF-12, AV-7, AV-8: contract, papers, what the equipment can do, who keeps it."""
    shown = show_device(DEMO, "pool-camera", DAY_START_MS)
    assert shown is not None
    said = "\n".join(lines(shown))
    assert "may be evidence" in said
    assert "DEMO-NDA-1" in said
    assert "custodian 保管人 officer" in said
    assert shown.lacks == ()
    assert show_device(DEMO, "nobody", DAY_START_MS) is None
