"""The table of moves, and what a request must bring."""

from __future__ import annotations

import pytest

from pipelines.alerts.moves import BadMove, Request, checked, event_id_of
from pipelines.alerts.states import MOVES, STATES, allowed


@pytest.mark.parametrize(
    ("state", "actions"),
    [
        ("open", {"acknowledge", "remind", "confirm", "dismiss", "unsure"}),
        ("acknowledged", {"hand_back", "remind", "confirm", "dismiss", "unsure"}),
        ("reminded", {"confirm", "dismiss", "unsure"}),
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
    assert {m.recorded for m in MOVES.values() if m.verdict} == {"confirmed", "dismissed"}
    assert {s for m in MOVES.values() for s in m.states} <= set(STATES)


def test_one_event_per_move_but_many_doubts() -> None:
    def event(action: str, **more: str) -> str:
        return event_id_of(Request(alert_id="a", action=action, **({"actor": "1"} | more)))

    assert event("confirm", ground="x") == event("confirm", ground="y", actor="2")
    assert event("confirm") != event("dismiss")
    assert event("unsure", ground="x") != event("unsure", ground="y")
    again = Request(alert_id="a", action="confirm", actor="1")
    assert event_id_of(again, 1) != event("confirm")  # decided anew after it was reopened


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
