"""Owns reading a fault file's entries into how it stands. Pure: the entries are all there is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from pipelines.accountability.findings import Finding, Objection, Person
from pipelines.accountability.said import Element, Found, Ground, Named, read, shown_of
from pipelines.accountability.states import ACTS, State
from pipelines.accountability.threshold import Elements
from pipelines.evidence.canonical import canonical, sha256_hex

MATTER = ("name", "element", "finding", "ground", "opinion", "statement", "answer")
"""Acts after which an older proposal is stale."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry as it is stored; ``body`` is the decoded JSON."""

    entry_id: str
    number: int
    act: str
    by_officer: str
    at_ms: int
    body: dict[str, Any]
    former_sha256: str

    @property
    def sha256(self) -> str:
        """Digest of the whole entry: the next one names it."""
        return sha256_hex(canonical(msgspec.to_builtins(self)))


class Standing(msgspec.Struct, kw_only=True):
    """How a file stands.

    Attributes:
        shown: per ground its code, officer, modal and what is still not shown.
        statements: numbers of entries that wait for an answer.
        proposal: the newest one's digest and body; ``stale`` when something was entered since.
        sanction_ms: when a 行政处分 was decided; ``circulated_ms``, ``referred_ms``: when done.
    """

    state: State = "open"
    opened_by: str = ""
    alleged: str = ""
    activity: str = ""
    people: dict[str, Person] = msgspec.field(default_factory=dict)
    elements: Elements = Elements()
    fault: str = ""
    findings: dict[tuple[str, str], Finding] = msgspec.field(default_factory=dict)
    objections: tuple[Objection, ...] = ()
    collective_unit: str = ""
    shown: list[dict[str, Any]] = msgspec.field(default_factory=list)
    opinions: list[Entry] = msgspec.field(default_factory=list)
    statements: list[int] = msgspec.field(default_factory=list)
    proposal_sha256: str = ""
    proposal: dict[str, Any] | None = None
    stale: bool = False
    decision: Entry | None = None
    deciders: set[str] = msgspec.field(default_factory=set)
    reply: Entry | None = None
    sanction_ms: int | None = None
    circulated_ms: int | None = None
    referred_ms: int | None = None
    clarified_ms: int | None = None


def fold(entries: Sequence[Entry]) -> Standing:
    """How a file stands after these entries, in order."""
    found = Standing()
    for entry in entries:
        _take(found, entry)
        act = ACTS.get(entry.act)
        if act is not None and act.to is not None:
            found.state = act.to
        if entry.act in MATTER:
            found.stale = found.proposal is not None
    return found


def broken(entries: Sequence[Entry]) -> int | None:
    """The number of the first entry that does not follow from the one before; None: all do."""
    former = ""
    for place, entry in enumerate(entries, 1):
        if entry.number != place or entry.former_sha256 != former:
            return place
        former = entry.sha256
    return None


def _take(found: Standing, entry: Entry) -> None:
    body = entry.body
    if entry.act == "open":
        _open(found, entry)
    elif entry.act == "propose":
        found.proposal, found.stale = body, False
        found.proposal_sha256 = sha256_hex(canonical(body))
    elif entry.act in ("decide", "drop"):
        found.decision = entry
        found.deciders.add(entry.by_officer)
        if body.get("sanction"):
            found.sanction_ms = entry.at_ms
    elif entry.act == "statement":
        found.statements.append(entry.number)
    elif entry.act == "answer":
        found.statements = [n for n in found.statements if n != body["statement"]]
    elif entry.act == "reply":
        found.reply = entry
        if body["result"] == "lifted":
            found.sanction_ms = None
    else:
        _later(found, entry)


def _later(found: Standing, entry: Entry) -> None:
    if entry.act == "circulate":
        found.circulated_ms = entry.at_ms
    elif entry.act == "refer":
        found.referred_ms = entry.at_ms
    elif entry.act == "clarify":
        found.clarified_ms = entry.at_ms
    elif entry.act == "opinion":
        found.opinions.append(entry)
    elif entry.act in ("name", "element", "finding", "ground"):
        _recorded(found, entry)


def _recorded(found: Standing, entry: Entry) -> None:
    said, source = read(entry.act, entry.body), f"entry:{entry.entry_id}"
    facts = (*said.facts, source)
    if isinstance(said, Named):
        found.people[said.officer_id] = Person(
            officer_id=said.officer_id, capacities=tuple(sorted(set(said.capacities))),
            auxiliary=said.auxiliary, alone=said.alone, facts=facts,
        )  # fmt: skip
    elif isinstance(said, Element):
        found.elements = msgspec.structs.replace(found.elements, **{said.element: said.value})
        if said.element == "performance":
            found.fault = said.fault
    elif isinstance(said, Found):
        found.findings[said.code, said.officer_id] = Finding(
            code=said.code, officer_id=said.officer_id, answer=said.answer, facts=facts
        )
    elif isinstance(said, Ground):
        ground, missing = shown_of(said)
        found.shown = [
            one
            for one in found.shown
            if (one["code"], one["officer_id"]) != (said.code, said.officer_id)
        ]
        found.shown.append(
            {"code": said.code, "officer_id": said.officer_id, "modal": ground.modal,
             "missing": list(missing), "shown": said.shown, "facts": list(facts)}
        )  # fmt: skip


def _open(found: Standing, entry: Entry) -> None:
    body = entry.body
    found.opened_by, found.alleged = entry.by_officer, body["alleged"]
    found.activity = body["activity"]
    found.collective_unit = body["collective_unit"]
    people = msgspec.convert(body["people"], list[Person])
    found.people = {one.officer_id: one for one in people}
    found.objections = msgspec.convert(body["objections"], tuple[Objection, ...])
