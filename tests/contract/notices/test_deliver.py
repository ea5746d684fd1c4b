"""Delivery from the real table: told, tried again, other ways, given up and chased, on file."""

from __future__ import annotations

import asyncio
import email
import hashlib
import os
import random
import signal
import subprocess
import sys
from dataclasses import replace
from email.policy import default

from pipelines.notices.deliver import CLAIM_MS, LONGEST_WAIT_MS, wait_ms
from pipelines.notices.open_channels import channels_of
from pipelines.notices.ways import HOUR_MS
from pipelines.parties.links import digest_of
from tests.contract.dashboards.rows import POOL_ALERT
from tests.contract.notices.conftest import Gateway, House

DAY_MS = 24 * HOUR_MS


def _by(house: House, gateway: Gateway, *names: str) -> None:
    """The party confirmed a mobile, and the platform serves these channels."""
    house.sql("UPDATE parties SET service_email = 'no address' WHERE party_id = 'pool'")
    house.sql(
        "INSERT INTO delivery_addresses VALUES ('d1', 'pool', 'mobile', '13800138000', '王', 0, 0,"
        " NULL)"
    )
    ways = dict.fromkeys(names, gateway.url)
    house.settings = house.settings.model_copy(update={"notice_channels": ways})


async def test_each_once_whoever_sends(house: House) -> None:
    """OFF-15: three deliverers at once, every notice in the outbox once, and the clock is met."""
    for number in range(20):
        await house.queue(f"c{number}")
    sent = await asyncio.gather(*(house.deliverer().deliver_due(house.now_ms) for _ in range(3)))
    assert sum(sent) == 20
    assert len(list((house.settings.data_dir / "outbox").glob("*.eml"))) == 20
    assert house.sql("SELECT DISTINCT state, channel, recipient, sent_ms FROM notices") == [
        ("sent", "email", "pool@example.org", house.now_ms)
    ]
    assert house.sql("SELECT count(*), count(DISTINCT notice_id) FROM notice_attempts") == [
        (20, 20)
    ]
    assert house.sql("SELECT value FROM counters WHERE name = 'notices_sent'") == [(20,)]
    assert house.sql(
        "SELECT state FROM clocks WHERE kind = 'party_answer' AND subject_id = %s", POOL_ALERT
    ) == [("running",)]


async def test_the_link_goes_out_and_stays_nowhere(house: House) -> None:
    """The mail holds the secret; no column of ours does; its digest and the mail's are on file."""
    token = await house.link()
    (path,) = (house.settings.data_dir / "outbox").glob("*.eml")
    mail = path.read_bytes()
    body = email.message_from_bytes(mail, policy=default).get_content()
    assert f"/p/{token}" in body
    ((content, sha256),) = house.sql("SELECT content, content_sha256 FROM notice_attempts")
    assert sha256 == hashlib.sha256(mail).hexdigest()
    assert isinstance(content, bytes)
    assert (
        email.message_from_bytes(content)["Message-ID"]
        == email.message_from_bytes(mail)["Message-ID"]
    )
    dumped = str(house.sql("SELECT n::text FROM notices n")) + str(
        house.sql("SELECT t::text FROM notice_attempts t")
    ) + str(house.sql("SELECT l::text FROM party_links l"))  # fmt: skip
    assert token not in dumped
    assert token.encode().hex() not in dumped
    assert digest_of(token) in dumped


async def test_tried_again_then_the_next_way_then_given_up_and_chased(
    house: House, gateway: Gateway
) -> None:
    """OFF-15, OFF-19: backoff, SMS then voice, a named end, the leader told, the trail shows it."""
    _by(house, gateway, "sms", "voice")
    house.sql("INSERT INTO officers VALUES ('3300', '李', 'Li', 'leader', 'x')")
    gateway.status, gateway.answer = 503, b"busy"
    await house.queue()
    now_ms, waits = house.now_ms, []
    for _ in range(60):
        await house.deliverer().deliver_due(now_ms)
        ((state, next_ms),) = house.sql(
            "SELECT state, next_try_ms FROM notices WHERE kind = 'finding'"
        )
        if state == "failed":
            break
        assert isinstance(next_ms, int)
        waits.append(next_ms - now_ms)
        now_ms = next_ms
    assert state == "failed"
    assert max(waits) <= 2 * DAY_MS
    assert house.sql(
        "SELECT channel, outcome FROM notice_attempts WHERE channel <> 'site' ORDER BY number"
    ) == [
        *[("sms", "refused")] * 3, *[("voice", "refused")] * 2, ("email", "failed"),
    ]  # fmt: skip
    assert house.sql("SELECT DISTINCT answer FROM notice_attempts WHERE channel = 'sms'") == [
        (b"busy",)
    ]
    ((actions,),) = house.sql(
        "SELECT array_agg(action) FROM alert_events WHERE alert_id = %s AND action LIKE 'notice%%'",
        POOL_ALERT,
    )
    assert actions == ["notice_failed"]
    assert house.sql("SELECT officer_id FROM notices WHERE kind = 'officer'") == [("3300",)]
    await house.deliverer().deliver_due(now_ms + DAY_MS)
    assert house.sql("SELECT state, channel FROM notices WHERE kind = 'officer'") == [
        ("sent", "site")
    ]


