"""The pages: who sees what, the forms, the package, the review of case files."""

from __future__ import annotations

import io
import re
import subprocess
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import psycopg
import pytest

from dashboards.triage.app import create_app
from pipelines.accountability.case_review import ASPECTS, questions
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.transparency.leaf import Kind
from tests.contract.accountability.world import Book, leaves
from tests.contract.dashboards.rows import CAMERA_ALERT, NOW_MS, POOL_ALERT, insert_case
from tests.contract.dashboards.visits import signed_in


class Door:
    """The site, and a browser for each."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.app = create_app(settings, database, clock=lambda: NOW_MS + 60_000)
        self._clients: dict[str, httpx.AsyncClient] = {}

    async def enter(self, who: str) -> httpx.AsyncClient:
        """Signed in once."""
        if who not in self._clients:
            transport = httpx.ASGITransport(app=self.app)
            client = httpx.AsyncClient(transport=transport, base_url="http://vigil.test")
            self._clients[who] = await signed_in(client, who)
        return self._clients[who]

    async def get(self, who: str, path: str) -> httpx.Response:
        """A page."""
        return await (await self.enter(who)).get(path)

    async def post(self, who: str, path: str, **form: object) -> httpx.Response:
        """A form."""
        client = await self.enter(who)
        token = client.headers["X-CSRF-Token"]
        return await client.post(path, data={"csrf": token, **form})


@pytest.fixture
async def door(settings: Settings, database: Database) -> AsyncIterator[Door]:
    """The site over the filled database."""
    opened = Door(settings, database)
    yield opened
    await opened.app.state.site.copies.close()


@pytest.mark.parametrize(
    ("who", "status", "sees_unit"),
    [("wang", 200, False), ("zhou", 200, False), ("sun", 200, True), ("3390", 403, False)],
)
async def test_a_leader_sees_the_unit_an_officer_themselves(
    door: Door, who: str, status: int, sees_unit: bool
) -> None:
    """OFF-21, ACC-12, ACC-13: the report by officer; leads, plainly no verdicts."""
    page = await door.get(who, "/duties")
    assert page.status_code == status
    if status == 200:
        assert ("钱科长" in page.text) == sees_unit
        assert "不是认定" in page.text


async def test_the_actors_of_an_alert_are_shown_to_the_unit_and_to_those_who_acted(
    door: Door,
) -> None:
    """ACC-10: with capacity, post and the record's id."""
    path = f"/duties/actors/alert/{POOL_ALERT}"
    page = await door.get("wang", path)
    assert page.status_code == 200
    for said in ("承办人", "主管人员", "辅助人员", "event:"):
        assert said in page.text
    assert (await door.get("sun", path)).status_code == 200
    assert (await door.get("zhou", path)).status_code == 403
    assert (await door.get("high", path)).status_code == 403
    assert (await door.get("sun", "/duties/actors/alert/none")).status_code == 404
    assert (await door.get("sun", "/duties/actors/ghost/x")).status_code == 404


