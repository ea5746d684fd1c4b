"""Receipts of gateways, signed; and `vigil notices`, which shows what they proved."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest
from typer.testing import CliRunner, Result

from pipelines.cases.signing import headers_for
from pipelines.notices import commands
from tests.contract.notices.conftest import SECRET, House

WRONG = "whsec_d3Jvbmctd3Jvbmctd3Jvbmctd3Jvbmctd3Jvbmchd3I="


async def _told(house: House) -> tuple[str, str]:
    notice_id = await house.queue()
    assert await house.deliverer().deliver_due(house.now_ms) == 1
    ((message_id,),) = house.sql("SELECT message_id FROM notice_attempts")
    return notice_id, str(message_id)


async def _call(
    house: House, visitor: httpx.AsyncClient, message_id: str, *, secret: str = SECRET,
    late_ms: int = 0, outcome: str = "delivered",
) -> int:  # fmt: skip
    body = json.dumps({"id": message_id, "outcome": outcome, "at_ms": house.now_ms}).encode()
    headers = headers_for(secret, f"r-{outcome}", body, now_ms=house.now_ms - late_ms)
    answer = await visitor.post("/v1/callbacks/notices", content=body, headers=headers)
    return answer.status_code


async def test_a_receipt_proves_delivery_once(house: House, visitor: httpx.AsyncClient) -> None:
    """OFF-15: signed, it is proof of delivery; the same again changes nothing."""
    _, message_id = await _told(house)
    assert [await _call(house, visitor, message_id) for _ in range(2)] == [204, 204]
    assert house.sql("SELECT outcome FROM notice_attempts") == [("delivered",)]
    assert house.sql("SELECT delivered_ms, next_try_ms FROM notices") == [(house.now_ms, 0)]
    assert house.sql("SELECT count(*) FROM notice_receipts") == [(1,)]
    assert await _call(house, visitor, message_id, outcome="failed") == 204
    assert house.sql("SELECT outcome FROM notice_attempts") == [("delivered",)]


async def test_a_receipt_of_failure_asks_for_the_next_way(
    house: House, visitor: httpx.AsyncClient
) -> None:
    """OFF-15: what did not arrive is proven too, and is queued again at once."""
    _, message_id = await _told(house)
    assert await _call(house, visitor, message_id, outcome="failed") == 204
    assert house.sql("SELECT outcome FROM notice_attempts") == [("failed",)]
    assert house.sql("SELECT state, next_try_ms FROM notices") == [("queued", house.now_ms)]


@pytest.mark.parametrize(
    ("secret", "late_ms", "known"),
    [(WRONG, 0, True), (SECRET, 301_000, True), (SECRET, -301_000, True), (SECRET, 0, False)],
    ids=["wrong-signature", "old", "from-the-future", "unknown-notice"],
)
async def test_what_is_not_a_receipt_changes_nothing(
    house: House, visitor: httpx.AsyncClient, secret: str, late_ms: int, known: bool
) -> None:
    """OFF-15: nobody else can say that a notice arrived."""
    _, message_id = await _told(house)
    status = 401 if known else 404
    asked = message_id if known else "0" * 32
    assert await _call(house, visitor, asked, secret=secret, late_ms=late_ms) == status
    assert house.sql("SELECT outcome FROM notice_attempts") == [("taken",)]
    assert house.sql("SELECT count(*) FROM notice_receipts") == [(0,)]


def _vigil(house: House, *words: str) -> Result:
    env = {"VIGIL_DATABASE_URL": house.url, "COLUMNS": "400"}
    return CliRunner().invoke(commands.notices, list(words), env=env)


async def test_commands_list_show_and_try_again(house: House) -> None:
    """OFF-15: the proof of each try is read in a terminal; only what was given up is resent."""
    notice_id, message_id = await _told(house)
    listed = await asyncio.to_thread(_vigil, house, "list", "--state", "sent")
    assert listed.exit_code == 0, listed.output
    assert notice_id in listed.output
    assert message_id in (await asyncio.to_thread(_vigil, house, "show", notice_id)).output
    assert (await asyncio.to_thread(_vigil, house, "resend", notice_id)).exit_code == 1
    house.sql("UPDATE notices SET state = 'failed', next_try_ms = 0, error = 'no_way_left'")
    assert (await asyncio.to_thread(_vigil, house, "resend", notice_id)).exit_code == 0
    assert house.sql("SELECT state, error FROM notices") == [("queued", "")]
    assert (await asyncio.to_thread(_vigil, house, "show", "unknown")).exit_code == 1
