"""A clue from its arrival to its answer, on the real database and over real HTTP."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json

import msgspec
import pytest

from pipelines.clocks.ledger import ledger
from pipelines.clocks.watch import look
from pipelines.clues.intake import OtherBody, Taken, take
from pipelines.clues.moves import BadMove, NoSuchClue, Request, StaleMove, make_move
from pipelines.clues.sending import resend, send_due
from pipelines.runtime import wall_clock_ms
from tests.contract.clocks.world import DAY, HOUR, World, at
from tests.contract.clues.receiver import CLUE, Receiver, clue

T = at("2026-03-02T10:00")


async def taken(world: World, province: Receiver, **changed: object) -> Taken:
    """The clue, taken in by HTTP."""
    said = msgspec.structs.replace(CLUE, **changed)
    return await take(world.database, province.platform(), said, way="http", now_ms=T)


async def moved(world: World, clue_id: str, action: str, **said: str) -> str:
    """A move by wang, an hour later each time."""
    (count,) = world.sql("SELECT count(*) FROM clue_events")[0]
    request = Request(clue_id=clue_id, action=action, actor="wang", **said)
    return await make_move(world.database, request, now_ms=T + count * HOUR)


async def sent(world: World, province: Receiver, *, later_ms: int = 10 * DAY) -> None:
    """Sends until nothing is due by then; signatures carry the true time."""
    platforms = {"province": province.platform()}
    for day in range(60):
        now_ms = wall_clock_ms() + later_ms + day * DAY
        if not await send_due(world.database, platforms, now_ms=now_ms, clock=wall_clock_ms):
            return


async def test_taken_in_once_with_receipt_clocks_and_leaf(world: World, province: Receiver) -> None:
    """OFF-8: found by its code; the same again is the same, another body is refused."""
    first = await taken(world, province)
    again = await taken(world, province)
    assert (again.receipt, again.repeated, first.repeated) == (first.receipt, True, False)
    with pytest.raises(OtherBody):
        await taken(world, province, claim="别的")
    receipt = json.loads(first.receipt)["data"]
    assert receipt["body_sha256"] == hashlib.sha256(CLUE.body).hexdigest()
    assert world.sql("SELECT party_id, site_id, unit_id, state FROM clues") == [
        ("p", "s", "north", "received")
    ]
    kinds = {row[0] for row in world.sql("SELECT kind FROM clocks WHERE state = 'running'")}
    assert kinds == {"clue_receipt", "clue_result"}
    assert world.sql("SELECT count(*) FROM log_pending") == [(1,)]


async def test_the_platforms_deadline_is_the_clocks(world: World, province: Receiver) -> None:
    """OFF-8: where the platform names a time, that is the end; it stands in the receipt."""
    deadline = dt.datetime.fromisoformat("2026-03-05T12:00:00+08:00")
    found = await taken(world, province, deadline=deadline)
    clock = world.clock("clue_result", found.clue_id)
    assert (clock["due_ms"], clock["given"]) == (at("2026-03-05T12:00"), True)
    assert json.loads(found.receipt)["data"]["due"].startswith("2026-03-05T12:00")


@pytest.mark.parametrize("uscc", ["", "91330702MA0000000X", "?"])
async def test_an_unknown_party_is_kept(world: World, province: Receiver, uscc: str) -> None:
    """OFF-8: a clue that the register cannot place goes to the platform's unit and is matched."""
    found = await taken(world, province, uscc=uscc)
    assert world.sql("SELECT party_id, unit_id FROM clues") == [("", "south")]
    with pytest.raises(BadMove, match="unknown_party"):
        await moved(world, found.clue_id, "match", detail="nobody")
    await moved(world, found.clue_id, "match", detail="91330702MA28E1KQ3B")
    assert world.sql("SELECT party_id, site_id FROM clues") == [("p", "s")]


async def test_the_whole_way_to_the_answer(world: World, province: Receiver) -> None:
    """OFF-8, OFF-21: accepted, assigned, linked, answered; receipt and result arrive in order."""
    world.alert("a", at_ms=T)
    found = await taken(world, province)
    await moved(world, found.clue_id, "accept")
    await moved(world, found.clue_id, "assign", detail="li")
    await moved(world, found.clue_id, "link", detail="a")
    state = await moved(
        world, found.clue_id, "answer", detail="violation_found", ground="余氯 0.1 mg/L，已立案"
    )
    assert state == "answered"
    assert world.clock("clue_receipt", found.clue_id)["state"] == "met"
    assert world.clock("clue_result", found.clue_id)["by_whom"] == "wang"
    await sent(world, province)
    assert [one["type"] for one in province.taken()] == ["clue.receipt", "clue.result"]
    result = province.taken()[1]["data"]
    assert (result["outcome"], result["alert_id"]) == ("violation_found", "a")
    assert world.sql("SELECT state FROM clues") == [("closed",)]
    duties = await ledger(world.database, unit_id="north", from_ms=0, to_ms=T + 30 * DAY)
    states = {d.step: d.state for d in duties if d.subject_kind == "clue"}
    assert states == {"receipt": "done", "acted_on": "done", "result": "done"}
    assert {d.holder for d in duties if d.subject_kind == "clue"} == {"wang"}


