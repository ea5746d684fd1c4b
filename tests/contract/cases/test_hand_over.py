"""Cases on their way to the reference case system: its own process, failing on cue."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import httpx
import pytest

from detectors.types import digest_id
from pipelines import codec, topics
from pipelines.cases.deliver import NOWHERE
from pipelines.cases.resend import correct, enable, resend
from pipelines.cases.signing import headers_for
from tests.contract.cases.world import AT_MS, NOW_MS, SECRET, World, case_system, verdict


async def test_a_confirmed_finding_is_acknowledged(world: World, tmp_path: Path) -> None:
    """OFF-17: handed over once, with its clock."""
    world.alert("a1")
    case_id = await world.confirm("a1")
    assert case_id == digest_id("case", "a1")
    (clock,) = world.rows("SELECT * FROM clocks WHERE kind = 'hand_over'")
    assert clock["state"] == "running"
    with case_system(tmp_path / "cs") as url:
        await world.deliver(url)
    case = world.case()
    assert (case["state"], case["attempts"], len(case["receipt"])) == ("acknowledged", 1, 32)
    (clock,) = world.rows("SELECT * FROM clocks WHERE kind = 'hand_over'")
    assert clock["state"].startswith("met")


async def test_a_few_failures_are_waited_out(world: World, tmp_path: Path) -> None:
    """OFF-17: what fails is sent again, with the same key."""
    world.alert("a1")
    await world.confirm("a1")
    with case_system(tmp_path / "cs", "--fail-first", "3", "--fail-status", "503") as url:
        await world.deliver(url)
    case = world.case()
    assert (case["state"], case["attempts"]) == ("acknowledged", 4)


async def test_retry_after_is_honoured(world: World, tmp_path: Path) -> None:
    """OFF-17: the other side says when; the case waits in the table, not in a worker."""
    world.alert("a1")
    await world.confirm("a1")
    with case_system(tmp_path / "cs", "--fail-first", "1", "--retry-after-s", "1") as url:
        before_ms = time.time_ns() // 1_000_000
        assert await world.hand_over(url).drain() == 1
        (row,) = world.rows("SELECT due_ms FROM case_sendings")
        assert row["due_ms"] >= before_ms + 1000
        await world.deliver(url)
    assert world.case()["state"] == "acknowledged"


async def test_a_slow_case_does_not_hold_up_another(world: World, tmp_path: Path) -> None:
    """OFF-17: one waits for its next try; the other goes."""
    world.alert("a1")
    world.alert("a2")
    await world.confirm("a1")
    with case_system(tmp_path / "cs", "--fail-first", "1", "--retry-after-s", "3600") as url:
        await world.hand_over(url).drain()
        await world.confirm("a2")
        assert await world.hand_over(url).drain() == 1
    states = {r["alert_id"]: r["state"] for r in world.rows("SELECT alert_id, state FROM cases")}
    assert states == {"a1": "pending", "a2": "acknowledged"}


async def test_a_system_that_never_answers_leaves_the_case_undelivered_and_resendable(
    world: World, tmp_path: Path
) -> None:
    """OFF-17: a dead letter with its body; sent again by hand, it arrives."""
    world.alert("a1")
    await world.confirm("a1")
    with case_system(tmp_path / "cs", "--hang") as url:
        await world.deliver(url, attempts=2, timeout_s=0.3)
    case = world.case()
    assert (case["state"], case["attempts"]) == ("undelivered", 2)
    (letter,) = world.rows("SELECT * FROM dead_letters")
    assert (letter["reason"], letter["original"]) == ("undelivered", case["payload"])
    assert await resend(world.database, now_ms=NOW_MS) == [f"{case['case_id']}-r1"]
    with case_system(tmp_path / "cs") as url:
        await world.deliver(url)
    assert world.case()["state"] == "acknowledged"
    assert await resend(world.database, now_ms=NOW_MS) == []


async def test_a_missing_object_stops_only_its_own_case(world: World, tmp_path: Path) -> None:
    """OFF-17: our own package lacks a piece: marked, and the next case goes."""
    world.alert("a1")
    world.alert("a2")
    await world.confirm("a1")
    await world.confirm("a2")
    evidence = world.rows(
        "SELECT sha256 FROM evidence_objects WHERE evidence_id = 'a1' AND name = 'clip.mp4'"
    )
    world.objects.path(evidence[0]["sha256"]).unlink()
    with case_system(tmp_path / "cs") as url:
        await world.deliver(url)
    states = {row["alert_id"]: row for row in world.rows("SELECT * FROM cases")}
    assert states["a1"]["state"] == "undelivered"
    assert "is not in the store" in states["a1"]["error"]
    assert states["a2"]["state"] == "acknowledged"


async def test_without_a_case_system_the_case_waits_and_says_so(world: World) -> None:
    """OFF-17: nothing is lost where nobody is there to take it."""
    world.alert("a1")
    await world.confirm("a1")
    assert await world.hand_over("").drain() == 0
    case = world.case()
    assert (case["state"], case["error"]) == ("pending", NOWHERE)


async def test_gone_disables_the_address_until_a_leader_opens_it(
    world: World, tmp_path: Path
) -> None:
    """OFF-17: 410 stops everything, visibly, and loses nothing."""
    world.alert("a1")
    world.alert("a2")
    await world.confirm("a1")
    await world.confirm("a2")
    with case_system(tmp_path / "cs", "--gone") as url:
        assert await world.hand_over(url).drain() == 1, "the second is not even tried"
        (endpoint,) = world.rows("SELECT * FROM case_endpoints")
        assert (endpoint["url"], "410" in endpoint["why"]) == (url, True)
    assert {row["state"] for row in world.rows("SELECT state FROM cases")} == {"pending"}
    assert await enable(world.database, url, by="wang")
    assert not await enable(world.database, url, by="wang")
    assert world.rows("SELECT disabled_ms FROM case_endpoints")[0]["disabled_ms"] is None


async def test_a_package_that_is_wrong_is_refused_with_every_reason(
    world: World, tmp_path: Path
) -> None:
    """OFF-16: the receiver checks the signature for itself."""
    world.alert("a1")
    await world.reviewed("a1")
    world.rows("UPDATE evidence SET signature = sha256('x') || sha256('y') RETURNING 1")
    await world.decided("a1")
    with case_system(tmp_path / "cs") as url:
        await world.deliver(url)
    case = world.case()
    assert case["state"] == "refused"
    assert "manifest_signature" in case["error"]
    actions = {row["action"] for row in world.rows("SELECT action FROM alert_events")}
    assert {"case_made", "case_refused"} <= actions


async def test_a_changed_object_is_refused(world: World, tmp_path: Path) -> None:
    """OFF-20: a file that is not what its digest says goes no further."""
    world.alert("a1")
    await world.confirm("a1")
    (row,) = world.rows("SELECT sha256 FROM evidence_objects WHERE name = 'clip.mp4'")
    path = world.objects.path(row["sha256"])
    path.chmod(0o600)
    path.write_bytes(b"another clip")
    with case_system(tmp_path / "cs") as url:
        await world.deliver(url)
    assert world.case()["state"] == "refused"
    assert "digest_mismatch" in world.case()["error"]


async def test_killed_between_acknowledgement_and_commit(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """OFF-17: the same body again gets the same receipt; one case, one trail."""
    world.alert("a1")
    case_id = await world.confirm("a1")
    with case_system(tmp_path / "cs") as url:
        deliverer = world.hand_over(url)
        with monkeypatch.context() as patch:

            async def killed(*_: object, **__: object) -> None:
                raise asyncio.CancelledError

            patch.setattr(type(deliverer), "_store", killed)
            with pytest.raises(asyncio.CancelledError):
                await deliverer.drain()
        assert world.case()["state"] == "pending"
        await world.deliver(url)
        held = await _held(url, case_id)
    case = world.case()
    assert (case["state"], case["attempts"]) == ("acknowledged", 1)
    assert held["receipt"] == case["receipt"]
    assert held["revisions"] == [1]
    events = world.rows("SELECT 1 FROM alert_events WHERE action = 'case_acknowledged'")
    assert len(events) == 1


async def test_revisions_go_in_order_and_only_when_something_changed(
    world: World, tmp_path: Path
) -> None:
    """OFF-17: a correction is revision n+1, and waits for n."""
    world.alert("a1")
    case_id = await world.confirm("a1")
    assert await _corrected(world, case_id) == 1, "nothing had changed"
    world.rows("UPDATE points SET name_zh = '副池' RETURNING 1")
    assert await _corrected(world, case_id) == 2
    with case_system(tmp_path / "cs", "--fail-first", "2") as url:
        await world.hand_over(url, first_wait_s=60).drain()
        sent = world.rows("SELECT revision, attempts FROM case_sendings ORDER BY revision")
        assert [row["attempts"] for row in sent] == [1, 0], "the second waits for the first"
        world.rows("UPDATE case_sendings SET due_ms = 0 RETURNING 1")
        await world.deliver(url)
        held = await _held(url, case_id)
    assert held["revisions"] == [1, 2]
    assert world.case()["state"] == "acknowledged"


async def test_a_revision_drawn_up_meanwhile_is_chased_too(world: World, tmp_path: Path) -> None:
    """OFF-17, OFF-21: the first one's receipt ends its clock; the second has its own."""
    world.alert("a1")
    case_id = await world.confirm("a1")
    world.rows("UPDATE points SET name_zh = '副池' RETURNING 1")
    assert await _corrected(world, case_id) == 2
    with case_system(tmp_path / "cs") as url:
        async with httpx.AsyncClient() as client:
            assert await world.hand_over(url).once(client)
        states = "SELECT state FROM clocks WHERE kind = 'hand_over' ORDER BY round"
        (first, second) = world.rows(states)
        assert first["state"].startswith("met")
        assert second["state"] == "running"
        await world.deliver(url)
        assert all(row["state"].startswith("met") for row in world.rows(states))


