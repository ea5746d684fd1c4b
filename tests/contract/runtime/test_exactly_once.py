"""The runtime over a real database: what commits, what rolls back, who is fenced off."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

import pytest

from pipelines.errors import BadMessage, Fatal, Transient
from pipelines.runtime import PartitionRunner
from pipelines.stage import Count, Emit, Message, Outcome, Refuse, Save
from pipelines.store import Database


class Summing:
    """Adds up the numbers it is sent; misbehaves on request. State: the sum so far."""

    name = "summing"
    topic = "numbers"

    def __init__(self) -> None:
        self.failures: list[BaseException] = []
        self.handled: list[int] = []

    def load(self, stored: Mapping[str, bytes]) -> dict[str, int]:
        return {key: int(value) for key, value in stored.items()}

    async def handle(
        self, state: dict[str, int], messages: Sequence[Message], *, now_ms: int
    ) -> Outcome:
        del now_ms
        outcome = Outcome()
        for message in messages:
            self.handled.append(message.offset)
            try:
                number = int(message.value)
            except ValueError as error:
                refusal = Refuse(message, BadMessage("not_a_number", str(error)), message.value)
                outcome.effects.append(refusal)
                continue
            state["sum"] = state.get("sum", 0) + number
            outcome.effects.append(Count("added", number))
        outcome.effects.append(Emit("sums", b"k", str(state.get("sum", 0)).encode()))
        outcome.changed["sum"] = str(state.get("sum", 0)).encode()
        if self.failures:
            raise self.failures.pop(0)
        return outcome


@pytest.fixture
async def database(fresh_database_url: str) -> AsyncIterator[Database]:
    async with Database(fresh_database_url) as opened:
        yield opened


def numbers(*values: str, start: int = 0) -> list[Message]:
    return [
        Message(topic="numbers", partition=0, offset=start + i, key=b"", value=v.encode())
        for i, v in enumerate(values)
    ]


def runner(
    stage: Summing, database: Database, log_id: str = "a"
) -> PartitionRunner[dict[str, int]]:
    return PartitionRunner(stage, 0, database, log_id=log_id)


async def added(database: Database) -> int:
    rows = {r["name"]: r["value"] for r in await database.rows("demo_counters")}
    return int(rows.get("added", 0))


async def test_delivered_twice_is_done_once(database: Database) -> None:
    stage = Summing()
    first = runner(stage, database)
    await first.run(numbers("1", "2"))
    await first.run(numbers("1", "2", "3"))
    await runner(stage, database).run(numbers("2", "3", "4", start=1))
    assert await added(database) == 10
    assert stage.handled == [0, 1, 2, 3]


async def test_a_failed_run_leaves_nothing_and_is_tried_again(database: Database) -> None:
    stage = Summing()
    stage.failures = [Transient("broker away")]
    await runner(stage, database).run(numbers("5"))
    assert await added(database) == 5  # not 10: the state of the failed try was thrown away
    outbox = await database.rows("relay_waiting")
    assert [bytes(row["value"]) for row in outbox] == [b"5"]


async def test_an_unexpected_error_is_fatal_and_commits_nothing(database: Database) -> None:
    stage = Summing()
    stage.failures = [ZeroDivisionError("a bug")]
    with pytest.raises(Fatal, match="a bug"):
        await runner(stage, database).run(numbers("5"))
    assert await added(database) == 0
    assert await database.rows("relay_waiting") == []
    await runner(stage, database).run(numbers("5"))
    assert await added(database) == 5


async def test_a_worker_that_lost_its_partition_changes_nothing(database: Database) -> None:
    zombie_stage, heir_stage = Summing(), Summing()
    zombie, heir = runner(zombie_stage, database), runner(heir_stage, database)
    await zombie.run(numbers("1"))
    await heir.run(numbers("1", "2"))
    await zombie.run(numbers("2", "4", start=1))
    assert await added(database) == 7
    assert heir_stage.handled == [1]
    await heir.run(numbers("4", "8", start=2))
    assert await added(database) == 15


async def test_a_new_log_starts_at_its_beginning_and_keeps_the_state(database: Database) -> None:
    stage = Summing()
    await runner(stage, database, "before").run(numbers("1", "2"))
    await runner(stage, database, "after").run(numbers("4"))
    assert await added(database) == 7
    sums = [bytes(row["value"]) for row in await database.rows("relay_waiting")]
    assert sums == [b"3", b"7"]


async def test_refused_messages_keep_their_bytes(database: Database) -> None:
    await runner(Summing(), database).run(numbers("1", "zwölf", "2"))
    letters = await database.rows("demo_dead_letters")
    assert [(row["reason"], row["letters"]) for row in letters] == [("not_a_number", 1)]
    letter = await database.row("dead_letter", reason="not_a_number")
    assert letter is not None
    assert bytes(letter["original"]) == "zwölf".encode()
    assert letter["message_offset"] == 1
    assert await added(database) == 3


async def test_a_save_that_breaks_a_constraint_rolls_everything_back(database: Database) -> None:
    class Breaking(Summing):
        async def handle(
            self, state: dict[str, int], messages: Sequence[Message], *, now_ms: int
        ) -> Outcome:
            outcome = await super().handle(state, messages, now_ms=now_ms)
            outcome.effects.append(Save("alerts_event", {
                "event_id": "e", "alert_id": "no such alert", "at_ms": 0, "actor": "", "action": "",
            }))  # fmt: skip
            return outcome

    with pytest.raises(Fatal, match="alert_events"):
        await runner(Breaking(), database).run(numbers("1"))
    assert await added(database) == 0


async def test_a_stream_that_nobody_understands_stops_the_worker_loudly(
    database: Database,
) -> None:
    bounded = PartitionRunner(Summing(), 0, database, log_id="a", refusals_in_a_row=3)
    await bounded.run(numbers("x", "x", "x", "1", "x", "x", "x"))
    with pytest.raises(Fatal, match="in a row were refused"):
        await bounded.run(numbers("x", start=7))
    assert await added(database) == 1
    letters = await database.rows("demo_dead_letters")
    assert [row["letters"] for row in letters] == [7]  # the last one too: nothing is lost
