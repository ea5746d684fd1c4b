"""Owns which findings of one site belong together, and why. Pure: a set in, incidents out.

What came in first plays no part: readings and pictures arrive by ways of their own, so incidents
are worked out anew from all findings of late, by when they were detected.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import msgspec

from detectors.types import digest_id
from pipelines.alerts.life import Life

SAME_SITE = "same_site"


class Found(msgspec.Struct, kw_only=True):
    """A finding that went before the officers.

    Attributes:
        contributions: of its risk.
        incident_id, corroborated: as last worked out, so that only changes are stored.
    """

    alert_id: str
    rule_id: str
    subject: str
    detected_ms: int
    contributions: dict[str, float]
    incident_id: str = ""
    corroborated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Why two findings belong together: a pair of ``life.toml``, or ``SAME_SITE``."""

    one: str
    other: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """Findings that belong together, in order of detection."""

    incident_id: str
    opened_ms: int
    members: tuple[str, ...]
    links: tuple[Link, ...]


def reason_of(a: Found, b: Found, rules: Life) -> str:
    """Why two findings of one site belong together; empty where they do not.

    Two findings of one device are never two witnesses.
    """
    if a.subject == b.subject:
        return ""
    apart_ms = abs(a.detected_ms - b.detected_ms)
    for pair in rules.pairs:
        if apart_ms <= pair.within_ms and pair.names(a.rule_id, b.rule_id):
            return pair.name
    return SAME_SITE if apart_ms <= rules.incidents.near_ms else ""


def incidents_of(site_id: str, findings: Iterable[Found], rules: Life) -> list[Incident]:
    """All incidents of one site; a finding with links into several makes them one."""
    groups: list[list[Found]] = []
    for one in _in_order(findings):
        homes = [group for group in groups if _joins(one, group, rules)]
        groups = [group for group in groups if group not in homes]
        groups.append(_in_order([*(f for group in homes for f in group), one]))
        groups.sort(key=lambda group: _place(group[0]))
    return [_incident(site_id, group, rules) for group in groups if len(group) > 1]


def corroborated(findings: Sequence[Found], rules: Life) -> set[str]:
    """Findings that another one bears out by a named pair, whatever incident they are in."""
    return {
        one.alert_id
        for a, b in combinations(findings, 2)
        if reason_of(a, b, rules) not in ("", SAME_SITE)
        for one in (a, b)
    }


def incident_id_of(site_id: str, first_id: str) -> str:
    """The same for whoever works it out: an incident is named after its first finding."""
    return digest_id("incident", site_id, first_id)


def still_joined(findings: Sequence[Found], newest_ms: int, rules: Life) -> list[Found]:
    """Without those that nothing may join any more; an incident goes as a whole.

    Twice the longest an incident grows: what arrives late is still worked out with the rest.
    """
    since_ms = newest_ms - 2 * rules.incidents.longest_ms
    lasts: dict[str, int] = {}
    for one in findings:
        key = one.incident_id or one.alert_id
        lasts[key] = max(lasts.get(key, 0), one.detected_ms)
    return [one for one in findings if lasts[one.incident_id or one.alert_id] >= since_ms]


def _place(one: Found) -> tuple[int, str]:
    return one.detected_ms, one.alert_id


def _in_order(findings: Iterable[Found]) -> list[Found]:
    return sorted(findings, key=_place)


def _joins(one: Found, group: Sequence[Found], rules: Life) -> bool:
    if one.detected_ms - group[0].detected_ms > rules.incidents.longest_ms:
        return False
    return any(reason_of(one, other, rules) for other in group)


def _incident(site_id: str, group: Sequence[Found], rules: Life) -> Incident:
    links = tuple(
        Link(one=a.alert_id, other=b.alert_id, reason=reason)
        for a, b in combinations(group, 2)
        if (reason := reason_of(a, b, rules))
    )
    return Incident(
        incident_id=incident_id_of(site_id, group[0].alert_id),
        opened_ms=group[0].detected_ms,
        members=tuple(one.alert_id for one in group),
        links=links,
    )
