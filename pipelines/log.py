"""The door to Kafka for those who only write: gateways, capture nodes and the outbox relay."""

from __future__ import annotations

from types import TracebackType

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaError

from pipelines.errors import Transient

READ_ON_MS = 200
MOST_READS = 20


class LogWriter:
    """Sends and returns only when the broker has it. ``async with LogWriter(bootstrap) as log:``"""

    def __init__(self, bootstrap: str, *, timeout_s: float = 10.0) -> None:
        """``timeout_s``: how long a record may wait for a broker that is away."""
        self._producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap,
            acks="all",
            linger_ms=2,
            max_request_size=4 << 20,
            request_timeout_ms=int(timeout_s * 1000),
        )

    async def __aenter__(self) -> LogWriter:
        try:
            await self._producer.start()
        except KafkaError as error:
            await self._producer.stop()
            raise Transient(f"broker cannot be reached: {error}") from error
        return self

    async def __aexit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        await self._producer.stop()

    async def send(
        self, topic: str, key: bytes, value: bytes, *, partition: int | None = None
    ) -> None:
        """Appends one record.

        Raises:
            Transient: the broker did not take it; the caller still has it.
        """
        try:
            await self._producer.send_and_wait(topic, value, key=key, partition=partition)
        except KafkaError as error:
            raise Transient(f"broker did not take a record of {topic}: {error!r}") from error

    async def partitions(self, topic: str) -> list[int]:
        """The partitions of a topic, in order.

        Raises:
            Transient: the broker cannot be asked.
        """
        try:
            return sorted(await self._producer.partitions_for(topic))
        except KafkaError as error:
            raise Transient(f"broker does not tell of {topic}: {error!r}") from error


async def end_offsets(bootstrap: str, topics: list[str]) -> dict[tuple[str, int], int]:
    """How far each partition of the topics has been written."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        found: dict[tuple[str, int], int] = {}
        for topic in topics:
            parts = consumer.partitions_for_topic(topic) or await _partitions(consumer, topic)
            ends = await consumer.end_offsets([TopicPartition(topic, p) for p in parts])
            found |= {(tp.topic, tp.partition): offset for tp, offset in ends.items()}
        await _past_last_batch(consumer, found)
        return found
    finally:
        await consumer.stop()


async def _past_last_batch(consumer: AIOKafkaConsumer, ends: dict[tuple[str, int], int]) -> None:
    """Corrects ends by reading on: the embedded broker names the last batch's first record."""
    # An end of 0 may be that of a single batch: read there too.
    seen = {TopicPartition(*where): end for where, end in ends.items()}
    consumer.assign(list(seen))
    for where, end in seen.items():
        consumer.seek(where, max(0, end - 1))
    for _ in range(MOST_READS if seen else 0):  # bounded: others may be writing all the while
        batches = await consumer.getmany(timeout_ms=READ_ON_MS)
        if not batches:
            return
        for where, records in batches.items():
            ends[where.topic, where.partition] = records[-1].offset + 1


async def _partitions(consumer: AIOKafkaConsumer, topic: str) -> set[int]:
    await consumer.topics()
    return set(consumer.partitions_for_topic(topic) or ())
