"""Owns the exactly-once effect: carries out a stage's outcome together with its offset.

For one stage and partition, the outputs, the changed state and the offset of the next message
commit in one transaction. The offset is moved only from where this worker believes it to be, so a
worker that lost its partition without noticing is fenced off: its transaction does nothing.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Generic, Protocol, TypeVar, runtime_checkable

import structlog

from detectors.types import digest_id
from pipelines import codec, metrics, topics
from pipelines.errors import Doubled, Fatal, Transient
from pipelines.refusals import RefusalRun
from pipelines.stage import (
    Copy,
    Count,
    Effect,
    Emit,
    Message,
    Outcome,
    Recalls,
    Refuse,
    Save,
    Stage,
)
from pipelines.store import Database, Transaction

log = structlog.get_logger()

FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 10.0
DETAIL_CHARACTERS = 500
LETTER_BYTES = 512 * 1024
"""Of the original on the topic: a letter the broker finds too large would hold up the outbox for
good. The table of dead letters has the whole."""

State = TypeVar("State")


@runtime_checkable
class Applies(Protocol):
    """An effect of a room's own that must run inside the transaction, such as a chained seal."""

    async def apply(self, tx: Transaction) -> None:
        """Does its part; raising rolls everything back."""
        ...


class Fenced(Exception):
    """Another worker has moved this partition on; what we know of it is out of date."""


def wall_clock_ms() -> int:
    """Now, in epoch milliseconds."""
    return time.time_ns() // 1_000_000


class PartitionRunner(Generic[State]):
    """One stage over one partition. Not for concurrent use."""

    def __init__(
        self,
        stage: Stage[State],
        partition: int,
        database: Database,
        *,
        log_id: str,
        clock: Callable[[], int] = wall_clock_ms,
        committed: asyncio.Event | None = None,
        refusals_in_a_row: int = 0,
    ) -> None:
        self._stage = stage
        self._partition = partition
        self._database = database
        self._clock = clock
        self._where = {"log_id": log_id, "stage": stage.name, "partition": partition}
        self._loaded: tuple[int, State] | None = None
        self._merging = False
        self._committed = committed or asyncio.Event()
        self._refusals = RefusalRun(refusals_in_a_row)

    async def run(self, messages: Sequence[Message]) -> None:
        """Returns once the effects of all messages are committed, by us or by another worker.

        Raises:
            Fatal: the worker must stop without acknowledging.
        """
        wait_s = FIRST_WAIT_S
        while True:
            try:
                return await self._attempt(messages)
            except Fenced:
                metrics.FENCED.labels(self._stage.name).inc()
                self._loaded = None
            except Doubled as error:
                log.warning("rows there already are merged", why=str(error))
                self._loaded, self._merging = None, True
            except Transient as error:
                metrics.RETRIES.labels(self._stage.name).inc()
                log.warning("waiting", stage=self._stage.name, why=str(error), wait_s=wait_s)
                self._loaded = None
                await asyncio.sleep(wait_s * random.uniform(0.5, 1.5))  # noqa: S311  jitter
                wait_s = min(wait_s * 2, LONGEST_WAIT_S)
            except Fatal:
                raise
            except Exception as error:
                raise Fatal(f"stage {self._stage.name} failed: {error!r}") from error

    async def _attempt(self, messages: Sequence[Message]) -> None:
        next_offset, state = self._loaded or await self._load()
        self._loaded = (next_offset, state)
        fresh = [m for m in messages if m.offset >= next_offset]
        metrics.SKIPPED.labels(self._stage.name).inc(len(messages) - len(fresh))
        if not fresh:
            return
        started = time.perf_counter()
        self._loaded = None  # until committed, the state in hand is only a wish
        outcome = await self._stage.handle(state, fresh, now_ms=self._clock())
        new_offset = fresh[-1].offset + 1
        await self._commit(outcome, next_offset, new_offset)
        self._refusals.take(fresh, outcome.effects)
        self._loaded = (new_offset, state)
        metrics.MESSAGES.labels(self._stage.name).inc(len(fresh))
        metrics.NEXT_OFFSET.labels(self._stage.name, str(self._partition)).set(new_offset)
        metrics.COMMIT_SECONDS.labels(self._stage.name).observe(time.perf_counter() - started)

    async def _load(self) -> tuple[int, State]:
        async with self._database.transaction() as tx:
            row = await tx.row("runtime_offset", **self._where)
            stored = await tx.rows(
                "runtime_state", stage=self._stage.name, partition=self._partition
            )
            state = self._stage.load({r["key"]: bytes(r["value"]) for r in stored})
            recalls: object = self._stage
            if isinstance(recalls, Recalls) and (wanted := recalls.recall(state)) is not None:
                recalls.recalled(state, await tx.rows(wanted.statement, **wanted.params))
        return (row["next_offset"] if row else 0), state

    async def _commit(self, outcome: Outcome, expected: int, new: int) -> None:
        async with self._database.transaction() as tx:
            moved = await tx.execute(
                "runtime_advance", **self._where, expected=expected, next_offset=new
            )
            if moved != 1:
                raise Fenced
            effects = [*_merged(outcome.effects)] if self._merging else outcome.effects
            emitted = await apply_effects(tx, effects, now_ms=self._clock())
            await self._store_state(tx, outcome)
        self._merging = False
        if emitted:
            self._committed.set()

    async def _store_state(self, tx: Transaction, outcome: Outcome) -> None:
        at = {"stage": self._stage.name, "partition": self._partition}
        kept = [{**at, "key": k, "value": v} for k, v in outcome.changed.items() if v is not None]
        gone = [{**at, "key": k} for k, v in outcome.changed.items() if v is None]
        if kept:
            await tx.execute_many("runtime_keep_state", kept)
        if gone:
            await tx.execute_many("runtime_forget_state", gone)


