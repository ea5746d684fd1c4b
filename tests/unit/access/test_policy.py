"""The table answers as it is written, for whoever asks."""

from __future__ import annotations

import pytest

from pipelines.access.policy import SCOPES, Action, Actor, Target, decide, policy
from pipelines.registry.types import Role

ALERT = Target(kind="alert", id="a", unit_id="u", owners=frozenset({"wang"}))


def test_every_action_has_a_row_and_names_its_article() -> None:
    """AV-24, AV-25, AV-30: nothing can be asked that the table does not know."""
    assert {row.action for row in policy().rule} == set(Action)
    assert len({(row.action, row.of) for row in policy().rule}) == len(policy().rule)
    assert all(row.basis for row in policy().rule)


@pytest.mark.parametrize(
    ("who", "unit", "scope"), [("wang", "v", "own"), ("li", "u", "unit"), ("li", "v", "other")]
)
def test_scopes(who: str, unit: str, scope: str) -> None:
    """AV-24: one's own, the unit's, everything else."""
    found = decide(Actor(officer_id=who, role="officer", unit_id=unit), Action.LIST, ALERT)
    assert found.scope == scope


def test_a_grant_opens_what_it_names_and_no_more() -> None:
    """AV-25: viewing does not take out, taking out does not view."""
    actor = Actor(officer_id="li", role="officer", unit_id="v")
    for granted, opens, stays in (
        ("view", Action.VIEW_ORIGINAL, Action.EXPORT),
        ("export", Action.EXPORT, Action.VIEW_ORIGINAL),
    ):
        assert decide(actor, opens, ALERT, granted=(granted,)).why == "grant"
        assert decide(actor, stays, ALERT, granted=(granted,)).why == "grant_needed"
    assert not decide(actor, Action.DECIDE, ALERT, granted=("view", "export")).allowed


@pytest.mark.parametrize("role", ["", "emperor", "Leader", "note", "basis", "action"])
def test_a_role_that_nobody_knows_may_nothing(role: str) -> None:
    """Not even by the name of a column of the table."""
    actor = Actor(officer_id="wang", role=role, unit_id="u")
    for action in Action:
        for kind in ("alert", "record", "unit"):
            target = Target(kind=kind, id="a", unit_id="u", owners=frozenset({"wang"}))
            assert not decide(actor, action, target, granted=("view", "export")).allowed


def test_nobody_may_everything_and_who_proposes_does_not_approve() -> None:
    """AV-28: pruning takes two offices; no role reads, takes out and destroys."""
    for scope in SCOPES:
        for role in Role:
            proposes, approves = (
                policy().says(role, action, "unit", scope) == "allowed"
                for action in (Action.PROPOSE_PRUNE, Action.APPROVE_PRUNE)
            )
            assert not (proposes and approves)
