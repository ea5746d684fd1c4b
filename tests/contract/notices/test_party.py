"""The party's private page over the real database: who comes in, what is taken, what is refused."""

from __future__ import annotations

import re
import struct
import zlib

import cv2
import httpx
import numpy as np
import pytest

from pipelines.parties.door import AT_MOST, IN_A_ROW, LOCKED_MS
from pipelines.parties.files import MOST_BYTES
from pipelines.parties.links import digest_of
from tests.contract.dashboards.rows import CAMERA_ALERT, POOL_ALERT
from tests.contract.dashboards.visits import signed_in
from tests.contract.notices.conftest import House

CODE = "00001A"
DAY_MS = 86_400_000


def picture() -> bytes:
    """A photograph with metadata in it."""
    pixels = np.random.default_rng(1).integers(0, 255, (2000, 1500, 3), dtype=np.uint8)
    made, data = cv2.imencode(".jpg", pixels)
    assert made
    whole = bytes(data.tobytes())
    exif = b"Exif\0\0" + b"GPS 29.08N 119.65E"
    return whole[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + whole[2:]


def bomb() -> bytes:
    """A small PNG that claims and holds a hundred thousand pixels a side."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        whole = kind + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
            + chunk(b"IDAT", zlib.compress(bytes(1_000_000))) + chunk(b"IEND", b""))  # fmt: skip


def hidden(page: str, name: str) -> str:
    """A hidden field of the page."""
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found, name
    return found[1]


async def enter(visitor: httpx.AsyncClient, token: str, code: str = CODE) -> httpx.Response:
    """Opens the link and gives the code."""
    asked = await visitor.get(f"/p/{token}")
    if 'name="code"' not in asked.text:
        return asked
    sent = {"csrf": hidden(asked.text, "csrf"), "code": code}
    return await visitor.post(f"/p/{token}/enter", data=sent)


async def say(
    visitor: httpx.AsyncClient, token: str, kind: str, *, words: str = "",
    files: list[tuple[str, bytes]] | None = None, by: str = "王经理", form: str = "",
) -> httpx.Response:  # fmt: skip
    """Sends the answer's form as a browser does."""
    seen = (await visitor.get(f"/p/{token}")).text
    data = {"csrf": hidden(seen, "csrf"), "form": form or hidden(seen, "form"), "kind": kind,
            "words": words, "by_name": by}  # fmt: skip
    sent = [("files", (name, content)) for name, content in files or []]
    return await visitor.post(f"/p/{token}/answer", data=data, files=sent or [("files", ("", b""))])


async def test_shows_the_finding_only_to_who_it_is(
    house: House, visitor: httpx.AsyncClient
) -> None:
    """OFF-15: nothing before the code; then what, where, when, rights; opening is proven."""
    token = await house.link()
    first = await visitor.get(f"/p/{token}")
    assert first.status_code == 200
    assert "清波" not in first.text
    assert "1.62" not in first.text
    assert (await enter(visitor, token, "XXXXXX")).status_code == 403
    assert (await enter(visitor, token)).status_code == 303
    seen = (await visitor.get(f"/p/{token}")).text
    for words in ("清波游泳馆", "1.62", "不低于 0.3", "不高于 1", "第四十一条", "第四十五条",
                  "不是处罚决定", "请答复"):  # fmt: skip
        assert words in seen
    assert "<script>" not in seen
    assert house.sql("SELECT read_ms FROM notices") == [(house.now_ms,)]
    assert house.sql(
        "SELECT action FROM alert_events WHERE alert_id = %s AND action = 'notice_opened'",
        POOL_ALERT,
    ) == [("notice_opened",)]
    visitor.cookies.set("language", "en")
    assert "no penalty becomes heavier" in (await visitor.get(f"/p/{token}")).text


@pytest.mark.parametrize(
    ("kind", "words", "status"),
    [("confirmed", "", "confirmed"), ("disputed", "仪器坏了", "disputed"),
     ("rectified", "已加药", "rectified"), ("more_time", "等配件", "no_reply")],
)  # fmt: skip
async def test_each_answer_is_status_trail_leaf_clock_and_receipt(
    house: House, visitor: httpx.AsyncClient, kind: str, words: str, status: str
) -> None:
    """OFF-15: confirm, dispute, put right, no reply: on the alert, in the log, on the clocks."""
    token = await house.link()
    await enter(visitor, token)
    done = await say(visitor, token, kind, words=words)
    assert done.status_code == 303, done.text
    shown = (await visitor.get(done.headers["location"].partition("#")[0])).text
    ((answer_id, digest, late),) = house.sql("SELECT answer_id, digest, late FROM party_answers")
    assert str(answer_id)[:12].upper() in shown
    assert str(digest) in shown
    assert late is False
    assert house.sql("SELECT party_status FROM alerts WHERE alert_id = %s", POOL_ALERT) == [
        (status,)
    ]
    ((actor,),) = house.sql("SELECT actor FROM alert_events WHERE action = %s", f"party_{kind}")
    assert actor == "party:pool"
    rows = house.sql("SELECT kind, state FROM clocks WHERE alert_id = %s", POOL_ALERT)
    states = {kind_: state for kind_, state in rows}  # noqa: C416  dict() has no type for rows
    assert states["party_answer"] == ("running" if kind == "more_time" else "met")
    assert states.get("objection") == (None if kind == "confirmed" else "running")
    assert house.sql("SELECT state FROM alerts WHERE alert_id = %s", POOL_ALERT) == [("open",)]


async def test_the_same_form_twice_is_once_other_words_are_another(
    house: House, visitor: httpx.AsyncClient
) -> None:
    """A replayed POST changes nothing; what was corrected and sent again is not lost."""
    token = await house.link()
    await enter(visitor, token)
    first = await say(visitor, token, "disputed", words="一", form="f1")
    again = await say(visitor, token, "disputed", words="一", form="f1")
    assert first.headers["location"] == again.headers["location"]
    await say(visitor, token, "disputed", words="二", form="f1")
    assert house.sql("SELECT words FROM party_answers ORDER BY words") == [("一",), ("二",)]
    assert house.sql("SELECT count(*) FROM clocks WHERE kind = 'objection'") == [(2,)]


async def test_late_is_taken_and_marked(house: House, visitor: httpx.AsyncClient) -> None:
    """OFF-15: after its clock an answer counts as late, and is taken."""
    token = await house.link()
    house.now_ms += 80 * DAY_MS
    await enter(visitor, token)
    assert (await say(visitor, token, "confirmed")).status_code == 303
    assert house.sql("SELECT late FROM party_answers") == [(True,)]
    assert "逾期" in (await visitor.get(f"/p/{token}")).text


async def test_photographs_are_kept_whole_and_shown_anew(
    house: House, visitor: httpx.AsyncClient
) -> None:
    """OFF-15: the original under its digest; the page shows a copy without where it was taken."""
    token, original = await house.link(), picture()
    await enter(visitor, token)
    name = "../../etc/改正\u202egpj.exe"
    done = await say(
        visitor, token, "rectified", files=[(name, original), ("记录.pdf", b"%PDF-1.7")]
    )
    assert done.status_code == 303, done.text
    (row, pdf) = house.sql("SELECT answer_id, name, sha256, picture_sha256 FROM party_files"
                           " ORDER BY number")  # fmt: skip
    assert row[1] == "改正gpj.exe"
    shown = await visitor.get(f"/p/{token}/files/{row[0]}/1")
    assert shown.headers["content-type"] == "image/jpeg"
    assert b"GPS" in original
    assert b"GPS" not in shown.content
    assert pdf[3] == ""
    assert (await visitor.get(f"/p/{token}/files/{row[0]}/2")).status_code == 404
    officer = await signed_in(visitor, "3301")
    kept = await officer.get(f"/answers/{row[0]}/files/1", params={"original": 1})
    assert kept.content == original
    assert kept.headers["content-disposition"].startswith("attachment")
    assert kept.headers["content-type"] == "application/octet-stream"


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ([("a.jpg", b"<html><script>alert(1)</script>")], "不接受这种文件"),
        ([("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>")], "不接受这种文件"),
        ([("a.exe", b"MZ\x90\x00")], "不接受这种文件"),
        ([("a.jpg", b"\xff\xd8\xff" + b"no picture")], "图片无法读取"),
        ([("a.png", bomb())], "图片无法读取"),
        ([("a.pdf", b"%PDF-" + bytes(MOST_BYTES))], "文件太大"),
        ([("a.pdf", b"")], "文件是空的"),
        ([(f"{n}.pdf", b"%PDF-1") for n in range(7)], "最多 6 个"),
    ],
)
async def test_bad_files_are_named_and_nothing_is_kept(
    house: House, visitor: httpx.AsyncClient, files: list[tuple[str, bytes]], told: str
) -> None:
    """Told by content, not by name; the words stay in the form."""
    token = await house.link()
    await enter(visitor, token)
    refused = await say(visitor, token, "rectified", words="我的话", files=files)
    assert refused.status_code == 422
    assert told in refused.text
    assert "我的话" in refused.text
    assert house.sql("SELECT * FROM party_answers") == []


