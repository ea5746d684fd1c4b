"""Every way of tampering that we could think of is found, and named by what it hurts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipelines.evidence.canonical import canonical, sha256_hex
from pipelines.evidence.keys import Keys
from pipelines.evidence.manifest import encode
from pipelines.evidence.report import Problem, Report, Wrong, render
from pipelines.transparency.rotation import rotate

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
    assert (report.evidence, report.log_entries) == (4, 17)
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
            assert "9 of 10 objects" in problem.provable
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
         " 'x', '' FROM evidence WHERE alert_id = 'a3'"), Wrong.EXTRA, ("a3", "planted")),
        (("DELETE FROM evidence_objects WHERE evidence_id IN (SELECT evidence_id FROM evidence"
         " WHERE alert_id = 'a3'); DELETE FROM evidence WHERE alert_id = 'a3'"), Wrong.MISSING,
         ("a3", "sealed")),
        ("UPDATE raw_batches SET original = 'x' WHERE seq = (SELECT min(seq) FROM raw_batches)",
         Wrong.CHANGED, ("raw message", "probe")),
        ("UPDATE log_leaves SET at_ms = at_ms - 1 WHERE leaf_index = 2", Wrong.CHANGED,
         ("log leaf 2", "back-dated")),
        (("DELETE FROM log_leaves WHERE kind = 'pin' AND subject = (SELECT evidence_id"
         " FROM evidence WHERE alert_id = 'a2')"), Wrong.MISSING, ("a2", "no leaf")),
        ("DELETE FROM log_leaves WHERE leaf_index = 1", Wrong.MISSING, ("log leaf 1",)),
        ("DELETE FROM raw_batches WHERE seq = (SELECT min(seq) FROM raw_batches)", Wrong.MISSING,
         ("raw message with sha256", "no row holds it")),
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
    forged = bytes(canonical({"format": "vigil-evidence-manifest/2"}))
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
    named(await sealed.verify(), Wrong.CHANGED, "of the log holds the digest")


async def test_a_removal_without_a_certificate_of_ours(sealed: World, tmp_path: Path) -> None:
    """AV-28: an object is let go only by a certificate that we signed and the log tells of."""
    sha256 = sealed.manifest("a2").objects[0].sha256
    body = canonical({"objects": [{"sha256": sha256, "removed": True}]})
    report = await _removed(sealed, sha256, body, Keys(tmp_path / "other"))
    named(report, Wrong.CHANGED, "deletion certificate", "does not hold")
    named(report, Wrong.MISSING, sha256, "a2")
    assert not report.let_go


async def test_a_manifest_is_no_certificate(sealed: World) -> None:
    """AV-28: of what we signed, only a certificate of deletion lets an object go."""
    item = sealed.manifest("a2").objects[0]
    body = encode(sealed.manifest("a2"))
    report = await _removed(sealed, item.sha256, body, sealed.keys)
    named(report, Wrong.CHANGED, "deletion certificate", "no certificate of deletion")
    named(report, Wrong.MISSING, item.sha256, "a2")
    assert not report.let_go


async def _removed(sealed: World, sha256: str, body: bytes, keys: Keys) -> Report:
    """Takes an object of alert a2 away, and claims this for its certificate."""
    sealed.objects.path(sha256).unlink()
    sealed.sql(
        "INSERT INTO officers (officer_id, name_zh, name_en, role, password_hash) VALUES"
        " ('li', '李', 'Li', 'leader', '')"
    )
    sealed.sql(
        "INSERT INTO keeping_proposals (proposal_id, body, signature, key_id, proposed_by,"
        " proposed_ms) VALUES ('p', '', '', '', 'li', 0)"
    )
    sealed.sql(
        "INSERT INTO keeping_certificates VALUES (%s, 'p', 'evidence', %s, %s, %s, %s, 0)",
        (sha256_hex(body), sealed.manifest("a2").evidence_id, body, keys.sign(body), keys.key_id),
    )
    sealed.sql(
        "INSERT INTO keeping_removals (sha256, certificate_id, basis, at_ms)"
        " VALUES (%s, %s, 'because', 0)", (sha256, sha256_hex(body)),
    )  # fmt: skip
    return await sealed.verify()


async def test_what_has_no_leaf_from_its_source_is_said(sealed: World) -> None:
    """AV-35: a part that was never told of when it was recorded is no problem, but it is said."""
    bare = (await sealed.verify("a1")).unwitnessed
    assert {one.object.split()[0] for one in bare} == {"part"}
    assert all("no recording_part leaf" in one.detail for one in bare)
    assert "来源处无日志叶" in render(await sealed.verify("a1"))


async def test_old_keys_keep_verifying(sealed: World) -> None:
    old = sealed.keys.key_id
    assert await rotate(sealed.database, sealed.place, T0 + 35_000_000) != old
    sealed.keys = Keys(sealed.keys.folder)
    sealed.sensor_alert("a5", at_ms=T0 + 36_000_000)
    await sealed.seal("a5")
    assert (await sealed.verify()).ok
    (sealed.keys.folder / f"{old}.pub.pem").unlink()
    named(await sealed.verify(), Wrong.BAD_SIGNATURE, old)
