"""Owns judging again what late readings fell into: a breach that only they show is an alert too.

A span waits until live judging is so far beyond it that any spell of its own would have opened and
ended there. Then the series' stored readings around it, late ones too, go through the same engine
once more, and spells that no live signal overlaps are sent on. Judged again is what a rule says of
one series by its values: limits, jumps and impossible values. Silence is not (readings that came
late cannot show it), nor a probe that is stuck (hours would have to be waited for), nor are rules
over groups of series. The roll-ups that the readings fell into are summed up anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from detectors import readings as engine
from detectors.catalogue import Catalogue
from detectors.catalogue.entry import FAR_MS
from detectors.readings.rollup import DAY_MS, HOUR_MS, MINUTE_MS, day_of, hour_of
from detectors.types import Phase, Readings, Series, Signal
from pipelines import codec, topics
from pipelines.readings.state import Clock
from pipelines.registry.snapshot import Registry
from pipelines.runtime import apply_effects
from pipelines.stage import Count, Effect, Emit, Save
from pipelines.store import Database, Transaction

KINDS = frozenset({"limit", "jump", "impossible"})
SETTLE_MS = 5 * 60 * 1000
"""Time for live signals to have become rows, which those found again are compared with."""
MOST = 50
"""Series judged in one call: each takes some 20 ms of the worker's event loop among 100,000."""
LONGEST_MS = 6 * 3600 * 1000
"""A spell that has not ended so long after its span is sent on as it is, without an end."""


