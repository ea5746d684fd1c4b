"""A reference platform: a real HTTP server process that checks signatures and fails on purpose.

Run as a program it serves until its standard input closes; what it took is listed at ``/taken``.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import msgspec

from pipelines.cases.signing import doubt
from pipelines.clocks.kinds import Said
from pipelines.clues.platforms import Platform
from pipelines.clues.types import Clue
from pipelines.runtime import wall_clock_ms

ROOT = Path(__file__).parents[3]
SECRET = "whsec_cHJvdmluY2UtcHJvdmluY2UtcHJvdmluY2U="
CLUE = Clue(
    platform_id="ZJ-2026-0001", title="泳池水质异常", claim="群众反映余氯偏低",
    uscc="91330702MA28E1KQ3B", party_name="蓝波",
)  # fmt: skip


@dataclass(frozen=True)
class Receiver:
    """A running platform."""

    url: str

    def platform(self) -> Platform:
        """What the authority knows of it."""
        return Platform(
            id="province", name=Said(zh="省平台", en="Province"), secret=SECRET, url=self.url,
            unit="south",
        )  # fmt: skip

    def behave(self, **said: Any) -> None:
        """``fail``: share of answers that are 503; ``status``: always this one, 0 for none."""
        httpx.post(f"{self.url}/behave", json=said, trust_env=False).raise_for_status()

    def taken(self) -> list[dict[str, Any]]:
        """Bodies in the order in which they were taken; a repeated id is listed once."""
        found: list[dict[str, Any]] = httpx.get(f"{self.url}/taken", trust_env=False).json()
        return found


@contextlib.contextmanager
def receiver() -> Iterator[Receiver]:
    """Starts one and stops it afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.contract.clues.receiver"], cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    with process.stdin, process.stdout:
        yield Receiver(url=f"http://127.0.0.1:{int(process.stdout.readline())}")
        process.stdin.close()
        process.wait(10)


class _Handler(BaseHTTPRequestHandler):
    """What the platform does with a message."""

    taken: dict[str, dict[str, Any]]
    bodies: dict[str, bytes]
    mood: dict[str, Any]
    chance = random.Random(8)

    def do_GET(self) -> None:
        self._say(200, list(self.taken.values()))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.path == "/behave":
            self.mood.update(json.loads(body))
            return self._say(200, {})
        headers = dict(self.headers.items())
        if doubt(SECRET, headers, body, now_ms=wall_clock_ms()):
            return self._say(401, {"error": "signature"})
        if self.mood["status"]:
            return self._say(self.mood["status"], {"error": "on purpose"})
        failing = self.chance.random() < self.mood["fail"]
        if failing and self.chance.random() < 0.5:
            return self._say(503, {"error": "on purpose"})
        said = json.loads(body)
        if self.bodies.setdefault(said["id"], body) != body:
            return self._say(409, {"error": "another body"})
        self.taken.setdefault(said["id"], said)
        # taken, and the answer is lost: the sender must come again with the very same
        return self._say(503 if failing else 200, {"ok": said["id"]})

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the library's name
        """Silent."""

    def _say(self, status: int, body: object) -> None:
        raw = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)


def main() -> None:
    """Serves on a free port, told on standard output."""
    _Handler.taken, _Handler.bodies, _Handler.mood = {}, {}, {"fail": 0.0, "status": 0}
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        sys.stdout.write(f"{server.server_address[1]}\n")
        sys.stdout.flush()
        sys.stdin.read()
        server.shutdown()


def clue(number: int, **changed: Any) -> Clue:
    """A clue with a number of its own."""
    return msgspec.structs.replace(CLUE, platform_id=f"ZJ-{number}", **changed)


if __name__ == "__main__":
    main()
