"""Reviews over HTTP on the real database: who may, once, of what, and what is left behind."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import psycopg
import pytest

from pipelines import codec
from pipelines.evidence.keys import Keys
from pipelines.quality.checklist import Kind, checklist
from pipelines.quality.review import verified
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.transparency import leaf
from tests.contract.dashboards.rows import POOL_ALERT, SEALING_ALERT
from tests.contract.quality.conftest import SignIn
from tests.contract.quality.sealing import seal

REVIEWS = f"/api/alerts/{POOL_ALERT}/reviews"
PAGE = f"/alerts/{POOL_ALERT}/reviews"


def body(kind: Kind, digest: str, *, passed: bool = True, **other: str) -> dict[str, Any]:
    """A review with every question answered yes, but for ``other``."""
    answers = [
        {"question": q.id, "answer": other.get(q.id, "yes"), "words": "见说明"}
        for q in checklist().of(kind)
    ]
    return {
        "kind": kind,
        "manifest_sha256": digest,
        "answers": answers,
        "passed": passed,
        "words": "合格" if passed else "不合格",
    }


@pytest.mark.parametrize("confirmed_after", [0, 1, 2])
async def test_the_clock_of_the_reviews_ends_when_both_are_signed(
    officer: SignIn, site_settings: Settings, site_database: Database, confirmed_after: int
) -> None:
    """OFF-16, OFF-21: before the officer confirms or after; one review alone ends nothing."""
    digest = seal(site_settings.database_url)
    chen, zhou = await officer("3301"), await officer("3302")
    confirm = {"action": "confirm", "ground": "现场复测"}
    steps = [(zhou, REVIEWS, body("legal", digest)), (chen, REVIEWS, body("technical", digest))]
    steps.insert(confirmed_after, (chen, f"/api/alerts/{POOL_ALERT}/moves", confirm))
    states: list[list[str]] = []
    for who, url, sent in steps:
        assert (await who.post(url, json=sent)).status_code == 200
        rows = await site_database.query("SELECT state FROM clocks WHERE kind = 'review'")
        states.append([row["state"] for row in rows])
    assert states[-1] == ["met"]
    assert ["met"] not in states[:-1]


async def test_two_people_sign_and_each_leaves_row_leaf_and_trail(
    officer: SignIn, site_settings: Settings, site_database: Database
) -> None:
    """OFF-16, Administrative Penalty Law art. 41: signed with the authority's key, by two."""
    digest = seal(site_settings.database_url)
    chen, zhou = await officer("3301"), await officer("3302")
    assert (await zhou.post(REVIEWS, json=body("legal", digest))).status_code == 200
    assert (await chen.post(REVIEWS, json=body("technical", digest))).status_code == 200
    rows = await site_database.query("SELECT * FROM reviews ORDER BY seq")
    keys = Keys(site_settings.keys)
    for row, who in zip(rows, ("3302", "3301"), strict=True):
        pem = keys.public_pem(row["key_id"])
        review = verified(bytes(row["statement"]), bytes(row["signature"]), pem)
        assert (review.officer_id, review.manifest_sha256) == (who, digest)
    waiting = await site_database.query("SELECT leaves FROM log_pending")
    leaves = [one for row in waiting for one in leaf.decode(bytes(row["leaves"]))]
    told = [one for one in leaves if one.kind is leaf.Kind.REVIEW]
    assert [one.body["kind"] for one in told] == ["legal", "technical"]
    assert told[0].body["statement_sha256"] == (
        hashlib.sha256(bytes(rows[0]["statement"])).hexdigest()
    )
    shown = (await chen.get(REVIEWS)).json()
    assert [one["officer_id"] for one in shown["standing"]] == ["3302", "3301"]
    assert (shown["missing"], shown["may"]) == ([], ["technical"])
    trail = (await chen.get(f"/api/alerts/{POOL_ALERT}")).json()["events"]
    assert {"legal_review_passed", "technical_review_passed"} <= {e["action"] for e in trail}


