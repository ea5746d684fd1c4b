"""Owns the evidence figure: how fast everything sealed is proven, beside hashing the same bytes."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import time
from collections.abc import Callable
from statistics import median

from pipelines.evidence.verify import verify
from tests.benchmarks.bed import Bed
from tests.benchmarks.figures import Figure, rate_figure
from tests.benchmarks.sealed_store import Store, sealed_store

MIB = 1 << 20
PINS, QUICK_PINS = 240, 60


def figures(bed: Bed, tell: Callable[[str], None]) -> list[Figure]:
    """``evidence_verify``, over a store of its own, as a site of 1080p cameras leaves it."""
    return asyncio.run(_figures(bed, tell))


async def _figures(bed: Bed, tell: Callable[[str], None]) -> list[Figure]:
    pins = QUICK_PINS if bed.quick else PINS
    folder = bed.workdir / "sealed"
    rates: list[float] = []
    ceilings: list[float] = []
    cpu_s: list[float] = []
    bare_cpu_s: list[float] = []
    async with sealed_store(bed.settings.database_url, folder, pins=pins) as store:
        size = store.size_bytes / MIB
        tell(f"evidence: {store.pins} pins of {size:.0f} MiB, {len(store.raw)} raw messages")
        for number in range(bed.rounds):
            began_s = time.process_time()
            ceilings.append(size / _hashed_s(store))
            bare_cpu_s.append(time.process_time() - began_s)
            rates.append(size / await _verified_s(store))
            cpu_s.append(time.process_time() - began_s - bare_cpu_s[-1])
            tell(f"evidence round {number + 1}: {rates[-1]:.0f} beside {ceilings[-1]:.0f} MiB/s")
    shutil.rmtree(folder)
    return [
        rate_figure(
            "evidence_verify", rates, unit="MiB/s", against="bare SHA-256 of the same files and "
            "original messages, one thread, messages already read from the database",
            ceilings=ceilings,
            note=f"log, signatures, manifests, rows, every object and every original message of "
            f"{pins} sealed alerts, three of a camera to one of a sensor: {size:.0f} MiB; CPU "
            f"{median(cpu_s):.2f} s beside {median(bare_cpu_s):.2f} s; the file cache is warm",
        )
    ]  # fmt: skip


async def _verified_s(store: Store) -> float:
    began = time.perf_counter()
    report = await verify(store.database, store.objects, store.keys, place=store.place)
    seconds = time.perf_counter() - began
    if not report.ok or report.unwitnessed or report.evidence != store.pins:
        raise RuntimeError(f"evidence does not verify: {report.problems[:3]}")
    return seconds


def _hashed_s(store: Store) -> float:
    began = time.perf_counter()
    for name in store.objects.walk():
        hashlib.sha256(store.objects.path(name).read_bytes()).hexdigest()
    for message in store.raw:
        hashlib.sha256(message).hexdigest()
    return time.perf_counter() - began