@pytest.mark.parametrize(
    ("kind", "words", "by"),
    [("", "x", "王"), ("drop", "x", "王"), ("disputed", " ", "王"), ("confirmed", "", " "),
     ("rectified", "", "王"), ("disputed", "长" * 4001, "王"), ("confirmed", "", "王" * 61)],
)  # fmt: skip
async def test_incomplete_answers_change_nothing(
    house: House, visitor: httpx.AsyncClient, kind: str, words: str, by: str
) -> None:
    """Each says what is missing."""
    token = await house.link()
    await enter(visitor, token)
    refused = await say(visitor, token, kind, words=words, by=by)
    assert refused.status_code == 422
    assert 'role="alert"' in refused.text
    assert house.sql("SELECT * FROM party_answers") == []


async def test_expired_revoked_unknown_and_malformed_links(
    house: House, visitor: httpx.AsyncClient
) -> None:
    """None shows anything; of an unknown one nothing but that is said."""
    token = await house.link()
    for bad in ("A" * 22, "A" * 500, "%00" * 8, "..%2f..%2fetc", token[:-1] + "!"):
        assert (await visitor.get(f"/p/{bad}")).status_code == 404, bad
    await enter(visitor, token)
    house.sql("UPDATE party_links SET revoked_ms = 1 WHERE token_sha256 = %s", digest_of(token))
    assert (await visitor.get(f"/p/{token}")).status_code == 410
    form = {"csrf": "x", "kind": "confirmed", "by_name": "x"}
    assert (await visitor.post(f"/p/{token}/answer", data=form)).status_code in (403, 410)
    house.sql("UPDATE party_links SET revoked_ms = NULL")
    house.now_ms += 91 * DAY_MS
    gone = await visitor.get(f"/p/{token}")
    assert gone.status_code == 410
    assert "1.62" not in gone.text
    assert house.sql("SELECT * FROM party_answers") == []


