"""Owns the scripted people: they work through the queue over the site's own HTTP interface."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx

from detectors.catalogue import bundled
from pipelines.demo.authority import OFFICER, REVIEWER

GROUND = "录像与读数一致，情况属实（演示） / clip and readings agree (demo)"
PASSED = "符合要求（演示） / up to standard (demo)"
FAILED = "质量要求不符合（演示） / it fails the quality gate (demo)"


async def triage(url: str, *, tell: Callable[[str], None]) -> dict[str, int]:
    """Acknowledges every open alert, confirms the gravest of each grade, dismisses one.

    The officer signs the technical review before confirming, the reviewer the legal one after:
    what waited for it becomes a case then. Nobody overrules the quality gate.

    Returns:
        How many of each move, and how many reviews, were made.
    """
    made = {"acknowledge": 0, "confirm": 0, "dismiss": 0, "review": 0}
    async with signed_in(url, OFFICER) as site, signed_in(url, REVIEWER) as second:
        queue = await _queue(site)

        async def move(alert: dict[str, Any], action: str, **body: str) -> None:
            path = f"/api/alerts/{alert['alert_id']}/moves"
            done = await site.post(path, json={"action": action, **body})
            done.raise_for_status()
            made[action] += 1
            tell(f"{action}: {alert['title_en']} ({alert['place']})")

        async def review(who: httpx.AsyncClient, alert: dict[str, Any], kind: str) -> None:
            passed = await _review(who, alert["alert_id"], kind)
            made["review"] += 1
            tell(f"{kind} review {'passed' if passed else 'failed'}: {alert['title_en']}")

        for alert in queue:
            await move(alert, "acknowledge")
        for alert in _chosen(queue):
            await review(site, alert, "technical")
            await move(alert, "confirm", ground=GROUND)
            await review(second, alert, "legal")
        rest = [a for a in queue if a["rule_id"] == "sensor-stuck"]
        if rest:
            await move(
                rest[0],
                "dismiss",
                reason_code="sensor_fault",
                ground="探头待更换 / probe due for replacement",
            )
    return made


@asynccontextmanager
async def signed_in(url: str, who: tuple[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """A session of this person, able to write."""
    async with httpx.AsyncClient(base_url=url, timeout=30) as site:
        answer = await site.post("/api/session", json={"officer_id": who[0], "password": who[1]})
        answer.raise_for_status()
        site.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        yield site


async def _review(site: httpx.AsyncClient, alert_id: str, kind: str) -> bool:
    """Answers as the gate found; returns whether the review passed."""
    path = f"/api/alerts/{alert_id}/reviews"
    shown = await site.get(path)
    shown.raise_for_status()
    told = shown.json()
    answers = [
        {"question": q["id"], "answer": "no", "words": FAILED}
        if q["begins_with_no"]
        else {"question": q["id"], "answer": "yes"}
        for q in told["questions"][kind]
    ]
    passed = all(answer["answer"] == "yes" for answer in answers)
    review = {
        "kind": kind,
        "manifest_sha256": told["manifest_sha256"],
        "answers": answers,
        "passed": passed,
        "words": PASSED if passed else FAILED,
    }
    (await site.post(path, json=review)).raise_for_status()
    return passed


async def _queue(site: httpx.AsyncClient) -> list[dict[str, Any]]:
    answer = await site.get("/api/alerts", params={"state": "open"})
    answer.raise_for_status()
    alerts: list[dict[str, Any]] = answer.json()
    return alerts


def _chosen(queue: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The gravest breach that a sensor shows, the gravest that a camera shows, and a mere lead."""
    entries = {entry.id: entry for entry in bundled().entries}
    evidence = [(a, entries[a["rule_id"]]) for a in queue if a["grade"] == "evidence"]
    leads = [a for a in queue if a["grade"] == "lead" and a["rule_id"] != "sensor-stuck"]
    filmed = [a for a, entry in evidence if entry.kind == "vision"]
    measured = [
        a for a, entry in evidence
        if entry.kind != "vision" and entry.kind_of_finding == "breach"
    ]  # fmt: skip
    return [*measured[:1], *filmed[:1], *leads[:1]]
