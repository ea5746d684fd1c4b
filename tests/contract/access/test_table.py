"""Every role against every action in every scope, over HTTP with real sessions, as written."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Literal

import httpx
import pytest

from dashboards.triage.reviewed import questions
from pipelines.access.policy import SCOPES, Action, Rule, Scope, policy
from pipelines.registry.types import Role
from tests.contract.access.world import CHIEF, RECORD, House
from tests.contract.dashboards.rows import CAMERA_ALERT

Try = Callable[[House, str], Awaitable[httpx.Response]]
OBJECT = f"/alerts/{CAMERA_ALERT}/objects/explanation.html"


async def _get(house: House, who: str, path: str) -> httpx.Response:
    return await (await house.enter(who)).get(path)


async def _decide(house: House, who: str) -> httpx.Response:
    client = await house.enter(who)
    move = {"action": "unsure", "ground": f"{who} is not sure"}
    return await client.post(f"/api/alerts/{CAMERA_ALERT}/moves", json=move)


async def _answer(house: House, who: str, action: str) -> httpx.Response:
    asked = await house.ask("archivist-other", action=action)
    request_id = str(asked.json()["request_id"])
    house.clock.now_ms += 1  # the next one is another request
    return await house.answer(request_id, "approve", by=who)


async def _review(house: House, who: str, kind: Literal["legal", "technical"]) -> httpx.Response:
    """Of evidence that is not the newest any more: whoever may sign is told 409."""
    answers = [{"question": one.id, "answer": "yes", "words": ""} for one in questions(kind)]
    review = {"kind": kind, "manifest_sha256": "0" * 64, "answers": answers, "passed": True}
    client = await house.enter(who)
    return await client.post(f"/api/alerts/{CAMERA_ALERT}/reviews", json=review)


async def _hold(house: House, who: str, target: str) -> httpx.Response:
    client = await house.enter(who)
    house.clock.now_ms += 1  # the next one is another hold
    body = {"subject": target, "reason": f"{who} goes to court"}
    return await client.post("/api/keeping/hold", json=body)


async def _release(house: House, who: str) -> httpx.Response:
    held = await _hold(house, CHIEF, f"alert:{CAMERA_ALERT}")
    assert held.status_code == 200, held.text
    client = await house.enter(who)
    body = {"subject": held.json()["hold_id"], "reason": "the case is over"}
    return await client.post("/api/keeping/release", json=body)


async def _for_good(house: House, who: str) -> httpx.Response:
    """Somebody of the unit asks that it be kept for good; this one answers."""
    client = await house.enter(CHIEF if who != CHIEF else "leader-own")
    house.clock.now_ms += 1
    asked = {"subject": f"alert:{CAMERA_ALERT}", "reason": who, "ground": "litigation"}
    mark = await client.post("/api/keeping/for-good", json=asked)
    assert mark.status_code == 200, mark.text
    answer = {"subject": mark.json()["mark_id"], "reason": "", "ground": "approve"}
    return await (await house.enter(who)).post("/api/keeping/mark", json=answer)


TRIES: dict[tuple[Action, str], Try] = {
    (Action.LIST, "alert"): lambda h, w: _get(h, w, f"/api/alerts/{CAMERA_ALERT}"),
    (Action.VIEW_COPY, "alert"): lambda h, w: h.look(w, "copy"),
    (Action.VIEW_COPY, "record"): lambda h, w: h.look(w, "copy", kind="record"),
    (Action.VIEW_ORIGINAL, "alert"): lambda h, w: h.look(w),
    (Action.VIEW_ORIGINAL, "record"): lambda h, w: h.look(w, kind="record"),
    (Action.DOWNLOAD_OBJECT, "alert"): lambda h, w: _get(h, w, OBJECT),
    (Action.DECIDE, "alert"): _decide,
    (Action.REQUEST_ACCESS, "alert"): lambda h, w: h.ask(w),
    (Action.REQUEST_ACCESS, "record"): lambda h, w: h.ask(w, kind="record"),
    (Action.APPROVE_ACCESS, "alert"): lambda h, w: _answer(h, w, "view"),
    (Action.APPROVE_EXPORT, "alert"): lambda h, w: _answer(h, w, "export"),
    (Action.REVIEW_LEGAL, "alert"): lambda h, w: _review(h, w, "legal"),
    (Action.REVIEW_TECHNICAL, "alert"): lambda h, w: _review(h, w, "technical"),
    (Action.HOLD, "alert"): lambda h, w: _hold(h, w, f"alert:{CAMERA_ALERT}"),
    (Action.HOLD, "record"): lambda h, w: _hold(h, w, f"record:{RECORD}"),
    (Action.RELEASE, "alert"): _release,
    (Action.KEEP_PERMANENTLY, "alert"): _for_good,
    (Action.LIST, "record"): lambda h, w: _get(h, w, f"/records/{RECORD}"),
}
"""What to try for an action, by the kind of its target; the rest is tried by other rooms' tests."""


