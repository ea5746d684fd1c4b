"""The alerts stage: a spell's first signal makes an alert, its last one ends it.

Signals of a site arrive in order, and perhaps twice; what was done for a spell is remembered, so
twice is once. What becomes of an alert is decided by ``disposition``, what it belongs to by
``incidents``; here is only what they are told and what is stored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from detectors.types import Phase, Signal
from pipelines import codec, topics
from pipelines.alerts import joining, rows
from pipelines.alerts.disposition import Around, Candidate, Disposition, disposition
from pipelines.alerts.flapping import found
from pipelines.alerts.fold import Former
from pipelines.alerts.incidents import Found
from pipelines.alerts.inhibit import Lasting, inhibiting
from pipelines.alerts.life import Life, life
from pipelines.alerts.memory import AlertsState, History, SiteLife, Spell, Thing
from pipelines.alerts.outside import Known, Nobody, Outside
from pipelines.alerts.rows import alert_id_of, thing_of
from pipelines.errors import BadMessage
from pipelines.registry.snapshot import Registry
from pipelines.scoring import risk
from pipelines.stage import Message, Outcome, Refuse

__all__ = ["RECURRENCE_MS", "AlertsStage", "AlertsState", "alert_id_of"]
RECURRENCE_MS = 30 * 24 * 3600 * 1000


class AlertsStage:
    """Turns signals into alerts, with their grade, risk, disposition and incident.

    Args:
        outside: where people's acts are read; none: nobody has acted.
    """

    name = "alerts"
    topic = topics.SIGNALS

    def __init__(
        self, registry: Registry, outside: Outside | None = None, *, rules: Life | None = None
    ) -> None:
        self._registry = registry
        self._outside = outside or Nobody()
        self._rules = rules or life()

    def load(self, stored: Mapping[str, bytes]) -> AlertsState:
        """Rebuilds a partition's state from its stored parts."""
        return AlertsState.of(stored)

    async def handle(
        self, state: AlertsState, messages: Sequence[Message], *, now_ms: int
    ) -> Outcome:
        """Deals with a run of signals of one partition.

        Raises:
            Transient: what people did cannot be read now.
        """
        outcome = Outcome()
        read = [_decoded(message, outcome) for message in messages]
        wires = [wire for wire in read if wire is not None]
        known = await self._known(state, [wire.signal for wire in wires])
        for wire in wires:
            _Taking(self._registry, self._rules, state, known, outcome, now_ms).take(wire)
        return outcome

    async def _known(self, state: AlertsState, signals: Sequence[Signal]) -> Known:
        fresh = [s for s in signals if s.phase is Phase.OPENED and not s.staged]
        if not fresh:
            return Known()
        sites = {signal.site_id for signal in fresh}
        things = {self._thing_of(signal) for signal in fresh}
        firsts = {state.things[thing].first_id for thing in things if thing in state.things}
        lasting = {
            one for site in sites if site in state.sites for one in state.sites[site].lasting
        }
        return await self._outside.read(
            sites=sites, things=things, alerts=(firsts | lasting) - {""},
            since_ms=min(signal.at_ms for signal in fresh),
        )  # fmt: skip

    def _thing_of(self, signal: Signal) -> str:
        return thing_of(signal, self._rules)


def _decoded(message: Message, outcome: Outcome) -> codec.SignalMessage | None:
    try:
        return codec.decode(message.value, codec.SignalMessage)
    except BadMessage as error:
        outcome.effects.append(Refuse(message, error, message.value))
        return None


