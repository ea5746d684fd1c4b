"""The copy elsewhere: whole, incremental, let go with its original, and tested by restoring it."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.keeping.index import indexes
from pipelines.keeping.mirror import Mirrored, NothingToMirror, mirror
from pipelines.keeping.restore import Restored, restore_test
from pipelines.transparency.leaf import Kind
from pipelines.vault.folder import FolderVault
from pipelines.vault.opening import vault_at
from pipelines.vault.s3 import Lock
from pipelines.vault.types import Vault
from tests.contract.keeping.test_prune import LONG_AGO, NOW, approved, carried
from tests.contract.keeping.world import DAY, World, evidence_of
from tests.contract.vault.endpoint import Endpoint


@pytest.fixture(params=["folder", "s3"])
def away(request: pytest.FixtureRequest, tmp_path: Path) -> Vault:
    """An empty vault elsewhere, of each kind."""
    if request.param == "folder":
        return FolderVault(tmp_path / "away")
    s3: Endpoint = request.getfixturevalue("s3")
    bucket = s3.bucket(f"m-{uuid.uuid4().hex[:12]}")
    return vault_at(s3.address(bucket, "copy"), scratch=tmp_path / "scratch")


@pytest.fixture
async def filled(world: World) -> World:
    """Three alerts with evidence of five objects, logged."""
    await world.sealed("a1", b"one", b"uno", at_ms=LONG_AGO, state="dismissed")
    await world.sealed("a2", b"two", at_ms=LONG_AGO, state="confirmed")
    await world.sealed("a3", b"three", b"tres", at_ms=LONG_AGO)
    await world.told(Kind.VERDICT, "a1", LONG_AGO, by="wang", ground="nobody there")
    await world.sequence(LONG_AGO)
    return world


async def mirrored(world: World, away: Vault, at_ms: int = NOW) -> Mirrored:
    """One run."""
    return await mirror(
        world.database, world.vault, world.keys, away, name="away", now_ms=lambda: at_ms
    )


async def restored_from(
    world: World, away: Vault, *, share: float = 1.0, seed: int = 7
) -> Restored:
    """One restore test."""
    return await restore_test(
        world.database, away, world.keys, name="away", scratch=world.folder / uuid.uuid4().hex,
        share=share, seed=seed, now_ms=NOW,
    )  # fmt: skip


def faults(report: Restored) -> set[tuple[str, str]]:
    """Kind and name of each fault."""
    return {(fault.kind, fault.what) for fault in report.faults}


async def test_everything_is_there_and_only_once(filled: World, away: Vault) -> None:
    """AV-22, AV-23: the off-site copy is whole, and a second run copies nothing."""
    first = await mirrored(filled, away)
    assert (first.copied, first.faults) == (5, [])
    again = await mirrored(filled, away, NOW + DAY)
    assert (again.copied, again.copied_bytes) == (0, 0)
    assert len(list(indexes(away))) == 1
    report = await restored_from(filled, away)
    assert report.faults == []
    assert (report.restored, report.pins, report.leaves) == (5, 3, 4 + 1)
    (row,) = filled.sql("SELECT faults, restored, share FROM mirror_tests")
    assert row == (0, 5, 1.0)
    secret = (filled.folder / "keys" / "signing.pem").read_bytes().split(b"\n")[1]
    for name in away.walk():
        assert secret not in b"".join(away.chunks(name))


async def test_a_share_is_drawn_by_its_seed(filled: World, away: Vault) -> None:
    """AV-23: a test can be drawn again as it was."""
    await mirrored(filled, away)
    report = await restored_from(filled, away, share=0.3, seed=11)
    assert (report.restored, report.faults) == (2, [])


async def test_what_is_let_go_here_is_let_go_there(filled: World, away: Vault) -> None:
    """AV-23, AV-28: the mirror keeps the certificate, not the object, nor what was forgotten."""
    await mirrored(filled, away)
    came = await carried(filled, await approved(filled))
    await filled.sequence(NOW)
    after = await mirrored(filled, away, NOW + DAY)
    assert sorted(after.let_go) == sorted(came.removed)
    assert not any(away.exists(sha256) for sha256 in came.removed)
    report = await restored_from(filled, away)
    assert (report.faults, report.certificates, report.restored) == ([], 1, 3)
    everything = b"".join(b"".join(away.chunks(name)) for name in away.walk())
    assert b"nobody there" not in everything
    assert came.certificates[0].encode() in everything


async def test_a_run_that_was_cut_off_is_finished_by_the_next(
    filled: World, away: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AV-23: no run needs the one before to have ended well."""
    real, calls = away.put, []

    def put(content: bytes | Path) -> object:
        calls.append(content)
        if len(calls) > 3:
            raise KeyboardInterrupt
        return real(content)

    monkeypatch.setattr(away, "put", put)
    with pytest.raises(KeyboardInterrupt):
        await mirrored(filled, away)
    monkeypatch.setattr(away, "put", real)
    assert (await mirrored(filled, away)).copied == 2
    assert (await restored_from(filled, away)).faults == []