async def test_the_same_person_is_refused_twice_over(
    officer: SignIn, site_settings: Settings, site_database: Database
) -> None:
    """Administrative Penalty Law art. 41: a reviewer who signed one may not sign the other."""
    digest = seal(site_settings.database_url)
    zhou = await officer("3302")
    assert (await zhou.post(REVIEWS, json=body("technical", digest))).status_code == 200
    answer = await zhou.post(REVIEWS, json=body("legal", digest))
    assert (answer.status_code, answer.json()["detail"]) == (409, "same_person")
    assert len(await site_database.query("SELECT 1 FROM reviews")) == 1
    shown = (await zhou.get(f"{PAGE}/legal")).text
    assert "另一项审核由您签署" in shown
    assert '<form method="post" action="/alerts/' not in shown


@pytest.mark.parametrize(
    ("officer_id", "kind", "status"),
    [
        ("3301", "legal", 403),
        ("3301", "technical", 200),
        ("3302", "legal", 200),
        ("3302", "technical", 200),
        ("3390", "legal", 403),
        ("3390", "technical", 403),
    ],
)
async def test_roles(
    officer: SignIn, site_settings: Settings, officer_id: str, kind: Kind, status: int
) -> None:
    """Each role against each review, as the policy has it."""
    digest = seal(site_settings.database_url)
    someone = await officer(officer_id)
    assert (await someone.post(REVIEWS, json=body(kind, digest))).status_code == status
    assert (kind in (await someone.get(REVIEWS)).json()["may"]) is (status == 200)


async def test_another_units_evidence_is_reviewed_there(
    officer: SignIn, site_settings: Settings
) -> None:
    """AV-25: the unit that supervises the site."""
    digest = seal(site_settings.database_url)
    with psycopg.connect(site_settings.database_url) as connection:
        connection.execute("INSERT INTO units VALUES ('north', '北所', 'North')")
        connection.execute("UPDATE officers SET unit_id = 'north' WHERE officer_id = '3302'")
    answer = await (await officer("3302")).post(REVIEWS, json=body("legal", digest))
    assert (answer.status_code, answer.json()["detail"]) == (403, "scope")


async def test_a_review_is_void_once_the_evidence_is_another(
    officer: SignIn, site_settings: Settings
) -> None:
    """OFF-16: it is of one manifest digest; who looked at the old one may not sign the new."""
    digest = seal(site_settings.database_url)
    zhou = await officer("3302")
    await zhou.post(REVIEWS, json=body("legal", digest))
    newer = seal(site_settings.database_url, again="x")
    shown = (await zhou.get(REVIEWS)).json()
    assert (shown["missing"], len(shown["former"])) == (["legal", "technical"], 1)
    late = await zhou.post(REVIEWS, json=body("legal", digest))
    assert (late.status_code, late.json()["detail"]) == (409, "stale_evidence")
    assert "已重新固定，失效" in (await zhou.get(f"/alerts/{POOL_ALERT}")).text
    assert (await zhou.post(REVIEWS, json=body("legal", newer))).status_code == 200


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"answers": []}, "unanswered"),
        ({"answers": [{"question": "nonsense", "answer": "yes"}]}, "unknown_question"),
        ({"passed": False, "words": " "}, "conclusion_missing"),
    ],
)
async def test_incomplete_reviews_are_refused(
    officer: SignIn, site_settings: Settings, change: dict[str, Any], code: str
) -> None:
    """OFF-16: every question is answered, every no says why."""
    digest = seal(site_settings.database_url)
    zhou = await officer("3302")
    answer = await zhou.post(REVIEWS, json=body("legal", digest) | change)
    assert (answer.status_code, answer.json()["detail"]) == (422, code)


async def test_a_no_cannot_pass_and_must_say_why(officer: SignIn, site_settings: Settings) -> None:
    """Administrative Penalty Law art. 41: what does not meet the demands is no evidence."""
    digest = seal(site_settings.database_url)
    chen = await officer("3301")
    doubted = body("technical", digest, clear="no")
    answer = await chen.post(REVIEWS, json=doubted)
    assert (answer.status_code, answer.json()["detail"]) == (422, "passed_despite_no")
    for one in doubted["answers"]:
        one["words"] = ""
    answer = await chen.post(REVIEWS, json=doubted | {"passed": False})
    assert answer.json()["detail"] == "words_missing"
    failed = body("technical", digest, passed=False, clear="no")
    assert (await chen.post(REVIEWS, json=failed)).status_code == 200
    assert (await chen.get(REVIEWS)).json()["standing"][0]["passed"] is False


