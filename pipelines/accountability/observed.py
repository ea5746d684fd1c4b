"""Owns what detectors and report look at: a unit's period in one picture. Pure data.

Filled by ``gather.py``; the detectors of art. 12 and 13 are pure functions over it.
"""

from __future__ import annotations

import msgspec

from pipelines.accountability.facts import Fact
from pipelines.clocks.ledger import Duty


class Matter(msgspec.Struct, frozen=True, kw_only=True):
    """An alert with what was done about it.

    Attributes:
        unit_id: that supervises the site.
        in_force: the catalogue's entry was in force when it happened; None: it has none.
        sealed: objects of sealed evidence.
        case_id: of its case; empty: none was made.
        facts: in order of time.
        looked_ms: when whom first saw the clip or the readings, by officer.
    """

    alert_id: str
    rule_id: str
    state: str
    grade: str
    unit_id: str
    detected_ms: int
    assignee: str = ""
    in_force: bool | None = None
    sealed: int = 0
    case_id: str = ""
    case_state: str = ""
    facts: tuple[Fact, ...] = ()
    looked_ms: dict[str, int] = msgspec.field(default_factory=dict)

    def acts(self, *actions: str) -> list[Fact]:
        """What was done of these, in order."""
        return [fact for fact in self.facts if fact.action in actions]


class Clock(msgspec.Struct, frozen=True, kw_only=True):
    """A clock of the period, as the duty ledger tells of it.

    Attributes:
        officer_id: whose it was; empty: the unit's, or the party's.
        by_party: the party held it: no officer's failing.
        state: running, paused, met, met_late, breached, ended.
    """

    clock_id: str
    kind: str
    subject_kind: str
    subject_id: str
    alert_id: str
    officer_id: str
    by_party: bool
    started_ms: int
    due_ms: int
    met_ms: int | None
    state: str

    @property
    def late(self) -> bool:
        """The step came too late or not at all."""
        return self.state in ("breached", "met_late")


class Visit(msgspec.Struct, frozen=True, kw_only=True):
    """An act outside, as its document says; ``fault`` is the records room's, empty: none."""

    act_id: str
    kind: str
    officers: tuple[str, ...]
    start_ms: int
    fault: str
    records: tuple[str, ...] = ()


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """A check that was drawn (AV-32) and is due; ``drawn_by`` answers for its being made."""

    check_id: str
    subject: str
    drawn_by: str
    due_ms: int
    answered_ms: int | None


class Amount(msgspec.Struct, frozen=True, kw_only=True):
    """A fine decided in a case; yuan."""

    case_id: str
    alert_id: str
    rule_id: str
    officer_id: str
    at_ms: int
    yuan: float


class Observed(msgspec.Struct, frozen=True, kw_only=True):
    """A unit's period.

    Attributes:
        duties: the ledger: every step that was called for, and what became of it.
        officers: of the unit: id to role.
        posted: officer and unit for which a post was on record at the moment of an act: fact ids
            without one are in ``unposted``, those by an auxiliary in ``by_auxiliary``.
        overruled: objections that a superior overruled: id, officer, superior, moment.
        cut: the period holds more matters than were read; what is counted is of the newest.
    """

    unit_id: str
    from_ms: int
    to_ms: int
    now_ms: int
    matters: tuple[Matter, ...] = ()
    clocks: tuple[Clock, ...] = ()
    duties: tuple[Duty, ...] = ()
    visits: tuple[Visit, ...] = ()
    checks: tuple[Check, ...] = ()
    amounts: tuple[Amount, ...] = ()
    officers: dict[str, str] = msgspec.field(default_factory=dict)
    register_kept: bool = False
    unposted: frozenset[str] = frozenset()
    by_auxiliary: frozenset[str] = frozenset()
    overruled: tuple[tuple[str, str, str, int], ...] = ()
    cut: bool = False