async def test_findings_that_may_not_be_cases_are_withheld_and_cost_nothing(world: World) -> None:
    """OFF-16: a lead starts a visit, no case; the reason is on record."""
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


async def test_reopened_takes_the_verdict_back(world: World) -> None:
    """Risk is as before anybody decided; a case that was made stands, and the trail says so."""
    world.alert("a1")
    world.alert("a2")
    await world.run(world.verdicts(), verdict("a1", "dismissed"))
    await world.run(world.verdicts(), verdict("a1", "reopened", AT_MS + 1))
    scores = world.rows("SELECT score FROM risk_scores ORDER BY time")
    assert [row["score"] for row in scores] == [0.0, 50.0]
    await world.confirm("a2")
    assert world.credit() == 94.0
    await world.run(world.verdicts(), verdict("a2", "reopened", AT_MS + 1))
    assert world.credit() == 100.0
    assert world.case()["state"] == "pending"
    assert world.rows("SELECT 1 FROM alert_events WHERE action = 'case_stands'")


async def _corrected(world: World, case_id: str) -> int:
    """Asks for a correction and lets the stage draw it up; the revision after it."""

    async with world.database.transaction() as tx:
        await correct(tx, case_id, by="wang", reason="corrected", words="地点", now_ms=AT_MS + 5)
    heard = world.sent(topics.VERDICTS, codec.VerdictMessage)
    world.rows("DELETE FROM outbox WHERE topic = 'verdicts' RETURNING 1")
    await world.run(world.verdicts(), *heard)
    return int(world.case()["revision"])


async def _held(url: str, case_id: str) -> dict[str, object]:

    headers = headers_for(SECRET, "ask", case_id.encode(), now_ms=time.time_ns() // 1_000_000)
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{url}/v2/cases/{case_id}", headers=headers)
    found: dict[str, object] = answer.json()
    return found
