"""The table of moves, and what a request must bring."""

from __future__ import annotations

import pytest

from pipelines.alerts.clocked import clocks_of
from pipelines.alerts.grounds import grounds, offered
from pipelines.alerts.moves import BadMove, Request, by_of, checked, event_id_of
from pipelines.alerts.states import MOVES, REASON_CODES, STATES, allowed


@pytest.mark.parametrize(
    ("state", "actions"),
    [
        ("open", {"acknowledge", "assign", "remind", "confirm", "dismiss", "unsure"}),
        ("acknowledged", {"hand_back", "assign", "remind", "confirm", "dismiss", "unsure"}),
        ("reminded", {"assign", "confirm", "dismiss", "unsure"}),
        ("held", {"take_up", "dismiss"}),
        ("confirmed", set()),
        ("dismissed", set()),
        ("sealing", set()),
    ],
)
def test_allowed_moves(state: str, actions: set[str]) -> None:
    assert set(allowed(state)) == actions


def test_every_state_is_reached_by_one_move_and_decisions_are_told() -> None:
    assert {m.to for m in MOVES.values()} == {*STATES[1:], None}
    told = {m.recorded for m in MOVES.values() if m.verdict}
    assert told == {"confirmed", "dismissed", "reopened"}
    assert {s for m in MOVES.values() for s in m.states} <= set(STATES)


def test_one_event_per_move_but_many_doubts() -> None:
    def event(action: str, ground: str = "", actor: str = "1") -> str:
        asked = Request(alert_id="a", action=action, actor=actor, ground=ground)
        return event_id_of(asked)

    assert event("confirm", ground="x") == event("confirm", ground="y", actor="2")
    assert event("confirm") != event("dismiss")
    assert event("unsure", ground="x") != event("unsure", ground="y")
    again = Request(alert_id="a", action="confirm", actor="1")
    assert event_id_of(again, 1) != event("confirm")  # decided anew after it was reopened


def test_only_a_leader_reopens_and_an_assignment_names_somebody() -> None:
    """OFF-21: who overrules a dismissal is a leader, and it is said who has an alert."""
    assert "reopen" not in allowed("dismissed")
    assert allowed("dismissed", "leader") == ("reopen",)
    reopen = Request(alert_id="a", action="reopen", actor="1", ground="new film")
    with pytest.raises(BadMove, match="leader_only"):
        checked(reopen)
    assert checked(Request(alert_id="a", action="reopen", actor="1", ground="x", by="leader"))
    with pytest.raises(BadMove, match="assignee_missing"):
        checked(Request(alert_id="a", action="assign", actor="1"))
    with pytest.raises(BadMove, match="assignee_not_expected"):
        checked(Request(alert_id="a", action="acknowledge", actor="1", given_to="2"))
    assert (by_of("leader"), by_of("officer"), by_of("reviewer")) == (
        "leader", "officer", "officer",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("action", "seen", "why", "clocks"),
    [
        ("acknowledge", "open", "", ["met take_on"]),
        ("hand_back", "acknowledged", "", ["started take_on"]),
        ("take_up", "held", "", ["started verdict"]),
        ("remind", "open", "", ["met take_on", "started rectification"]),
        ("reopen", "dismissed", "", ["started take_on", "started verdict"]),
        ("dismiss", "open", "other", ["met take_on", "met verdict"]),
        ("confirm", "open", "", ["met take_on", "met verdict", "started review"]),
        (
            "dismiss",
            "reminded",
            "corrected_when_reminded",
            ["met take_on", "met verdict", "met rectification"],
        ),
        (
            "confirm",
            "reminded",
            "",
            ["met take_on", "met verdict", "ended rectification", "started review"],
        ),
        ("unsure", "open", "", []),
        ("assign", "open", "", []),
    ],
)
def test_moves_start_and_meet_clocks(action: str, seen: str, why: str, clocks: list[str]) -> None:
    """OFF-21: what an officer knows of has a clock until it is taken on and decided."""
    saves = clocks_of(action, "a", by="1", seen=seen, at_ms=1_780_281_600_000, reason_code=why)
    assert [f"{s.params['action']} {s.params['kind']}" for s in saves] == clocks


def test_every_reason_has_standard_grounds_and_the_particular_come_first() -> None:
    told = {(g.action, g.reason) for g in grounds()}
    assert {("dismiss", code) for code in REASON_CODES} <= told
    assert {"confirm", "unsure", "remind", "reopen"} <= {action for action, _ in told}
    assert len(offered("confirm", "pool-ph")) > len(offered("confirm", "no-such-rule")) > 0
    assert offered("confirm", "post-unattended")[0].rules != ("*",)


@pytest.mark.parametrize(
    ("action", "reason", "ground", "code"),
    [
        ("erase", "", "", "unknown_action"),
        ("confirm", "", "", "ground_missing"),
        ("confirm", "", "x" * 2001, "ground_too_long"),
        ("confirm", "other", "x", "reason_not_expected"),
        ("dismiss", "", "x", "reason_missing"),
        ("unsure", "", " ", "ground_missing"),
    ],
)
def test_incomplete_requests(action: str, reason: str, ground: str, code: str) -> None:
    request = Request(alert_id="a", action=action, actor="1", reason_code=reason, ground=ground)
    with pytest.raises(BadMove) as refused:
        checked(request)
    assert refused.value.code == code