async def test_without_token_or_session_nothing_is_signed(
    officer: SignIn, site_settings: Settings, site_database: Database
) -> None:
    """A form that is not ours, and somebody who is not signed in."""
    digest = seal(site_settings.database_url)
    zhou = await officer("3302")
    del zhou.headers["X-CSRF-Token"]
    assert (await zhou.post(REVIEWS, json=body("legal", digest))).status_code == 403
    assert (await zhou.post(f"{PAGE}/legal", data={"passed": "yes"})).status_code == 403
    zhou.cookies.clear()
    assert (await zhou.get(REVIEWS)).status_code == 401
    assert (await zhou.get(f"/api/alerts/{SEALING_ALERT}/reviews")).status_code == 401
    assert await site_database.query("SELECT 1 FROM reviews") == []


async def test_what_is_not_before_the_officers_cannot_be_reviewed(officer: SignIn) -> None:
    """Evidence that is still being sealed."""
    zhou = await officer("3302")
    assert (await zhou.get(f"/api/alerts/{SEALING_ALERT}/reviews")).status_code == 404
    wanted = body("legal", "0" * 64)
    answer = await zhou.post(f"/api/alerts/{SEALING_ALERT}/reviews", json=wanted)
    assert answer.status_code == 404


async def test_the_form_begins_with_what_the_gate_found(
    officer: SignIn, site_settings: Settings
) -> None:
    """OFF-13: failing points are prefilled as no, in words; advice is shown, no more."""
    seal(site_settings.database_url, failing="clear.blurred")
    chen = await officer("3301")
    form = (await chen.get(f"{PAGE}/technical")).text
    assert _chosen(form) == {"clear": "no"}
    assert "画面模糊" in form
    alert = (await chen.get(f"/alerts/{POOL_ALERT}")).text
    assert "画面模糊" in alert
    assert "重新对焦" in alert
    chen.cookies.set("language", "en")
    assert "Focus anew" in (await chen.get(f"/alerts/{POOL_ALERT}")).text
    seal(site_settings.database_url, failing="clear.resolution_unknown")
    assert _chosen((await chen.get(f"{PAGE}/technical")).text) == {}


async def test_the_form_signs_and_keeps_what_was_typed(
    officer: SignIn, site_settings: Settings, site_database: Database
) -> None:
    """A form sent back keeps its answers; a good one is signed and seen on the alert's page."""
    seal(site_settings.database_url)
    zhou = await officer("3302")
    shown = (await zhou.get(f"{PAGE}/legal")).text
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', shown))
    typed = {f"answer-{q.id}": "yes" for q in checklist().of("legal")}
    short = {**fields, **typed, "passed": "no", "words": ""}
    again = await zhou.post(f"{PAGE}/legal", data=short)
    assert again.status_code == 422
    assert "不通过的，请写明理由" in again.text
    assert set(_chosen(again.text).values()) == {"yes"}
    done = await zhou.post(f"{PAGE}/legal", data=short | {"passed": "yes", "words": "合法"})
    assert (done.status_code, done.headers["location"]) == (303, f"/alerts/{POOL_ALERT}#reviews")
    assert "合法" in (await zhou.get(f"/alerts/{POOL_ALERT}")).text
    assert len(await site_database.query("SELECT 1 FROM reviews")) == 1


async def test_a_review_of_a_confirmed_alert_asks_for_its_case_again(
    officer: SignIn, site_settings: Settings, site_database: Database
) -> None:
    """OFF-16: the page says what the case waits for; the review sends the verdict once more."""
    digest = seal(site_settings.database_url)
    chen, zhou = await officer("3301"), await officer("3302")
    moved = {"action": "confirm", "ground": "属实"}
    await chen.post(f"/api/alerts/{POOL_ALERT}/moves", json=moved)
    assert "尚缺审核" in (await chen.get(f"/alerts/{POOL_ALERT}")).text
    await zhou.post(REVIEWS, json=body("legal", digest))
    rows = await site_database.query("SELECT value FROM outbox WHERE topic = 'verdicts'")
    first, again = (codec.decode(bytes(row["value"]), codec.VerdictMessage) for row in rows)
    assert first == again


def _chosen(form: str) -> dict[str, str]:
    """Which answers a form has ticked."""
    ticked = re.findall(r'name="answer-(\w+)" value="(\w+)" required checked', form)
    return dict(ticked)