async def test_a_fault_file_by_forms(door: Door, database: Database) -> None:
    """ACC-5, ACC-6, ACC-19, ACC-22: opened, gathered, told, defended, proposed, decided."""
    opened = await door.post(
        "feng", "/faults", kind="alert", subject_id=POOL_ALERT, about="officer", activity="penalty",
        fault="13.4", alleged="认定事实不清",
    )  # fmt: skip
    assert opened.status_code == 303, opened.text
    path = opened.headers["location"]
    assert (await door.get("wang", path)).status_code == 403
    assert "没有案卷" in (await door.get("wang", "/faults")).text

    async def act(who: str, name: str, status: int = 303, **form: object) -> httpx.Response:
        answer = await door.post(who, f"{path}/{name}", words=f"{name}理由", **form)
        assert answer.status_code == status, (name, answer.text)
        return answer

    await act("feng", "element", element="mind", value="negligence")
    refused = await act("feng", "element", 422, element="performance", value="illegal")
    assert "没有这一项" in refused.text
    await act("feng", "element", element="performance", value="illegal", fault="13.4")
    await act("feng", "element", element="harm", value="ill_effect")
    await act("feng", "finding", code="careless", officer_id="wang", answer="yes")
    await act("feng", "name", officer_id="qian", capacity=["superior", "section_head"])
    await act("feng", "ground", code="14.2", officer_id="wang", shown="admitted=entry:1\n")
    await act("feng", "tell")
    assert "涉及您本人" in (await door.get("wang", "/faults")).text
    await act("wang", "statement")
    await act("feng", "answer", statement="9", adopted="yes")
    await act("feng", "propose")
    page = (await door.get("chen", path)).text
    assert "不作认定" in page
    assert "主要责任" in page
    (proposal,) = set(re.findall(r'name="proposal" value="([0-9a-f]{64})"', page))
    decided = {"proposal": proposal, "degree-wang": "main", "outcome-wang": ["17.1"],
               "ground-wang": "调查不全面"}  # fmt: skip
    await act("feng", "decide", 403, **decided)
    await act("wang", "decide", 403, **decided)
    await act("chen", "decide", 422, **{**decided, "proposal": "0" * 64})
    await act("chen", "decide", **decided)
    await act("chen", "decide", 409, **decided)
    await act("feng", "dance", 404)
    assert "责令作出书面检查" in (await door.get("wang", f"{path}/print")).text
    book = Book(database, path.rpartition("/")[2])
    told = [one for one in await leaves(database) if one.subject == book.fault_id]
    assert [one.body["act"] for one in told][-1] == "decide"


async def test_without_its_own_token_nothing_is_entered(door: Door, database: Database) -> None:
    """ACC-22: a form that our page did not send is refused; so are strangers."""
    client = await door.enter("feng")
    for path in ("/faults", "/duties/objections", "/duties/entries", "/duties/diligence",
                 "/duties/case-files"):  # fmt: skip
        assert (await client.post(path, data={"csrf": "no"})).status_code == 403, path
    assert (await door.post("3390", "/faults", kind="alert")).status_code in (403, 404)
    assert await leaves(database) == []


async def test_an_objection_is_entered_and_answered_by_its_superior(door: Door) -> None:
    """ACC-11 (7): by the form; only the superior has the form to answer."""
    form = {"kind": "alert", "subject_id": POOL_ALERT, "superior": "sun", "ordered": "不予立案",
            "objection": "应当立案"}  # fmt: skip
    wrong = await door.post("wang", "/duties/objections", **{**form, "superior": "nobody"})
    assert (wrong.status_code, "没有这一人员" in wrong.text) == (422, True)
    assert (await door.post("wang", "/duties/objections", **form)).status_code == 303
    mine = (await door.get("wang", "/duties")).text
    assert "待答复" in mine
    assert "/duties/objections/" not in mine.replace('action="/duties/objections"', "")
    found = re.search(r"/duties/objections/[0-9a-f]{32}", (await door.get("sun", "/duties")).text)
    assert found is not None
    path = found[0]
    answer = {"words": "照办", "outcome": "overrule"}
    assert (await door.post("feng", path, **answer)).status_code == 403
    assert (await door.post("sun", path, **answer)).status_code == 303
    assert (await door.post("sun", path, **answer)).status_code == 422
    assert "不采纳，仍须执行" in (await door.get("wang", "/duties")).text


