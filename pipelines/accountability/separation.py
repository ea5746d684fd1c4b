"""Owns who may do which act in a fault file (art. 18, 19, 22). Pure: nobody concerned decides."""

from __future__ import annotations

from dataclasses import dataclass

from pipelines.access.policy import Action, Actor, Target, decide
from pipelines.accountability.fold import Standing
from pipelines.accountability.states import ACTS, By


class NotYours(Exception):
    """This officer may not do this in this file; ``code`` says why."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file's head, as stored; ``above`` is the unit above the deciding one, if there is one."""

    fault_id: str
    subject_kind: str
    subject_id: str
    unit_id: str
    deciding_unit: str
    about: str
    opened_by: str
    opened_ms: int
    above: str = ""

    def target(self, officer_id: str = "", *, unit_id: str = "") -> Target:
        """What the policy is asked about; for somebody named it is their own."""
        owners = frozenset({officer_id} if officer_id else ())
        unit = unit_id or self.deciding_unit
        return Target(kind="unit", id=self.fault_id, unit_id=unit, owners=owners)


def check_act(file: File, standing: Standing, act: str, actor: Actor) -> None:
    """Refuses who may not do an act.

    Raises:
        NotYours: by office, unit, or because they are concerned or did the other half.
    """
    by = ACTS[act].by
    concerned = actor.officer_id in standing.people
    if by == "concerned":
        if not concerned:
            raise NotYours("not_concerned", "only somebody named in the file may")
        return
    if concerned:
        raise NotYours("concerned", f"{actor.officer_id} is named in the file (art. 22)")
    _office(file, actor, by)
    if by in ("decider", "second") and actor.officer_id == standing.opened_by:
        raise NotYours("opened_it", "who opened the file does not decide it (art. 22)")
    if by == "second" and actor.officer_id in standing.deciders:
        raise NotYours("decided_it", "who decided does not review it (art. 19)")


def may_see(file: File, standing: Standing, actor: Actor) -> bool:
    """Whoever is named, once they are told; leaders of the deciding unit and of the one above."""
    if actor.officer_id in standing.people:
        return standing.state != "open"
    units = {file.deciding_unit, file.above} - {""}
    return any(decide(actor, Action.SEE_FAULT, file.target(unit_id=unit)).allowed for unit in units)


def opening_unit(actor: Actor, *, about: str, unit_id: str, above: str | None) -> str:
    """The unit that looks into it and decides (art. 18): of an officer, theirs or the one above; of
    a unit, the one above.

    Raises:
        NotYours: this leader's unit is not that.
    """
    allowed = {above} if about == "unit" else {unit_id, above}
    if actor.unit_id not in allowed - {None}:
        code = "no_unit_above" if about == "unit" and above is None else "not_competent"
        raise NotYours(code, f"{actor.unit_id} may not look into a fault of {unit_id} (art. 18)")
    return actor.unit_id


def _office(file: File, actor: Actor, by: By) -> None:
    unit = file.deciding_unit
    if by == "second" and file.above:
        unit = file.above
    action = Action.HANDLE_FAULT if by == "investigator" else Action.DECIDE_FAULT
    found = decide(actor, action, file.target(unit_id=unit))
    if not found.allowed:
        raise NotYours(found.why, f"{actor.officer_id} ({actor.role}) may not: {found.basis}")