async def test_returned_with_a_reason(world: World, province: Receiver) -> None:
    """OFF-8: not ours goes back with words; without words it does not."""
    found = await taken(world, province)
    with pytest.raises(BadMove, match="ground_missing"):
        await moved(world, found.clue_id, "return")
    assert await moved(world, found.clue_id, "return", ground="属金东区管辖") == "returned"
    await sent(world, province)
    assert province.taken()[1]["data"]["words"] == "属金东区管辖"
    assert world.clock("clue_result", found.clue_id)["state"] == "met"


@pytest.mark.parametrize(
    ("action", "said", "why"),
    [
        ("assign", {"detail": "south"}, "unknown_officer"),
        ("assign", {"detail": "ana"}, "unknown_officer"),
        ("link", {"detail": "no-alert"}, "unknown_alert"),
        ("answer", {"detail": "fine", "ground": "x"}, "outcome_missing"),
        ("visit", {}, "ground_missing"),
        ("visit", {"ground": "x" * 5000}, "ground_too_long"),
        ("close", {}, "unknown_action"),
    ],
)
async def test_a_move_that_cannot_be_made(
    world: World, province: Receiver, action: str, said: dict[str, str], why: str
) -> None:
    """OFF-8: it is named, and nothing is changed; another unit's officer holds nothing of ours."""
    found = await taken(world, province)
    await moved(world, found.clue_id, "accept")
    with pytest.raises(BadMove, match=why):
        await moved(world, found.clue_id, action, **said)
    assert world.sql("SELECT state FROM clues") == [("accepted",)]
    assert world.sql("SELECT count(*) FROM clue_events") == [(2,)]


async def test_two_officers_at_once(world: World, province: Receiver) -> None:
    """OFF-8: of two who accept one clue, one does; an unknown clue is said to be unknown."""
    found = await taken(world, province)
    outcomes = await asyncio.gather(
        *(moved(world, found.clue_id, "accept") for _ in range(2)), return_exceptions=True
    )
    assert {type(one) for one in outcomes} == {str, StaleMove}
    with pytest.raises(NoSuchClue):
        await moved(world, "nothing", "accept")


async def test_a_platform_that_fails_a_third_of_the_time(world: World, province: Receiver) -> None:
    """OFF-8: 30 % failing, answers lost: everything arrives, once, a receipt before its result."""
    province.behave(fail=0.3)
    platform = province.platform()
    for number in range(40):
        one = await take(world.database, platform, clue(number), way="http", now_ms=T)
        await make_move(
            world.database,
            Request(clue_id=one.clue_id, action="return", actor="wang", ground="x"), now_ms=T + 1,
        )  # fmt: skip
    await sent(world, province)
    arrived = [(one["data"]["clue_id"], one["type"]) for one in province.taken()]
    assert len(arrived) == 80
    for number, (clue_id, kind) in enumerate(arrived):
        if kind == "clue.returned":
            assert (clue_id, "clue.receipt") in arrived[:number]
    assert world.sql("SELECT DISTINCT state FROM clue_outbox") == [("sent",)]
    assert world.sql("SELECT count(*) FROM clue_outbox WHERE attempts > 1")[0][0] > 0


@pytest.mark.parametrize("status", [400, 410, 409])
async def test_what_is_refused_is_a_dead_letter_and_sent_again(
    world: World, province: Receiver, status: int
) -> None:
    """OFF-8: refused is not tried for ever; it is kept with the answer, and goes when told to."""
    await taken(world, province)
    province.behave(status=status)
    await sent(world, province)
    ((state, error),) = world.sql("SELECT state, error FROM clue_outbox")
    assert (state, error[:3]) == ("dead", str(status))
    province.behave(status=0)
    await sent(world, province)
    assert province.taken() == []
    assert len(await resend(world.database, "", now_ms=T)) == 1
    assert await resend(world.database, "", now_ms=T) == []
    await sent(world, province)
    assert [one["type"] for one in province.taken()] == ["clue.receipt"]


async def test_a_dead_receipt_does_not_hold_its_result_up(world: World, province: Receiver) -> None:
    """OFF-8: in order while both wait; what was given up bars nothing."""
    found = await taken(world, province)
    province.behave(status=400)
    await sent(world, province)
    province.behave(status=0)
    await moved(world, found.clue_id, "return", ground="x")
    await sent(world, province)
    assert [one["type"] for one in province.taken()] == ["clue.returned"]


async def test_a_clue_that_nobody_takes_up(world: World, province: Receiver) -> None:
    """OFF-8, OFF-21: the unit is warned, its leader told; the ledger names the clue."""
    found = await taken(world, province)
    due_ms = world.clock("clue_receipt", found.clue_id)["due_ms"]
    await look(world.database, due_ms - HOUR)
    await look(world.database, due_ms + 1)
    told = [row[0] for row in world.sql("SELECT officer_id FROM notices ORDER BY queued_ms, 1")]
    assert told == ["li", "wang", "lead"]
    duties = await ledger(world.database, unit_id="north", from_ms=0, to_ms=due_ms + 1)
    assert {d.step for d in duties if d.missing} == {"receipt"}