async def test_diligence_is_entered_with_its_file_and_taken_out_with_proofs(
    door: Door, database: Database, tmp_path: Path
) -> None:
    """ACC-7: plans, training, approvals, inspections, acts, objections; signed, logged, own."""
    client = await door.enter("wang")
    token = client.headers["X-CSRF-Token"]
    entry = {"csrf": token, "kind": "training", "title": "行政处罚法培训", "day": "2026-05-20"}
    file = {"file": ("../培训证明.pdf", b"%PDF-1.7 proof", "application/pdf")}
    assert (await client.post("/duties/entries", data=entry, files=file)).status_code == 303
    for wrong in ({"kind": "party"}, {"day": "2030-01-01"}, {"title": " "}, {"whose": "zhou"}):
        answer = await client.post("/duties/entries", data={**entry, **wrong})
        assert answer.status_code in (403, 422), wrong
    span = {"from": "2026-05-01", "to": "2026-06-01"}
    taken = await door.post("wang", "/duties/diligence", **span)
    assert taken.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(taken.content)) as zipped:
        zipped.extractall(tmp_path / "out")
    (folder,) = (tmp_path / "out").iterdir()
    checked = subprocess.run(  # noqa: ASYNC221  a moment, in a test
        ["sha256sum", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    index = (folder / "index.html").read_text("utf-8")
    for said in ("第七条", "Record of diligence", "行政处罚法培训", "acknowledged", "培训证明.pdf"):
        assert said in index
    assert [p.read_bytes() for p in (folder / "files").iterdir()] == [b"%PDF-1.7 proof"]
    (key,) = (folder / "keys").iterdir()
    signed = subprocess.run(  # noqa: ASYNC221
        ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", str(key), "-rawin", "-in",
         "SHA256SUMS", "-sigfile", "SHA256SUMS.sig"],
        cwd=folder, capture_output=True, check=False,
    )  # fmt: skip
    assert signed.returncode == 0, signed.stderr
    (exported,) = await leaves(database, Kind.EXPORT)
    assert (exported.body["officer"], exported.body["by"]) == ("wang", "wang")
    assert (await door.post("zhou", "/duties/diligence", whose="wang", **span)).status_code == 403
    assert (await door.post("sun", "/duties/diligence", whose="wang", **span)).status_code == 422
    asked = await door.post("sun", "/duties/diligence", whose="wang", reason="答辩", **span)
    assert asked.headers["content-type"] == "application/zip"


async def test_case_files_are_drawn_hinted_at_and_answered_by_somebody_else(
    door: Door, settings: Settings, database: Database
) -> None:
    """ACC-3, ACC-4: facts, evidence, basis, procedure, fitness; in proportion; by a person."""
    assert {q.aspect for q in questions()} == set(ASPECTS)
    assert {q.article for q in questions()} == {"3", "4"}
    insert_case(settings.database_url)
    assert (await door.post("wang", "/duties/case-files", count="1")).status_code == 403
    long_ago = {"from": "2020-01-01", "to": "2020-02-01"}
    nothing = await door.post("chen", "/duties/case-files", count="1", **long_ago)
    assert nothing.status_code == 422
    drawn = await door.post("chen", "/duties/case-files", count="1")
    assert drawn.status_code == 303
    listed = (await door.get("chen", "/duties/case-files")).text
    path = re.findall(r"/duties/case-files/[0-9a-f]{32}/case-1", listed)[0]
    page = (await door.get("chen", path)).text
    assert "missing:review_legal" in page  # a case without reviews: told beside the question
    yes = {f"answer-{q.code}": "yes" for q in questions()}
    assert (await door.post("chen", path, **yes | {"answer-equal": "no"})).status_code == 422
    with psycopg.connect(settings.database_url) as db:
        db.execute("INSERT INTO alert_events (event_id, alert_id, at_ms, actor, action)"
                   " VALUES ('x', %s, 1, 'sun', 'reopened')", (POOL_ALERT,))  # fmt: skip
    assert (await door.post("sun", path, **yes)).status_code == 403
    assert (await door.post("chen", path, **yes)).status_code == 303
    assert (await door.post("feng", path, **yes)).status_code == 422
    assert (await door.get("high", path)).status_code == 404
    assert "case_reviewed" in [one.body["act"] for one in await leaves(database)]


async def test_a_page_in_english_says_the_same(door: Door) -> None:
    """ACC-10, ACC-17: the plain word that it decides nothing, in the reader's language."""
    client = await door.enter("feng")
    client.cookies.set("language", "en")
    assert "It decides nothing" in (await client.get("/faults")).text
    assert "it is no finding" in (await client.get("/duties?from=2026-05-01&to=2026-06-01")).text
    assert (await client.get("/duties?from=nonsense&to=9999-99-99")).status_code == 200
    assert (await client.get(f"/duties/actors/alert/{CAMERA_ALERT}")).status_code == 200