async def test_an_address_that_cannot_work_is_left_at_once(house: House, gateway: Gateway) -> None:
    """A number unknown to the platform is tried once; the party is told by the next way."""
    _by(house, gateway, "sms")
    gateway.status = 404
    await house.queue()
    for step in range(4):
        await house.deliverer().deliver_due(house.now_ms + step * HOUR_MS)
    outcomes = house.sql("SELECT channel, outcome FROM notice_attempts ORDER BY number")
    assert ("sms", "failed") in outcomes
    assert len([1 for channel, _ in outcomes if channel == "sms"]) == 1


async def test_unread_after_a_day_the_next_way_is_taken_too(house: House, gateway: Gateway) -> None:
    """OFF-15: mail taken, link never opened: a short message the next day; opened: none."""
    house.sql(
        "INSERT INTO delivery_addresses VALUES ('d1', 'pool', 'mobile', '13800138000', '王', 0, 0,"
        " NULL), ('d2', 'pool', 'email', 'pool@example.org', '王', 0, 0, NULL)"
    )
    house.settings = house.settings.model_copy(update={"notice_channels": {"sms": gateway.url}})
    await house.queue("unread")
    read = await house.queue("read")
    assert await house.deliverer().deliver_due(house.now_ms) == 2
    house.sql("UPDATE notices SET read_ms = 1, next_try_ms = 0 WHERE notice_id = %s", read)
    assert await house.deliverer().deliver_due(house.now_ms + HOUR_MS) == 0
    assert await house.deliverer().deliver_due(house.now_ms + 25 * HOUR_MS) == 1
    (sms,) = gateway.bodies()
    assert sms["to"] == "13800138000"
    assert "/p/" in str(sms["text"])
    assert house.sql("SELECT DISTINCT service FROM notices") == [(True,)]


async def test_nobody_is_woken(house: House, gateway: Gateway) -> None:
    """Short messages wait for the morning (ways.toml: hours)."""
    house.settings = house.settings.model_copy(update={"notice_channels": {"sms": gateway.url}})
    house.sql("UPDATE parties SET service_email = '' WHERE party_id = 'pool'")
    house.sql(
        "INSERT INTO delivery_addresses VALUES ('d1', 'pool', 'mobile', '13800138000', '王', 0, 0,"
        " NULL)"
    )
    night_ms = house.now_ms + 13 * HOUR_MS  # 23:40 in Shanghai
    await house.queue()
    assert await house.deliverer().deliver_due(night_ms) == 0
    assert gateway.calls == []
    ((next_ms,),) = house.sql("SELECT next_try_ms FROM notices")
    assert isinstance(next_ms, int)
    assert (next_ms + 8 * HOUR_MS) % DAY_MS == 8 * HOUR_MS
    assert await house.deliverer().deliver_due(next_ms) == 1


async def test_killed_while_sending(house: House, gateway: Gateway) -> None:
    """kill -9 in the middle of a call: the try stays written down, it goes out again, same id."""
    _by(house, gateway, "sms")
    house.sql("UPDATE parties SET service_email = '' WHERE party_id = 'pool'")
    await house.queue()
    gateway.slow_s = 30.0
    env = {**os.environ, **house.settings.as_environment()}
    program = (
        "import asyncio\n"
        "from pipelines.notices.deliver import Deliverer\n"
        "from pipelines.notices.open_channels import channels_of\n"
        "from pipelines.parties.links import links_of\n"
        "from pipelines.settings import Settings\n"
        "from pipelines.store import Database\n"
        "async def main():\n"
        "    s = Settings()\n"
        "    async with Database(s.database_url) as d:\n"
        f"        await Deliverer(d, channels_of(s), links_of(s)).deliver_due({house.now_ms})\n"
        "asyncio.run(main())\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], env=env)  # noqa: ASYNC220
    for _ in range(600):
        if gateway.calls:
            break
        await asyncio.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    await asyncio.to_thread(process.wait)
    gateway.slow_s = 0.0
    assert house.sql("SELECT outcome FROM notice_attempts") == [("sending",)]
    assert await house.deliverer().deliver_due(house.now_ms + CLAIM_MS - 1) == 0
    assert await house.deliverer().deliver_due(house.now_ms + CLAIM_MS) == 1
    first, second = gateway.calls
    assert first[1]["webhook-id"] == second[1]["webhook-id"]
    assert first[2] == second[2]
    assert house.sql("SELECT outcome FROM notice_attempts ORDER BY number") == [
        ("sending",), ("taken",),
    ]  # fmt: skip
    assert house.sql("SELECT state FROM notices") == [("sent",)]


async def test_a_channel_that_breaks_holds_up_nobody(house: House) -> None:
    """A fault of its own counts as a refusal; the notice is tried again."""
    await house.queue()
    deliverer = house.deliverer()

    class Broken:
        name = "email"

        def content(self, notice: object) -> bytes:
            return repr(replace(notice)).encode()  # type: ignore[type-var]

        async def send(self, notice: object) -> None:
            raise ZeroDivisionError(str(type(notice)))

    deliverer._channels = {**channels_of(house.settings), "email": Broken()}  # type: ignore[dict-item]
    assert await deliverer.deliver_due(house.now_ms) == 0
    ((state, error),) = house.sql("SELECT state, error FROM notices")
    assert state == "queued"
    assert "ZeroDivisionError" in str(error)
    assert await house.deliverer().deliver_due(house.now_ms + HOUR_MS) == 1


def test_waits_double_with_jitter_up_to_a_bound() -> None:
    """At most six hours, half of it by chance."""
    rng = random.Random(1)
    waits = [wait_ms(attempts, rng) for attempts in range(1, 20)]
    assert 30_000 <= waits[0] <= 60_000
    assert 60_000 <= waits[1] <= 120_000
    assert max(waits) <= LONGEST_WAIT_MS
