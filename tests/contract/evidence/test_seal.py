"""Sealing through the real runtime: what is pinned, that it is once, and what a failure costs."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipelines.errors import Transient
from pipelines.evidence.clips import Pinning
from pipelines.evidence.footage import RecordedFootage, Wanted
from pipelines.footage.read import VideoPacket, open_video
from pipelines.vault.folder import FolderVault

if TYPE_CHECKING:
    from tests.contract.evidence.conftest import World

T0 = 1_760_000_000_000


async def test_sensor_alert_pins_messages_readings_and_clip(world: World) -> None:
    world.record(T0 - 3000)
    world.sensor_alert()
    await world.seal("a1")

    manifest = world.manifest()
    roles = sorted(item.role for item in manifest.objects)
    assert roles == ["clip", *["part"] * 4, "poster", "raw", "raw", "raw", "readings"]
    for item in manifest.objects:
        data = world.objects.path(item.sha256).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (item.sha256, item.size_bytes)
        assert hashlib.new("sm3", data).hexdigest() == item.sm3
    arrived = world.sql("SELECT sha256, original FROM raw_batches")
    raws = {item.sha256 for item in manifest.objects if item.role == "raw"}
    assert raws == {sha256 for sha256, _ in arrived}
    assert manifest.rule.law.name == "GB 37488-2019"
    assert (manifest.measured.value, manifest.measured.low) == ("0.12", "0.3")
    assert [paper.document_id for paper in manifest.standing.papers] == ["doc-c", "doc-v"]
    assert (manifest.when.clock_offset_ms, manifest.when.clock_document) == (120, "doc-c")
    (coverage,) = manifest.footage
    assert coverage.start_ms is not None
    assert coverage.end_ms is not None
    assert coverage.start_ms <= T0 - 2000
    assert coverage.end_ms >= T0 + 1900
    assert coverage.gaps == []
    assert len(coverage.parts) == 4
    assert manifest.findings == []

    assert world.sql("SELECT state FROM alerts") == [("open",)]
    assert world.sql("SELECT action FROM alert_events") == [("sealed",)]
    ((party, body),) = world.sql("SELECT party_id, body FROM notices")
    assert party == "p"
    assert "0.12 mg/L" in str(body)
    report = await world.verify()
    assert report.ok, report.problems
    assert (report.evidence, report.raw_messages, report.leftovers) == (1, 3, 0)
    assert _pins(world) == 1


async def test_the_recorded_parts_are_the_original(world: World) -> None:
    """AV-3, AV-8: parts are kept byte for byte; the clip says which ones it was copied from."""
    recorded = world.record(T0 - 3000, told=True)
    world.camera_alert()
    await world.seal("c1")
    manifest = world.manifest("c1")
    (coverage,) = manifest.footage
    by_name = {item.name: item for item in manifest.objects}
    held = [part for part in recorded if T0 - 2000 <= part.start_ms < T0 + 2000]
    assert len(held) == 4
    assert coverage.parts == [f"part-cam-{part.start_ms}.mp4" for part in held]
    for part, name in zip(held, coverage.parts, strict=True):
        pinned = by_name[name]
        assert (pinned.role, pinned.sha256, pinned.derived_from) == ("part", part.sha256, [])
        assert world.objects.path(part.sha256).read_bytes() == part.path.read_bytes()
        assert part.path.stat().st_nlink == 1  # a copy: who reaches the ring reaches no evidence
    clip = by_name[coverage.clip]
    assert (clip.role, clip.derived_from) == ("clip", coverage.parts)
    assert _packets(world.objects.path(clip.sha256)) == [
        packet for part in held for packet in _packets(part.path)
    ]
    assert by_name["poster-cam.jpg"].derived_from == [clip.name]
    assert manifest.findings == []


async def test_a_part_that_two_alerts_need_is_stored_once(world: World) -> None:
    """Overlapping clips share their parts."""
    world.record(T0 - 3000)
    world.camera_alert("c1")
    world.camera_alert("c2", at_ms=T0 + 500)
    await world.seal("c1", "c2")
    first, second = ({o.sha256 for o in world.manifest(a).objects} for a in ("c1", "c2"))
    shared = {
        item.sha256 for item in world.manifest("c1").objects
        if item.role == "part" and item.sha256 in second
    }  # fmt: skip
    assert len(shared) >= 3
    assert list(world.objects.walk()) == sorted(first | second)
    assert list(world.objects.incoming.iterdir()) == []


async def test_a_part_changed_since_it_was_recorded_is_found_out(world: World) -> None:
    """AV-11, AV-30: the clip may play, and the manifest still says that this is not what was
    recorded, which part no node ever recorded, and which one is gone."""
    recorded = world.record(T0 - 3000, told=True)
    world.sql("DELETE FROM recording_parts WHERE start_ms = %s", (T0 - 1000,))
    by_start = {part.start_ms: part for part in recorded}
    forged = by_start[T0].path
    data = bytearray(forged.read_bytes())
    data[-40] ^= 1  # within the last picture
    forged.write_bytes(data)
    by_start[T0 + 1000].path.unlink()
    world.camera_alert()
    await world.seal("c1", stage=world.stage(told_late_s=0.3))
    found = [(finding.kind, finding.subject) for finding in world.manifest("c1").findings]
    assert found == [
        ("part_unknown", f"part-cam-{T0 - 1000}.mp4"),
        ("part_mismatch", f"part-cam-{T0}.mp4"),
        ("part_missing", f"part-cam-{T0 + 1000}.mp4"),
    ]
    mismatch = world.manifest("c1").findings[1]
    assert by_start[T0].sha256 in mismatch.detail
    assert hashlib.sha256(data).hexdigest() in mismatch.detail
    assert world.sql("SELECT value FROM counters WHERE name = 'evidence_part_mismatch'") == [(1,)]


async def test_a_part_that_is_told_late_is_waited_for(world: World) -> None:
    """The newest part is told a moment after it was closed; that makes it no stranger."""
    recorded = world.record(T0 - 3000, told=True)
    world.sql("DELETE FROM recording_parts WHERE start_ms = %s", (T0 + 1000,))
    world.camera_alert()
    sealing = asyncio.create_task(world.seal("c1", stage=world.stage(told_late_s=10)))
    await asyncio.sleep(0.8)
    assert not sealing.done()
    world.tell(next(part for part in recorded if part.start_ms == T0 + 1000))
    await sealing
    assert world.manifest("c1").findings == []


async def test_camera_alert_names_model_and_frames(world: World) -> None:
    world.record(T0 - 3000)
    world.camera_alert()
    await world.seal("c1")
    manifest = world.manifest("c1")
    roles = {item.role for item in manifest.objects}
    assert roles == {"clip", "part", "poster"}
    assert manifest.model_sha256 == "m" * 64
    assert [(look.people, look.frame_sha256) for look in manifest.looks] == [(2, "f" * 64)]


async def test_staged_alert_is_sealed_without_notice(world: World) -> None:
    world.record(T0 - 3000)
    world.camera_alert(staged=True)
    await world.seal("c1")
    assert world.manifest("c1").staged
    assert world.sql("SELECT * FROM notices") == []


async def test_twice_is_once(world: World) -> None:
    world.sensor_alert()
    await world.seal("a1", "a1", stage=world.stage(still_s=0))
    await world.seal("a1", stage=world.stage(still_s=0))
    for table in ("evidence", "notices", "alert_events"):
        assert world.sql(f"SELECT count(*) FROM {table}") == [(1,)], table  # noqa: S608
    assert world.sql("SELECT value FROM counters WHERE name = 'evidence_sealed'") == [(1,)]


async def test_sealed_by_another_worker_between_pin_and_commit(world: World) -> None:
    world.sensor_alert()
    stage = world.stage(still_s=0)
    late = await stage.handle(None, world.messages("a1"), now_ms=T0)
    await world.seal("a1", stage=stage)
    async with world.database.transaction() as tx:
        for effect in late.effects:
            if hasattr(effect, "apply"):
                await effect.apply(tx)
    assert world.sql("SELECT count(*) FROM evidence") == [(1,)]
    await world.number()
    assert _pins(world) == 1
    assert (await world.verify()).ok


async def test_seals_of_two_partitions_make_one_log(world: World) -> None:
    alerts = [f"a{number}" for number in range(6)]
    for number, alert_id in enumerate(alerts):
        world.sensor_alert(alert_id, at_ms=T0 + number * 3_600_000)
    stage = world.stage(still_s=0)
    outcomes = [await stage.handle(None, world.messages(a), now_ms=T0) for a in alerts]

    async def commit(number: int) -> None:
        async with world.database.transaction() as tx:
            for effect in outcomes[number].effects:
                if hasattr(effect, "apply"):
                    await effect.apply(tx)

    await asyncio.gather(*(commit(number) for number in range(6)))
    await world.number()
    report = await world.verify()
    assert (report.ok, _pins(world)) == (True, 6), report.problems


async def test_missing_footage_is_a_gap_in_the_manifest(world: World) -> None:
    world.record(T0 - 4500)  # ends half a second before the clip should
    world.camera_alert()
    await world.seal("c1")
    (coverage,) = world.manifest("c1").footage
    (gap,) = coverage.gaps
    assert gap.end_ms == T0 + 2000
    assert "did not grow" in gap.reason

    world.camera_alert("c2", at_ms=T0 + 3_600_000)
    await world.seal("c2")
    (coverage,) = world.manifest("c2").footage
    assert coverage.clip == ""
    assert [(gap.start_ms, gap.end_ms) for gap in coverage.gaps] == [
        (T0 + 3_598_000, T0 + 3_602_000)
    ]


async def test_growing_footage_is_waited_for(world: World) -> None:
    world.record(T0 - 7000)
    world.camera_alert()
    sealing = asyncio.create_task(world.seal("c1", stage=world.stage(still_s=5)))
    await asyncio.sleep(0.6)
    assert not sealing.done()
    world.record(T0 - 1000)
    await sealing
    assert world.manifest("c1").footage[0].gaps == []


async def test_parts_are_stored_while_the_rest_is_waited_for(world: World) -> None:
    """Evidence is fixed at once: what is closed is in the vault before the clip can be cut."""
    begun = world.record(T0 - 7000)
    world.camera_alert()
    sealing = asyncio.create_task(world.seal("c1", stage=world.stage(still_s=10)))
    early = next(part for part in begun if part.start_ms == T0 - 2000)
    async with asyncio.timeout(10):
        while not world.objects.exists(early.sha256):  # noqa: ASYNC110  files tell nobody
            await asyncio.sleep(0.02)
    assert not sealing.done()
    grown = world.record(T0 - 1000)[0]
    async with asyncio.timeout(10):
        await sealing
    manifest = world.manifest("c1")
    parts = {item.sha256 for item in manifest.objects if item.role == "part"}
    assert {early.sha256, grown.sha256} <= parts
    assert list(world.objects.walk()) == sorted({item.sha256 for item in manifest.objects})
    assert (await world.verify()).ok


def test_pinning_takes_what_is_closed_ahead_and_once(world: World) -> None:
    """A part that was stored ahead is not read again, even if it has been changed since."""
    parts = world.record(T0 - 3000)
    wanted = Wanted(camera_id="cam", from_ms=T0 - 1500, to_ms=T0 + 1500, shown_ms=T0)
    pinning = Pinning(RecordedFootage(world.recordings), world.objects, wanted)
    pinning.ahead()
    held = {part.start_ms: part for part in parts}
    ahead = [held[T0 - 1000], held[T0], held[T0 + 1000]]  # not the one that begins before
    assert list(world.objects.walk()) == sorted(part.sha256 for part in ahead)
    later = held[T0].path.read_bytes()
    held[T0].path.write_bytes(later[:-40] + bytes([later[-40] ^ 1]) + later[-39:])
    pinned = pinning.pin("", [])
    assert pinned.parts == {
        part.start_ms: part.sha256 for part in [held[T0 - 2000], *ahead]
    }  # fmt: skip
    assert [item.sha256 for item in pinned.objects][:4] == list(pinned.parts.values())


async def test_bytes_that_are_not_those_that_arrived_are_recorded(world: World) -> None:
    world.sensor_alert()
    world.sql("UPDATE raw_batches SET original = 'forged' WHERE seq = %s", (T0 // 1000 + 1,))
    await world.seal("a1", stage=world.stage(still_s=0))
    (finding,) = world.manifest().findings
    assert finding.kind == "digest_mismatch"
    assert str(T0 // 1000 + 1) in finding.subject
    forged = hashlib.sha256(b"forged").hexdigest()
    assert forged in finding.detail
    assert forged in {item.sha256 for item in world.manifest().objects}
    counted = world.sql("SELECT value FROM counters WHERE name = 'evidence_digest_mismatch'")
    assert counted == [(1,)]
    (problem,) = (await world.verify()).problems
    assert "raw message" in problem.object


async def test_a_failing_store_waits_and_loses_nothing(world: World, tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    world.sensor_alert()
    stage = world.stage(still_s=0, objects=FolderVault(blocked))
    with pytest.raises(Transient):
        await stage.handle(None, world.messages("a1"), now_ms=T0)
    assert world.waits == ["waited"]
    assert world.sql("SELECT state FROM alerts") == [("sealing",)]
    world.offset = 0
    sealing = asyncio.create_task(world.seal("a1", stage=stage))
    await asyncio.sleep(0.3)
    assert not sealing.done()
    blocked.unlink()
    await sealing
    assert world.sql("SELECT state FROM alerts") == [("open",)]


async def test_an_unknown_alert_is_refused(world: World) -> None:
    await world.seal("nobody")
    assert world.sql("SELECT reason FROM dead_letters") == [("unknown_alert",)]


def _pins(world: World) -> int:
    """Seals that the log tells of."""
    ((count,),) = world.sql("SELECT count(*) FROM log_leaves WHERE kind = 'pin'")
    assert isinstance(count, int)
    return count


def _packets(path: Path) -> list[bytes]:
    with open_video(str(path)) as video:
        return [packet.payload for packet in video.packets() if isinstance(packet, VideoPacket)]
