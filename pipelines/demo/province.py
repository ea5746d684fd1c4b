"""Owns the demo's provincial platform: it hands a clue down by HTTP and takes what is sent back.

Both ways are signed (Standard Webhooks). Knows nothing of Vigil but its published contract.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
from aiohttp import web
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from infra.stack.processes import free_port

NAME = "province"


class Province:
    """One platform on the loopback address.

    Attributes:
        got: every message that came back and whose signature fits, in order.
    """

    def __init__(self, folder: Path) -> None:
        self.platforms = folder / "platforms.toml"
        self.got: list[dict[str, Any]] = []
        self._port = free_port()
        self._secret = "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
        self.platforms.write_text(
            f'[[platform]]\nid = "{NAME}"\nsecret = "{self._secret}"\n'
            f'url = "http://127.0.0.1:{self._port}"\n'
            'name = { zh = "省级平台（演示）", en = "Provincial platform (demo)" }\n',
            "utf-8",
        )

    async def hand_down(self, site_url: str, clue: dict[str, Any]) -> dict[str, Any]:
        """Posts a clue, signed, and returns its receipt."""
        body = json.dumps(clue, ensure_ascii=False).encode()
        now_s = int(time.time())
        message_id = f"{NAME}-{clue['platform_id']}"
        headers = {
            "webhook-id": message_id, "webhook-timestamp": str(now_s),
            "webhook-signature": self._signature(message_id, now_s, body),
            "content-type": "application/json",
        }  # fmt: skip
        async with httpx.AsyncClient(base_url=site_url, timeout=30) as site:
            answer = await site.post("/v1/clues", content=body, headers=headers)
            answer.raise_for_status()
            receipt: dict[str, Any] = answer.json()
            return receipt

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Takes receipts and results while the block runs."""
        app = web.Application()
        app.router.add_post("/clues/{kind}", self._take)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", self._port).start()
        try:
            yield
        finally:
            await runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        body = await request.read()
        try:
            said = Webhook(self._secret).verify(body, dict(request.headers))
        except WebhookVerificationError as error:
            return web.json_response({"error": str(error)}, status=401)
        self.got.append(said)
        return web.json_response({"taken": True})

    def _signature(self, message_id: str, at_s: int, body: bytes) -> str:
        moment = dt.datetime.fromtimestamp(at_s, dt.UTC)
        return Webhook(self._secret).sign(message_id, moment, body.decode())
