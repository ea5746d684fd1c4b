"""Owns what may be asked of the queue, and its form in an address. Must not read the database."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from typing import Annotated, Any, Literal, get_args
from urllib.parse import parse_qsl, urlencode

import msgspec
from fastapi import Depends, Query

from detectors.catalogue import Catalogue

State = Literal[
    "active", "open", "acknowledged", "reminded", "held", "confirmed", "dismissed", "all"
]
Severity = Literal["", "critical", "high", "medium", "low"]
Kind = Literal["", "breach", "warning", "lead", "device"]
Grade = Literal["", "evidence", "lead", "nothing"]
Assignee = Literal["", "me", "nobody"]
Age = Literal["", "hour", "day", "week", "over_day", "over_week"]
Clock = Literal["", "overdue", "soon"]
Group = Literal["", "site", "incident"]

STATES: tuple[State, ...] = get_args(State)
SEVERITIES: tuple[Severity, ...] = get_args(Severity)[1:]
WAITING: tuple[State, ...] = ("open", "acknowledged", "reminded")
PAST: tuple[State, ...] = ("confirmed", "dismissed", "all")
SOON_MS = 4 * 3_600_000
"""A clock that ends within so long is nearly due: when its holder is warned, too."""
EVER_MS = 2**62
_HOUR_MS = 3_600_000
_AGES = {"hour": _HOUR_MS, "day": 24 * _HOUR_MS, "week": 168 * _HOUR_MS}
_UNIT = "\x1f"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What the officer wants to see; empty: whatever it is."""

    state: State = "active"
    severity: Severity = ""
    site: str = ""
    party: str = ""
    rule: str = ""
    kind: Kind = ""
    grade: Grade = ""
    assignee: Assignee = ""
    incident: str = ""
    age: Age = ""
    clock: Clock = ""
    q: str = ""
    group: Group = ""

    @property
    def query(self) -> str:
        """The same filters as a query string: only what differs from the start."""
        start = asdict(Filters())
        return urlencode({k: v for k, v in asdict(self).items() if v != start[k]})

    def plain(self) -> bool:
        """Whether these are the filters that one starts with."""
        return self == Filters()

    @property
    def past(self) -> bool:
        """Whether decided alerts are asked for: they go by time."""
        return self.state in PAST

    def but(self, **changed: Any) -> str:
        """The address of the same filters with some changed."""
        return f"/?{replace(self, **changed).query or 'state=active'}"


async def filters_of(
    *,
    state: State = "active",
    severity: Severity = "",
    site: Annotated[str, Query(max_length=64)] = "",
    party: Annotated[str, Query(max_length=64)] = "",
    rule: Annotated[str, Query(max_length=64)] = "",
    kind: Kind = "",
    grade: Grade = "",
    assignee: Assignee = "",
    incident: Annotated[str, Query(max_length=64)] = "",
    age: Age = "",
    clock: Clock = "",
    q: Annotated[str, Query(max_length=64)] = "",
    group: Group = "",
) -> Filters:
    """Reads the filters from the address; what is not of the lists is refused (422)."""
    clean = "".join(c for c in q if c.isprintable()).strip()
    return Filters(
        state=state, severity=severity, site=site, party=party, rule=rule, kind=kind, grade=grade,
        assignee=assignee, incident=incident, age=age, clock=clock, q=clean, group=group,
    )  # fmt: skip


TheFilters = Annotated[Filters, Depends(filters_of)]


def read(query: str) -> Filters:
    """Filters from a stored query string.

    Raises:
        ValueError: it holds what no filter takes.
    """
    known = {f.name for f in fields(Filters)}
    given = {k: v for k, v in parse_qsl(query) if k in known}
    try:
        return msgspec.convert(given, Filters)
    except msgspec.ValidationError as error:
        raise ValueError(str(error)) from error


def asked(
    filters: Filters, rules: Catalogue, *, officer_id: str, unit_id: str, now_ms: int
) -> dict[str, Any]:
    """The parameters of the statements that begin with ``triage_fits``, less what search found."""
    from_ms, to_ms = _span(filters.age, now_ms)
    due = {"": 0, "overdue": now_ms, "soon": now_ms + SOON_MS}[filters.clock]
    return {
        "unit_id": unit_id,
        "officer_id": officer_id,
        "severity": filters.severity,
        "site": filters.site,
        "party": filters.party,
        "rules": _rules(filters, rules),
        "grade": filters.grade,
        "incident": filters.incident,
        "assignee": filters.assignee,
        "from_ms": from_ms,
        "to_ms": to_ms,
        "due_before_ms": due,
        "search": filters.q,
        "states": _UNIT.join(_states(filters.state)),
        "found_sites": "",
        "found_places": "",
    }


def joined(values: list[str]) -> str:
    """A list as the statements take it."""
    return _UNIT.join(values)


def _states(state: State) -> tuple[State, ...]:
    if state == "active":
        return WAITING
    if state == "all":
        return (*WAITING, "held", "confirmed", "dismissed")
    return (state,)


def _span(age: Age, now_ms: int) -> tuple[int, int]:
    if not age:
        return 0, EVER_MS
    if age.startswith("over_"):
        return 0, now_ms - _AGES[age.removeprefix("over_")]
    return now_ms - _AGES[age], EVER_MS


def _rules(filters: Filters, rules: Catalogue) -> str:
    if not filters.kind:
        return filters.rule
    of_kind = {e.id for e in rules.entries if e.kind_of_finding == filters.kind}
    if filters.rule:
        of_kind &= {filters.rule}
    return _UNIT.join(sorted(of_kind)) or "none"
