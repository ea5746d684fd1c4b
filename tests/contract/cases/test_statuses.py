"""Steps that come back: in order, late, twice, impossible; what they move."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from pathlib import Path

import pytest

from pipelines import codec, topics
from pipelines.cases.callback import receive
from pipelines.errors import BadMessage
from tests.contract.cases.world import AT_MS, SECRET, Listener, World, case_system

HOUR_MS = 3_600_000


async def test_the_full_course_comes_back(world: World, tmp_path: Path) -> None:
    """OFF-17, OFF-18, OFF-20: accepted to closed, told by the reference system, twice at times."""
    world.alert("a1")
    case_id = await world.confirm("a1")
    assert world.credit() == 94.0
    listener = Listener(fail_first=1)
    with (
        listener.listening() as callback,
        case_system(
            tmp_path / "cs", "--callback", callback, "--decide-after-s", "0",
            "--double-percent", "50",
        ) as url,
    ):  # fmt: skip
        await world.deliver(url)
        for _ in range(600):
            if any(b'"closed"' in body for _, body in listener.calls):
                break
            await asyncio.sleep(0.05)
    for headers, body in listener.calls:
        await receive(
            world.database, headers, body, secret=SECRET, now_ms=time.time_ns() // 1_000_000
        )
    await world.run(world.answers(), *world.sent(topics.ANSWERS, codec.AnswerMessage))
    case = world.case()
    assert (case["state"], case["status"], case["decision"]) == ("decided", "closed", "penalty")
    steps = world.rows("SELECT status FROM case_answers WHERE taken = 'current' ORDER BY at_ms")
    assert len(steps) == 10
    assert len(world.rows("SELECT 1 FROM case_answers")) == 10, "twice told is once"
    clocks = {r["kind"]: r["state"] for r in world.rows("SELECT kind, state FROM clocks")}
    assert set(clocks) == {"hand_over", "filing", "decision", "service", "payment"}
    assert all(state.startswith("met") for state in clocks.values())
    assert world.credit() < 94.0
    archive = world.rows("SELECT * FROM case_archives")[0]
    index = bytes(archive["index_json"])
    assert hashlib.sha256(index).hexdigest() == case["archive_sha256"]
    kinds = {part["part"] for part in json.loads(index)["parts"]}
    assert kinds == {"revision", "answer", "manifest", "object", "review"}
    assert json.loads(index)["case_id"] == case_id


async def test_no_penalty_gives_credit_back(world: World) -> None:
    """OFF-18: only a final decision counts."""
    world.alert("a1")
    case_id = await world.confirm("a1")
    await world.step(case_id, "decided", AT_MS + HOUR_MS, decision="no_penalty")
    assert world.case()["decision"] == "no_penalty"
    assert world.credit() == 100.0


async def test_a_late_step_is_kept_and_changes_nothing_after_it(world: World) -> None:
    """OFF-17: the later state wins, whatever comes first."""
    world.alert("a1")
    case_id = await world.confirm("a1")
    await world.step(case_id, "decided", AT_MS + 3 * HOUR_MS, decision="penalty")
    await world.step(case_id, "filed", AT_MS + 2 * HOUR_MS)
    await world.step(case_id, "accepted", AT_MS + HOUR_MS)
    case = world.case()
    assert (case["status"], case["decision"]) == ("decided", "penalty")
    taken = world.rows("SELECT status, taken FROM case_answers ORDER BY at_ms")
    assert [row["taken"] for row in taken] == ["late", "late", "current"]
    clocks = {r["kind"]: r["state"] for r in world.rows("SELECT kind, state FROM clocks")}
    assert clocks["filing"].startswith("met")
    assert clocks["decision"].startswith("met")
    assert clocks["service"] == "running"


async def test_an_impossible_step_is_a_dead_letter_with_its_reason(world: World) -> None:
    """OFF-17: nothing is paid before it is decided; it is shown, and changes nothing."""
    world.alert("a1")
    case_id = await world.confirm("a1")
    await world.step(case_id, "decided", AT_MS + 2 * HOUR_MS, decision="penalty")
    await world.step(case_id, "paid", AT_MS + HOUR_MS)
    (letter,) = world.rows("SELECT reason, detail FROM dead_letters")
    assert (letter["reason"], letter["detail"]) == ("impossible_status", "paid before decided")
    assert world.case()["status"] == "decided"
    (row,) = world.rows("SELECT taken, why FROM case_answers WHERE status = 'paid'")
    assert row["taken"] == "impossible"
    assert world.rows("SELECT 1 FROM alert_events WHERE action = 'case_status_impossible'")


async def test_a_refusal_ends_the_course_and_a_correction_begins_another(world: World) -> None:
    """OFF-17: refused with a reason; the next revision may be accepted."""
    world.alert("a1")
    case_id = await world.confirm("a1")
    await world.step(case_id, "refused", AT_MS + HOUR_MS, reason="证据不足")
    case = world.case()
    assert (case["decision"], case["status_reason"]) == ("refused", "证据不足")
    assert world.credit() == 100.0
    await world.step(case_id, "filed", AT_MS + 2 * HOUR_MS)
    assert world.case()["status"] == "refused", "of the same revision it is impossible"
    await world.step(case_id, "accepted", AT_MS + 3 * HOUR_MS, revision=2)
    case = world.case()
    assert (case["status"], case["decision"], case["state"]) == ("accepted", "", "acknowledged")


async def test_what_was_given_back_and_taken_again_is_given_back_again(world: World) -> None:
    """OFF-18: refused, corrected, decided, annulled: an annulled decision costs nothing."""
    world.alert("a1")
    case_id = await world.confirm("a1")
    await world.step(case_id, "refused", AT_MS + HOUR_MS, reason="主体不清")
    assert world.credit() == 100.0
    await world.step(case_id, "accepted", AT_MS + 2 * HOUR_MS, name="again", revision=2)
    await world.step(
        case_id, "decided", AT_MS + 3 * HOUR_MS, name="then", revision=2, decision="penalty"
    )
    assert world.credit() < 100.0
    await world.step(case_id, "annulled", AT_MS + 4 * HOUR_MS, name="over", revision=2, reason="撤")
    assert world.credit() == 100.0


async def test_annulled_after_closing(world: World) -> None:
    """OFF-18: annulled on review: credit is given back, the file stays."""
    world.alert("a1")
    case_id = await world.confirm("a1")
    await world.step(case_id, "decided", AT_MS + HOUR_MS, decision="penalty")
    lowered = world.credit()
    await world.step(case_id, "closed", AT_MS + 2 * HOUR_MS)
    await world.step(case_id, "annulled", AT_MS + 3 * HOUR_MS, reason="复议撤销")
    case = world.case()
    assert (case["status"], case["decision"]) == ("annulled", "annulled")
    assert world.credit() == 100.0 > lowered


async def test_one_id_tells_one_thing(world: World) -> None:
    """OFF-17: the same id with another body is a conflict, not a correction."""
    world.alert("a1")
    case_id = await world.confirm("a1")
    await world.step(case_id, "accepted", AT_MS + HOUR_MS, name="msg-1")
    await world.step(case_id, "accepted", AT_MS + HOUR_MS, name="msg-1")
    with pytest.raises(BadMessage, match="another message"):
        await world.step(case_id, "filed", AT_MS + 2 * HOUR_MS, name="msg-1")
    assert len(world.rows("SELECT 1 FROM case_answers")) == 1
    assert world.case()["status"] == "accepted"