@dataclass(slots=True, kw_only=True)
class LateSpan:
    """Late readings of one series, from the first to the last; ``ids`` of its stored rows."""

    series_id: int
    partition: int
    from_ms: int
    to_ms: int
    ids: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How far around a span its series must be looked at, ms.

    Attributes:
        window_ms: the longest averaging window: before it is full, nothing is known.
        run_ms: the longest that a breach may last before live judging finds it by itself.
        after_ms: so much later live judging has opened or ended what touches the span.
    """

    window_ms: int
    run_ms: int
    after_ms: int


async def rejudge_due(
    database: Database, registry: Registry, catalogue: Catalogue, now_ms: int
) -> int:
    """Judges every span that is ripe, in one transaction; returns how many signals came of it.

    Safe with several workers: one at a time, chosen by an advisory lock. Twice is once: spans go
    with the signals that they gave, and a signal's id is that of its spell.

    Raises:
        Transient: the database cannot be reached now.
    """
    async with database.transaction() as tx:
        claim = await tx.row("rejudge_claim")
        if claim is None or not claim["claimed"]:
            return 0
        rows = await tx.rows("rejudge_spans")
        if not rows:
            return 0
        clocks = {
            row["partition"]: msgspec.msgpack.decode(bytes(row["value"]), type=Clock).watermark_ms
            for row in await tx.rows("rejudge_clocks")
        }
        sent = done = 0
        for span in merged(_ripe(rows, clocks, registry, catalogue)):
            watermark_ms = clocks.get(span.partition, 0)
            found = await _judged(tx, span, registry, catalogue, watermark_ms)
            if found is not None:
                effects = [
                    *_effects(found, span, now_ms),
                    *_summed_again(span, registry, catalogue, watermark_ms),
                ]
                await apply_effects(tx, effects, now_ms=now_ms)
                sent, done = sent + len(found), done + 1
            if done == MOST:
                break
        return sent


def _ripe(
    rows: Iterable[Mapping[str, Any]],
    clocks: Mapping[int, int],
    registry: Registry,
    catalogue: Catalogue,
) -> Iterable[Mapping[str, Any]]:
    """Spans that live judging is beyond, and whose hour is summed up."""
    reaches: dict[int, int] = {}
    for row in rows:
        sid, watermark_ms = row["series_id"], clocks.get(row["partition"], 0)
        if sid not in reaches:
            series = registry.series.get(sid)
            reach = reach_of(catalogue, series) if series else None
            reaches[sid] = reach.after_ms if reach else 0
        judged_ms = row["to_ms"] + reaches[sid] + SETTLE_MS
        if watermark_ms > max(judged_ms, hour_of(row["to_ms"]) + HOUR_MS):
            yield row


async def _judged(
    tx: Transaction, span: LateSpan, registry: Registry, catalogue: Catalogue, watermark_ms: int
) -> list[Signal] | None:
    """What is new of a span; None while it is not ripe."""
    series = registry.series.get(span.series_id)
    reach = reach_of(catalogue, series) if series else None
    if series is None or reach is None:
        return []
    until_ms = min(watermark_ms, span.to_ms + LONGEST_MS + reach.after_ms)
    from_ms = span.from_ms - reach.run_ms - reach.window_ms
    asked = {"series_id": span.series_id, "from_ms": from_ms, "to_ms": until_ms}
    readings = columns(series, await tx.rows("rejudge_readings", **asked))
    judged = judge_again(readings, span, reach, registry.series, catalogue, watermark_ms=until_ms)
    stored = await tx.rows("rejudge_signals", **asked, site_id=series.site_id)
    found = news(judged, [msgspec.convert(row["body"], Signal) for row in stored])
    unended = any(end_ms == FAR_MS for _, end_ms in spells(found).values())
    if unended and watermark_ms <= span.to_ms + LONGEST_MS:
        return None  # told as a whole, once it has ended
    return found


def _effects(found: Iterable[Signal], span: LateSpan, now_ms: int) -> Iterable[Effect]:
    for signal in found:
        wire = codec.SignalMessage(signal=signal, input_at_ms=now_ms)
        yield Emit(topics.SIGNALS, signal.site_id.encode(), codec.encode(wire))
        yield Count("signals_rejudged")
    yield Save("rejudge_done", {"ids": span.ids})
    yield Count("late_spans_rejudged", len(span.ids))


def _summed_again(
    span: LateSpan, registry: Registry, catalogue: Catalogue, watermark_ms: int
) -> Iterable[Effect]:
    """Sums up anew every minute, hour and ended day that late readings fell into."""
    plan = engine.plan_for(registry.series, catalogue, span.to_ms)
    slot = plan.slot_of(span.series_id)
    if slot < 0:
        return
    limits = {"low": float(plan.sum_low[slot]), "high": float(plan.sum_high[slot])}
    for statement, width_ms in (("rejudge_minutes", MINUTE_MS), ("rejudge_hours", HOUR_MS)):
        first_ms = span.from_ms - span.from_ms % width_ms
        until_ms = span.to_ms - span.to_ms % width_ms + width_ms
        of = {"series_id": span.series_id, "first_ms": first_ms, "until_ms": until_ms}
        yield Save(statement, {**of, **limits})
    for day_ms in range(day_of(span.from_ms), day_of(span.to_ms) + 1, DAY_MS):
        if day_ms + DAY_MS <= watermark_ms:
            yield Save("readings_day", {"series_id": span.series_id, "day_ms": day_ms})


def merged(rows: Iterable[Mapping[str, Any]]) -> list[LateSpan]:
    """Spans of a series that lie close together, as one."""
    found: list[LateSpan] = []
    order = ("series_id", "partition", "from_ms")
    for row in sorted(rows, key=lambda row: tuple(row[name] for name in order)):
        last = found[-1] if found else None
        if (
            last is None
            or (last.series_id, last.partition) != (row["series_id"], row["partition"])
            or row["from_ms"] > last.to_ms + HOUR_MS
        ):
            last = LateSpan(
                series_id=row["series_id"], partition=row["partition"],
                from_ms=row["from_ms"], to_ms=row["to_ms"],
            )  # fmt: skip
            found.append(last)
        last.to_ms = max(last.to_ms, row["to_ms"])
        last.ids.append(row["late_span_id"])
    return found


def reach_of(catalogue: Catalogue, series: Series) -> Reach | None:
    """What the rules over a series look back on and wait for; None when nothing is judged again."""
    entries = [
        e for e in catalogue.for_series(series.site_kind, series.quantity) if e.kind in KINDS
    ]
    if not entries:
        return None
    window_ms = max(_ms(entry.average_s) for entry in entries)
    return Reach(
        window_ms=window_ms,
        run_ms=window_ms + max(_ms(entry.lasts_s) for entry in entries),
        after_ms=window_ms + max(_ms(max(entry.lasts_s, entry.clears_s)) for entry in entries),
    )


def columns(series: Series, rows: Sequence[Mapping[str, Any]]) -> Readings:
    """Stored ``time_ms``, ``value`` and ``flag`` of a series as the engine takes them."""
    return Readings(
        time_ms=np.array([row["time_ms"] for row in rows], np.int64),
        series=np.full(len(rows), series.series_id, np.int32),
        value=np.array([row["value"] for row in rows], np.float64),
        flag=np.array([row["flag"] for row in rows], np.uint8),
    )


def judge_again(
    readings: Readings,
    span: LateSpan,
    reach: Reach,
    known: Mapping[int, Series],
    catalogue: Catalogue,
    *,
    watermark_ms: int,
) -> list[Signal]:
    """Signals of spells that touch the span, judged from nothing but these readings.

    Args:
        known: the whole register, so that the engine's plan is shared with live judging.
    """
    result = engine.step(
        engine.EngineState(), readings, watermark_ms=watermark_ms, series=known,
        catalogue=catalogue,
    )  # fmt: skip
    mine = [s for s in result.signals if s.series_id == span.series_id and _again(s, catalogue)]
    touching = {
        spell_id
        for spell_id, (start_ms, end_ms) in spells(mine).items()
        if span.from_ms - reach.run_ms <= start_ms <= span.to_ms + reach.window_ms
        and end_ms >= span.from_ms
    }
    return [
        msgspec.structs.replace(signal, inputs=signal.inputs | {"rejudged": 1.0})
        for signal in mine
        if signal.spell_id in touching
    ]


def news(judged: Sequence[Signal], stored: Sequence[Signal]) -> list[Signal]:
    """Those that live judging has not sent: no stored spell of the rule overlaps theirs."""
    known = {signal.signal_id for signal in stored}
    there = spells(stored)
    rule_of = {signal.spell_id: signal.rule_id for signal in stored}
    found = []
    spans = spells(judged)
    for signal in judged:
        start_ms, end_ms = spans[signal.spell_id]
        overlapped = any(
            spell_id != signal.spell_id
            and rule_of[spell_id] == signal.rule_id
            and start_ms <= until
            and end_ms >= since
            for spell_id, (since, until) in there.items()
        )
        if signal.signal_id not in known and not overlapped:
            found.append(signal)
    return found


def spells(signals: Iterable[Signal]) -> dict[str, tuple[int, int]]:
    """First and last moment of each spell, by its id; one without an end lasts for ever."""
    ends: dict[str, tuple[int, int]] = {}
    for signal in signals:
        if signal.phase is Phase.CLOSED:
            ends[signal.spell_id] = (signal.start_ms, signal.at_ms)
        else:
            ends.setdefault(signal.spell_id, (signal.start_ms, FAR_MS))
    return ends


def _again(signal: Signal, catalogue: Catalogue) -> bool:
    entry = catalogue.by_key(f"{signal.rule_id}@{signal.rule_version}")
    return entry is not None and entry.kind in KINDS


def _ms(seconds: float) -> int:
    return int(seconds * 1000)
