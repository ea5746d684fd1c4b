"""Delivery from the real table: each once, tried again later, given up in the end, counted."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

from pipelines.notices.channels import Notice, NotSent
from pipelines.notices.deliver import ATTEMPTS, LONGEST_WAIT_MS, deliver_due, wait_ms

if TYPE_CHECKING:
    from tests.contract.evidence.conftest import World

T0 = 1_760_000_000_000


class Slow:
    """Takes its time, so that deliverers meet; refuses while told to."""

    name = "slow"

    def __init__(self, *, refuses: bool = False) -> None:
        self.refuses = refuses
        self.sent: list[str] = []

    async def send(self, notice: Notice) -> None:
        await asyncio.sleep(0.01)
        if self.refuses:
            raise NotSent("mailbox full")
        self.sent.append(notice.notice_id)


def queue(world: World, many: int) -> None:
    """Queues notices of one alert."""
    world.sensor_alert()
    for number in range(many):
        world.sql(
            "INSERT INTO notices VALUES (%s, 'a1', 'p', 'email', 'a@b.c', 's', 'b', 'queued', 0,"
            " %s, '', %s, NULL)",
            (f"n{number:02}", T0, T0),
        )


async def test_two_deliverers_send_each_once(world: World) -> None:
    queue(world, 20)
    channel = Slow()
    sent = await asyncio.gather(*(deliver_due(world.database, channel, T0) for _ in range(3)))
    assert sum(sent) == 20
    assert sorted(channel.sent) == [f"n{number:02}" for number in range(20)]
    assert world.sql("SELECT DISTINCT state, channel, sent_ms FROM notices") == [
        ("sent", "slow", T0)
    ]
    assert world.sql("SELECT value FROM counters WHERE name = 'notices_sent'") == [(20,)]


async def test_tried_again_later_then_given_up(world: World) -> None:
    queue(world, 1)
    channel, now_ms = Slow(refuses=True), T0
    assert await deliver_due(world.database, channel, T0 - 1) == 0
    for attempt in range(1, ATTEMPTS + 1):
        assert await deliver_due(world.database, channel, now_ms) == 0
        ((state, attempts, error, next_ms),) = world.sql(
            "SELECT state, attempts, error, next_try_ms FROM notices"
        )
        assert (attempts, error) == (attempt, "mailbox full")
        assert state == ("queued" if attempt < ATTEMPTS else "failed")
        assert isinstance(next_ms, int)
        assert now_ms < next_ms <= now_ms + LONGEST_WAIT_MS
        now_ms = next_ms
    channel.refuses = False
    assert await deliver_due(world.database, channel, now_ms * 2) == 0
    assert world.sql("SELECT name, value FROM counters ORDER BY name") == [
        ("notices_failed", 1),
        ("notices_retried", ATTEMPTS - 1),
    ]


async def test_recovers_when_the_channel_does(world: World) -> None:
    queue(world, 2)
    channel = Slow(refuses=True)
    await deliver_due(world.database, channel, T0)
    channel.refuses = False
    assert await deliver_due(world.database, channel, T0 + 1) == 0
    assert await deliver_due(world.database, channel, T0 + 60_000) == 2


def test_waits_double_with_jitter_up_to_a_bound() -> None:
    rng = random.Random(1)
    waits = [wait_ms(attempts, rng) for attempts in range(1, 20)]
    assert 30_000 <= waits[0] <= 60_000
    assert 60_000 <= waits[1] <= 120_000
    assert max(waits) <= LONGEST_WAIT_MS