async def test_somebody_elses_link(house: House, visitor: httpx.AsyncClient) -> None:
    """A pass opens its own link only, and a link the files of its own alert only."""
    mine, other = await house.link("a"), await house.link("b", alert_id=CAMERA_ALERT)
    await enter(visitor, mine)
    await say(visitor, mine, "rectified", words="x", files=[("a.jpg", picture())])
    ((answer_id,),) = house.sql("SELECT answer_id FROM party_answers")
    held = visitor.cookies.get("vigil_party")
    stolen = {"cookie": f"vigil_party={held}"}
    assert "1.62" not in (await visitor.get(f"/p/{other}", headers=stolen)).text
    assert (await visitor.get(f"/p/{other}/files/{answer_id}/1", headers=stolen)).status_code == 404
    await enter(visitor, other)
    assert (await visitor.get(f"/p/{other}/files/{answer_id}/1")).status_code == 404
    assert (await visitor.get(f"/p/{mine}/files/{answer_id}/1")).status_code == 200
    assert (await visitor.get(f"/p/{mine}/shown/clip.mp4")).status_code == 404  # the other alert's


async def test_guessing_locks_then_stops_the_link(house: House, visitor: httpx.AsyncClient) -> None:
    """Five wrong in a row wait a quarter of an hour, even with the right code; twenty end it."""
    token = await house.link()
    statuses = [(await enter(visitor, token, f"{n:06}")).status_code for n in range(IN_A_ROW)]
    assert statuses == [403] * IN_A_ROW
    assert (await enter(visitor, token)).status_code == 429
    for _ in range(AT_MOST):
        house.now_ms += LOCKED_MS
        await enter(visitor, token, "XXXXXX")
    assert (await visitor.get(f"/p/{token}")).status_code == 410
    assert house.sql("SELECT revoked_by FROM party_links") == [("too_many_wrong",)]


