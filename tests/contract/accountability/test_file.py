"""A fault file from its opening to its end, over a real database."""

from __future__ import annotations

import psycopg
import pytest

from pipelines.accountability.actors import steps
from pipelines.accountability.book import NotNow, Opening, Tampered, open_file, read_file
from pipelines.accountability.facts import facts_of, subject_of
from pipelines.accountability.fold import fold
from pipelines.accountability.objections import answer_objection, decide_together, object_to
from pipelines.accountability.posts import posts
from pipelines.accountability.said import NotSaid
from pipelines.accountability.separation import NotYours, may_see
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.transparency.leaf import Kind
from tests.contract.accountability.world import DAY, Book, actor, history, leaves
from tests.contract.dashboards.rows import NOW_MS, POOL_ALERT


async def _proposal(book: Book) -> str:
    await book.do("propose", "feng")
    _, entries = await read_file(book.database, book.fault_id)
    return fold(entries).proposal_sha256


async def test_everybody_at_every_step_is_named_with_capacity_and_fact(database: Database) -> None:
    """ACC-10: 承办, 审核, 批准, 主管 at each step; who is an auxiliary; the organising unit."""
    await decide_together(
        database, actor("sun"), kind="alert", subject_id=POOL_ALERT, members=["sun", "qian"],
        decided="立案", now_ms=NOW_MS,
    )  # fmt: skip
    subject = await subject_of(database, "alert", POOL_ALERT)
    found = steps(subject, await facts_of(database, subject), await posts(database))
    told = {(one.action, one.capacity, one.officer_id, one.post, one.auxiliary) for one in found}
    assert ("acknowledged", "handler", "wang", "handler", False) in told
    assert ("unsure", "handler", "li", "auxiliary", True) in told
    assert ("confirmed", "superior", "qian", "section_head", False) in told
    assert ("confirmed", "superior", "sun", "unit_head", False) in told
    assert [one.unit_id for one in found if one.capacity == "organising_unit"] == ["authority"]
    assert all(one.fact_id for one in found)


async def test_the_whole_course(book: Book) -> None:
    """ACC-5, ACC-6, ACC-14 to ACC-20: opened, elements, findings, grounds, an expert's opinion,
    told, heard, answered, proposed, decided by another, appealed, replied, circulated, closed."""
    await book.elements("feng")
    await book.do("finding", "feng", code="careless", officer_id="wang", answer="yes")
    await book.do("finding", "feng", code="lax", officer_id="qian", answer="yes")
    await book.do("finding", "feng", code="lax", officer_id="sun", answer="no")
    await book.do("ground", "feng", code="14.2", officer_id="wang",
                  shown={"admitted": "entry:1", "cooperated": "entry:1"})  # fmt: skip
    await book.do("ground", "feng", code="15.3", officer_id="qian", shown={})
    await book.do("opinion", "feng", body="市级专家组", level="municipal", sha256="a" * 64)
    await book.do("tell", "feng")
    said = await book.do("statement", "wang")
    outcomes = [
        {"officer_id": "wang", "degree": "main", "outcomes": ["17.1"], "ground": "主要责任"},
        {"officer_id": "qian", "degree": "secondary", "outcomes": ["17.2"], "ground": "次要责任"},
    ]
    early = await _proposal(book)
    with pytest.raises(NotSaid) as waits:
        await book.do("decide", "chen", proposal=early, outcomes=outcomes, sanction=True)
    assert waits.value.code == "unanswered"
    await book.do("answer", "feng", statement=said.number, adopted=False)
    with pytest.raises(NotSaid) as stale:
        await book.do("decide", "chen", proposal=early, outcomes=outcomes, sanction=True)
    assert stale.value.code == "stale"
    proposal = await _proposal(book)
    _, entries = await read_file(book.database, book.fault_id)
    standing = fold(entries)
    assert standing.proposal is not None
    assert {s["officer_id"]: s["degree"] for s in standing.proposal["shares"]} == {
        "wang": "main", "qian": "secondary"
    }  # fmt: skip
    grounds = {one["code"]: one for one in standing.proposal["grounds"]}
    assert (grounds["14.2"]["modal"], grounds["14.2"]["missing"]) == ("may", [])
    assert (grounds["15.3"]["modal"], grounds["15.3"]["missing"]) == ("shall", ["earlier"])
    decided = await book.do("decide", "chen", proposal=proposal, outcomes=outcomes, sanction=True)
    clocks = await book.database.query("SELECT kind, state, due_ms FROM clocks")
    (running,) = [one for one in clocks if one["kind"] == "fault_circulation"]
    assert 30 * DAY <= running["due_ms"] - decided.at_ms <= 31 * DAY
    with pytest.raises(NotSaid) as uncirculated:
        await book.do("close", "feng")
    assert uncirculated.value.code == "not_circulated"
    await book.do("ask_review", "wang")
    with pytest.raises(NotNow):
        await book.do("close", "feng")
    await book.do("reply", "high", result="upheld", told=True)
    await book.do("circulate", "feng", where="所内通报 2026-3")
    await book.do("refer", "feng")
    await book.do("close", "feng")
    states = {c["kind"]: c["state"] for c in await book.database.query("SELECT * FROM clocks")}
    assert (states["fault_circulation"], states["fault_review"]) == ("met", "met")
    _, entries = await read_file(book.database, book.fault_id)
    told = await leaves(book.database)
    mine = [one.body["entry_sha256"] for one in told if one.subject == book.fault_id]
    assert mine == [one.sha256 for one in entries]


