"""A pool with one sensor, confirmed findings with sealed evidence, and a case system to send to."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, LiteralString

import httpx
import msgspec
import psycopg
from psycopg.rows import dict_row

from detectors.catalogue import bundled
from pipelines import codec, topics
from pipelines.cases.callback import receive
from pipelines.cases.deliver import Deliverer
from pipelines.cases.envelope import instant
from pipelines.cases.sample import sample_status
from pipelines.cases.signing import headers_for
from pipelines.cases.stage import AnswerStage, VerdictStage
from pipelines.evidence.keys import Keys
from pipelines.quality.checklist import Kind, checklist
from pipelines.quality.criteria import POINTS
from pipelines.quality.review import Answer
from pipelines.quality.sign import Draft, Signed, sign
from pipelines.runtime import PartitionRunner, apply_effects
from pipelines.scoring.credit import opening_rows
from pipelines.stage import Message, Outcome
from pipelines.store import Database
from pipelines.vault.folder import FolderVault

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
AT_MS = 1_790_000_000_000
DAY_MS = 86_400_000
NOW_MS = AT_MS + 400 * DAY_MS
ROOT = Path(__file__).parents[3]

_REGISTER: LiteralString = """
INSERT INTO districts VALUES ('330702', '婺城区', 'Wucheng');
INSERT INTO parties VALUES ('pool', '330702', '113307023369256057', '双溪泳馆', 'Pool', 'a@b.c');
INSERT INTO sites VALUES ('hall', 'pool', 'pool', '泳池', 'Hall', '{}');
INSERT INTO devices (device_id, kind, model) VALUES ('probe', 'sensor', 'p');
INSERT INTO points VALUES
    ('hall/main', 'hall', 'main', '', '主池', 'Main pool', 'fixed', 'why', '');
INSERT INTO officers VALUES ('wang', '王敏', 'Wang Min', 'officer', 'x'),
    ('chen', '陈静', 'Chen Jing', 'reviewer', 'x');
"""
_ALERT: LiteralString = """
INSERT INTO alerts VALUES (%(id)s, %(rule)s, '1', 'high', 'pool', 'hall', 'probe', 'main', NULL,
    %(at)s, %(at)s, NULL, 'mg/L', 1.8, 0.3, 1.0, '{"median": 1.8}', false, 'confirmed', %(grade)s,
    '["no consent on file"]', 50, 0, 0)
