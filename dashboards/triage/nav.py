"""Owns the entries of the navigation, as data. A room adds one line to ``ENTRIES``; draws nothing.

The words of an entry are the texts ``site.KEY``, those of a group ``nav.GROUP``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dashboards.triage.session import Officer
from pipelines.access.policy import Action, Kind, Target, decide

Group = Literal["daily", "matters", "files", "running"]
GROUPS: tuple[Group, ...] = ("matters", "files", "running")
"""What lies behind "more", in this order; ``daily`` stands in the open."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry.

    Attributes:
        action: what they must be allowed to do in their own unit to be shown it; None: everybody.
        under: further addresses, with all below them, that belong to the entry.
    """

    path: str
    key: str
    group: Group
    action: Action | None
    of: Kind = "unit"
    under: tuple[str, ...] = ()

    def holds(self, path: str) -> bool:
        """Whether a page belongs to this entry."""
        if path == self.path:
            return True
        heads = self.under if self.path == "/" else (self.path, *self.under)
        return any(path == head or path.startswith(f"{head}/") for head in heads)


# fmt: off
ENTRIES: tuple[Entry, ...] = (
    Entry(path="/", key="queue", group="daily", action=Action.LIST, of="alert", under=("/alerts",)),
    Entry(path="/incidents", key="incidents", group="daily", action=Action.LIST, of="alert"),
    Entry(path="/clues", key="clues", group="daily", action=Action.HANDLE_CLUE),
    Entry(path="/clocks", key="clocks", group="matters", action=Action.SEE_CLOCKS),
    Entry(path="/silences", key="silences", group="matters", action=Action.LIST, of="alert"),
    Entry(path="/records", key="records", group="files", action=Action.REQUEST_ACCESS, of="record"),
    Entry(path="/access", key="access", group="files", action=Action.REQUEST_ACCESS, of="alert"),
    Entry(path="/answers", key="answers", group="matters", action=Action.LIST, of="alert"),
    Entry(path="/cases", key="cases", group="matters", action=Action.SEE_CASES),
    Entry(path="/parties", key="parties", group="matters", action=Action.SEE_FIGURES),
    Entry(path="/duties", key="duties", group="matters", action=Action.REQUEST_ACCESS, of="record"),
    Entry(path="/faults", key="faults", group="matters", action=Action.REQUEST_ACCESS, of="record"),
    Entry(path="/keeping", key="keeping", group="files", action=Action.HOLD),
    Entry(path="/sessions", key="sessions", group="running", action=None),
    Entry(path="/health", key="health", group="running", action=Action.SEE_HEALTH),
)
# fmt: on


def entries(officer: Officer, group: Group) -> list[Entry]:
    """The entries of a group that lead anywhere for an officer."""
    return [entry for entry in ENTRIES if entry.group == group and _open(officer, entry)]


def entry_of(path: str) -> Entry | None:
    """The entry that a page belongs to."""
    return next((entry for entry in ENTRIES if entry.holds(path)), None)


def _open(officer: Officer, entry: Entry) -> bool:
    if entry.action is None:
        return True
    mine = Target(kind=entry.of, id=officer.unit_id, unit_id=officer.unit_id)
    return decide(officer.actor, entry.action, mine).allowed