async def test_nobody_concerned_decides_and_the_opener_does_not(book: Book) -> None:
    """ACC-22: separation of duties, by office, by concern, by what they did before."""
    await book.elements("feng")
    await book.do("tell", "feng")
    proposal = await _proposal(book)
    body = {"proposal": proposal, "sanction": False, "departs": "d", "outcomes": [
        {"officer_id": "wang", "degree": "main", "outcomes": ["17.1"], "ground": "g"}]}  # fmt: skip
    for who, code in (
        ("sun", "concerned"), ("wang", "concerned"), ("feng", "opened_it"), ("zhou", "role"),
        ("high", "scope"), ("arch", "role"),
    ):  # fmt: skip
        with pytest.raises(NotYours) as refused:
            await book.do("decide", who, **body)
        assert (who, refused.value.code) == (who, code)
    with pytest.raises(NotYours):
        await book.do("statement", "chen")
    await book.do("decide", "chen", **body)
    await book.do("ask_review", "wang")
    for who in ("feng", "chen"):
        with pytest.raises(NotYours):
            await book.do("reply", who, result="upheld", told=True)
    await book.do("reply", "upper", result="lifted", told=True)


async def test_who_acted_in_the_matter_cannot_open_a_file_on_it(database: Database) -> None:
    """ACC-18, ACC-22: a unit's fault is the superior unit's; nobody concerned opens."""
    for who, about, code in (
        ("sun", "officer", "concerned"), ("feng", "unit", "not_competent"),
        ("zhou", "officer", "role"),
    ):  # fmt: skip
        opening = Opening(subject_kind="alert", subject_id=POOL_ALERT, about=about,
                          activity="penalty", alleged="x")  # fmt: skip
        with pytest.raises(NotYours) as refused:
            await open_file(database, actor(who), opening, now_ms=NOW_MS)
        assert (who, refused.value.code) == (who, code)
    unit = Opening(subject_kind="alert", subject_id=POOL_ALERT, about="unit", activity="penalty",
                   alleged="x")  # fmt: skip
    fault_id = await open_file(database, actor("high"), unit, now_ms=NOW_MS)
    book = Book(database, fault_id)
    await book.elements("high")
    await book.do("tell", "high")
    await book.do("propose", "high")
    _, entries = await read_file(database, fault_id)
    proposal = fold(entries).proposal_sha256
    of_unit = {"degree": "unit", "outcomes": ["17.2"], "ground": "g"}
    with pytest.raises(NotSaid, match="about a unit"):
        await book.do("decide", "upper", proposal=proposal, sanction=False,
                      outcomes=[{**of_unit, "officer_id": "wang", "degree": "main"}])  # fmt: skip
    await book.do("decide", "upper", proposal=proposal, sanction=False, outcomes=[of_unit])


async def test_a_file_is_dropped_on_article_6_8_or_9_with_what_it_requires(book: Book) -> None:
    """ACC-4, ACC-6, ACC-8, ACC-9: 尽职免责; only what is shown excuses, a person says so."""
    with pytest.raises(NotSaid) as not_absent:
        await book.do("drop", "chen", basis="6")
    assert not_absent.value.code == "elements"
    await book.do("ground", "feng", code="8.3", shown={"deceit": "event:1"})
    with pytest.raises(NotSaid) as not_shown:
        await book.do("drop", "chen", basis="8.3")
    assert not_shown.value.code == "not_shown"
    full = {"deceit": "event:1", "corrected": "event:2"}
    await book.do("ground", "feng", code="8.3", shown=full)
    with pytest.raises(NotYours):
        await book.do("drop", "feng", basis="8.3")
    await book.do("drop", "chen", basis="8.3")
    _, entries = await read_file(book.database, book.fault_id)
    assert fold(entries).state == "dropped"


