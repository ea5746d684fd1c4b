"""Requests, answers, looks and their addresses: what opens, what does not, what is written down."""

from __future__ import annotations

import asyncio
import hashlib
import io
import time

import av
import cv2
import numpy as np
import psycopg
import pytest

from pipelines.transparency import leaf
from pipelines.transparency.leaf import Kind, Leaf
from tests.contract.access.world import House
from tests.contract.dashboards.rows import CAMERA_ALERT, POOL_ALERT

MINUTE_MS = 60_000


async def leaves(house: House, kind: Kind) -> list[Leaf]:
    """What waits for the log, of a kind."""
    rows = await house.database.query("SELECT leaves FROM log_pending ORDER BY pending_id")
    return [one for row in rows for one in leaf.decode(bytes(row["leaves"])) if one.kind is kind]


async def test_a_look_is_in_the_log_before_the_first_byte(house: House) -> None:
    """AV-24: who, what, which digest, when, in which form and why."""
    answer = await house.look("officer-own", reason="case 7")
    (seen,) = await leaves(house, Kind.VIEW)
    digest = hashlib.sha256((house.settings.data_dir / "film.mp4").read_bytes()).hexdigest()
    assert (seen.subject, seen.at_ms) == (CAMERA_ALERT, house.clock.now_ms)
    told = {name: seen.body[name] for name in ("officer", "sha256", "form", "reason", "request")}
    assert told == {
        "officer": "officer-own", "sha256": digest, "form": "original", "reason": "case 7",
        "request": "",
    }  # fmt: skip
    assert seen.body["view"] == answer.json()["view_id"]


async def test_an_original_needs_a_written_reason_or_a_grant(house: House) -> None:
    """AV-25, promise 7: by office with a reason, else by request; the look names its grant."""
    assert (await house.look("officer-own", reason="  ")).status_code == 422
    refused = await house.look("officer-unit")
    assert refused.status_code == 403
    assert refused.json()["detail"] == {
        "error": "refused", "why": "grant_needed", "basis": "AV-24, AV-25",
        "ask": f"/access/ask?kind=alert&id={CAMERA_ALERT}&action=view",
    }  # fmt: skip
    request_id = await house.grant("officer-unit")
    assert (await house.look("officer-unit", reason="")).status_code == 201
    assert (await leaves(house, Kind.VIEW))[-1].body["request"] == request_id


async def test_what_goes_out_is_marked_and_never_the_file(house: House) -> None:
    """AV-26: a derivative, of the very moment, not one stored byte run of the original."""
    look = (await house.look("officer-own")).json()
    client = await house.enter("officer-own")
    piece = await client.get(look["first"])
    original = (house.settings.data_dir / "film.mp4").read_bytes()
    assert original[4096:4160] not in piece.content
    with av.open(io.BytesIO(piece.content), "r") as film:
        assert "officer-own" in film.metadata["comment"]
        assert look["view_id"] in film.metadata["comment"]
        shown = next(film.decode(video=0)).to_ndarray(format="gray")
    with av.open(io.BytesIO(original), "r") as film:
        plain = next(film.decode(video=0)).to_ndarray(format="gray")
    changed = abs(shown.astype(int) - plain.astype(int)) > 12
    assert 0.01 < changed.mean() < 0.2  # marks are there, and hide little
    thirds = [changed[:, n * 106 : (n + 1) * 106].mean() for n in range(3)]
    assert min(thirds) > 0.005  # none of it can be cut out without a mark


