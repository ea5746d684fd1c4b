"""Owns taking one alert apart: rule, law, inputs, readings, the sums once more, the evidence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from detectors.catalogue import Catalogue, Entry
from detectors.explain import Explanation, explain
from detectors.types import Signal
from pipelines.registry.snapshot import Registry
from pipelines.rules.arithmetic import (
    Reading,
    Recomputed,
    by_engine,
    by_hand,
    members,
    reach_ms,
)
from pipelines.store import Database, Transaction


class NoSuchAlert(LookupError):
    """No alert has this id, or none of its signals is stored yet."""


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """One signal of the alert: that it began, or that it ended.

    Attributes:
        by_hand: plain sums, for a limit's beginning; None elsewhere.
        by_engine: None for what was seen by a camera.
    """

    phase: str
    at_ms: int
    inputs: dict[str, float]
    explanation: Explanation
    by_hand: Recomputed | None = None
    by_engine: Recomputed | None = None


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """A pinned object of the alert's evidence; ``name`` within it, ``sha256`` in the store."""

    role: str
    name: str
    sha256: str
    size_bytes: int


class Explained(msgspec.Struct, frozen=True, kw_only=True):
    """All of it.

    Attributes:
        alert: the stored row.
        entry: the rule in the version that decided.
        quantity, interval_s: of the series; empty and 0 for a camera.
        window: the readings that the last average was taken over, or those of the spell.
        evidence_id: empty while it is not sealed.
    """

    alert: dict[str, Any]
    entry: Entry
    quantity: str
    interval_s: float
    decisions: tuple[Decision, ...]
    window: tuple[Reading, ...]
    evidence_id: str
    manifest_sha256: str
    evidence: tuple[Sealed, ...]

    @property
    def agrees(self) -> bool | None:
        """Whether everything that was computed again came out as recorded; None if nothing was."""
        tried = [
            one.agrees
            for decision in self.decisions
            for one in (decision.by_hand, decision.by_engine)
            if one is not None and one.agrees is not None
        ]
        return all(tried) if tried else None


async def explain_alert(
    database: Database, registry: Registry, catalogue: Catalogue, alert_id: str
) -> Explained:
    """Takes an alert apart.

    Raises:
        NoSuchAlert: there is none.
        KeyError: the catalogue does not hold the rule version that decided it.
    """
    async with database.transaction() as tx:
        alert = await tx.row("rules_alert", alert_id=alert_id)
        bodies = await tx.rows("rules_signals", alert_id=alert_id)
        if alert is None or not bodies:
            raise NoSuchAlert(alert_id)
        signals = [msgspec.convert(row["body"], Signal) for row in bodies]
        entry = catalogue.entry(signals[0].rule_id, signals[0].rule_version)
        rows = await _readings(tx, registry, entry, signals)
        sealed = await tx.rows("rules_evidence", alert_id=alert_id)
    first = signals[0]
    series = registry.series.get(first.series_id) if first.series_id is not None else None
    return Explained(
        alert=alert,
        entry=entry,
        quantity=series.quantity if series else "",
        interval_s=series.interval_s if series else 0.0,
        decisions=tuple(_decision(one, entry, rows, registry, catalogue) for one in signals),
        window=_window(first, entry, rows),
        evidence_id=sealed[0]["evidence_id"] if sealed else "",
        manifest_sha256=sealed[0]["manifest_sha256"] if sealed else "",
        evidence=tuple(
            Sealed(role=o["role"], name=o["name"], sha256=o["sha256"], size_bytes=o["size_bytes"])
            for o in sealed
            if o["name"] is not None
        ),
    )


async def _readings(
    tx: Transaction, registry: Registry, entry: Entry, signals: Sequence[Signal]
) -> list[Reading]:
    """What the decisions were taken on: without what came late, unless it was judged again."""
    known = [registry.series[s.series_id] for s in signals if s.series_id in registry.series]
    if not known:
        return []
    rows = await tx.rows(
        "rules_readings",
        series=sorted({sid for one in known for sid in members(entry, one, registry.series)}),
        from_ms=min(s.start_ms for s in signals) - reach_ms(entry),
        to_ms=max(s.at_ms for s in signals),
        late=any("rejudged" in s.inputs for s in signals),
    )
    return [msgspec.convert(row, Reading) for row in rows]


def _decision(
    signal: Signal,
    entry: Entry,
    rows: Sequence[Reading],
    registry: Registry,
    catalogue: Catalogue,
) -> Decision:
    series = registry.series.get(signal.series_id) if signal.series_id is not None else None
    return Decision(
        phase=signal.phase.value,
        at_ms=signal.at_ms,
        inputs=signal.inputs,
        explanation=explain(signal, catalogue),
        by_hand=by_hand(signal, entry, series, rows) if series else None,
        by_engine=by_engine(signal, entry, rows, registry.series, catalogue) if series else None,
    )


def _window(signal: Signal, entry: Entry, rows: Sequence[Reading]) -> tuple[Reading, ...]:
    since_ms = signal.start_ms
    if entry.average_s:
        since_ms = signal.at_ms - round(entry.average_s * 1000) + 1
    return tuple(
        row
        for row in rows
        if row.series_id == signal.series_id and since_ms <= row.time_ms <= signal.at_ms
    )