"""


@dataclass(slots=True)
class World:
    """Real database, real objects, real keys. Offsets count on over runs of a stage."""

    url: str
    database: Database
    folder: Path
    offsets: dict[str, int] = field(default_factory=dict)
    objects: FolderVault = field(init=False)
    keys: Keys = field(init=False)

    def __post_init__(self) -> None:
        self.objects = FolderVault(self.folder / "objects")
        self.keys = Keys(self.folder / "keys")

    async def register(self) -> None:
        """The party, its site and its opening credit."""
        with psycopg.connect(self.url) as connection:
            connection.execute(_REGISTER)
        async with self.database.transaction() as tx:
            await apply_effects(tx, opening_rows(["pool"], AT_MS - DAY_MS), now_ms=AT_MS)

    def alert(
        self,
        alert_id: str,
        *,
        grade: str = "evidence",
        rule: str = "pool-free-chlorine",
        failing: str = "",
    ) -> None:
        """A finding with a clip and readings, sealed; ``failing``: its point ``code.reason``."""
        contents = {"clip.mp4": b"clip of " + alert_id.encode(), "readings.json": b"[1.8]"}
        objects = [
            {"name": name, "role": "raw", "sha256": self.objects.put(data).sha256,
             "size_bytes": len(data), "media_type": "application/octet-stream"}
            for name, data in contents.items()
        ]  # fmt: skip
        code, _, reason = failing.partition(".")
        quality = [
            {"code": one, "holds": one != code, "measured": {}, "reason": reason if one == code
             else ""}
            for one in POINTS
        ]  # fmt: skip
        told = {"alert_id": alert_id, "objects": objects, "quality": quality}
        manifest = json.dumps(told).encode()
        with psycopg.connect(self.url) as connection:
            connection.execute(_ALERT, {"id": alert_id, "rule": rule, "grade": grade, "at": AT_MS})
            connection.execute(
                "INSERT INTO evidence VALUES (%s, %s, encode(sha256(%s), 'hex'), %s, %s, %s, %s)",
                (alert_id, alert_id, manifest, manifest, self.keys.sign(manifest),
                 self.keys.key_id, AT_MS),
            )  # fmt: skip
            for item in objects:
                connection.execute(
                    "INSERT INTO evidence_objects VALUES (%s, %s, %s, %s, %s, %s, '')",
                    (alert_id, item["role"], item["name"], item["sha256"], item["size_bytes"],
                     item["media_type"]),
                )  # fmt: skip

    async def review(
        self,
        alert_id: str,
        kind: Kind,
        officer_id: str,
        *,
        passed: bool = True,
        now_ms: int = AT_MS + 1000,
    ) -> Signed:
        """An officer signs a review of an alert's evidence as it lies there now."""
        (row,) = self.rows("SELECT manifest_sha256 FROM evidence WHERE alert_id = %s", alert_id)
        answers = [
            Answer(
                question=q.id, answer="yes" if passed else "no", words="" if passed else "看不清"
            )
            for q in checklist().of(kind)
        ]
        draft = Draft(
            kind=kind,
            alert_id=alert_id,
            manifest_sha256=row["manifest_sha256"],
            officer_id=officer_id,
            answers=answers,
            passed=passed,
            words="合格" if passed else "不合格",
        )
        return await sign(self.database, self.keys, draft, now_ms=now_ms)

    async def decided(self, alert_id: str) -> None:
        """An officer confirms before anybody reviewed; the stage hears of it."""
        said = verdict(alert_id)
        self.rows(
            "INSERT INTO alert_events (event_id, alert_id, at_ms, actor, action, reason_code)"
            " VALUES (%s, %s, %s, %s, 'confirmed', %s) RETURNING 1",
            said.event_id, alert_id, said.at_ms, said.actor, said.reason_code,
        )  # fmt: skip
        await self.run(self.verdicts(), said)

    async def reviewed(self, alert_id: str) -> None:
        """Both reviews, passed, before anybody confirmed."""
        await self.review(alert_id, "legal", "chen", now_ms=AT_MS - 2000)
        await self.review(alert_id, "technical", "wang", now_ms=AT_MS - 1000)

    async def run(self, stage: Any, *messages: msgspec.Struct) -> None:
        """Runs messages through a stage and commits what comes of them."""
        await PartitionRunner(stage, 0, self.database, log_id="test").run(
            [self.message(stage, m) for m in messages]
        )

    async def lost(self, stage: Any, *messages: msgspec.Struct) -> Outcome:
        """A run that is killed after the stage did its work and before the commit."""
        at = self.offsets.get(stage.name, 0)
        outcome: Outcome = await stage.handle(
            None, [self.message(stage, m) for m in messages], now_ms=AT_MS
        )
        self.offsets[stage.name] = at
        return outcome

    def message(self, stage: Any, body: msgspec.Struct) -> Message:
        """The next record of the stage's topic."""
        offset = self.offsets.get(stage.name, 0)
        self.offsets[stage.name] = offset + 1
        return Message(
            topic=stage.topic, partition=0, offset=offset, key=b"", value=codec.encode(body)
        )

    def verdicts(self) -> VerdictStage:
        """The stage over verdicts."""
        return VerdictStage(self.database, bundled(), self.keys.public_pem)

    def answers(self) -> AnswerStage:
        """The stage over answers."""
        return AnswerStage()

    def hand_over(
        self, url: str, *, attempts: int = 6, timeout_s: float = 10.0, first_wait_s: float = 0.01
    ) -> Deliverer:
        """The deliverer, impatient."""
        return Deliverer(
            self.database, objects=self.objects, url=url, secret=SECRET, attempts=attempts,
            first_wait_s=first_wait_s, timeout_s=timeout_s, poll_s=0.02,
        )  # fmt: skip

    async def deliver(self, url: str, *, attempts: int = 6, timeout_s: float = 10.0) -> None:
        """Sends until nothing waits any more."""
        deliverer = self.hand_over(url, attempts=attempts, timeout_s=timeout_s)
        for _ in range(2000):
            await deliverer.drain()
            if not self.rows("SELECT 1 FROM case_sendings WHERE state = 'pending'"):
                return
            await asyncio.sleep(0.01)
        raise AssertionError("something still waits")

    async def confirm(self, alert_id: str) -> str:
        """Confirms a reviewed alert; returns the id of the case that the verdict stage made."""
        await self.reviewed(alert_id)
        await self.decided(alert_id)
        (row,) = self.rows("SELECT case_id FROM cases WHERE alert_id = %s", alert_id)
        return str(row["case_id"])

    async def step(
        self, case_id: str, status: str, at_ms: int, *, name: str = "", **fields: object
    ) -> None:
        """The case system tells of a step; it comes in by the call-back's door."""
        told = sample_status(case_id, status, **fields)
        told |= {"id": name or told["id"], "time": instant(at_ms)}
        body = msgspec.json.encode(told)
        headers = headers_for(SECRET, told["id"], body, now_ms=NOW_MS)
        await receive(self.database, headers, body, secret=SECRET, now_ms=NOW_MS)
        heard = self.sent(topics.ANSWERS, codec.AnswerMessage)
        await self.run(self.answers(), *heard)
        self.rows("DELETE FROM outbox WHERE topic = 'answers' RETURNING 1")

    def sent(self, topic: str, kind: type[codec.Message]) -> list[codec.Message]:
        """What waits in the outbox for a topic."""
        rows = self.rows("SELECT value FROM outbox WHERE topic = %s ORDER BY outbox_id", topic)
        return [codec.decode(bytes(row["value"]), kind) for row in rows]

    def rows(self, query: LiteralString, *params: object) -> list[dict[str, Any]]:
        """Reads straight from the database."""
        with psycopg.connect(self.url, row_factory=dict_row) as connection:
            return connection.execute(query, params).fetchall()

    def case(self) -> dict[str, Any]:
        """The only case there is."""
        (row,) = self.rows("SELECT * FROM cases")
        return row

    def credit(self) -> float:
        """The credit in force."""
        rows = self.rows("SELECT score FROM credit_scores ORDER BY time DESC LIMIT 1")
        return float(rows[0]["score"])


