"""Owns the scripted officer: works through the queue over the site's own HTTP interface."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

from detectors.catalogue import bundled
from pipelines.demo.authority import OFFICER

GROUND = "录像与读数一致，情况属实（演示） / clip and readings agree (demo)"


async def triage(url: str, *, tell: Callable[[str], None]) -> dict[str, int]:
    """Acknowledges every open alert, confirms the gravest of each grade, dismisses one.

    Returns:
        How many of each move were made.
    """
    moves = {"acknowledge": 0, "confirm": 0, "dismiss": 0}
    async with httpx.AsyncClient(base_url=url, timeout=30) as site:
        answer = await site.post(
            "/api/session", json={"officer_id": OFFICER[0], "password": OFFICER[1]}
        )
        answer.raise_for_status()
        site.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        queue = await _queue(site)

        async def move(alert: dict[str, Any], action: str, **body: str) -> None:
            path = f"/api/alerts/{alert['alert_id']}/moves"
            done = await site.post(path, json={"action": action, **body})
            done.raise_for_status()
            moves[action] += 1
            tell(f"{action}: {alert['title_en']} ({alert['place']})")

        for alert in queue:
            await move(alert, "acknowledge")
        for alert in _chosen(queue):
            await move(alert, "confirm", ground=GROUND)
        rest = [a for a in queue if a["rule_id"] == "sensor-stuck"]
        if rest:
            await move(
                rest[0],
                "dismiss",
                reason_code="sensor_fault",
                ground="探头待更换 / probe due for replacement",
            )
    return moves


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
