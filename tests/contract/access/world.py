"""People of every role in every scope, and the site they are let into or not."""

from __future__ import annotations

from pathlib import Path

import httpx
import psycopg

from dashboards.triage.app import create_app
from pipelines.access.policy import SCOPES
from pipelines.registry.types import Role
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.vault.folder import FolderVault
from tests.browser.film import film
from tests.contract.dashboards.registered import password_hash
from tests.contract.dashboards.rows import CAMERA_ALERT, NOW_MS, authority
from tests.contract.dashboards.visits import signed_in

DAY_MS = 86_400_000
RECORD = "record-1"
CHIEF = "chief"
"""A leader of the unit that supervises the site, who answers what the others ask."""


class Clock:
    """The site's time, which the tests move."""

    def __init__(self) -> None:
        self.now_ms = NOW_MS

    def __call__(self) -> int:
        """Epoch milliseconds."""
        return self.now_ms


def peopled(settings: Settings, tmp_path: Path) -> None:
    """The dashboards' authority with a clip, and an officer ``ROLE-SCOPE`` of each kind.

    ``own`` and ``unit`` belong to the site's unit, ``other`` to another; ``own`` took the alert on
    and made the recording.
    """
    film(tmp_path / "film.mp4", 320, 180)
    vault = FolderVault(settings.objects)
    authority(settings.database_url, vault, clip=tmp_path / "film.mp4")
    recording = vault.put(tmp_path / "film.mp4")
    hashed = password_hash()
    with psycopg.connect(settings.database_url) as db:
        db.execute("INSERT INTO units VALUES ('water', '供水科', 'Water supply')")
        add = (
            "INSERT INTO officers (officer_id, name_zh, name_en, role, password_hash, unit_id)"
            " VALUES (%s, %s, %s, %s, %s, %s)"
        )
        db.execute(add, (CHIEF, "负责人", "Chief", "leader", hashed, "authority"))
        for role in Role:
            for scope in SCOPES:
                who, unit = f"{role}-{scope}", "water" if scope == "other" else "authority"
                db.execute(add, (who, who, who, role.value, hashed, unit))
        for role in Role:
            db.execute(
                "INSERT INTO alert_events (event_id, alert_id, at_ms, actor, action, reason_code,"
                " ground) VALUES (%s, %s, %s, %s, 'acknowledged', '', '')",
                (f"own-{role}", CAMERA_ALERT, NOW_MS - 1000, f"{role}-own"),
            )
        db.execute("INSERT INTO devices (device_id, kind, model) VALUES ('cam-7', 'recorder', 'x')")
        db.execute(
            "INSERT INTO records (record_id, unit_id, start_ms, end_ms, imported_ms, matter, act,"
            " place, device_id, session_id, secrecy, imported_by, due_ms, examination, checklist)"
            " VALUES (%s, 'authority', %s, %s, %s, 'm', 'inspection', 'p', 'cam-7', 's',"
            " 'internal', %s, %s, '{}', '{}')",
            (RECORD, NOW_MS - 9000, NOW_MS - 3000, NOW_MS, CHIEF, NOW_MS + DAY_MS),
        )
        db.execute(
            "INSERT INTO record_objects VALUES (%s, 'record', 'body.mp4', %s, %s, %s, 'video/mp4')",
            (RECORD, recording.sha256, recording.sm3, recording.size_bytes),
        )
        for role in Role:
            db.execute("INSERT INTO record_officers VALUES (%s, %s)", (RECORD, f"{role}-own"))


class House:
    """The site, and a browser for everybody who works there."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.clock = Clock()
        self.settings, self.database = settings, database
        self.app = create_app(settings, database, clock=self.clock)
        self._clients: dict[str, httpx.AsyncClient] = {}

    def stranger(self) -> httpx.AsyncClient:
        """A browser in which nobody is signed in."""
        transport = httpx.ASGITransport(app=self.app)
        return httpx.AsyncClient(transport=transport, base_url="http://vigil.test")

    async def enter(self, officer_id: str) -> httpx.AsyncClient:
        """Their browser, signed in once."""
        if officer_id not in self._clients:
            self._clients[officer_id] = await signed_in(self.stranger(), officer_id)
        return self._clients[officer_id]

    def leave(self) -> None:
        """All browsers are closed: who comes next signs in anew."""
        self._clients.clear()

    async def ask(
        self, officer_id: str, *, action: str = "view", kind: str = "alert"
    ) -> httpx.Response:
        """They write a request for three days from now."""
        client = await self.enter(officer_id)
        target = CAMERA_ALERT if kind == "alert" else RECORD
        return await client.post(
            "/api/access/requests",
            json={
                "action": action, "kind": kind, "id": target, "reason": f"why {officer_id}",
                "matter": "case 7", "from_ms": self.clock.now_ms,
                "to_ms": self.clock.now_ms + 3 * DAY_MS,
            },
        )  # fmt: skip

    async def answer(self, request_id: str, outcome: str, by: str = CHIEF) -> httpx.Response:
        """A leader answers."""
        client = await self.enter(by)
        return await client.post(
            f"/api/access/requests/{request_id}/answer",
            json={"outcome": outcome, "reason": "looked into it"},
        )

    async def look(
        self, officer_id: str, form: str = "original", *, kind: str = "alert", reason: str = "why"
    ) -> httpx.Response:
        """They open the clip."""
        client = await self.enter(officer_id)
        target, name = (CAMERA_ALERT, "clip.mp4") if kind == "alert" else (RECORD, "body.mp4")
        wanted = {"kind": kind, "id": target, "form": form, "name": name, "reason": reason}
        return await client.post("/api/views", json=wanted)

    async def grant(self, officer_id: str, *, action: str = "view", kind: str = "alert") -> str:
        """Asked and approved: the request's id."""
        asked = await self.ask(officer_id, action=action, kind=kind)
        assert asked.status_code == 201, asked.text
        request_id = str(asked.json()["request_id"])
        assert (await self.answer(request_id, "approve")).status_code == 200
        return request_id
