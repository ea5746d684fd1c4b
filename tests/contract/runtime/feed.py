"""What is put on the log: the synthetic day through the codec, real pictures, and bad ones."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import cv2
import msgspec
import numpy as np

from models.picture import encode_jpeg
from pipelines import codec, topics
from pipelines.demo import day
from pipelines.demo.authority import DAY_MS
from pipelines.gateways.capture.types import FrameMessage, encode
from pipelines.gateways.outgoing import Outgoing
from pipelines.log import LogWriter

TICK_MS = 5 * 60 * 1000
PICTURES = 30
FPS = 2
BAD_FRAMES = 6


@dataclass(frozen=True, slots=True)
class Record:
    """One record to send; partition None lets the key decide."""

    topic: str
    key: bytes
    value: bytes
    partition: int | None = None


def readings(day_ms: int) -> list[list[Record]]:
    """The day's messages in groups of five simulated minutes, each closed by ticks to all."""
    messages = day.messages(day_ms)
    groups: list[list[Record]] = []
    for slot, group in groupby(messages, key=lambda m: m.at_ms // TICK_MS):
        records = [_batch(message) for message in group]
        groups.append([*records, *_ticks((slot + 1) * TICK_MS)])
    groups.append(_ticks(max(day_ms + DAY_MS, messages[-1].at_ms) + 30 * 60 * 1000))
    return groups


def _batch(message: Outgoing) -> Record:
    envelope = codec.Envelope(
        kind="batch",
        gateway=message.site_id,
        received_ms=message.at_ms,
        raw=message.body,
        sha256=hashlib.sha256(message.body).hexdigest(),
        logged_ms=message.at_ms,
    )
    key = message.site_id.encode()
    return Record(topics.READINGS, key, codec.encode(envelope))


def _ticks(at_ms: int) -> list[Record]:
    tick = codec.encode(codec.Envelope(kind="tick", gateway="clock", received_ms=at_ms))
    return [
        Record(topics.READINGS, b"tick", tick, partition)
        for partition in range(topics.PARTITIONS[topics.READINGS])
    ]


def frames(video: Path, start_ms: int) -> list[Record]:
    """Real pictures of two cameras, with bad ones among them."""
    pictures = _pictures(video)
    good = [
        _frame(camera, n, start_ms + n * 1000 // FPS, jpeg)
        for n, jpeg in enumerate(pictures)
        for camera in ("pool-camera", "waste-camera")
    ]
    bad = bad_frames(pictures[0], start_ms)
    for n, record in enumerate(bad):
        good.insert((n + 1) * len(good) // (len(bad) + 1), record)
    return good


def bad_frames(jpeg: bytes, at_ms: int) -> list[Record]:
    """One of each kind of bad frame; BAD_FRAMES in all."""
    noise = np.random.default_rng(3).bytes(400)
    changed = _message("pool-camera", 900, at_ms, jpeg)
    changed = msgspec.structs.replace(changed, sha256="0" * 64)
    return [
        _frame("pool-camera", 901, at_ms, jpeg[: len(jpeg) // 2]),
        Record(topics.FRAMES, b"pool-camera", encode(changed)),
        _frame("no-such-camera", 902, at_ms, jpeg),
        Record(topics.FRAMES, b"pool-camera", noise),
        _frame("waste-camera", 903, at_ms, noise),
        _frame("waste-camera", 904, at_ms, b""),
    ]


def _frame(camera: str, seq: int, at_ms: int, jpeg: bytes) -> Record:
    message = encode(_message(camera, seq, at_ms, jpeg))
    return Record(topics.FRAMES, camera.encode(), message)


def _message(camera: str, seq: int, at_ms: int, jpeg: bytes) -> FrameMessage:
    return FrameMessage(
        camera_id=camera, time_ms=at_ms, seq=seq, reason="timed", jpeg=jpeg,
        sha256=hashlib.sha256(jpeg).hexdigest(), changed_share=0.0, width_px=640, height_px=480,
        logged_ms=at_ms,
    )  # fmt: skip


def _pictures(video: Path) -> list[bytes]:
    film = cv2.VideoCapture(str(video))
    found = []
    for n in range(PICTURES * 5):
        read, picture = film.read()
        assert read, f"{video} has only {n} pictures"
        if n % 5 == 0:
            found.append(encode_jpeg(np.asarray(picture, np.uint8)))
    film.release()
    return found


async def send(writer: LogWriter, records: list[Record]) -> None:
    """Sends side by side; order within a partition is the list's."""
    async with asyncio.TaskGroup() as sending:
        for record in records:
            sending.create_task(
                writer.send(record.topic, record.key, record.value, partition=record.partition)
            )