class _Taking:
    """One signal on its way in. Changes state and outcome in place."""

    def __init__(  # noqa: PLR0917  all of one run, given on as it is
        self,
        registry: Registry,
        rules: Life,
        state: AlertsState,
        known: Known,
        outcome: Outcome,
        now_ms: int,
    ) -> None:
        self._registry = registry
        self._rules = rules
        self._state = state
        self._known = known
        self._outcome = outcome
        self._now_ms = now_ms

    def take(self, wire: codec.SignalMessage) -> None:
        """Adds what comes of the signal, once."""
        signal = wire.signal
        alert_id = alert_id_of(signal)
        spell = self._state.spells.setdefault(alert_id, Spell())
        heard = spell.opened if signal.phase is Phase.OPENED else spell.closed
        if signal.spell_id in heard:
            return
        heard.append(signal.spell_id)
        self._outcome.effects.append(rows.signal_row(signal))
        if signal.phase is Phase.CLOSED:
            spell.end_ms, spell.value = rows.end_ms(signal), signal.value
        elif len(spell.opened) == 1:
            self._opened(alert_id, wire)
        else:
            self._lasts_too(alert_id, signal)
        if spell.opened and set(spell.closed) >= set(spell.opened):
            self._closed(alert_id, signal.site_id, spell)
        self._keep(f"spell/{alert_id}", spell)

    def _opened(self, alert_id: str, wire: codec.SignalMessage) -> None:
        signal = wire.signal
        site = self._state.sites.setdefault(signal.site_id, SiteLife())
        thing_id = thing_of(signal, self._rules)
        said = Disposition()
        if not signal.staged:
            thing = self._state.things.setdefault(thing_id, Thing())
            said = self._disposed(alert_id, signal, site, thing, thing_id)
            if not said.held_by:
                thing.first_id, thing.first_ms = alert_id, signal.at_ms
                thing.first_severity = signal.severity
            self._keep(f"thing/{thing_id}", thing)
        standing = self._registry.standing(signal.subject, signal.start_ms)
        score = self._score(signal, standing.grade.value)
        fresh = None
        if not signal.staged and not said.held_by:
            fresh = Found(
                alert_id=alert_id, rule_id=signal.rule_id, subject=signal.subject,
                detected_ms=signal.at_ms, contributions=score.contributions,
            )  # fmt: skip
            if joining.take_in(site, fresh, self._rules):
                score = risk.corroborate(score.contributions)
                fresh.contributions = score.contributions
            self._note_lasting(alert_id, signal, site)
        alert = rows.alert_row(
            alert_id, wire, standing, score, said, thing_id=thing_id, now_ms=self._now_ms
        )
        self._outcome.effects += rows.stored(alert_id, alert, signal, score, said)
        if fresh is not None:
            self._outcome.effects += joining.joined(signal.site_id, site, fresh, self._rules)
            self._keep(f"site/{signal.site_id}", site)

    def _disposed(
        self, alert_id: str, signal: Signal, site: SiteLife, thing: Thing, thing_id: str
    ) -> Disposition:
        thing.flap = found(thing.flap, signal.at_ms, self._rules)
        candidate = Candidate(
            alert_id=alert_id, rule_id=signal.rule_id, severity=signal.severity,
            site_id=signal.site_id, subject=signal.subject, thing=thing_id, at_ms=signal.at_ms,
            series_id=signal.series_id,
        )  # fmt: skip
        around = Around(
            lasting=tuple(
                one
                for one in site.lasting.values()
                if one.subject == signal.subject and not self._dismissed(one.alert_id, signal.at_ms)
            ),
            silences=tuple(self._known.silences.get(signal.site_id, ())),
            flap=thing.flap,
            former=self._former(thing, thing_id),
        )
        return disposition(candidate, around, rules=self._rules)

    def _dismissed(self, alert_id: str, at_ms: int) -> bool:
        fate = self._known.fates.get(alert_id)
        return fate is not None and fate.state_at(at_ms) == "dismissed"

    def _former(self, thing: Thing, thing_id: str) -> Former | None:
        """The newest: an alert that was let go or taken up meanwhile is known to the rows alone."""
        stored = self._known.formers.get(thing_id)
        if not thing.first_id:
            return stored
        mine = self._known.fates.get(thing.first_id) or Former(
            alert_id=thing.first_id, severity=thing.first_severity, detected_ms=thing.first_ms
        )
        return max(
            (one for one in (stored, mine) if one), key=lambda f: (f.detected_ms, f.alert_id)
        )

    def _note_lasting(self, alert_id: str, signal: Signal, site: SiteLife) -> None:
        if signal.rule_id in inhibiting(self._rules):
            series = () if signal.series_id is None else (signal.series_id,)
            site.lasting[alert_id] = Lasting(
                alert_id=alert_id, rule_id=signal.rule_id, subject=signal.subject, series=series
            )

    def _lasts_too(self, alert_id: str, signal: Signal) -> None:
        site = self._state.sites.get(signal.site_id)
        if site is None or alert_id not in site.lasting or signal.series_id is None:
            return
        one = site.lasting[alert_id]
        site.lasting[alert_id] = msgspec.structs.replace(
            one, series=tuple(sorted({*one.series, signal.series_id}))
        )
        self._keep(f"site/{signal.site_id}", site)

    def _closed(self, alert_id: str, site_id: str, spell: Spell) -> None:
        self._outcome.effects += rows.closed(alert_id, spell)
        site = self._state.sites.get(site_id)
        if site is not None and alert_id in site.lasting:
            del site.lasting[alert_id]
            self._keep(f"site/{site_id}", site)

    def _score(self, signal: Signal, grade: str) -> risk.Score:
        return risk.score(
            severity=signal.severity,
            value=signal.value,
            low=signal.low,
            high=signal.high,
            lasted_s=max(0, signal.at_ms - signal.start_ms) / 1000,
            site_kind=self._site_kind(signal),
            recurrences_30d=self._recurrences(signal),
            grade=grade,
        )

    def _site_kind(self, signal: Signal) -> str:
        if signal.series_id is not None:
            return self._registry.series[signal.series_id].site_kind
        return self._registry.scenes[signal.subject].site_kind

    def _recurrences(self, signal: Signal) -> int:
        key = f"{signal.site_id}|{signal.rule_id}"
        history = self._state.history.setdefault(key, History())
        since = signal.at_ms - RECURRENCE_MS
        before = [at for at in history.detected_ms if since <= at]
        history.detected_ms = [*before, signal.at_ms]
        self._keep(f"history/{key}", history)
        return len(before)

    def _keep(self, key: str, part: msgspec.Struct) -> None:
        self._outcome.changed[key] = msgspec.msgpack.encode(part)
