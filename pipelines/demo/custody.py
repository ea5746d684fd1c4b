"""Owns the demo's second act: what becomes of evidence once it is sealed, by those who may.

A recording is imported, an original looked at, a package asked for, approved, fetched and proven
by its own verifier; a mirror is made and restored. Each step raises nothing: it tells what failed.
"""

from __future__ import annotations

import asyncio
import io
import re
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import httpx

from pipelines.demo.authority import ARCHIVIST, DAY_MS, LEADER, OFFICER
from pipelines.demo.came import Came
from pipelines.demo.officer import signed_in
from pipelines.demo.recorder import make
from pipelines.evidence.keys import Keys
from pipelines.keeping.carry_out import carry_out
from pipelines.keeping.mirror import mirror
from pipelines.keeping.policies import load
from pipelines.keeping.proposals import decide_proposal, propose
from pipelines.keeping.restore import restore_test
from pipelines.records import equipment
from pipelines.records.intake import take
from pipelines.records.types import Statement
from pipelines.registry.kinds import ALWAYS_WANTED
from pipelines.runtime import wall_clock_ms
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.vault.opening import open_vault, vault_at

RECORDER = "demo-bodycam-1"
REASON = "复核取证过程（演示） / to check how it was recorded (demo)"
MATTER = "demo-2026-1"
HOUR_MS = 3_600_000
_CSRF = re.compile(r'name="csrf" value="([^"]+)"')


async def second_act(
    settings: Settings, database: Database, folder: Path, came: Came, *, tell: Callable[[str], None]
) -> None:
    """Plays it over a site that is up and evidence that is sealed; writes below ``folder``."""
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    tell("an officer's own recording is imported")
    await _record(settings, database, folder, came)
    alert_id = await _filmed(settings)
    if alert_id:
        tell("an original is looked at, marked with who and when")
        await _look(settings, alert_id, came)
        tell("a package is asked for, approved and proven by its own verifier")
        await _package(settings, alert_id, folder, came)
    tell("a mirror is made, and restored to see that it can be")
    await _mirror(settings, database, folder, came)
    tell("seven months later (simulated), a dismissed finding's evidence is let go by two people")
    await _let_go(settings, database, came)


async def _record(settings: Settings, database: Database, folder: Path, came: Came) -> None:
    now_ms = wall_clock_ms()
    recorder = equipment.Recorder(
        device_id=RECORDER, unit_id="authority", taxon="body_camera", model="demo body camera",
        purpose="on-site inspection (demo)", capabilities=ALWAYS_WANTED,
    )  # fmt: skip
    await equipment.add(database, recorder, now_ms=now_ms - 2 * HOUR_MS)
    await equipment.note(
        database, equipment.Happened.ISSUE, RECORDER, officer=OFFICER[0], by=ARCHIVIST[0],
        at_ms=now_ms - 2 * HOUR_MS,
    )  # fmt: skip
    start_ms = now_ms - HOUR_MS
    film = await asyncio.to_thread(make, folder / "inspection.mp4", start_ms, 12.0)
    said = Statement(
        officers=(OFFICER[0],), device_id=RECORDER, matter=MATTER, act="inspection",
        place="clinic-main", imported_by=ARCHIVIST[0], start_ms=(start_ms,),
    )  # fmt: skip
    taken = await take(database, open_vault(settings), [film], said, now_ms=now_ms)
    came.figures["records_imported"] = len(taken)
    came.figures["record_findings"] = sorted({f.code for t in taken for f in t.findings})


async def _filmed(settings: Settings) -> str:
    """An alert that the officer decided and a camera filmed; empty where there is none."""
    async with signed_in(settings.public_url, OFFICER) as site:
        for state in ("confirmed", "acknowledged"):
            answer = await site.get("/api/alerts", params={"state": state})
            answer.raise_for_status()
            for alert in answer.json():
                whole = (await site.get(f"/api/alerts/{alert['alert_id']}")).json()
                if any(o["role"] == "clip" for o in whole["objects"]):
                    return str(alert["alert_id"])
    return ""


