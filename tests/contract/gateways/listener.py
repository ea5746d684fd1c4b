"""What is on the topic of readings, read on as it grows."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

from aiokafka import AIOKafkaConsumer, TopicPartition

from pipelines import codec, topics


class Listener:
    """Every message on the topic so far: ``found`` has no ticks, ``partitions`` everything."""

    def __init__(self, bootstrap: str) -> None:
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap, auto_offset_reset="earliest", fetch_max_wait_ms=50
        )
        self.found: list[codec.Envelope] = []
        count = topics.PARTITIONS[topics.READINGS]
        self.partitions: dict[int, list[codec.Envelope]] = {p: [] for p in range(count)}

    async def __aenter__(self) -> Listener:
        await self._consumer.start()
        self._consumer.assign([TopicPartition(topics.READINGS, p) for p in self.partitions])
        for part in self._consumer.assignment():
            self._consumer.seek(part, 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def read(self, wait_ms: int = 200) -> list[codec.Envelope]:
        """What came since the last call, until nothing comes for ``wait_ms``."""
        before = len(self.found)
        while batches := await self._consumer.getmany(timeout_ms=wait_ms):
            for part, records in batches.items():
                for record in records:
                    envelope = codec.decode(record.value, codec.Envelope)
                    self.partitions[part.partition].append(envelope)
                    if envelope.kind == "batch":
                        self.found.append(envelope)
        return self.found[before:]

    async def catch_up(self) -> None:
        """Reads and forgets what lies there already, however long the first answer takes."""
        ends = await self._consumer.end_offsets(list(self._consumer.assignment()))
        for part, end in ends.items():
            while await self._consumer.position(part) < end:
                await self.read()
        self.found.clear()

    async def until(self, done: Callable[[], bool], limit_s: float = 30.0) -> None:
        """Reads on until ``done()``; fails when that takes too long."""
        end = time.monotonic() + limit_s
        while not done():
            assert time.monotonic() < end, (
                f"{len(self.found)} messages on the log, and no more come"
            )
            await self.read(50)
            await asyncio.sleep(0.02)

    def count(self, raw: bytes) -> int:
        """How often these bytes are on the log, among what was read."""
        return sum(envelope.raw == raw for envelope in self.found)
