"""Owns the demo's third act: what follows from findings, by those whom they concern.

A clue of the provincial platform is answered; a party disputes by its private link and is replied
to; the case runs its course to the end; the duty report says who did what in time.
"""

from __future__ import annotations

import asyncio
import email
import re
import time
from collections import Counter
from collections.abc import Callable
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx

from detectors.catalogue import bundled
from pipelines.accountability.gather import observe
from pipelines.accountability.leads import leads
from pipelines.accountability.report import report
from pipelines.demo.authority import DAY_MS, OFFICER, register
from pipelines.demo.came import Came
from pipelines.demo.officer import signed_in
from pipelines.demo.province import Province
from pipelines.runtime import wall_clock_ms
from pipelines.settings import Settings
from pipelines.store import Database

PATIENCE_S = 60
CLAIM = "举报池水浑浊、刺鼻（演示） / pool water said to be cloudy and pungent (demo)"
VISITED = "现场检查并核对当日读数（演示） / visited, and the day's readings compared (demo)"
DISPUTED = "当时正在校准探头，附校准记录（演示） / the probe was being calibrated (demo)"
REPLIED = "校准记录与时间不符，维持认定（演示） / the record's time does not fit (demo)"
RECORD = b"%PDF-1.4\n% calibration record (demo)\n%%EOF\n"
_LINK = re.compile(r"/p/([\w-]{20,})")
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')
_FORM = re.compile(r'name="form" value="([^"]+)"')
_ANSWER = re.compile(r'action="/answers/([0-9a-f]+)"')

Tell = Callable[[str], None]


async def third_act(
    settings: Settings, database: Database, province: Province, came: Came, *, tell: Tell
) -> None:
    """Plays it over a site that is up and parties that were told; notes in ``came``."""
    async with province.listening():
        tell("the provincial platform hands a clue down, and gets its result")
        await _clue(settings.public_url, province, came)
    tell("a party disputes a finding by its private link, and an officer replies")
    await _party(settings, came)
    tell("the case runs its course in the case system")
    await _course(database, came)
    tell("the duty report is drawn")
    await _duty(database, came)


async def _clue(url: str, province: Province, came: Came) -> None:
    pool = next(p for p in register(0).parties if p.party_id == "pool")
    clue = {"platform_id": "demo-clue-1", "title": CLAIM, "claim": CLAIM, "uscc": pool.uscc}
    receipt = await province.hand_down(url, clue)
    clue_id = receipt["data"]["clue_id"]
    steps = (
        ("accept", "", ""), ("visit", "", VISITED), ("answer", "violation_found", VISITED),
    )  # fmt: skip
    async with signed_in(url, OFFICER) as site:
        for action, detail, ground in steps:
            form = {"csrf": site.headers["X-CSRF-Token"], "action": action, "detail": detail,
                    "ground": ground}  # fmt: skip
            (await _posted(site, f"/clues/{clue_id}", data=form)).raise_for_status()
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            if (state := await _state(site, clue_id)) == "closed":
                break
            await asyncio.sleep(0.5)
    sent = Counter(message["type"] for message in province.got)
    came.figures["clue"] = {"state": state, **sent}
    came.expect(state == "closed" and len(sent) > 1, f"the platform has no result: {state} {sent}")


async def _state(site: httpx.AsyncClient, clue_id: str) -> str:
    found = (await site.get("/api/clues", params={"state": "all"})).json()
    return next((str(c["state"]) for c in found if c["clue_id"] == clue_id), "")


async def _party(settings: Settings, came: Came) -> None:
    party = next(p for p in register(0).parties if p.party_id == "pool")
    mails = await asyncio.to_thread(_mails, settings.data_dir / "outbox", party.service_email)
    links = [found[1] for mail in mails if (found := _LINK.search(_words(mail)))]
    if not links:
        came.failures.append("no mail with a private link was sent to the pool")
        return
    async with httpx.AsyncClient(base_url=settings.public_url, timeout=30) as visitor:
        await _dispute(visitor, f"/p/{links[0]}", code=party.uscc[-6:])
    async with signed_in(settings.public_url, OFFICER) as site:
        waiting = _ANSWER.findall((await site.get("/answers")).text)
        for answer_id in waiting:
            form = {"csrf": site.headers["X-CSRF-Token"], "outcome": "refused", "words": REPLIED}
            (await _posted(site, f"/answers/{answer_id}", data=form)).raise_for_status()
        left = _ANSWER.findall((await site.get("/answers")).text)
    came.figures["party"] = {"told": len(mails), "disputes": len(waiting), "open": len(left)}
    came.expect(len(waiting) == 1 and not left, "a party's dispute has no reply")


def _mails(folder: Path, to: str) -> list[EmailMessage]:
    read = [
        email.message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in sorted(folder.glob("*.eml"))
    ]
    return [mail for mail in read if to in str(mail["To"])]


def _words(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    return "" if part is None else str(part.get_content())


async def _dispute(visitor: httpx.AsyncClient, path: str, *, code: str) -> None:
    """As a person does: the code, then the form with words and a file."""
    csrf = _CSRF.search((await visitor.get(path)).text)
    entered = await _posted(
        visitor, f"{path}/enter", data={"csrf": csrf[1] if csrf else "", "code": code}
    )
    entered.raise_for_status()
    seen = (await visitor.get(path)).text
    hidden = {"csrf": _CSRF.search(seen), "form": _FORM.search(seen)}
    form = {name: found[1] for name, found in hidden.items() if found}
    said = await _posted(
        visitor, f"{path}/answer",
        data={**form, "kind": "disputed", "words": DISPUTED, "by_name": "馆长（演示）"},
        files=[("files", ("calibration.pdf", RECORD))],
    )  # fmt: skip
    said.raise_for_status()


async def _posted(site: httpx.AsyncClient, path: str, **form: Any) -> httpx.Response:
    return await site.post(path, follow_redirects=True, **form)


async def _course(database: Database, came: Came) -> None:
    """Waits until every case that was sent is closed there and here."""
    until, courses = time.monotonic() + PATIENCE_S, Counter[str]()
    while time.monotonic() < until:
        rows = await database.rows("demo_courses")
        courses = Counter(str(row["status"]) for row in rows)
        if set(courses) <= {"closed"}:
            break
        await asyncio.sleep(0.5)
    came.figures["case_courses"] = dict(courses)
    came.expect(set(courses) <= {"closed"}, f"a case did not run its course: {dict(courses)}")


async def _duty(database: Database, came: Came) -> None:
    now_ms = wall_clock_ms()
    seen = await observe(
        database, bundled(), unit_id="authority", from_ms=now_ms - DAY_MS, to_ms=now_ms,
        now_ms=now_ms,
    )  # fmt: skip
    mine = next((r for r in report(seen, leads(seen)) if r.officer_id == OFFICER[0]), None)
    row = mine.flat() if mine else {}
    names = ("in_time", "overdue", "skipped", "overruled", "decided")
    came.figures["duty"] = {name: row.get(name) for name in names}
    came.expect(bool(row.get("decided")), "the duty report knows nothing of the officer")