async def test_a_false_complaint_is_clarified_on_record(book: Book) -> None:
    """ACC-21: the facts are clarified; it stays in the file and in the log."""
    await book.do("element", "feng", element="harm", value="neither")
    await book.do("drop", "chen", basis="6")
    await book.do("clarify", "feng", words="投诉不实，已在所内和向投诉人澄清")
    await book.do("close", "feng")
    _, entries = await read_file(book.database, book.fault_id)
    assert fold(entries).clarified_ms is not None
    assert [one.body["act"] for one in await leaves(book.database)][-2:] == ["clarify", "close"]


async def test_the_record_of_an_objection_lays_it_on_the_superior(database: Database) -> None:
    """ACC-11 (7): kept whatever is answered; only the superior answers, once."""
    objection_id = await object_to(
        database, actor("wang"), kind="alert", subject_id=POOL_ALERT, superior="sun",
        ordered="不予立案", objection="证据充分，应当立案", now_ms=NOW_MS,
    )  # fmt: skip
    with pytest.raises(NotYours):
        await answer_objection(
            database, actor("feng"), objection_id, adopted=True, words="w", now_ms=NOW_MS
        )
    for _ in range(2):
        try:
            await answer_objection(
                database, actor("sun"), objection_id, adopted=False, words="照办", now_ms=NOW_MS
            )
        except NotSaid as twice:
            assert twice.code == "answered"  # noqa: PT017  the second time
    opening = Opening(subject_kind="alert", subject_id=POOL_ALERT, about="officer",
                      activity="penalty", alleged="应立案未立案", fault="12.5")  # fmt: skip
    book = Book(database, await open_file(database, actor("feng"), opening, now_ms=NOW_MS))
    await book.elements("feng")
    await book.do("finding", "feng", code="ordered_after_objection", officer_id="sun", answer="yes")
    await book.do("propose", "feng")
    _, entries = await read_file(database, book.fault_id)
    proposal = fold(entries).proposal
    assert proposal is not None
    assert [(s["officer_id"], s["degree"]) for s in proposal["shares"]] == [("sun", "sole")]
    assert f"objection:{objection_id}" in proposal["shares"][0]["facts"]
    assert ["wang", "relieved_11.7"] in proposal["without"]


async def test_whoever_is_named_sees_the_file_once_told(book: Book) -> None:
    """ACC-19: statement and defence need knowledge of the file; others see nothing."""
    file, entries = await read_file(book.database, book.fault_id)
    assert not may_see(file, fold(entries), actor("wang"))
    await book.do("tell", "feng")
    file, entries = await read_file(book.database, book.fault_id)
    seen = {who for who in ("wang", "li", "zhou", "feng", "high", "arch")
            if may_see(file, fold(entries), actor(who))}  # fmt: skip
    assert seen == {"wang", "li", "feng", "high"}


async def test_nothing_in_a_file_can_be_changed_unseen(book: Book, settings: Settings) -> None:
    """ACC-22: the table refuses changes; whoever forces one is found by the chain."""
    await book.elements("feng")
    for sql in ("UPDATE fault_entries SET by_officer = 'chen'", "DELETE FROM fault_entries",
                "DELETE FROM fault_files"):  # fmt: skip
        refused = pytest.raises(psycopg.errors.RaiseException)
        with psycopg.connect(settings.database_url) as db, refused:
            db.execute(sql.encode())
    with psycopg.connect(settings.database_url) as db:
        db.execute("ALTER TABLE fault_entries DISABLE TRIGGER ALL")
        db.execute("UPDATE fault_entries SET by_officer = 'chen' WHERE number = 2")
    with pytest.raises(Tampered, match="entry 3"):
        await book.do("tell", "feng")


async def test_an_act_once_logged_says_no_words(book: Book) -> None:
    """ACC-22: the log holds digests of entries: people's words stay in the file."""
    await book.do("tell", "feng", words="当事人的私事")
    told = [one for one in await leaves(book.database) if one.subject == book.fault_id]
    assert len(told) == 2
    assert all("私事" not in str(one.body) for one in told)
    assert {one.kind for one in told} == {Kind.DUTY}


async def test_a_reopened_dismissal_names_the_leader_as_approver(
    database: Database, settings: Settings
) -> None:
    """ACC-10: overruling a verdict is an approver's act."""
    history(settings.database_url, ("sun", "reopened", NOW_MS))
    subject = await subject_of(database, "alert", POOL_ALERT)
    found = steps(subject, await facts_of(database, subject), await posts(database))
    assert ("sun", "approver") in {(one.officer_id, one.capacity) for one in found}
