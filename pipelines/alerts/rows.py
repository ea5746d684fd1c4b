"""Owns how an alert is stored: its ids, rows, and what is sent on. Decides nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec

from detectors.types import Signal, digest_id
from pipelines import codec, topics
from pipelines.alerts.disposition import Disposition
from pipelines.alerts.life import Life
from pipelines.alerts.memory import Spell
from pipelines.alerts.trail import event
from pipelines.registry.papers import Standing
from pipelines.scoring.risk import Score
from pipelines.stage import Effect, Emit, Save


def alert_id_of(signal: Signal) -> str:
    """One alert per place, rule and spell: what began at once, with one device, is one."""
    where = (signal.rule_id, signal.rule_version, signal.site_id, signal.place, signal.subject)
    return digest_id(*where, signal.zone_id or "", str(signal.start_ms))


def thing_of(signal: Signal, rules: Life) -> str:
    """What a finding is of: the same whenever it comes again, and in every version of the rule."""
    part = signal.zone_id or ("" if signal.series_id is None else str(signal.series_id))
    if signal.rule_id in rules.fold.whole_device:
        part = ""
    return digest_id("thing", signal.rule_id, signal.site_id, signal.place, signal.subject, part)


def end_ms(signal: Signal) -> int:
    """When values became good again, not when they had been good for long enough to say so."""
    return signal.at_ms - round(signal.inputs.get("good_for_s", 0.0) * 1000)


def alert_row(
    alert_id: str,
    wire: codec.SignalMessage,
    standing: Standing,
    score: Score,
    said: Disposition,
    *,
    thing_id: str,
    now_ms: int,
) -> dict[str, object]:
    """The alert's own row."""
    signal = wire.signal
    names = ("rule_id", "rule_version", "severity", "party_id", "site_id", "place", "series_id",
             "start_ms", "unit", "value", "low", "high", "inputs", "staged")  # fmt: skip
    return {name: getattr(signal, name) for name in names} | {
        "alert_id": alert_id,
        "device_id": signal.subject,
        "detected_ms": signal.at_ms,
        "grade": standing.grade.value,
        "grade_reasons": list(standing.reasons),
        "risk": score.value,
        "input_at_ms": wire.input_at_ms,
        "stored_at_ms": now_ms,
        "thing": thing_id,
        "held_by": said.held_by,
        "held_ref": said.held_ref,
        "held_why": said.ground if said.held_by else "",
        "recurs": said.recurs,
    }


def stored(
    alert_id: str, alert: dict[str, object], signal: Signal, score: Score, said: Disposition
) -> Iterator[Effect]:
    """Everything that a fresh alert leaves behind, and its message to the evidence stage."""
    yield Save("alerts_insert", alert)
    yield _happened(alert_id, "detected", signal.at_ms)
    yield Save(
        "alerts_risk",
        {
            "time": datetime.fromtimestamp(signal.at_ms / 1000, UTC),
            "party_id": signal.party_id,
            "site_id": signal.site_id,
            "alert_id": alert_id,
            "score": score.value,
            "model_version": score.model_version,
            "contributions": score.contributions,
        },
    )
    if said.held_by in ("folded", "flapping"):
        yield Save("alerts_again", {"alert_id": said.held_ref, "at_ms": signal.at_ms})
    if said.recurs:
        yield event(
            alert_id, "recurs", signal.at_ms,
            cause=said.recurs, reason_code=said.ground, ground=said.recurs,
        )  # fmt: skip
    sent_on = codec.encode(codec.AlertMessage(alert_id=alert_id))
    yield Emit(topics.ALERTS, signal.site_id.encode(), sent_on)


def closed(alert_id: str, spell: Spell) -> list[Effect]:
    """An alert's end: of its spell, not of what officers do with it."""
    params = {"alert_id": alert_id, "end_ms": spell.end_ms, "value": spell.value}
    return [Save("alerts_end", params), _happened(alert_id, "ended", spell.end_ms)]


def signal_row(signal: Signal) -> Save:
    """A signal as it came."""
    return Save(
        "alerts_signal",
        {
            "signal_id": signal.signal_id,
            "alert_id": alert_id_of(signal),
            "phase": signal.phase.value,
            "rule_id": signal.rule_id,
            "at_ms": signal.at_ms,
            "body": msgspec.to_builtins(signal),
        },
    )


def _happened(alert_id: str, action: str, at_ms: int) -> Save:
    return Save(
        "alerts_event",
        {
            "event_id": digest_id(alert_id, action),
            "alert_id": alert_id,
            "at_ms": at_ms,
            "actor": "vigil",
            "action": action,
        },
    )
