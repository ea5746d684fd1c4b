"""Owns the readings' figures: how many a second from broker to database, how soon an alert."""

from __future__ import annotations

import hashlib
import time
from bisect import bisect_left
from collections.abc import Callable
from functools import partial

from aiokafka.partitioner import murmur2

from pipelines import codec, topics
from pipelines.runtime import wall_clock_ms
from tests.benchmarks.bed import Bed, Record
from tests.benchmarks.copy import BareCopy
from tests.benchmarks.figures import Figure, delay_figure, rate_figure
from tests.benchmarks.fleet import Sent

STORED = "readings_stored"
LOADS = {0.1: 32, 0.5: 160}
"""Share of the measured rate, and packs: as many alerts a second at either."""
CALM_PACKS = 8
"""Forty minutes within limits: every spell before them ends, so the next one is a new alert."""


def figures(bed: Bed, tell: Callable[[str], None]) -> list[Figure]:
    """``readings_end_to_end`` and ``reading_to_alert_p95_ms``."""
    rates, ceilings, rows_each, messages_each = _rounds(bed, tell)
    end_to_end = rate_figure(
        "readings_end_to_end", rates, unit="readings/s",
        against="bare binary COPY of the same rows, bytes made beforehand, one transaction, into "
        "an own hypertable of the same shape", ceilings=ceilings,
        note=f"broker to committed rows by one real worker process (all stages), 4 partitions; "
        f"{rows_each:,} readings in {messages_each:,} messages a round, "
        f"{len(bed.fleet.series)} series, 1 device in 10 leaves its limits; "
        f"from an eighth of it to the last commit",
    )  # fmt: skip
    return [end_to_end, _delay(bed, tell, rate=end_to_end.value)]


def _rounds(bed: Bed, tell: Callable[[str], None]) -> tuple[list[float], list[float], int, int]:
    packs = 12 if bed.quick else 60
    rates: list[float] = []
    ceilings: list[float] = []
    rows = messages = 0
    copy = BareCopy(bed)
    for number in range(bed.rounds):
        load = bed.fleet.load(packs, bad_share=0.1)
        rows, messages = len(load.rows), len(load.messages)
        until = bed.counter(STORED) + rows
        bed.put(topics.READINGS, [record(sent) for sent in load.messages])
        with bed.worker() as worker:
            rates.append(bed.watch(worker, STORED, until=until).per_second)
            bed.settle(worker)
        ceilings.append(copy.per_second(load.rows))
        tell(f"readings round {number + 1}: {rates[-1]:,.0f}/s beside {ceilings[-1]:,.0f}/s")
    return rates, ceilings, rows, messages


def _delay(bed: Bed, tell: Callable[[str], None], *, rate: float) -> Figure:
    found: dict[float, list[float]] = {}
    sped: dict[float, float] = {}
    low, half = LOADS
    with bed.worker() as worker:
        for share, packs in LOADS.items():
            calm = _send(bed, CALM_PACKS, bad_share=0)
            bed.reach(worker, STORED, calm)
            bed.settle(worker)
            load = bed.fleet.load(packs, bad_share=1.0)
            until = bed.counter(STORED) + len(load.rows)
            per_s = rate * share * len(load.messages) / len(load.rows)
            began_ms = wall_clock_ms()
            log = Logged(bed)
            makers = [partial(log.record, sent) for sent in load.messages]
            sped[share] = bed.play(topics.READINGS, makers, per_s=per_s) / per_s
            bed.reach(worker, STORED, until)
            time.sleep(0.5)  # a signal may be between the outbox and the alert
            bed.settle(worker)
            found[share] = log.delays_ms(bed.stored_alerts(after_ms=began_ms))
            tell(f"readings at {share:.0%} load: {len(found[share])} alerts")
    return delay_figure(
        "reading_to_alert_p95_ms", found[half], against="the same at a tenth of the measured load",
        floor_ms=found[low],
        note=f"from the gateway's log time of the message that let event time pass the decision "
        f"to the stored alert, while evidence is sealed beside it; half of "
        f"{rate:,.0f} readings/s, sent at {sped[half]:.0%} of that; floor of "
        f"{len(found[low])} alerts",
    )  # fmt: skip


class Logged:
    """When each message was put on the log, so that a decision's own one can be told.

    The worker stamps an alert with the newest of the messages that it took together, which says
    nothing of how long the deciding one had waited.
    """

    def __init__(self, bed: Bed) -> None:
        self._lateness_ms = int(bed.settings.lateness_s * 1000)
        count = topics.PARTITIONS[topics.READINGS]
        self._arrived: list[list[int]] = [[] for _ in range(count)]
        self._logged: list[list[int]] = [[] for _ in range(count)]

    def record(self, sent: Sent) -> Record:
        """``record``, remembered by partition."""
        made = record(sent)
        partition = self._partition(sent.site_id)
        self._arrived[partition].append(sent.received_ms)
        self._logged[partition].append(wall_clock_ms())
        return made

    def delays_ms(self, alerts: list[tuple[str, int, int]]) -> list[float]:
        """Of each alert that one of the remembered messages decided."""
        found = []
        for site_id, decided_ms, stored_ms in alerts:
            where = self._partition(site_id)
            first = bisect_left(self._arrived[where], decided_ms + self._lateness_ms)
            if first < len(self._logged[where]):
                found.append(float(stored_ms - self._logged[where][first]))
        return found

    def _partition(self, site_id: str) -> int:
        """As every Kafka client places a key."""
        return int(murmur2(site_id.encode()) & 0x7FFFFFFF) % len(self._logged)


def record(sent: Sent) -> Record:
    """A device's message as its gateway puts it on the log, now."""
    envelope = codec.Envelope(
        kind="batch", gateway=sent.site_id, received_ms=sent.received_ms, raw=sent.body,
        sha256=hashlib.sha256(sent.body).hexdigest(), logged_ms=wall_clock_ms(),
    )  # fmt: skip
    return sent.site_id.encode(), codec.encode(envelope)


def _send(bed: Bed, packs: int, *, bad_share: float) -> int:
    """Puts a load on the topic; returns the counter's value once all of it is stored."""
    load = bed.fleet.load(packs, bad_share=bad_share)
    until = bed.counter(STORED) + len(load.rows)
    bed.put(topics.READINGS, [record(sent) for sent in load.messages])
    return until