async def _look(settings: Settings, alert_id: str, came: Came) -> None:
    async with signed_in(settings.public_url, OFFICER) as site:
        whole = (await site.get(f"/api/alerts/{alert_id}")).json()
        clip = next(o["name"] for o in whole["objects"] if o["role"] == "clip")
        sealed = await site.get(f"/alerts/{alert_id}/objects/{clip}")
        came.expect(sealed.status_code == httpx.codes.FORBIDDEN, "an original was handed out")
        wanted = {
            "kind": "alert", "id": alert_id, "form": "original", "name": clip, "reason": REASON,
        }  # fmt: skip
        opened = await site.post("/api/views", json=wanted)
        opened.raise_for_status()
        piece = await site.get(opened.json()["first"])
        came.figures["viewed"] = {"status": piece.status_code, "bytes": len(piece.content)}
        came.expect(piece.status_code == httpx.codes.OK, "the original could not be looked at")


async def _package(settings: Settings, alert_id: str, folder: Path, came: Came) -> None:
    now_ms = wall_clock_ms()
    asked = {
        "action": "export", "kind": "alert", "id": alert_id, "reason": REASON, "matter": MATTER,
        "from_ms": now_ms, "to_ms": now_ms + HOUR_MS,
    }  # fmt: skip
    async with (
        signed_in(settings.public_url, OFFICER) as site,
        signed_in(settings.public_url, LEADER) as leader,
    ):
        request = await site.post("/api/access/requests", json=asked)
        request.raise_for_status()
        number = request.json()["request_id"]
        yes = await leader.post(
            f"/api/access/requests/{number}/answer", json={"outcome": "approve", "reason": REASON}
        )
        yes.raise_for_status()
        csrf = _CSRF.search((await site.get(f"/access/requests/{number}")).text)
        given = await site.post(
            f"/access/requests/{number}/package", data={"csrf": csrf[1] if csrf else ""}
        )
        given.raise_for_status()
    package = folder / "package"
    zipfile.ZipFile(io.BytesIO(given.content)).extractall(package)
    proven = await asyncio.create_subprocess_exec(
        sys.executable, str(next(package.rglob("verify.py"))),
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await proven.communicate()
    came.figures["package_verified"] = proven.returncode == 0
    last = said.decode().strip().splitlines()[-1:]
    came.expect(proven.returncode == 0, f"the package does not verify: {last}")


async def _let_go(settings: Settings, database: Database, came: Came) -> None:
    keys, policies, later_ms = Keys(settings.keys), load(), wall_clock_ms() + 220 * DAY_MS
    async with signed_in(settings.public_url, OFFICER) as site:
        dismissed = (await site.get("/api/alerts", params={"state": "dismissed"})).json()
    proposal = await propose(
        database, keys, policies, by=ARCHIVIST[0], now_ms=later_ms,
        only=[alert["alert_id"] for alert in dismissed],
    )  # fmt: skip
    if proposal is None:
        came.expect(not dismissed, "nothing of a dismissed finding may go after seven months")
        return
    number = proposal.proposal_id
    await decide_proposal(database, keys, number, by=LEADER[0], approved=True, now_ms=later_ms)
    carried = await carry_out(
        database, open_vault(settings), keys, policies, number, by=ARCHIVIST[0], now_ms=later_ms,
        copies=settings.copies,
    )  # fmt: skip
    came.figures["let_go"] = {
        "objects": len(carried.removed), "certificates": len(carried.certificates),
    }  # fmt: skip
    came.expect(bool(carried.certificates), "what was let go has no certificate")


async def _mirror(settings: Settings, database: Database, folder: Path, came: Came) -> None:
    keys, there = Keys(settings.keys), vault_at(str(folder / "mirror"))
    name = str((folder / "mirror").resolve())
    copied = await mirror(
        database, open_vault(settings), keys, there, name=name, now_ms=wall_clock_ms
    )
    restored = await restore_test(
        database, there, keys, name=name, scratch=folder / "restored", share=1.0, seed=1,
        now_ms=wall_clock_ms(),
    )  # fmt: skip
    came.figures["mirror"] = {
        "objects": copied.copied, "restored": restored.restored, "leaves": restored.leaves,
    }  # fmt: skip
    wrong = [*copied.faults, *((f.what, f.detail) for f in restored.faults)]
    came.expect(not wrong, f"the mirror does not restore: {wrong[:2]}")