def written(role: Role, action: Action, kind: str, scope: Scope) -> Rule:
    """What the table says."""
    return policy().says(role, action, "alert" if kind == "alert" else "record", scope)


@pytest.mark.parametrize("role", list(Role))
async def test_each_is_let_in_or_refused_as_written(house: House, role: Role) -> None:
    """AV-24, AV-25, AV-30: 403 where refused or not granted yet, never where allowed."""
    tried = []
    for (action, kind), attempt in TRIES.items():
        for scope in SCOPES:
            rule = written(role, action, kind, scope)
            answer = await attempt(house, f"{role}-{scope}")
            assert (action, kind, scope, answer.status_code == 403) == (
                action, kind, scope, rule != "allowed",
            ), answer.text  # fmt: skip
            tried.append(rule)
    assert len(tried) == len(TRIES) * 3


@pytest.mark.parametrize("role", list(Role))
async def test_a_grant_opens_what_is_written_and_ends(house: House, role: Role) -> None:
    """AV-25: what needs a grant opens with one, for its time, and shuts at once afterwards."""
    opened = 0
    for kind in ("alert", "record"):
        for scope in SCOPES:
            who = f"{role}-{scope}"
            if written(role, Action.VIEW_ORIGINAL, kind, scope) != "grant":
                continue
            await house.grant(who, kind=kind)
            looked = [key for key in TRIES if key[1] == kind and key[0] in policy().grants["view"]]
            for key in looked:
                assert (await TRIES[key](house, who)).status_code in (200, 201, 202), (key, who)
            before_ms = house.clock.now_ms
            house.clock.now_ms += 3 * 86_400_000
            house.leave()  # no session lasts that long; the grant must not either
            for key in looked:
                refused = written(role, key[0], kind, scope) == "grant"
                answer = await TRIES[key](house, who)
                assert (key, answer.status_code == 403) == (key, refused)
            house.clock.now_ms = before_ms
            house.leave()
            opened += 1
    assert (opened > 0) == (role in ("officer", "reviewer", "leader", "archivist"))


@pytest.mark.parametrize("role", list(Role))
async def test_figures_and_health_by_role(house: House, role: Role) -> None:
    """AV-31, AV-34: analysts see figures, administrators how the system does; neither footage."""
    who = f"{role}-unit"
    doors = (
        ("/parties", Action.SEE_FIGURES), ("/records/statistics", Action.SEE_FIGURES),
        ("/health", Action.SEE_HEALTH), ("/api/keeping", Action.HOLD),
    )  # fmt: skip
    for path, action in doors:
        rule = policy().says(role, action, "unit", "unit")
        answer = await _get(house, who, path)
        assert (path, answer.status_code == 403) == (path, rule != "allowed")
    listed = await _get(house, who, "/api/alerts")
    assert (listed.status_code == 403) == (role is Role.ADMIN)
    client = await house.enter(who)
    proposed = await client.post("/api/keeping/propose", json={"subject": "", "reason": ""})
    may = policy().says(role, Action.PROPOSE_PRUNE, "unit", "unit") == "allowed"
    assert (proposed.status_code == 403) != may
    home = await _get(house, who, "/")
    assert home.status_code == (303 if role is Role.ADMIN else 200)
    if role in (Role.ADMIN, Role.ANALYST):
        for form in ("copy", "original"):
            assert (await house.look(who, form)).status_code == 403
        page = await _get(house, who, f"/alerts/{CAMERA_ALERT}")
        assert "data-player" not in page.text


async def test_the_few_sentences_of_the_regulation_hold() -> None:
    """AV-24, AV-25, AV-30, spelt out, so that the table itself cannot drift unseen."""
    said = policy().says
    assert said("officer", Action.VIEW_ORIGINAL, "record", "own") == "allowed"
    assert said("officer", Action.VIEW_ORIGINAL, "record", "unit") == "grant"
    assert said("officer", Action.VIEW_COPY, "alert", "unit") == "allowed"
    assert said("officer", Action.VIEW_ORIGINAL, "alert", "unit") == "grant"
    for role in ("reviewer", "leader", "archivist"):
        assert said(role, Action.VIEW_ORIGINAL, "record", "unit") == "allowed"
        assert said(role, Action.VIEW_ORIGINAL, "record", "other") == "grant"
    for role in Role:
        for scope in SCOPES:
            assert said(role, Action.EXPORT, "alert", scope) != "allowed"
            assert (said(role, Action.APPROVE_PRUNE, "alert", scope) == "allowed") <= (
                role is Role.LEADER
            )
            assert said(role, Action.APPROVE_ACCESS, "alert", "other") == "refused"
        for action in (Action.VIEW_COPY, Action.VIEW_ORIGINAL, Action.DOWNLOAD_OBJECT):
            if role in (Role.ADMIN, Role.ANALYST):
                assert {said(role, action, "alert", s) for s in SCOPES} == {"refused"}
