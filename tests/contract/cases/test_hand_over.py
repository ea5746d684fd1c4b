"""Cases on their way to the reference case system: its own process, failing on cue."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

from detectors.types import digest_id
from pipelines import codec, topics
from pipelines.cases.callback import receive
from pipelines.cases.hand_over import NOWHERE
from pipelines.cases.resend import resend
from pipelines.runtime import apply_effects
from tests.contract.cases.world import AT_MS, SECRET, Listener, World, case_system, verdict


async def test_a_confirmed_finding_is_acknowledged(world: World, tmp_path: Path) -> None:
    world.alert("a1")
    message = await world.confirm("a1")
    assert message.case_id == digest_id("case", "a1")
    with case_system(tmp_path / "cs") as url:
        await world.run(world.hand_over(url), message)
    case = world.case()
    assert (case["state"], case["attempts"], len(case["receipt"])) == ("acknowledged", 1, 32)


async def test_a_few_failures_are_waited_out(world: World, tmp_path: Path) -> None:
    world.alert("a1")
    message = await world.confirm("a1")
    with case_system(tmp_path / "cs", "--fail-first", "3", "--fail-status", "503") as url:
        await world.run(world.hand_over(url), message)
    case = world.case()
    assert (case["state"], case["attempts"]) == ("acknowledged", 4)


async def test_retry_after_is_honoured(world: World, tmp_path: Path) -> None:
    world.alert("a1")
    message = await world.confirm("a1")
    with case_system(tmp_path / "cs", "--fail-first", "1", "--retry-after-s", "1") as url:
        started = time.monotonic()
        await world.run(world.hand_over(url), message)
        assert time.monotonic() - started >= 1
    assert world.case()["state"] == "acknowledged"


async def test_a_system_that_never_answers_leaves_the_case_undelivered_and_resendable(
    world: World, tmp_path: Path
) -> None:
    world.alert("a1")
    message = await world.confirm("a1")
    with case_system(tmp_path / "cs", "--hang") as url:
        await world.run(world.hand_over(url, attempts=2, timeout_s=0.3), message)
    case = world.case()
    assert (case["state"], case["attempts"]) == ("undelivered", 2)
    (letter,) = world.rows("SELECT * FROM dead_letters")
    assert (letter["reason"], bytes(letter["original"])) == ("undelivered", codec.encode(message))

    assert await resend(world.database) == [message.case_id]
    again = world.sent(topics.CASES, codec.CaseMessage)[-1]
    with case_system(tmp_path / "cs") as url:
        await world.run(world.hand_over(url), again)
    assert world.case()["state"] == "acknowledged"
    assert await resend(world.database) == []


async def test_nobody_at_home_stops_only_its_own_case(world: World, tmp_path: Path) -> None:
    world.alert("a1")
    world.alert("a2")
    first, second = await world.confirm("a1"), await world.confirm("a2")
    evidence = world.rows(
        "SELECT sha256 FROM evidence_objects WHERE evidence_id = 'a1' AND name = 'clip.mp4'"
    )
    world.objects.path(evidence[0]["sha256"]).unlink()
    with case_system(tmp_path / "cs") as url:
        await world.run(world.hand_over(url), first, second)
    states = {row["alert_id"]: row for row in world.rows("SELECT * FROM cases")}
    assert states["a1"]["state"] == "undelivered"
    assert "is not in the store" in states["a1"]["error"]
    assert states["a2"]["state"] == "acknowledged"


async def test_without_a_case_system_the_case_waits_and_says_so(world: World) -> None:
    world.alert("a1")
    await world.run(world.hand_over(""), await world.confirm("a1"))
    case = world.case()
    assert (case["state"], case["error"]) == ("pending", NOWHERE)


async def test_a_package_that_is_wrong_is_refused_with_every_reason(
    world: World, tmp_path: Path
) -> None:
    world.alert("a1")
    world.rows("UPDATE evidence SET signature = sha256('x') || sha256('y') RETURNING 1")
    message = await world.confirm("a1")
    with case_system(tmp_path / "cs") as url:
        await world.run(world.hand_over(url), message)
    case = world.case()
    assert case["state"] == "refused"
    assert "manifest_signature" in case["error"]
    actions = {row["action"] for row in world.rows("SELECT action FROM alert_events")}
    assert {"case_made", "case_refused"} <= actions


async def test_a_changed_object_is_refused(world: World, tmp_path: Path) -> None:
    world.alert("a1")
    message = await world.confirm("a1")
    (row,) = world.rows("SELECT sha256 FROM evidence_objects WHERE name = 'clip.mp4'")
    path = world.objects.path(row["sha256"])
    path.chmod(0o600)
    path.write_bytes(b"another clip")
    with case_system(tmp_path / "cs") as url:
        await world.run(world.hand_over(url), message)
    assert world.case()["state"] == "refused"
    assert "digest_mismatch" in world.case()["error"]


async def test_killed_between_acknowledgement_and_commit(world: World, tmp_path: Path) -> None:
    world.alert("a1")
    message = await world.confirm("a1")
    with case_system(tmp_path / "cs") as url:
        await world.lost(world.hand_over(url), message)
        assert world.case()["state"] == "pending"
        await world.run(world.hand_over(url), message)
        receipt = world.case()["receipt"]
        await world.run(world.hand_over(url), message)  # the log gives it once more
    case = world.case()
    assert (case["state"], case["receipt"], case["attempts"]) == ("acknowledged", receipt, 1)
    events = world.rows("SELECT 1 FROM alert_events WHERE action = 'case_acknowledged'")
    assert len(events) == 1


async def test_the_decision_comes_back_and_moves_credit(world: World, tmp_path: Path) -> None:
    world.alert("a1")
    message = await world.confirm("a1")
    assert world.credit() == 94.0
    listener = Listener(fail_first=1)
    with (
        listener.listening() as callback,
        case_system(
            tmp_path / "cs", "--callback", callback, "--decide-after-s", "0", "--decision",
            "no_case",
        ) as url,
    ):  # fmt: skip
        await world.run(world.hand_over(url), message)
        for _ in range(200):
            if len(listener.calls) >= 2:
                break
            await asyncio.sleep(0.05)
    assert len(listener.calls) == 2, "refused once, told again"
    first, second = listener.calls
    assert first[0]["webhook-id"] == second[0]["webhook-id"]
    for headers, body in listener.calls:  # both count, as when our 204 was lost on the way
        await receive(
            world.database, headers, body, secret=SECRET, now_ms=time.time_ns() // 1_000_000
        )
    answers = world.sent(topics.ANSWERS, codec.AnswerMessage)
    assert [answer.party_id for answer in answers] == ["pool", "pool"]
    await world.run(world.answers(), *answers)
    case = world.case()
    assert (case["state"], case["decision"]) == ("decided", "no_case")
    assert len(world.rows("SELECT 1 FROM case_answers")) == 1
    assert len(world.rows("SELECT 1 FROM alert_events WHERE action = 'case_decided'")) == 1
    assert world.credit() == 100.0


async def test_a_decision_that_overtakes_the_acknowledgement_stands(
    world: World, tmp_path: Path
) -> None:
    world.alert("a1")
    message = await world.confirm("a1")
    with case_system(tmp_path / "cs") as url:
        acknowledged = await world.lost(world.hand_over(url), message)
    world.rows("UPDATE cases SET state = 'decided', decision = 'filed' RETURNING 1")
    async with world.database.transaction() as tx:
        await apply_effects(tx, acknowledged.effects, now_ms=AT_MS)
    case = world.case()
    assert (case["state"], case["decision"], len(case["receipt"])) == ("decided", "filed", 32)


async def test_findings_that_may_not_be_cases_are_withheld_and_cost_nothing(world: World) -> None:
    world.alert("a1", grade="lead")
    world.alert("a2", rule="sensor-silent")
    await world.run(world.verdicts(), verdict("a1"), verdict("a2"))
    assert world.rows("SELECT 1 FROM cases") == []
    events = {
        row["alert_id"]: row
        for row in world.rows("SELECT * FROM alert_events WHERE action = 'case_withheld'")
    }
    assert events["a1"]["reason_code"] == "not_evidence_grade"
    assert "no consent on file" in events["a1"]["ground"]
    assert events["a2"]["reason_code"] == "not_a_breach"
    assert world.credit() == 100.0
