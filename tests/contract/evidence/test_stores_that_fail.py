"""A full disk and a store that is down: pins wait, are counted, and finish by themselves."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from detectors.catalogue.load import bundled
from pipelines.evidence.build import evidence_stage
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.vault.folder import FolderVault
from pipelines.vault.opening import vault_at
from tests.contract.vault.endpoint import Endpoint, endpoint

if TYPE_CHECKING:
    from tests.contract.evidence.conftest import World

T0 = 1_760_000_000_000
PATIENCE_S = 60.0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of two megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting a small file system needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


async def _waits(world: World) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while len(world.waits) < 2:  # noqa: ASYNC110  the stage reports by a callback
            await asyncio.sleep(0.05)


async def test_a_full_disk(world: World, small_disk: Path) -> None:
    """AV-8: evidence that finds no room is neither dropped nor half there; room brings it in."""
    world.record(T0 - 3000)
    world.sensor_alert()
    vault = FolderVault(small_disk / "objects")
    ballast = small_disk / "ballast"
    size = 2 * 1024 * 1024 - 40_000  # the first objects fit, not all
    ballast.write_bytes(bytes(size))
    sealing = asyncio.create_task(world.seal("a1", stage=world.stage(still_s=0, objects=vault)))
    await _waits(world)
    assert not sealing.done()
    assert world.sql("SELECT state FROM alerts") == [("sealing",)]
    assert world.sql("SELECT count(*) FROM evidence") == [(0,)]
    assert world.sql("SELECT count(*) FROM log_leaves WHERE kind = 'pin'") == [(0,)]
    for sha256 in vault.walk():
        vault.check(sha256)  # what is there is whole
    ballast.unlink()
    await asyncio.wait_for(sealing, PATIENCE_S)
    manifest = world.manifest()
    assert {item.role for item in manifest.objects} == {
        "clip", "part", "poster", "raw", "readings"
    }  # fmt: skip
    assert list(vault.walk()) == sorted({item.sha256 for item in manifest.objects})
    assert list(vault.incoming.iterdir()) == []
    assert world.sql("SELECT state FROM alerts") == [("open",)]


@pytest.fixture
def s3() -> Iterator[Endpoint]:
    """An S3 server of our own, to be stopped."""
    with endpoint() as running:
        yield running


async def test_a_store_that_is_down(world: World, s3: Endpoint, tmp_path: Path) -> None:
    """The store dies between two alerts; the second is sealed when it is back, and whole."""
    world.record(T0 - 3000)
    bucket = s3.bucket("evidence")
    vault = vault_at(s3.address(bucket, "sealed"), scratch=tmp_path / "scratch")
    stage = world.stage(still_s=0, objects=vault)
    world.camera_alert("c1", at_ms=T0 - 500)
    await world.seal("c1", stage=stage)
    assert world.waits == []
    s3.stop()
    world.camera_alert("c2", at_ms=T0 + 500)
    sealing = asyncio.create_task(world.seal("c2", stage=stage))
    await _waits(world)
    assert not sealing.done()
    assert world.sql("SELECT state FROM alerts WHERE alert_id = 'c2'") == [("sealing",)]
    assert world.sql("SELECT count(*) FROM evidence") == [(1,)]
    await asyncio.to_thread(s3.start)
    s3.bucket(bucket)
    await asyncio.wait_for(sealing, PATIENCE_S)
    wanted = {item.sha256 for item in world.manifest("c2").objects}
    assert list(vault.walk()) == sorted(wanted)
    for sha256 in wanted:
        vault.check(sha256)
    assert list((tmp_path / "scratch").iterdir()) == []
    assert world.sql("SELECT DISTINCT state FROM alerts") == [("open",)]


def test_a_worker_sweeps_what_a_killed_one_left(tmp_path: Path, own_url: str) -> None:
    """Scratch of a dead process goes when the next worker builds its stage; live scratch stays."""
    settings = Settings(data_dir=tmp_path, database_url=own_url, _env_file=None)
    vault = FolderVault(settings.objects)
    (vault.incoming / "vigil-dead").mkdir(parents=True)
    (vault.incoming / "vigil-dead" / "clip.mp4").write_bytes(b"half")
    with vault.scratch() as live:
        evidence_stage(Database(own_url), settings, bundled())
        assert list(vault.incoming.iterdir()) == [live]