async def test_changed_bytes_of_ours_are_not_mirrored(filled: World, tmp_path: Path) -> None:
    """AV-23: a fault here never becomes the only copy there."""
    away = FolderVault(tmp_path / "away")
    assert isinstance(filled.vault, FolderVault)
    bad, gone = sorted(filled.vault.walk())[:2]
    flip(filled.vault, bad)
    filled.vault.remove(gone)
    came = await mirrored(filled, away)
    assert {sha256 for sha256, _ in came.faults} == {bad, gone}
    assert not away.exists(bad)
    assert {("missing", bad), ("missing", gone)} <= faults(await restored_from(filled, away))


def flip(vault: FolderVault, sha256: str) -> None:
    """Changes one bit."""
    path = vault.path(sha256)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(data)


DAMAGE: list[tuple[str, Callable[[FolderVault, str], None]]] = [
    ("changed", flip),
    ("missing", lambda vault, sha256: vault.remove(sha256)),
]


@pytest.mark.parametrize(("kind", "damage"), DAMAGE)
async def test_every_damaged_object_is_named(
    filled: World, tmp_path: Path, kind: str, damage: Callable[[FolderVault, str], None]
) -> None:
    """AV-23: whichever it is, sealed object or document, the test names it."""
    away = FolderVault(tmp_path / "away")
    await mirrored(filled, away)
    before = {name: away.path(name).read_bytes() for name in away.walk()}
    for name, data in before.items():
        damage(away, name)
        found = {what for sort, what in faults(await restored_from(filled, away)) if sort == kind}
        assert name in found
        away.path(name).unlink(missing_ok=True)
        away.put(data)
    assert (await restored_from(filled, away)).faults == []


async def test_a_mirror_that_was_rolled_back_is_found(filled: World, tmp_path: Path) -> None:
    """AV-23: yesterday's mirror in place of today's, and a live log that was rolled back."""
    away, old = FolderVault(tmp_path / "away"), FolderVault(tmp_path / "old")
    await mirrored(filled, old)
    await filled.sealed("a9", b"nine", at_ms=NOW)
    await filled.sequence(NOW)
    await mirrored(filled, away)
    assert (await restored_from(filled, away)).faults == []
    assert "rolled_back" in {kind for kind, _ in faults(await restored_from(filled, old))}
    filled.sql("DELETE FROM log_checkpoints WHERE tree_size = (SELECT max(tree_size) FROM"
               " log_checkpoints)")  # fmt: skip
    assert ("rolled_back", "the live log") in faults(await restored_from(filled, away))


async def test_a_live_log_that_was_rewritten_is_found(filled: World, tmp_path: Path) -> None:
    """AV-23: the mirror keeps the old state that shows it."""
    away = FolderVault(tmp_path / "away")
    await mirrored(filled, away)
    filled.sql("UPDATE log_tiles SET hashes = overlay(hashes placing '\\x00' from 5)")
    assert "forked" in {kind for kind, _ in faults(await restored_from(filled, away))}


async def test_a_pin_that_no_leaf_tells_of_and_a_strange_key(filled: World, tmp_path: Path) -> None:
    """AV-23: a mirror cannot be given evidence that was never sealed."""
    away = FolderVault(tmp_path / "away")
    filled.sql("UPDATE evidence SET signature = overlay(signature placing '\\x00' from 3)"
               " WHERE alert_id = 'a2'")  # fmt: skip
    filled.sql("UPDATE evidence SET manifest = overlay(manifest placing 'x' from 30)"
               " WHERE alert_id = 'a1'")  # fmt: skip
    await mirrored(filled, away)
    found = faults(await restored_from(filled, away))
    assert ("signature", evidence_of("a2")) in found
    assert {("signature", evidence_of("a1")), ("not_logged", evidence_of("a1"))} <= found


async def test_an_empty_log_is_said(world: World, tmp_path: Path) -> None:
    with pytest.raises(NothingToMirror):
        await mirrored(world, FolderVault(tmp_path / "away"))


async def test_a_locked_object_waits_and_goes_when_its_time_has_come(
    world: World, s3: Endpoint, tmp_path: Path
) -> None:
    """AV-22, AV-28: object lock beats our own certificate; until it ends it is told."""
    bucket = s3.bucket(f"k-{uuid.uuid4().hex[:12]}")
    lock = Lock(mode="governance", days=1)
    world.vault = vault_at(s3.address(bucket), lock=lock, scratch=tmp_path / "scratch")
    (sha256,) = await world.sealed("a1", b"one", at_ms=LONG_AGO, state="dismissed")
    proposal_id = await approved(world)
    came = await carried(world, proposal_id)
    ((waiting, why),) = came.waiting
    assert waiting == sha256
    assert "retention" in why
    assert world.vault.exists(sha256)
    assert world.sql("SELECT waits <> '' FROM keeping_removals") == [(True,)]
    s3.client.put_object_retention(
        Bucket=bucket, Key=sha256, Retention={}, BypassGovernanceRetention=True
    )
    assert (await carried(world, proposal_id)).removed == [sha256]
    assert not world.vault.exists(sha256)
    assert world.sql("SELECT count(*) FROM keeping_certificates") == [(1,)]