async def apply_effects(tx: Transaction, effects: Sequence[Effect], *, now_ms: int) -> bool:
    """Carries out effects in order; returns whether anything was put into the outbox."""
    emitted = False
    for statement, run in groupby(_lowered(effects, now_ms), key=_statement):
        if statement is None:
            for effect in run:
                await _apply_one(tx, effect)
        else:
            emitted |= statement == "runtime_emit"
            await tx.execute_many(statement, [e.params for e in run if isinstance(e, Save)])
    return emitted


def _merged(effects: Sequence[Effect]) -> Iterator[Effect]:
    """The same effects, with rows that may be there already joined to them one by one."""
    for effect in effects:
        if isinstance(effect, Copy) and effect.merge:
            for row in effect.rows:
                yield Save(effect.merge, dict(zip(effect.names, row, strict=True)))
        else:
            yield effect


async def _apply_one(tx: Transaction, effect: object) -> None:
    if isinstance(effect, Copy):
        await tx.copy(effect.statement, effect.types, effect.rows)
    elif isinstance(effect, Applies):
        await effect.apply(tx)
    else:
        raise Fatal(f"unknown effect {effect!r}")


def _statement(effect: object) -> str | None:
    return effect.statement if isinstance(effect, Save) else None


def _lowered(effects: Sequence[Effect], now_ms: int) -> Iterator[object]:
    for effect in effects:
        if isinstance(effect, Emit):
            yield _emit(effect.topic, effect.key, effect.value)
        elif isinstance(effect, Count):
            yield Save("runtime_count", {"name": effect.name, "amount": effect.amount})
        elif isinstance(effect, Refuse):
            yield from _refuse(effect, now_ms)
        else:
            yield effect


def _emit(topic: str, key: bytes, value: bytes) -> Save:
    return Save("runtime_emit", {"topic": topic, "key": key, "value": value})


def _refuse(effect: Refuse, now_ms: int) -> Iterator[Save]:
    message, error = effect.message, effect.error
    detail = _printable(error.detail)
    metrics.REFUSED.labels(message.topic, error.reason).inc()
    letter = codec.DeadLetter(
        topic=message.topic,
        partition=message.partition,
        offset=message.offset,
        reason=error.reason,
        detail=detail,
        original=effect.original[:LETTER_BYTES],
    )
    where = (message.topic, str(message.partition), str(message.offset), error.reason, detail)
    yield Save(
        "runtime_refuse",
        {
            "dead_letter_id": digest_id(*where),
            "topic": message.topic,
            "partition": message.partition,
            "message_offset": message.offset,
            "reason": error.reason,
            "detail": detail,
            "original": effect.original,
            "at_ms": now_ms,
        },
    )
    yield _emit(topics.DEAD_LETTERS, message.topic.encode(), codec.encode(letter))


def _printable(detail: str) -> str:
    """A detail may quote the sender; PostgreSQL's text holds no NUL, a reason no megabyte."""
    return detail.replace("\0", "\N{SYMBOL FOR NULL}")[:DETAIL_CHARACTERS]
