"""Owns the scaling figure: what a reading costs, and what memory, as the series grow in number."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec
import numpy as np

from pipelines import codec, topics
from tests.benchmarks.bed import Bed, Record, bed
from tests.benchmarks.figures import Figure, rounded
from tests.benchmarks.fleet import DELIVERY_MS, KINDS, PACK_MS, START_MS, Fleet
from tests.benchmarks.register import register

STORED = "readings_stored"
SIZES = (1_000, 10_000, 100_000)
QUICK_SIZES = (1_000, 5_000, 20_000)
INTERVAL_MS = 60_000
WARM_PACKS = 2
"""Ten minutes: lateness is behind us, windows are filling."""
VARIANTS = 61


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a worker took with so many series."""

    series: int
    readings: int
    reading_us: float
    peak_mb: float


def figures(made: Bed, tell: Callable[[str], None]) -> list[Figure]:
    """``series_scaling``: each size has a log, a database and a worker of its own."""
    costs = [_cost(made, size, tell) for size in (QUICK_SIZES if made.quick else SIZES)]
    least, most = costs[0], costs[-1]
    each = "; ".join(
        f"{c.series:,} series {c.reading_us:.2f} us a reading, peak {c.peak_mb:.0f} MB resident"
        for c in costs
    )
    return [
        Figure(
            name="series_scaling", value=rounded(most.reading_us / least.reading_us),
            unit="times the cost a reading", against=f"the same worker with {least.series:,} series"
            f" instead of {most.series:,} (flat is 1)", against_value=1.0,
            ratio=rounded(least.reading_us / most.reading_us), n=len(costs),
            note=f"{each}; pools of 5 series, a value a minute, 25 readings a message, all within "
            f"their limits; wall time from broker to committed rows after {WARM_PACKS} messages "
            "of each device",
        )
    ]  # fmt: skip


def _cost(made: Bed, size: int, tell: Callable[[str], None]) -> Cost:
    crowd = Crowd(size)
    packs = max(2, min(60, 600_000 // (size * 5) // (2 if made.quick else 1)))
    registered = register(crowd.fleet, (), papers=False)
    workdir = made.workdir / f"series-{size}"
    with bed(
        workdir, tell, quick=made.quick, fleet=crowd.fleet, registered=registered
    ) as own, own.worker() as worker:  # fmt: skip
        own.put(topics.READINGS, [r for _ in range(WARM_PACKS) for r in crowd.pack()])
        own.reach(worker, STORED, WARM_PACKS * size * 5)
        rows = packs * size * 5
        own.put(topics.READINGS, [r for _ in range(packs) for r in crowd.pack()])
        watched = own.watch(worker, STORED, until=(WARM_PACKS + packs) * size * 5)
        peak_mb = _peak_mb(worker.pid or 0)
    cost = Cost(
        series=size, readings=rows, reading_us=1e6 / watched.per_second, peak_mb=peak_mb
    )  # fmt: skip
    tell(f"{size:,} series: {cost.reading_us:.2f} us a reading, {cost.peak_mb:.0f} MB")
    return cost


class Crowd:
    """Pools in number, whose messages are put together from values made beforehand."""

    def __init__(self, series: int) -> None:
        self.fleet = Fleet(number={"pool": series // len(KINDS["pool"])}, interval_ms=INTERVAL_MS)
        self._values = _values()
        self._packs = 0

    def pack(self) -> list[Record]:
        """The next five minutes of every pool."""
        start_ms = START_MS + self._packs * PACK_MS
        times = msgspec.json.encode(list(range(start_ms, start_ms + PACK_MS, INTERVAL_MS)))
        heads = [
            b'{"quantity":"%s","unit":"%s","t":%s,"v":' % (q.encode(), u.encode(), times)
            for q, u, *_ in KINDS["pool"]
        ]
        blocks = [
            b",".join(
                head + values[variant] + b"}"
                for head, values in zip(heads, self._values, strict=True)
            )
            for variant in range(VARIANTS)
        ]
        found = [
            self._record(device, number, blocks[(number * 7 + self._packs) % VARIANTS])
            for number, (device, _) in enumerate(self.fleet.devices)
        ]
        self._packs += 1
        return found

    def _record(self, device: str, number: int, blocks: bytes) -> Record:
        body = b'{"device":"%s","seq":%d,"series":[%s]}' % (device.encode(), self._packs, blocks)
        site = self.fleet.site_of[device]
        at_ms = START_MS + (self._packs + 1) * PACK_MS + DELIVERY_MS + number % 1000
        envelope = codec.Envelope(
            kind="batch", gateway=site, received_ms=at_ms, raw=body,
            sha256=hashlib.sha256(body).hexdigest(),
        )  # fmt: skip
        return site.encode(), codec.encode(envelope)


@cache
def _values() -> list[list[bytes]]:
    """Of each quantity ``VARIANTS`` times five minutes of values, as JSON."""
    rng = np.random.default_rng(20260301)
    count = PACK_MS // INTERVAL_MS
    return [
        [
            msgspec.json.encode(np.round(usual + rng.normal(0, spread, count), digits).tolist())
            for _ in range(VARIANTS)
        ]
        for _, _, usual, spread, _, digits in KINDS["pool"]
    ]


def _peak_mb(keeper: int) -> float:
    """The highest resident set of the keeper's largest child, in MB (10^6 bytes)."""
    children = Path(f"/proc/{keeper}/task/{keeper}/children").read_text().split()
    status = [Path(f"/proc/{child}/status").read_text().splitlines() for child in children]
    peaks = [line.split()[1] for lines in status for line in lines if line.startswith("VmHWM")]
    return max(int(peak) for peak in peaks) * 1024 / 1e6
