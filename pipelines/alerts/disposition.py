"""Owns what becomes of a fresh alert: before the officers, or held, and by what. Pure.

Actions are asked in a fixed order, each in a module of its own; the first that holds it is the
reason. Times compared here are event times, or the moments of people's acts against them: asked
again a year later, with the acts since, the answer is the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.alerts.flapping import STEADY, Flap, flaps
from pipelines.alerts.fold import Former, folded
from pipelines.alerts.inhibit import Lasting, inhibitor
from pipelines.alerts.life import Life, life
from pipelines.alerts.silence import Silence, silencing


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A fresh alert, as the signal tells of it.

    Attributes:
        thing: digest of rule, place, device and zone or series: what it is a finding of.
        at_ms: when it was detected.
    """

    alert_id: str
    rule_id: str
    severity: str
    site_id: str
    subject: str
    thing: str
    at_ms: int
    series_id: int | None = None
    staged: bool = False

    @property
    def critical(self) -> bool:
        """Neither somebody's silence nor its own ringing keeps a critical one from the officers."""
        return self.severity == "critical"


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What there is around a candidate.

    Attributes:
        lasting: findings of the same device that last, are before the officers, or were decided,
            but not dismissed.
        silences: those of the site's unit that may concern the site.
        flap: how often the same thing was found, this time included.
        former: the newest finding of the same thing that was brought before the officers.
    """

    lasting: tuple[Lasting, ...] = ()
    silences: tuple[Silence, ...] = ()
    flap: Flap = STEADY
    former: Former | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Disposition:
    """What becomes of it.

    Attributes:
        held_by: a code of ``states.HELD_BY``; empty: it goes before the officers.
        held_ref: the alert or the silence that explains it.
        ground: which row of ``life.toml`` said so.
        recurs: the decided alert of the same thing that this one repeats.
    """

    held_by: str = ""
    held_ref: str = ""
    ground: str = ""
    recurs: str = ""


FRESH = Disposition()


def disposition(candidate: Candidate, around: Around, *, rules: Life | None = None) -> Disposition:
    """Decides; of a rule on trial nothing is held, for nobody sees it anyway."""
    rules = rules or life()
    if candidate.staged:
        return FRESH
    ways = (_inhibited, _silenced, _flapping, _folded)
    return next((said for way in ways if (said := way(candidate, around, rules))), FRESH)


def _inhibited(candidate: Candidate, around: Around, rules: Life) -> Disposition | None:
    found = inhibitor(
        candidate.rule_id, candidate.series_id, around.lasting, rules, critical=candidate.critical
    )
    if found is None:
        return None
    by, row = found
    return Disposition(held_by="inhibited", held_ref=by.alert_id, ground=row.name)


def _silenced(candidate: Candidate, around: Around, rules: Life) -> Disposition | None:
    del rules
    silence = silencing(
        around.silences, site_id=candidate.site_id, device_id=candidate.subject,
        rule_id=candidate.rule_id, at_ms=candidate.at_ms, critical=candidate.critical,
    )  # fmt: skip
    if silence is None:
        return None
    return Disposition(held_by="silenced", held_ref=silence.silence_id, ground="silence")


def _flapping(candidate: Candidate, around: Around, rules: Life) -> Disposition | None:
    first = around.former
    if first is None or not flaps(
        around.flap, first.detected_ms, rules, critical=candidate.critical
    ):
        return None
    return Disposition(held_by="flapping", held_ref=first.alert_id, ground="flapping")


def _folded(candidate: Candidate, around: Around, rules: Life) -> Disposition | None:
    first = around.former
    if first is None:
        return None
    held, recurs, ground = folded(first, candidate.severity, candidate.at_ms, rules)
    if held:
        return Disposition(held_by="folded", held_ref=first.alert_id, ground=ground)
    return Disposition(recurs=first.alert_id if recurs else "", ground=ground)