def verdict(alert_id: str, word: str = "confirmed", at_ms: int = AT_MS) -> codec.VerdictMessage:
    """An officer's word."""
    return codec.VerdictMessage(
        event_id=f"{alert_id}-{word}",
        alert_id=alert_id,
        party_id="pool",
        verdict=word,
        reason_code="seen",
        actor="wang",
        at_ms=at_ms,
    )


@contextlib.contextmanager
def case_system(folder: Path, *flags: str) -> Iterator[str]:
    """The reference case system in its own process; gives its base address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "infra.case_system", "--port", str(port), "--secret", SECRET]
    command += ["--data", str(folder), *flags]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            yield _up(f"http://127.0.0.1:{port}", process)
        finally:
            process.kill()


def _up(url: str, process: subprocess.Popen[bytes]) -> str:
    for _ in range(600):
        assert process.poll() is None, "the case system ended"
        with contextlib.suppress(httpx.TransportError):
            httpx.get(f"{url}/openapi.json", trust_env=False)
            return url
        time.sleep(0.05)
    raise AssertionError("the case system did not come up")


class Listener:
    """A callback address that keeps what it was told and fails as often as asked."""

    def __init__(self, fail_first: int = 0) -> None:
        self.calls: list[tuple[dict[str, str], bytes]] = []
        self._fail = fail_first

    @contextlib.contextmanager
    def listening(self) -> Iterator[str]:
        """Serves while the body runs; gives its address."""
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.calls.append(({k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(500 if len(outer.calls) <= outer._fail else 204)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Says nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/callbacks/cases"
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
