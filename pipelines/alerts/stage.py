"""The alerts stage: a spell's first signal makes an alert, its last one ends it.

Signals of a site arrive in order, and perhaps twice; what was done for a spell is remembered, so
twice is once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from detectors.types import Phase, Signal, digest_id
from pipelines import codec, topics
from pipelines.errors import BadMessage
from pipelines.registry.snapshot import Registry
from pipelines.scoring import risk
from pipelines.stage import Effect, Emit, Message, Outcome, Refuse, Save

RECURRENCE_MS = 30 * 24 * 3600 * 1000


class Spell(msgspec.Struct):
    """Signals folded into one alert: a device that falls silent does so with all its series.

    Attributes:
        opened, closed: ids of the spells that began and ended. An end may come first: after an
            outage the relay sends again what the broker may have, in part, already.
        end_ms, value: of the last end that came.
    """

    opened: list[str] = []
    closed: list[str] = []
    end_ms: int = 0
    value: float | None = None


class History(msgspec.Struct):
    """When alerts of one rule were detected at one site in the last 30 days."""

    detected_ms: list[int] = []


@dataclass(slots=True)
class AlertsState:
    """What the stage remembers of one partition."""

    spells: dict[str, Spell] = field(default_factory=dict)
    history: dict[str, History] = field(default_factory=dict)


class AlertsStage:
    """Turns signals into alerts, with their grade and risk."""

    name = "alerts"
    topic = topics.SIGNALS

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    def load(self, stored: Mapping[str, bytes]) -> AlertsState:
        """Rebuilds a partition's state from its stored parts."""
        state = AlertsState()
        for key, value in stored.items():
            kind, _, name = key.partition("/")
            if kind == "spell":
                state.spells[name] = msgspec.msgpack.decode(value, type=Spell)
            else:
                state.history[name] = msgspec.msgpack.decode(value, type=History)
        return state

    async def handle(
        self, state: AlertsState, messages: Sequence[Message], *, now_ms: int
    ) -> Outcome:
        """Deals with a run of signals of one partition."""
        outcome = Outcome()
        for message in messages:
            try:
                wire = codec.decode(message.value, codec.SignalMessage)
            except BadMessage as error:
                outcome.effects.append(Refuse(message, error, message.value))
                continue
            self._take(state, wire, outcome, now_ms)
        return outcome

    def _take(
        self, state: AlertsState, wire: codec.SignalMessage, outcome: Outcome, now_ms: int
    ) -> None:
        signal = wire.signal
        alert_id = alert_id_of(signal)
        spell = state.spells.setdefault(alert_id, Spell())
        heard = spell.opened if signal.phase is Phase.OPENED else spell.closed
        if signal.spell_id in heard:
            return
        heard.append(signal.spell_id)
        outcome.effects.append(_signal_row(signal))
        if signal.phase is Phase.CLOSED:
            spell.end_ms, spell.value = _end_ms(signal), signal.value
        elif len(spell.opened) == 1:
            outcome.effects += self._opened(state, alert_id, wire, outcome, now_ms)
        if spell.opened and set(spell.closed) >= set(spell.opened):
            outcome.effects += _closed(alert_id, spell)
        outcome.changed[f"spell/{alert_id}"] = msgspec.msgpack.encode(spell)

    def _opened(
        self,
        state: AlertsState,
        alert_id: str,
        wire: codec.SignalMessage,
        outcome: Outcome,
        now_ms: int,
    ) -> list[Effect]:
        signal = wire.signal
        standing = self._registry.standing(signal.subject, signal.start_ms)
        score = risk.score(
            severity=signal.severity,
            value=signal.value,
            low=signal.low,
            high=signal.high,
            lasted_s=max(0, signal.at_ms - signal.start_ms) / 1000,
            site_kind=self._site_kind(signal),
            recurrences_30d=self._recurrences(state, signal, outcome),
            grade=standing.grade.value,
        )
        alert = {
            "alert_id": alert_id,
            "rule_id": signal.rule_id,
            "rule_version": signal.rule_version,
            "severity": signal.severity,
            "party_id": signal.party_id,
            "site_id": signal.site_id,
            "device_id": signal.subject,
            "place": signal.place,
            "series_id": signal.series_id,
            "start_ms": signal.start_ms,
            "detected_ms": signal.at_ms,
            "unit": signal.unit,
            "value": signal.value,
            "low": signal.low,
            "high": signal.high,
            "inputs": signal.inputs,
            "staged": signal.staged,
            "grade": standing.grade.value,
            "grade_reasons": list(standing.reasons),
            "risk": score.value,
            "input_at_ms": wire.input_at_ms,
            "stored_at_ms": now_ms,
        }
        risk_row = {
            "time": datetime.fromtimestamp(signal.at_ms / 1000, UTC),
            "party_id": signal.party_id,
            "site_id": signal.site_id,
            "alert_id": alert_id,
            "score": score.value,
            "model_version": score.model_version,
            "contributions": score.contributions,
        }
        sent_on = codec.encode(codec.AlertMessage(alert_id=alert_id))
        return [
            Save("alerts_insert", alert),
            _event(alert_id, "detected", signal.at_ms),
            Save("alerts_risk", risk_row),
            Emit(topics.ALERTS, signal.site_id.encode(), sent_on),
        ]

    def _site_kind(self, signal: Signal) -> str:
        if signal.series_id is not None:
            return self._registry.series[signal.series_id].site_kind
        return self._registry.scenes[signal.subject].site_kind

    def _recurrences(self, state: AlertsState, signal: Signal, outcome: Outcome) -> int:
        key = f"{signal.site_id}|{signal.rule_id}"
        history = state.history.setdefault(key, History())
        since = signal.at_ms - RECURRENCE_MS
        before = [at for at in history.detected_ms if since <= at]
        history.detected_ms = [*before, signal.at_ms]
        outcome.changed[f"history/{key}"] = msgspec.msgpack.encode(history)
        return len(before)


def _closed(alert_id: str, spell: Spell) -> list[Effect]:
    params = {"alert_id": alert_id, "end_ms": spell.end_ms, "value": spell.value}
    return [Save("alerts_end", params), _event(alert_id, "ended", spell.end_ms)]


def _end_ms(signal: Signal) -> int:
    """When values became good again, not when they had been good for long enough to say so."""
    return signal.at_ms - round(signal.inputs.get("good_for_s", 0.0) * 1000)


def alert_id_of(signal: Signal) -> str:
    """One alert per place, rule and spell: what began at once, with one device, is one."""
    where = (signal.rule_id, signal.rule_version, signal.site_id, signal.place, signal.subject)
    return digest_id(*where, signal.zone_id or "", str(signal.start_ms))


def _signal_row(signal: Signal) -> Save:
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


def _event(alert_id: str, action: str, at_ms: int) -> Save:
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
