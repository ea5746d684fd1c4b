"""A clock on the real database: begun, met, paused, resumed and ended, each once."""

from __future__ import annotations

import asyncio

import pytest

from pipelines.clocks import keep
from pipelines.clocks.due import due
from pipelines.clocks.kinds import in_force
from pipelines.runtime import apply_effects
from tests.contract.clocks.world import DAY, HOUR, World, at

T = at("2026-03-02T10:00")  # a Monday


async def test_it_begins_once_and_knows_whose_it_is(world: World) -> None:
    """OFF-21: a start told twice is one clock, in the unit of the site, by the law in force."""
    world.alert("a", at_ms=T)
    begun = keep.started("verdict", "alert", "a", at_ms=T)
    assert await world.keep(begun, begun) == 1
    assert await world.keep(keep.started("verdict", "alert", "a", at_ms=T + HOUR)) == 0
    clock = world.clock("verdict", "a")
    assert (clock["unit_id"], clock["party_id"], clock["site_id"]) == ("north", "p", "s")
    assert clock["due_ms"] == at("2026-03-10T00:00") - 1
    assert clock["state"] == "running"
    assert world.sql("SELECT due_ms FROM alerts") == [(clock["due_ms"],)]
    assert world.actions("verdict", "a") == ["started"]


@pytest.mark.parametrize(("late", "state"), [(0, "met"), (1, "met_late")])
async def test_it_is_met_once(world: World, late: int, state: str) -> None:
    """OFF-17: the last millisecond is in time, the next is late; a second step changes nothing."""
    world.alert("a", at_ms=T)
    await world.keep(keep.started("take_on", "alert", "a", at_ms=T))
    due_ms = world.clock("take_on", "a")["due_ms"]
    assert await world.keep(keep.met("take_on", "a", at_ms=due_ms + late, by="wang")) == 1
    assert await world.keep(keep.met("take_on", "a", at_ms=due_ms + DAY, by="li")) == 0
    clock = world.clock("take_on", "a")
    assert (clock["state"], clock["met_ms"], clock["by_whom"]) == (state, due_ms + late, "wang")
    assert world.sql("SELECT due_ms FROM alerts") == [(None,)]


async def test_a_step_heard_of_before_its_clock(world: World) -> None:
    """OFF-17: answers that overtake each other leave no clock that runs for ever."""
    await world.keep(keep.met("decision", "c", at_ms=T + DAY, by="court"))
    await world.keep(keep.started("decision", "case", "c", at_ms=T, party_id="p"))
    clock = world.clock("decision", "c")
    assert (clock["state"], clock["met_ms"], clock["by_whom"]) == ("met", T + DAY, "court")
    assert clock["unit_id"] == "north"


async def test_an_alert_that_comes_back_has_a_new_clock(world: World) -> None:
    """OFF-21: reopened is a new round; the old one stays as it was."""
    world.alert("a", at_ms=T)
    await world.keep(
        keep.started("verdict", "alert", "a", at_ms=T),
        keep.met("verdict", "a", at_ms=T + HOUR),
        keep.started("verdict", "alert", "a", at_ms=T + DAY),
    )
    assert world.clock("verdict", "a")["round"] == 1
    assert world.clock("verdict", "a")["state"] == "running"
    await world.keep(keep.started("verdict", "alert", "a", at_ms=T))  # a late repetition
    assert world.sql("SELECT count(*) FROM clocks") == [(2,)]


async def test_pause_and_resumption_count_anew(world: World) -> None:
    """OFF-17: days in which the clock stood still are not counted; a reason must be a named one."""
    await world.keep(keep.started("decision", "case", "c", at_ms=T, party_id="p"))
    refused = keep.paused("decision", "c", at_ms=T + DAY, by="lead", reason_code="holiday")
    assert await world.keep(refused) == 0
    assert (
        await world.keep(
            keep.paused("decision", "c", at_ms=T + DAY, by="lead", reason_code="hearing"),
            keep.resumed("decision", "c", at_ms=T + 11 * DAY + HOUR, by="lead"),
        )
        == 2
    )
    clock = world.clock("decision", "c")
    terms = in_force().at("decision", T)
    assert clock["due_ms"] == due(terms, T) + 10 * DAY
    assert not clock["recount"]
    assert world.actions("decision", "c") == ["started", "paused", "resumed"]


async def test_a_stage_may_carry_the_effects_out(world: World) -> None:
    """OFF-17: the same effects in a stage's transaction; the end is counted by whoever is next."""
    await world.keep(keep.started("decision", "case", "c", at_ms=T, party_id="p"))
    async with world.database.transaction() as tx:
        await apply_effects(
            tx,
            [
                keep.paused("decision", "c", at_ms=T + DAY, by="lead", reason_code="hearing"),
                keep.resumed("decision", "c", at_ms=T + 2 * DAY, by="lead"),
            ],
            now_ms=T,
        )
    assert world.clock("decision", "c")["recount"]
    async with world.database.transaction() as tx:
        assert await keep.recount(tx) == 1
    terms = in_force().at("decision", T)
    assert world.clock("decision", "c")["due_ms"] == due(terms, T) + DAY


async def test_the_platforms_own_deadline_is_not_ours_to_move(world: World) -> None:
    """OFF-8: an end that somebody else set stays where it is."""
    await world.keep(
        keep.started("clue_result", "clue", "k", at_ms=T, unit_id="south", due_ms=T + 3 * DAY)
    )
    asked = keep.paused("clue_result", "k", at_ms=T + DAY, by="far", reason_code="appraisal")
    assert await world.keep(asked) == 0
    assert world.clock("clue_result", "k")["due_ms"] == T + 3 * DAY


async def test_many_begin_the_same_clock_at_once(world: World) -> None:
    """OFF-21: eight workers starting and meeting one step make one clock, met once."""
    world.alert("a", at_ms=T)
    await asyncio.gather(
        *(world.keep(keep.started("take_on", "alert", "a", at_ms=T + n)) for n in range(8))
    )
    assert world.sql("SELECT count(*) FROM clocks") == [(1,)]
    changed = await asyncio.gather(
        *(world.keep(keep.met("take_on", "a", at_ms=T + HOUR + n)) for n in range(8))
    )
    assert sum(changed) == 1
