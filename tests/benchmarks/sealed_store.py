"""Owns a store of sealed evidence, as a site of 1080p cameras leaves it; a database of its own."""

from __future__ import annotations

import asyncio
import random
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from pipelines.evidence.canonical import sha256_hex
from pipelines.evidence.keys import Keys
from pipelines.evidence.manifest import (
    Coverage,
    Law,
    Manifest,
    Measured,
    Rule,
    SealedObject,
    Standing,
    When,
    Where,
    iso,
)
from pipelines.evidence.seal import Seal, evidence_id
from pipelines.store import Database
from pipelines.store.migrate import migrate
from pipelines.transparency.leaf import Kind, Leaf, log
from pipelines.transparency.place import Place
from pipelines.transparency.sequencer import sequence_once
from pipelines.vault.folder import FolderVault

T0 = 1_760_000_000_000
CLIP_BYTES, PART_BYTES, POSTER_BYTES = 4 << 20, 2 << 20, 90_000
"""30 s of 1080p at about 1.1 Mbit/s, in parts of some 15 s, and a still."""
PARTS, MESSAGES = 3, 60
"""Of a camera's alert; an hour of a probe that reports each minute, of a sensor's."""
_REGISTRY = """
INSERT INTO districts VALUES ('d', 'd', 'd');
INSERT INTO parties VALUES ('p', 'd', 'x', 'p', 'p', '');
INSERT INTO sites VALUES ('s', 'p', 'pool', 's', 's', '{}');
INSERT INTO devices (device_id, kind, model) VALUES ('cam', 'camera', 'm'), ('probe', 'sensor', 'm')
"""
_ALERT = """
INSERT INTO alerts (alert_id, rule_id, rule_version, severity, party_id, site_id, device_id, place,
    start_ms, detected_ms, unit, value, low, high, inputs, staged, state, grade, grade_reasons,
    risk, input_at_ms, stored_at_ms)
VALUES (%s, 'r', '1', 'high', 'p', 's', %s, 'main', %s, %s, '', 1.0, NULL, 2.0, '{}', false,
    'sealing', 'lead', '[]', 50, 0, 0)
"""
_RAW = """
INSERT INTO raw_batches (sha256, device_id, seq, received_ms, first_ms, last_ms, partition,
    message_offset, watermark_ms, original) VALUES (%s, 'probe', %s, %s, %s, %s, 0, 0, 0, %s)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """What was left."""

    database: Database
    objects: FolderVault
    keys: Keys
    place: Place
    pins: int
    raw: list[bytes]
    size_bytes: int


@asynccontextmanager
async def sealed_store(server_url: str, folder: Path, *, pins: int) -> AsyncIterator[Store]:
    """Pins, three cameras' to one sensor's, each with its leaves; dropped at the end."""
    name = f"sealed_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        url = urlsplit(server_url)._replace(path=f"/{name}").geturl()
        try:
            await asyncio.to_thread(migrate, url)
            async with Database(url, max_size=3) as database:
                yield await _filled(database, url, folder, pins)
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


async def _filled(database: Database, url: str, folder: Path, pins: int) -> Store:
    objects, keys = FolderVault(folder / "objects"), Keys(folder / "keys")
    place = Place(origin="bench/log", folder=folder / "log", keys=folder / "keys")
    rng, raw, size = random.Random(5), [], 0
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in _REGISTRY.split(";"):
            connection.execute(statement.encode())
        for number in range(pins):
            camera = number % 4 != 0
            at_ms = T0 + number * 600_000
            device = "cam" if camera else "probe"
            connection.execute(_ALERT, (f"a{number:05}", device, at_ms - 60_000, at_ms))
            if camera:
                pinned, leaves = _filmed(objects, rng, at_ms)
            else:
                pinned, leaves, messages = _measured(objects, at_ms)
                raw += messages
                rows = [
                    (leaf.subject, n, at_ms, at_ms, at_ms, message)
                    for n, (leaf, message) in enumerate(zip(leaves, messages, strict=True))
                ]
                with connection.cursor() as cursor:
                    cursor.executemany(_RAW, rows)
            manifest = _manifest(f"a{number:05}", device, at_ms, pinned)
            size += sum(item.size_bytes for item in pinned)
            async with database.transaction() as tx:
                await log(tx, *leaves)
                await Seal(manifest=manifest, keys=keys, notice=None).apply(tx)
            await sequence_once(database, place, at_ms)
        connection.execute("VACUUM ANALYZE")
    return Store(
        database=database, objects=objects, keys=keys, place=place, pins=pins, raw=raw,
        size_bytes=size + sum(map(len, raw)),
    )  # fmt: skip


def _filmed(
    objects: FolderVault, rng: random.Random, at_ms: int
) -> tuple[list[SealedObject], list[Leaf]]:
    pinned = [
        _pinned(objects, "part", f"part-{n}.mp4", rng.randbytes(PART_BYTES), "video/mp4")
        for n in range(PARTS)
    ]
    leaves = [
        Leaf(kind=Kind.RECORDING_PART, subject=item.sha256, at_ms=at_ms, body={"camera_id": "cam"})
        for item in pinned
    ]
    clip = _pinned(objects, "clip", "clip.mp4", rng.randbytes(CLIP_BYTES), "video/mp4")
    poster = _pinned(objects, "poster", "poster.jpg", rng.randbytes(POSTER_BYTES), "image/jpeg")
    return [*pinned, clip, poster], leaves


def _measured(
    objects: FolderVault, at_ms: int
) -> tuple[list[SealedObject], list[Leaf], list[bytes]]:
    messages = [
        b'{"device":"probe","seq":%d,"readings":[{"quantity":"free_chlorine","value":0.%d,"time_ms":'
        b'%d}]}' % (at_ms // 1000 + n, n, at_ms + n) for n in range(MESSAGES)
    ]  # fmt: skip
    leaves = [
        Leaf(kind=Kind.RAW_BATCH, subject=sha256_hex(one), at_ms=at_ms, body={"device_id": "probe"})
        for one in messages
    ]
    pinned = [
        _pinned(objects, "raw", f"raw-{n}-{sha256_hex(one)[:16]}.json", one, "application/json")
        for n, one in enumerate(messages)
    ]
    return pinned, leaves, messages


def _pinned(
    objects: FolderVault, role: str, name: str, data: bytes, media_type: str
) -> SealedObject:
    stored = objects.put(data)
    return SealedObject(
        role=role, name=name, sha256=stored.sha256, sm3=stored.sm3, size_bytes=stored.size_bytes,
        media_type=media_type,
    )  # fmt: skip


def _manifest(alert_id: str, device: str, at_ms: int, pinned: list[SealedObject]) -> Manifest:
    filmed = Coverage(
        camera_id="cam", clip="clip.mp4", wanted_from_ms=at_ms, wanted_to_ms=at_ms,
        start_ms=at_ms, end_ms=at_ms, gaps=[], parts=[i.name for i in pinned if i.role == "part"],
    )  # fmt: skip
    where = dict.fromkeys(Where.__struct_fields__, "") | {
        "party_id": "p", "site_id": "s", "place": "main", "device_id": device,
    }  # fmt: skip
    return Manifest(
        evidence_id=evidence_id(alert_id), alert_id=alert_id, staged=False,
        rule=Rule(id="r", version="1", severity="high", law=Law(known=False)),
        where=Where(**where),
        when=When(start_ms=at_ms - 60_000, start=iso(at_ms - 60_000), detected_ms=at_ms,
                  detected=iso(at_ms), ended_ms=None, clock_offset_ms=None,
                  clock_uncertainty_ms=None, clock_document=""),
        measured=Measured(series_id=None, unit="", value="1.0", low=None, high="2.0", inputs={}),
        standing=Standing(grade="lead", reasons=[], papers=[]),
        objects=sorted(pinned, key=lambda item: item.name),
        footage=[filmed] if device == "cam" else [], looks=[], model_sha256="", zones=[],
        thresholds={}, quality=[], findings=[], sealed_at_ms=at_ms, sealed_at=iso(at_ms),
    )  # fmt: skip
