"""Owns what must be true of a file before an act is entered, beyond state and person. Pure."""

from __future__ import annotations

from pipelines.accountability.findings import BY_CODE
from pipelines.accountability.fold import Standing
from pipelines.accountability.said import (
    Answered,
    Decided,
    Dropped,
    Found,
    Ground,
    NotSaid,
    Replied,
    Saying,
)
from pipelines.accountability.separation import File
from pipelines.accountability.threshold import threshold


def check(file: File, standing: Standing, act: str, said: Saying) -> None:
    """Refuses what the file as it stands does not bear.

    Raises:
        NotSaid: with a code for each reason.
    """
    if isinstance(said, Found):
        _found(standing, said)
    elif isinstance(said, Ground) and said.officer_id and said.officer_id not in standing.people:
        raise NotSaid("not_named", f"{said.officer_id} is not named in the file")
    elif isinstance(said, Answered) and said.statement not in standing.statements:
        raise NotSaid("no_statement", f"no statement {said.statement} waits for an answer")
    elif isinstance(said, Decided):
        _decided(file, standing, said)
    elif isinstance(said, Dropped):
        _dropped(standing, said)
    elif isinstance(said, Replied) and not file.above and not said.body.strip():
        raise NotSaid("no_unit_above", "name the unit above that reviewed it and its paper")
    elif act == "close" and standing.sanction_ms is not None and standing.circulated_ms is None:
        raise NotSaid("not_circulated", "a sanction is circulated first (art. 20)")


def _found(standing: Standing, said: Found) -> None:
    person = standing.people.get(said.officer_id)
    if person is None:
        raise NotSaid("not_named", f"{said.officer_id} is not named in the file")
    if not set(BY_CODE[said.code].of) & set(person.capacities):
        raise NotSaid("not_so_acting", f"{said.officer_id} did not act in that capacity")


def _decided(file: File, standing: Standing, said: Decided) -> None:
    open_, absent = threshold(standing.elements)
    if open_ or absent:
        raise NotSaid("elements", f"art. 6 wants all three: {', '.join(open_ + absent)}")
    if standing.statements:
        raise NotSaid("unanswered", "a statement waits for its answer (art. 19)")
    if standing.proposal is None or standing.stale or said.proposal != standing.proposal_sha256:
        raise NotSaid("stale", "the proposal is not of what stands recorded now")
    named = {one.officer_id for one in said.outcomes if one.officer_id}
    if strange := sorted(named - standing.people.keys()):
        raise NotSaid("not_named", f"not named in the file: {', '.join(strange)}")
    if file.about == "unit" and named:
        raise NotSaid("about_a_unit", "a file about a unit decides about the unit (art. 17, 18)")
    if len(said.outcomes) != len({one.officer_id for one in said.outcomes}):
        raise NotSaid("twice", "somebody is decided about twice")
    shares = {one["officer_id"]: one["degree"] for one in standing.proposal["shares"]}
    decided = {one.officer_id: one.degree for one in said.outcomes if one.officer_id}
    if decided != shares and file.about == "officer" and not said.departs.strip():
        raise NotSaid("departs", "it departs from the proposal: say why")


def _dropped(standing: Standing, said: Dropped) -> None:
    _, absent = threshold(standing.elements)
    if said.basis == "6":
        if not absent:
            raise NotSaid("elements", "art. 6: record first which element is absent")
        return
    shown = next((one for one in standing.shown if one["code"] == said.basis), None)
    if shown is None or shown["missing"]:
        raise NotSaid("not_shown", f"{said.basis}: what it requires is not shown yet")
    if standing.statements:
        raise NotSaid("unanswered", "a statement waits for its answer (art. 19)")