async def test_addresses_open_for_one_session_one_look_and_a_short_while(house: House) -> None:
    """AV-26: altered, of another, too late, replayed elsewhere: refused and written down."""
    look = (await house.look("officer-own")).json()
    mine, theirs = await house.enter("officer-own"), await house.enter("leader-unit")
    rest = look["rest"].replace("{n}", "1")
    assert (await mine.get(rest)).status_code == 200
    again = await house.look("officer-own")
    other = again.json()["view_id"]
    tries = [
        (mine, rest.replace("sig=", "sig=0"), "altered"),
        (mine, rest.replace("until=", "until=9"), "altered"),
        (mine, rest.replace(look["view_id"], other), "altered"),
        (mine, look["first"].replace("/0?", "/1?"), "altered"),
        (mine, rest.replace(look["view_id"], "0" * 32), "gone"),
        (theirs, rest, "foreign"),
    ]
    for client, url, code in tries:
        answer = await client.get(url)
        assert (answer.status_code, answer.json()["detail"]) == (403, f"address_{code}"), url
    del house._clients["officer-own"]
    elsewhere = await house.enter("officer-own")  # the same officer, signed in on another machine
    assert (await elsewhere.get(rest)).json()["detail"] == "address_foreign"
    assert (await house.stranger().get(rest)).status_code == 401
    house.clock.now_ms += MINUTE_MS
    assert (await mine.get(look["first"])).json()["detail"] == "address_expired"
    assert (await mine.get(rest)).status_code == 200
    house.clock.now_ms += 5 * MINUTE_MS
    assert (await mine.get(rest)).json()["detail"] == "address_expired"
    renewed = await mine.post(f"/api/views/{look['view_id']}/renew")
    assert (await mine.get(renewed.json()["rest"].replace("{n}", "1"))).status_code == 200
    assert (await theirs.post(f"/api/views/{look['view_id']}/renew")).status_code == 403
    told = [one.body["why"] for one in await leaves(house, Kind.VIEW) if "outcome" in one.body]
    assert told == [code for _, _, code in tries] + ["foreign", "expired", "expired", "foreign"]


async def test_a_grant_that_ends_or_is_taken_back_ends_a_look_that_has_begun(house: House) -> None:
    """AV-25: for a time; within a piece of film, and a new address does not help."""
    request_id = await house.grant("officer-other")
    look = (await house.look("officer-other")).json()
    client = await house.enter("officer-other")
    rest = look["rest"].replace("{n}", "1")
    assert (await client.get(rest)).status_code == 200
    assert (await house.answer(request_id, "withdraw")).status_code == 200
    assert (await client.get(rest)).json()["detail"]["why"] == "grant_needed"
    assert (await client.post(f"/api/views/{look['view_id']}/renew")).status_code == 403
    told = [one.body["outcome"] for one in await leaves(house, Kind.APPROVAL)]
    assert told == ["approved", "withdrawn"]


async def test_a_request_is_written_and_answered_by_somebody_else(house: House) -> None:
    """AV-25: reason, matter, period, applicant; the leader of the target's unit, never oneself."""
    asked = await house.ask("leader-own", action="export")
    request_id = asked.json()["request_id"]
    assert (await house.ask("leader-own", action="export")).json()["request_id"] == request_id
    assert len(await leaves(house, Kind.REQUEST)) == 1
    own = await house.answer(request_id, "approve", by="leader-own")
    assert (own.status_code, own.json()["detail"]) == (403, "own")
    for nobody in ("leader-other", "officer-unit", "admin-unit"):
        assert (await house.answer(request_id, "approve", by=nobody)).status_code == 403
    assert (await house.answer(request_id, "refuse")).json()["stands"] == "refused"
    assert (await house.answer(request_id, "approve")).status_code == 409
    client = await house.enter("officer-unit")
    for missing, code in (("reason", "reason_missing"), ("matter", "matter_missing")):
        body = {
            "kind": "alert", "id": CAMERA_ALERT, "reason": "r", "matter": "m",
            "from_ms": house.clock.now_ms, "to_ms": house.clock.now_ms + 1000, missing: " ",
        }  # fmt: skip
        answer = await client.post("/api/access/requests", json=body)
        assert (answer.status_code, answer.json()["detail"]) == (422, code)
    for days, code in ((0, "period"), (31, "period")):
        body |= {"reason": "r", "matter": "m", "to_ms": house.clock.now_ms + days * 86_400_000}
        assert (await client.post("/api/access/requests", json=body)).json()["detail"] == code
    needless = await house.ask("reviewer-unit")
    assert (needless.status_code, needless.json()["detail"]) == (422, "not_needed")


async def test_only_the_unit_s_own_is_listed(house: House) -> None:
    """AV-24: another unit's alerts are neither listed nor counted; a granted one opens."""
    client = await house.enter("officer-other")
    assert (await client.get("/api/alerts?state=all")).json() == []
    assert "金华清波" not in (await client.get("/")).text
    assert "金华清波" not in (await client.get("/parties")).text
    page = await client.get(f"/alerts/{CAMERA_ALERT}")
    assert page.status_code == 403
    assert "须先书面申请" in page.text
    assert f"/access/ask?kind=alert&amp;id={CAMERA_ALERT}&amp;action=view" in page.text
    await house.grant("officer-other")
    assert (await client.get(f"/alerts/{CAMERA_ALERT}")).status_code == 200
    assert (await client.get(f"/alerts/{POOL_ALERT}")).status_code == 403


