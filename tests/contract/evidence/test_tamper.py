"""Every way of tampering that we could think of is found, and named by what it hurts."""

from __future__ import annotations

import asyncio
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipelines.evidence.canonical import canonical, sha256_hex
from pipelines.evidence.keys import Keys
from pipelines.evidence.log import entry_of
from pipelines.evidence.package import NotExported, export
from pipelines.evidence.report import Problem, Report, Wrong, render

if TYPE_CHECKING:
    from tests.contract.evidence.conftest import World

T0 = 1_760_000_000_000
ALERTS = ("a1", "a2", "a3", "a4")


@pytest.fixture
async def sealed(world: World) -> World:
    """Four sealed alerts; the first has footage."""
    world.record(T0 - 3000)
    for number, alert_id in enumerate(ALERTS):
        world.sensor_alert(alert_id, at_ms=T0 + number * 7_200_000)
    await world.seal(*ALERTS)
    report = await world.verify()
    assert report.ok, report.problems
    assert (report.evidence, report.log_entries) == (4, 4)
    return world


def flip(path: Path, at: int) -> None:
    """Changes one bit of one byte."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)


def named(report: Report, wrong: Wrong, *words: str) -> Problem:
    """The one problem of that kind that says all these words."""
    found = [
        p for p in report.problems
        if p.wrong is wrong and all(w in f"{p.object} {p.proves} {p.detail}" for w in words)
    ]  # fmt: skip
    assert found, f"no {wrong} with {words} in {report.problems}"
    return found[0]


async def test_one_byte_of_any_object(sealed: World) -> None:
    for item in sealed.manifest().objects:
        path = sealed.objects.path(item.sha256)
        before = path.read_bytes()
        for at in (0, len(before) // 2, len(before) - 1):
            flip(path, at)
            report = await sealed.verify()
            (problem,) = report.problems
            assert problem.wrong is Wrong.CHANGED
            assert item.sha256 in problem.object
            assert item.name in problem.object
            assert "a1" in problem.proves
            assert "pool-free-chlorine@1" in problem.proves
            assert "pool-main" in problem.proves
            assert "2025-10-09T08:53:20.000Z" in problem.proves
            assert "5 of 6 objects" in problem.provable
            assert item.sha256 in render(report)
            assert not (await sealed.verify("a1")).ok
            assert (await sealed.verify("a2")).ok
            path.write_bytes(before)
    assert (await sealed.verify()).ok


async def test_deleted_object(sealed: World) -> None:
    for item in sealed.manifest("a2").objects:
        path = sealed.objects.path(item.sha256)
        kept = path.read_bytes()
        path.unlink()
        named(await sealed.verify(), Wrong.MISSING, item.sha256, "a2")
        path.write_bytes(kept)


async def test_swapped_objects(sealed: World) -> None:
    first, second = (sealed.objects.path(o.sha256) for o in sealed.manifest().objects[-2:])
    one, other = first.read_bytes(), second.read_bytes()
    for path, data in ((first, other), (second, one)):
        path.chmod(0o644)
        path.write_bytes(data)
    report = await sealed.verify()
    assert {p.wrong for p in report.problems} == {Wrong.CHANGED}
    assert len(report.problems) == 2


async def test_foreign_files_in_the_store(sealed: World) -> None:
    sealed.objects.put(b"left by a pin that a crash cut off")
    assert (await sealed.verify()).leftovers == 1
    assert (await sealed.verify()).ok
    stray = sealed.objects.root / "ab" / "stray.mp4"
    stray.parent.mkdir(exist_ok=True)
    stray.write_bytes(b"not ours")
    named(await sealed.verify(), Wrong.EXTRA, "stray.mp4")


@pytest.mark.parametrize(
    ("statement", "wrong", "words"),
    [
        ("UPDATE alerts SET low = 0.05 WHERE alert_id = 'a2'", Wrong.CHANGED, ("a2", "low")),
        ("UPDATE alerts SET value = 0.5 WHERE alert_id = 'a2'", Wrong.CHANGED, ("a2", "value")),
        ("UPDATE alerts SET grade = 'evidence' WHERE alert_id = 'a2'", Wrong.CHANGED, ("grade",)),
        ("UPDATE alerts SET detected_ms = 1 WHERE alert_id = 'a2'", Wrong.CHANGED, ("detected",)),
        ("UPDATE alerts SET inputs = '{\"median\": 0.2}' WHERE alert_id = 'a2'", Wrong.CHANGED,
         ("a2", "inputs")),
        ("UPDATE evidence SET sealed_at_ms = 1 WHERE alert_id = 'a2'", Wrong.CHANGED,
         ("a2", "sealed_at_ms")),
        ("UPDATE evidence SET manifest_sha256 = repeat('0', 64) WHERE alert_id = 'a2'",
         Wrong.CHANGED, ("a2", "digest in the row")),
        ("UPDATE evidence SET manifest = set_byte(manifest, 99, 65) WHERE alert_id = 'a2'",
         Wrong.CHANGED, ("a2", "manifest")),
        (("UPDATE evidence SET signature = set_byte(signature, 9, get_byte(signature, 9) # 1)"
         " WHERE alert_id = 'a2'"), Wrong.BAD_SIGNATURE, ("a2", "manifest")),
        ("UPDATE evidence_objects SET sha256 = repeat('0', 64) WHERE name = 'readings.csv'",
         Wrong.CHANGED, ("a1", "readings.csv")),
        ("DELETE FROM evidence_objects WHERE name = 'clip-cam.mp4'", Wrong.MISSING,
         ("a1", "clip-cam.mp4")),
        (("INSERT INTO evidence_objects SELECT evidence_id, 'raw', 'planted', repeat('0', 64), 1,"
         " 'x' FROM evidence WHERE alert_id = 'a3'"), Wrong.EXTRA, ("a3", "planted")),
        (("DELETE FROM evidence_objects WHERE evidence_id IN (SELECT evidence_id FROM evidence"
         " WHERE alert_id = 'a3'); DELETE FROM evidence WHERE alert_id = 'a3'"), Wrong.MISSING,
         ("a3", "sealed")),
        ("UPDATE raw_batches SET original = 'x' WHERE seq = (SELECT min(seq) FROM raw_batches)",
         Wrong.CHANGED, ("raw message", "probe")),
        ("UPDATE evidence_log SET at_ms = at_ms + 1 WHERE seq = 2", Wrong.CHANGED, ("entry 2",)),
        ("UPDATE evidence_log SET entry_hash = repeat('0', 64) WHERE seq = 2", Wrong.CHANGED,
         ("entry 2",)),
        (("UPDATE evidence_log SET signature = set_byte(signature, 9, get_byte(signature, 9) # 1)"
         " WHERE seq = 2"), Wrong.BAD_SIGNATURE, ("entry 2",)),
        ("UPDATE evidence_log SET key_id = repeat('0', 16) WHERE seq = 2", Wrong.BAD_SIGNATURE,
         ("entry 2", "not ours")),
        ("DELETE FROM evidence_log WHERE seq = 1", Wrong.MISSING, ("log entry 1",)),
        ("DELETE FROM evidence_log WHERE seq = 2", Wrong.MISSING, ("a2", "no entry")),
        ("DELETE FROM evidence_log WHERE seq = 4", Wrong.MISSING, ("log entry 4", "ends at 3")),
        ("DELETE FROM evidence_log", Wrong.MISSING, ("log entries 1 to 4",)),
        (("DELETE FROM evidence_log WHERE seq = 2; UPDATE evidence_log SET seq = 2 WHERE seq = 3;"
         " UPDATE evidence_log SET seq = 3 WHERE seq = 4"), Wrong.REORDERED, ("entry 2",)),
        (("UPDATE evidence_log SET seq = 9 WHERE seq = 2; UPDATE evidence_log SET seq = 2 WHERE"
         " seq = 3; UPDATE evidence_log SET seq = 3 WHERE seq = 9"), Wrong.REORDERED,
         ("entry 3", "signed as entry 2")),
    ],
)  # fmt: skip
async def test_changed_rows(
    sealed: World, statement: str, wrong: Wrong, words: tuple[str, ...]
) -> None:
    for part in statement.split(";"):
        sealed.sql(part)
    named(await sealed.verify(), wrong, *words)


async def test_manifest_signed_by_another_key(sealed: World, tmp_path: Path) -> None:
    other = Keys(tmp_path / "other")
    forged = bytes(canonical({"format": "vigil-evidence-manifest/1"}))
    sealed.sql(
        "UPDATE evidence SET manifest = %s, manifest_sha256 = %s, signature = %s, key_id = %s"
        " WHERE alert_id = 'a2'",
        (forged, sha256_hex(forged), other.sign(forged), other.key_id),
    )
    problem = named(await sealed.verify(), Wrong.BAD_SIGNATURE, "not ours", other.key_id)
    assert problem.alert_id == "a2"


async def test_another_alerts_manifest_in_its_place(sealed: World) -> None:
    sealed.sql(
        "UPDATE evidence e SET manifest = o.manifest, manifest_sha256 = o.manifest_sha256,"
        " signature = o.signature FROM evidence o WHERE e.alert_id = 'a2' AND o.alert_id = 'a1'"
    )
    named(await sealed.verify(), Wrong.CHANGED, "log entry 2 holds the digest")


async def test_log_entry_added_by_another_key(sealed: World, tmp_path: Path) -> None:
    other = Keys(tmp_path / "other")
    last = entry_of((await sealed.database.rows("evidence_log_at", seq=4))[0])
    content = {**_content(last.content()), "seq": 5, "previous_hash": last.entry_hash}
    data = canonical(content)
    sealed.sql(
        "INSERT INTO evidence_log SELECT 5, kind, subject_id, subject_sha256, at_ms, %s, %s, %s, %s"
        " FROM evidence_log WHERE seq = 4",
        (last.entry_hash, sha256_hex(data), other.sign(data), other.key_id),
    )
    named(await sealed.verify(), Wrong.BAD_SIGNATURE, "log entry 5", "not ours")


async def test_end_cut_off_and_written_anew(sealed: World) -> None:
    """Someone with our key and the database, but not the head, hides the last alert."""
    sealed.sql("DELETE FROM evidence_log WHERE seq = 4")
    sealed.sensor_alert("a5", at_ms=T0 + 36_000_000)
    await sealed.seal("a5")
    named(await sealed.verify(), Wrong.CHANGED, "log entry 4", "head file holds another hash")


async def test_head_lost_forged_or_foreign(sealed: World) -> None:
    path = sealed.keys.folder / "head"
    kept = path.read_bytes()
    path.unlink()
    await sealed.seal("a1")  # must not make a new one that hides the loss
    named(await sealed.verify(), Wrong.MISSING, "head")
    path.write_bytes(kept.replace(b'"head_seq":4', b'"head_seq":3'))
    named(await sealed.verify(), Wrong.BAD_SIGNATURE, "head")
    path.write_bytes(kept)
    assert (await sealed.verify()).ok


async def test_old_keys_keep_verifying(sealed: World) -> None:
    old = sealed.keys.key_id
    assert sealed.keys.rotate() != old
    sealed.sensor_alert("a5", at_ms=T0 + 36_000_000)
    await sealed.seal("a5")
    assert (await sealed.verify()).ok
    (sealed.keys.folder / f"{old}.pub.pem").unlink()
    named(await sealed.verify(), Wrong.BAD_SIGNATURE, old)


async def test_exported_package_is_checked_without_vigil(sealed: World, tmp_path: Path) -> None:
    folder = await export(sealed.database, sealed.objects, sealed.keys, "a1", tmp_path / "out")
    check = ["openssl", "pkeyutl", "-verify", "-pubin", "-rawin", "-inkey"]
    check += [f"{sealed.keys.key_id}.pub.pem", "-in", "manifest.json", "-sigfile", "manifest.sig"]
    for command in (check, ["sha256sum", "-c", "SHA256SUMS"]):
        await asyncio.to_thread(subprocess.run, command, cwd=folder, check=True)
    assert "核验" in (folder / "README.md").read_text(encoding="utf-8")

    item = sealed.manifest("a2").objects[0]
    flip(sealed.objects.path(item.sha256), 0)
    with pytest.raises(NotExported, match=item.name):
        await export(sealed.database, sealed.objects, sealed.keys, "a2", tmp_path / "bad")


def _content(data: bytes) -> dict[str, object]:
    import json  # noqa: PLC0415

    found = json.loads(data)
    assert isinstance(found, dict)
    return found