async def test_no_form_but_our_own(house: House, visitor: httpx.AsyncClient) -> None:
    """Without the page's token nothing is taken."""
    token = await house.link()
    await enter(visitor, token)
    form = {"csrf": "forged", "kind": "confirmed", "by_name": "x", "form": "f"}
    assert (await visitor.post(f"/p/{token}/answer", data=form)).status_code == 403
    agree = {"csrf": "forged", "method": "email", "address": "a@b.cn", "signed_by": "x"}
    assert (await visitor.post(f"/p/{token}/address", data=agree)).status_code == 403
    assert house.sql("SELECT * FROM party_answers") == []
    assert house.sql("SELECT * FROM address_consents") == []


async def test_an_objection_gets_a_reply_that_reaches_the_party(
    house: House, visitor: httpx.AsyncClient
) -> None:
    """OFF-15, 行政处罚法 art. 41: it waits before the unit on a clock; the reply is told, once."""
    token = await house.link()
    await enter(visitor, token)
    await say(visitor, token, "disputed", words="<b>仪器坏了</b>")
    officer = await signed_in(visitor, "3301")
    waiting = (await officer.get("/answers")).text
    assert "&lt;b&gt;仪器坏了" in waiting
    ((answer_id,),) = house.sql("SELECT answer_id FROM party_answers")
    form = {"csrf": hidden(waiting, "csrf"), "outcome": "partly", "words": "已派人复核"}
    bad = await officer.post(f"/answers/{answer_id}", data={**form, "words": " "})
    assert bad.status_code == 422
    assert (await officer.post(f"/answers/{answer_id}", data=form)).status_code == 303
    assert (await officer.post(f"/answers/{answer_id}", data=form)).status_code == 409
    assert house.sql("SELECT state FROM clocks WHERE kind = 'objection'") == [("met",)]
    assert house.sql("SELECT count(*) FROM notices WHERE kind = 'reply'") == [(1,)]
    assert await house.deliverer().deliver_due(house.now_ms) == 1
    assert "已派人复核" in (await visitor.get(f"/p/{token}")).text
    analyst = await signed_in(visitor, "3390")
    seen = (await analyst.get("/")).text
    form["csrf"] = analyst.headers["X-CSRF-Token"] or hidden(seen, "csrf")
    assert (await analyst.post(f"/answers/{answer_id}", data=form)).status_code == 403


async def test_an_address_is_confirmed_with_the_words_and_taken_back(
    house: House, visitor: httpx.AsyncClient
) -> None:
    """OFF-19: who, when, which words; then notices there are service; taken back they are not."""
    token = await house.link()
    assert house.sql("SELECT service FROM notices") == [(False,)]
    seen = await enter(visitor, token)
    seen = await visitor.get(f"/p/{token}")
    form = {"csrf": hidden(seen.text, "csrf"), "method": "email", "signed_by": "王经理",
            "address": "serve@pool.example.cn"}  # fmt: skip
    assert (await visitor.post(f"/p/{token}/address", data=form)).status_code == 422
    form["agree"] = "yes"
    bad = await visitor.post(f"/p/{token}/address", data={**form, "address": "nobody"})
    assert bad.status_code == 422
    assert (await visitor.post(f"/p/{token}/address", data=form)).status_code == 303
    ((consent_id, shown, by),) = house.sql(
        "SELECT consent_id, shown, signed_by FROM address_consents"
    )
    assert "电子方式送达" in str(shown)
    assert "served on us electronically" in str(shown)
    assert by == "王经理"
    await house.queue("after")
    await house.deliverer().deliver_due(house.now_ms)
    assert house.sql("SELECT recipient FROM notices WHERE service") == [("serve@pool.example.cn",)]
    form = {"csrf": form["csrf"], "withdraw": str(consent_id)}
    assert (await visitor.post(f"/p/{token}/address", data=form)).status_code == 303
    await house.queue("later")
    await house.deliverer().deliver_due(house.now_ms)
    assert house.sql("SELECT count(*) FROM notices WHERE service") == [(1,)]
