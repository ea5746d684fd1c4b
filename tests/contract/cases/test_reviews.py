"""Evidence that fails the gate or is not reviewed makes no case; the missing review makes it."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest

from pipelines import codec, topics
from pipelines.quality.checklist import checklist
from pipelines.quality.review import Answer, BadReview
from pipelines.quality.sign import Draft, NoSuchEvidence, NotYours, StaleEvidence, sign
from tests.contract.cases.world import AT_MS, World, verdict


def withheld(world: World) -> list[str]:
    """Why, each time the gate was asked, in order."""
    rows = world.rows(
        "SELECT reason_code, ground FROM alert_events WHERE action = 'case_withheld' ORDER BY at_ms"
    )
    return [row["ground"] for row in rows]


async def test_a_case_withheld_for_want_of_reviews_is_made_by_the_second(world: World) -> None:
    """OFF-16 and Administrative Penalty Law art. 41: unreviewed is inadmissible, and not lost."""
    world.alert("a1")
    await world.decided("a1")
    assert withheld(world) == ["review_missing: legal review; review_missing: technical review"]
    assert world.credit() == 100.0
    await world.review("a1", "legal", "chen", now_ms=AT_MS + 1000)
    await world.run(world.verdicts(), *world.sent(topics.VERDICTS, codec.VerdictMessage))
    assert withheld(world)[1:] == ["review_missing: technical review"]
    await world.review("a1", "technical", "wang", now_ms=AT_MS + 2000)
    again = world.sent(topics.VERDICTS, codec.VerdictMessage)
    await world.run(world.verdicts(), *again, *again)
    case = world.case()
    assert (case["alert_id"], case["created_ms"]) == ("a1", AT_MS + 2000)
    assert world.credit() == 94.0
    assert len(world.rows("SELECT 1 FROM alert_events WHERE action = 'case_made'")) == 1
    assert len(world.rows("SELECT 1 FROM risk_scores")) == 1


async def test_a_review_signed_after_the_case_is_made_moves_nothing(world: World) -> None:
    """OFF-16: a case is opened once, whatever is signed later."""
    world.alert("a1")
    await world.confirm("a1")
    await world.review("a1", "technical", "wang", passed=False)
    assert world.sent(topics.VERDICTS, codec.VerdictMessage) == []
    assert len(world.rows("SELECT 1 FROM cases")) == 1


async def test_a_failed_review_withholds_until_a_newer_one_passes(world: World) -> None:
    """OFF-16: the newest review of a kind stands; both stay on record."""
    world.alert("a1")
    await world.review("a1", "legal", "chen")
    await world.review("a1", "technical", "wang", passed=False)
    await world.decided("a1")
    assert withheld(world) == ["review_failed: technical review by wang"]
    await world.review("a1", "technical", "wang", now_ms=AT_MS + 9000)
    await world.run(world.verdicts(), *world.sent(topics.VERDICTS, codec.VerdictMessage))
    assert world.case()["alert_id"] == "a1"
    assert len(world.rows("SELECT 1 FROM reviews")) == 3


async def test_failing_points_withhold_but_advice_does_not(world: World) -> None:
    """OFF-13: which point failed is named."""
    world.alert("a1", failing="clear.blurred")
    world.alert("a2", failing="clear.resolution_unknown")
    for alert_id in ("a1", "a2"):
        await world.reviewed(alert_id)
    await world.run(world.verdicts(), verdict("a1"), verdict("a2"))
    assert withheld(world) == ["quality_failed: clear blurred"]
    assert world.case()["alert_id"] == "a2"


async def test_one_person_never_signs_both(world: World) -> None:
    """Administrative Penalty Law art. 41: two reviews, two people; roles as written."""
    world.alert("a1")
    await world.review("a1", "technical", "chen")
    with pytest.raises(NotYours, match="same_person"):
        await world.review("a1", "legal", "chen")
    with pytest.raises(NotYours, match="role"):
        await world.review("a1", "legal", "wang")
    with pytest.raises(NotYours, match="role"):
        await world.review("a1", "technical", "nobody")


async def test_a_review_is_of_one_manifest(world: World) -> None:
    """OFF-16: evidence sealed anew has not been reviewed."""
    world.alert("a1")
    await world.reviewed("a1")
    world.rows(
        "UPDATE evidence SET manifest = manifest || ' ', manifest_sha256 ="
        " encode(sha256(manifest || ' '), 'hex') RETURNING 1"
    )
    await world.decided("a1")
    assert withheld(world) == ["review_missing: legal review; review_missing: technical review"]
    await world.review("a1", "legal", "chen")
    await world.review("a1", "technical", "wang")
    await world.run(world.verdicts(), *world.sent(topics.VERDICTS, codec.VerdictMessage))
    assert world.case()["alert_id"] == "a1"


async def test_a_review_that_nobody_signed_does_not_count(world: World) -> None:
    """OFF-16: a row changed or put in by hand is found; the database refuses a plain change."""
    world.alert("a1")
    await world.reviewed("a1")
    with pytest.raises(psycopg.errors.RaiseException):
        world.rows("UPDATE reviews SET passed = true RETURNING 1")
    world.rows(
        "WITH gone AS (DELETE FROM reviews WHERE kind = 'legal' RETURNING *)"
        " INSERT INTO reviews (review_id, evidence_id, alert_id, manifest_sha256, kind,"
        " officer_id, at_ms, passed, statement, signature, key_id)"
        " SELECT 'forged', evidence_id, alert_id, manifest_sha256, kind, officer_id, at_ms,"
        " passed, convert_to(replace(convert_from(statement, 'UTF8'), '合格', '好'), 'UTF8'),"
        " signature, key_id FROM gone RETURNING 1"
    )
    await world.decided("a1")
    (why,) = withheld(world)
    assert why.startswith("review_missing: legal review; review_failed: review forged")


async def test_signing_leaves_row_leaf_and_trail_in_one_go(world: World) -> None:
    """OFF-16: who signed what and when; a second click is once; incomplete is refused."""
    world.alert("a1")
    first = await world.review("a1", "legal", "chen")
    assert (await world.review("a1", "legal", "chen", now_ms=AT_MS + 9000)).review_id == (
        first.review_id
    )
    assert len(world.rows("SELECT 1 FROM reviews")) == 1
    assert len(world.rows("SELECT 1 FROM log_pending")) == 1
    (event,) = world.rows("SELECT * FROM alert_events")
    assert (event["actor"], event["action"]) == ("chen", "legal_review_passed")


async def test_a_stale_or_empty_review_is_refused(world: World) -> None:
    """OFF-16: what was on the screen is what is signed."""
    world.alert("a1")
    answers = [Answer(question=q.id, answer="yes") for q in checklist().of("legal")]
    draft = Draft(
        kind="legal",
        alert_id="a1",
        manifest_sha256="0" * 64,
        officer_id="chen",
        answers=answers,
        passed=True,
    )
    with pytest.raises(StaleEvidence):
        await sign(world.database, world.keys, draft, now_ms=AT_MS)
    with pytest.raises(BadReview, match="unanswered"):
        await sign(world.database, world.keys, replace(draft, answers=[]), now_ms=AT_MS)
    with pytest.raises(NoSuchEvidence):
        await sign(world.database, world.keys, replace(draft, alert_id="none"), now_ms=AT_MS)
    assert world.rows("SELECT 1 FROM reviews") == []
