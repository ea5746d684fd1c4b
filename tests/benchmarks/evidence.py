"""Owns the evidence figure: how fast everything sealed is proven, beside hashing the same bytes."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable

from pipelines.evidence.keys import Keys
from pipelines.evidence.verify import verify
from pipelines.store import Database
from pipelines.vault.folder import FolderVault
from tests.benchmarks import readings
from tests.benchmarks.bed import Bed
from tests.benchmarks.figures import Figure, rate_figure

MIB = 1 << 20


def figures(bed: Bed, tell: Callable[[str], None]) -> list[Figure]:
    """``evidence_verify``, over what earlier benchmarks sealed; seals some if none did."""
    if not bed.counter(readings.STORED):
        readings.leave_alerts(bed)
    objects = FolderVault(bed.settings.objects)
    raw = [bytes(row[0]) for row in bed.sql.execute("SELECT original FROM raw_batches")]
    size = sum(path.stat().st_size for path in objects.walk()) + sum(map(len, raw))
    rates: list[float] = []
    ceilings: list[float] = []
    for number in range(bed.rounds):
        rates.append(size / MIB / asyncio.run(_verified_s(bed, objects)))
        ceilings.append(size / MIB / _hashed_s(objects, raw))
        tell(f"evidence round {number + 1}: {rates[-1]:.0f} beside {ceilings[-1]:.0f} MiB/s")
    return [
        rate_figure(
            "evidence_verify", rates, unit="MiB/s", against="bare SHA-256 of the same files and "
            "original messages, one thread, messages already read from the database",
            ceilings=ceilings,
            note=f"chain, signatures, manifests, every object and every original message of "
            f"{_sealed(bed)} sealed alerts: {size / MIB:.1f} MiB; the file cache is warm",
        )
    ]  # fmt: skip


def _sealed(bed: Bed) -> int:
    row = bed.sql.execute("SELECT count(*) FROM evidence").fetchone()
    return int(row[0]) if row else 0


async def _verified_s(bed: Bed, objects: FolderVault) -> float:
    async with Database(bed.settings.database_url, max_size=2) as database:
        began = time.perf_counter()
        report = await verify(database, objects, Keys(bed.settings.keys))
        seconds = time.perf_counter() - began
    if not report.ok:
        raise RuntimeError(f"evidence does not verify: {report.problems[:3]}")
    return seconds


def _hashed_s(objects: FolderVault, raw: list[bytes]) -> float:
    began = time.perf_counter()
    for path in objects.walk():
        hashlib.sha256(path.read_bytes()).hexdigest()
    for message in raw:
        hashlib.sha256(message).hexdigest()
    return time.perf_counter() - began
