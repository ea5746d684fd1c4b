"""The duty ledger over the real tables: what was known, what was done, what is missing."""

from __future__ import annotations

from detectors.types import digest_id
from pipelines.clocks import keep
from pipelines.clocks.ledger import Duty, ledger
from pipelines.clocks.watch import look
from tests.contract.clocks.world import DAY, HOUR, World, at

T = at("2026-03-02T10:00")


def happened(world: World, alert_id: str, action: str, at_ms: int, actor: str = "wang") -> None:
    """An entry of the audit trail."""
    world.run(
        "INSERT INTO alert_events (event_id, alert_id, at_ms, actor, action)"
        " VALUES (%s, %s, %s, %s, %s)",
        digest_id(alert_id, action, str(at_ms)), alert_id, at_ms, actor, action,
    )  # fmt: skip


async def drawn_up(world: World, to_ms: int, unit_id: str = "north") -> dict[str, Duty]:
    """The ledger from the beginning, by subject and step."""
    found = await ledger(world.database, unit_id=unit_id, from_ms=T - DAY, to_ms=to_ms)
    return {f"{duty.subject_id} {duty.step}": duty for duty in found}


async def test_known_and_not_acted_on(world: World) -> None:
    """OFF-21: an alert nobody took on is overdue, though nobody started a clock."""
    world.alert("a", at_ms=T)
    happened(world, "a", "sealed", T, "vigil")
    before = await drawn_up(world, T + HOUR)
    assert before["a take_on"].state == "open"
    after = await drawn_up(world, T + 10 * DAY)
    duty = after["a take_on"]
    assert (duty.state, duty.due_ms, duty.unit_id, duty.basis) == (
        "overdue", at("2026-03-04T00:00") - 1, "north", "OFF-21",
    )  # fmt: skip
    assert duty.missing
    assert after["a verdict"].missing
    assert after["a told"].missing


async def test_who_did_it_and_when(world: World) -> None:
    """OFF-21: done in time and late are told apart, by whom, with the clock's own end."""
    world.alert("a", at_ms=T, state="confirmed", assignee="wang")
    happened(world, "a", "sealed", T, "vigil")
    happened(world, "a", "acknowledged", T + HOUR, "wang")
    happened(world, "a", "confirmed", T + 20 * DAY, "li")
    await world.keep(
        keep.started("take_on", "alert", "a", at_ms=T),
        keep.started("verdict", "alert", "a", at_ms=T),
        keep.met("take_on", "a", at_ms=T + HOUR, by="wang"),
        keep.paused("verdict", "a", at_ms=T + DAY, by="lead", reason_code="appraisal"),
        keep.resumed("verdict", "a", at_ms=T + 15 * DAY, by="lead"),
        keep.met("verdict", "a", at_ms=T + 20 * DAY, by="li"),
    )
    found = await drawn_up(world, T + 30 * DAY)
    taken, decided = found["a take_on"], found["a verdict"]
    assert (taken.state, taken.by, taken.holder) == ("done", "wang", "wang")
    assert (decided.state, decided.by) == ("done", "li")
    assert decided.due_ms == world.clock("verdict", "a")["due_ms"]
    assert found["a review_legal"].state == "overdue"


async def test_the_past_is_judged_as_it_was(world: World) -> None:
    """OFF-21: what happened later, the loop's marks included, changes no earlier ledger."""
    world.alert("a", at_ms=T)
    happened(world, "a", "sealed", T, "vigil")
    await world.keep(keep.started("take_on", "alert", "a", at_ms=T))
    then = await drawn_up(world, T + DAY)
    await look(world.database, T + 10 * DAY)
    happened(world, "a", "acknowledged", T + 11 * DAY)
    await world.keep(keep.met("take_on", "a", at_ms=T + 11 * DAY, by="wang"))
    assert await drawn_up(world, T + DAY) == then
    assert (await drawn_up(world, T + 12 * DAY))["a take_on"].state == "done_late"


async def test_a_clock_on_hold_and_one_that_ended(world: World) -> None:
    """OFF-17: paused is not overdue; ended by a leader says on which ground."""
    await world.keep(
        keep.started("review", "sample", "x", at_ms=T, unit_id="north"),
        keep.paused("review", "x", at_ms=T + HOUR, by="lead", reason_code="appraisal"),
    )
    assert (await drawn_up(world, T + 60 * DAY))["x review"].state == "paused"
    await world.keep(keep.ended("review", "x", at_ms=T + 2 * DAY, by="lead", ground="withdrawn"))
    duty = (await drawn_up(world, T + 60 * DAY))["x review"]
    assert (duty.state, duty.by, duty.ground) == ("dropped", "lead", "withdrawn")


async def test_another_unit_sees_nothing_of_it(world: World) -> None:
    """OFF-21: a unit's ledger holds what is the unit's; empty asks for all."""
    world.alert("a", at_ms=T)
    happened(world, "a", "sealed", T, "vigil")
    assert await drawn_up(world, T + DAY, "south") == {}
    assert await drawn_up(world, T + DAY, "") == await drawn_up(world, T + DAY, "north")


async def test_what_is_on_trial_calls_for_nothing(world: World) -> None:
    """OFF-21: a staged rule's alert is no lead that anybody must act on."""
    world.alert("a", at_ms=T)
    world.run("UPDATE alerts SET staged = true")
    happened(world, "a", "sealed", T, "vigil")
    assert await drawn_up(world, T + DAY) == {}


async def test_the_course_of_a_case_with_a_step_skipped(world: World) -> None:
    """OFF-17, OFF-21: decided without having been told: who said so, and over which step."""
    world.alert("a", at_ms=T, state="confirmed")
    world.run(
        "INSERT INTO cases (case_id, alert_id, party_id, payload, state, created_ms,"
        " acknowledged_ms) VALUES ('c', 'a', 'p', '{}', 'acknowledged', %s, %s)", T, T + HOUR,
    )  # fmt: skip
    for hours, status in enumerate(("accepted", "filed", "investigated", "reviewed", "approved",
                                    "decided"), 2):  # fmt: skip
        world.run(
            "INSERT INTO case_answers (answer_id, case_id, kind, at_ms, body, status)"
            " VALUES (%s, 'c', %s, %s, '', %s)",
            status, f"case.{status}", T + hours * HOUR, status,
        )  # fmt: skip
    found = await drawn_up(world, T + 5 * DAY)
    assert found["c told"].state == "skipped"
    assert (found["c told"].over, found["c told"].over_by) == ("decided", "case_system")
    assert found["c filing"].state == "done"
    assert found["c service"].state == "open"
