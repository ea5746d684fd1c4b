"""Reads what is on a topic, without a group: nobody's offsets move."""

from __future__ import annotations

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from pipelines import topics
from pipelines.stage import Message


async def read_back(
    bootstrap: str, topic: str, partitions: int | None = None
) -> dict[int, list[Message]]:
    """Everything on a topic, by partition, in the order of the log."""
    count = topics.PARTITIONS[topic] if partitions is None else partitions
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        parts = [TopicPartition(topic, p) for p in range(count)]
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
        found: dict[int, list[Message]] = {part.partition: [] for part in parts}
        left = sum(ends.values())
        batches: dict[TopicPartition, list[ConsumerRecord]] = {}
        while left > 0 or batches:  # the embedded broker tells ends that lie before the last batch
            batches = await consumer.getmany(timeout_ms=1000 if left > 0 else 200)
            for part, records in batches.items():
                left -= len(records)
                found[part.partition] += [
                    Message(
                        topic=topic, partition=part.partition, offset=record.offset,
                        key=record.key or b"", value=record.value or b"",
                    )
                    for record in records
                ]  # fmt: skip
        return found
    finally:
        await consumer.stop()