async def test_a_download_is_a_look(house: House) -> None:
    """AV-24: data that shows nobody may be downloaded in the unit; each time is a leaf."""
    client = await house.enter("officer-unit")
    for _ in range(2):
        await client.get(f"/alerts/{CAMERA_ALERT}/objects/explanation.html")
    seen = await leaves(house, Kind.VIEW)
    assert [one.body["form"] for one in seen] == ["object", "object"]
    (view,) = await house.database.query("SELECT view_id FROM access_views LIMIT 1")
    renewed = await client.post(f"/api/views/{view['view_id']}/renew")
    assert (renewed.status_code, renewed.json()["detail"]) == (403, "address_gone")


async def test_a_picture_s_copy_is_a_look(house: House) -> None:
    """AV-24, AV-26: who saw a picture with hidden faces is in the log; its mark names the look."""
    noise = np.random.default_rng(5).integers(0, 255, (90, 160, 3), dtype=np.uint8)
    stored = house.app.state.site.objects.put(cv2.imencode(".jpg", noise)[1].tobytes())
    with psycopg.connect(house.settings.database_url) as db:
        db.execute(
            "INSERT INTO evidence_objects (evidence_id, role, name, sha256, sm3, size_bytes,"
            " media_type) SELECT evidence_id, 'poster', 'poster.jpg', %s, %s, %s, 'image/jpeg'"
            " FROM evidence WHERE alert_id = %s",
            (stored.sha256, stored.sm3, stored.size_bytes, CAMERA_ALERT),
        )
    client = await house.enter("officer-unit")
    until = time.monotonic() + 180
    while (got := await client.get(f"/alerts/{CAMERA_ALERT}/copies/poster.jpg")).status_code == 202:
        assert await leaves(house, Kind.VIEW) == []  # nothing was shown yet
        assert time.monotonic() < until
        await asyncio.sleep(0.5)
    assert got.status_code == 200, got.text
    (seen,) = await leaves(house, Kind.VIEW)
    assert (seen.body["form"], seen.body["sha256"]) == ("copy", stored.sha256)
    assert str(seen.body["view"]).encode() in got.content


async def test_a_secret_recording_is_not_opened_by_office(house: House) -> None:
    """AV-20: in the unit it takes a request, but for whoever answers them; one's own stays open."""
    with psycopg.connect(house.settings.database_url) as db:
        db.execute("UPDATE records SET secrecy = 'secret'")
    for who, status in (
        ("officer-own", 201), ("leader-unit", 201), ("reviewer-unit", 403), ("archivist-unit", 403),
        ("leader-other", 403), ("analyst-unit", 403),
    ):  # fmt: skip
        assert (await house.look(who, kind="record")).status_code == status, who
    await house.grant("reviewer-unit", kind="record")
    assert (await house.look("reviewer-unit", kind="record")).status_code == 201


@pytest.mark.parametrize("who", ["leader-own", "reviewer-unit", "officer-own", "archivist-unit"])
async def test_no_route_gives_the_original(house: House, who: str) -> None:
    """AV-26: every address of the site, with every name that could mean the file."""
    original = (house.settings.data_dir / "film.mp4").read_bytes()
    digest = hashlib.sha256(original).hexdigest()
    client = await house.enter(who)
    names = ("clip.mp4", "body.mp4", digest)
    walked = 0
    for path in sorted(_paths(house)):
        for name in names:
            url = _filled(path, name)
            answer = await client.get(url, follow_redirects=True)
            assert original[4096:4160] not in answer.content, url
            assert digest != hashlib.sha256(answer.content).hexdigest(), url
            walked += 1
    assert walked > 60


def _paths(house: House) -> set[str]:
    """Every address that answers GET, by the application's own list."""
    found: set[str] = set()
    waiting = list(house.app.routes)
    while waiting:
        route = waiting.pop()
        inner = getattr(route, "original_router", None) or getattr(route, "app", None)
        waiting += list(getattr(inner, "routes", []) or [])
        if "GET" in (getattr(route, "methods", None) or set()):
            found.add(str(getattr(route, "path", "")))
    return found


def _filled(path: str, name: str) -> str:
    values = {
        "alert_id": CAMERA_ALERT, "target_id": CAMERA_ALERT, "name": name, "kind": "alert",
        "form": "original", "record_id": "record-1", "number": "0", "language": "en",
        "view_id": "0" * 32, "request_id": "none",
    }  # fmt: skip
    for key, value in values.items():
        path = path.replace(f"{{{key}}}", value).replace(f"{{{key}:path}}", value)
    return path
