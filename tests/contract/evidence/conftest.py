"""A database of its own, a registered pool with a sensor and a camera, and a world to seal in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import av
import msgspec
import numpy as np
import psycopg
import pytest
from psycopg import sql

from detectors.catalogue.load import bundled
from pipelines import codec, topics
from pipelines.evidence.footage import Patience, RecordedFootage
from pipelines.evidence.gather import Window
from pipelines.evidence.keys import Keys
from pipelines.evidence.manifest import Manifest, decode
from pipelines.evidence.report import Report
from pipelines.evidence.stage import EvidenceStage
from pipelines.evidence.verify import verify
from pipelines.footage.parts import part_at
from pipelines.footage.read import VideoPacket, open_video
from pipelines.footage.record import Recorder
from pipelines.footage.ring import recorded
from pipelines.footage.transcode import to_h264
from pipelines.footage.types import Part
from pipelines.runtime import PartitionRunner
from pipelines.stage import Message
from pipelines.store import Database
from pipelines.transparency.leaf import Kind, Leaf, encode
from pipelines.transparency.place import Place
from pipelines.transparency.sequencer import sequence_once
from pipelines.vault.folder import FolderVault
from pipelines.vault.types import Vault
from tests.fresh import drop_database, fresh_database

T0 = 1_760_000_000_000
_HOURS = {"spans": [[[0, 1440]]] * 7, "zone": "Asia/Shanghai"}
_REGISTRY = [
    ("INSERT INTO districts VALUES ('d', '婺城区', 'Wucheng')", ()),
    (
        (
            "INSERT INTO parties VALUES ('p', 'd', '91330702MA0000000X', '蓝波游泳馆', 'Blue Wave'"
            ", 'pool@example.org')"
        ),
        (),
    ),
    ("INSERT INTO sites VALUES ('s', 'p', 'pool', '主馆', 'Main hall', %s)", (_HOURS,)),
    (
        (
            "INSERT INTO devices (device_id, kind, model) VALUES ('probe', 'sensor', 'CL'),"
            " ('cam', 'camera', 'C-1')"
        ),
        (),
    ),
    (
        (
            "INSERT INTO points VALUES ('s/pool-main', 's', 'pool-main', '', '主池', 'Main pool',"
            " 'fixed', 'law', '')"
        ),
        (),
    ),
    (
        (
            "INSERT INTO placements VALUES ('probe', 'probe', 's/pool-main', 0, NULL),"
            " ('cam', 'cam', 's/pool-main', 0, NULL)"
        ),
        (),
    ),
    (
        (
            "INSERT INTO series (series_id, placement_id, quantity, unit, interval_s, resolution)"
            " VALUES (1, 'probe', 'free_chlorine', 'mg/L', 60, 0.01)"
        ),
        (),
    ),
    (
        (
            "INSERT INTO documents VALUES ('doc-v', 'probe', 'verification_certificate', 'JD-1',"
            " '计量院', 0, NULL, NULL), ('doc-old', 'probe', 'evidentiary_notice', 'N-1', 'WJ',"
            " 0, 1, NULL), ('doc-c', 'probe', 'clock_check', 'C-1', 'WJ', 0, NULL, 120)"
        ),
        (),
    ),
]


@dataclass
class World:
    """Everything a seal needs, over real stores."""

    database: Database
    url: str
    folder: Path
    video: Path
    offset: int = 0
    waits: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.objects = FolderVault(self.folder / "objects")
        self.keys = Keys(self.folder / "keys")
        self.recordings = self.folder / "recordings"
        self.place = Place(
            origin="vigil.test/log", folder=self.folder / "log", keys=self.folder / "keys"
        )

    def sql(self, statement: str, params: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        """Runs any SQL, as someone with the database's password would."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement.encode(), _json(params))
            return cursor.fetchall() if cursor.description else []

    def columns(self, table: str) -> str:
        """Names of a table's columns but those the database works out, for copying its rows."""
        found = self.sql(
            "SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position)"
            " FROM information_schema.columns WHERE table_schema = 'public' AND table_name = %s"
            " AND is_generated = 'NEVER'",
            (table,),
        )
        return str(found[0][0])

    def record(self, start_ms: int, *, told: bool = False) -> list[Part]:
        """Records six seconds of the camera from a moment on, in parts of a second.

        Args:
            told: also in the ledger of recorded parts, as a capture node tells it.
        """
        recorder = Recorder(self.recordings, camera_id="cam")
        with open_video(str(self.video)) as video:
            for packet in video.packets():
                if isinstance(packet, VideoPacket):
                    recorder.feed(packet, start_ms + packet.time_s * 1000)
        recorder.close()
        found = [
            part_at("cam", at_ms, path)
            for at_ms, path in recorded(self.recordings, "cam")
            if at_ms >= start_ms
        ]
        parts = [part for part in found if part is not None]
        for part in parts if told else ():
            self.tell(part)
        return parts

    def tell(self, part: Part) -> None:
        """Puts a part into the ledger."""
        self.sql(
            "INSERT INTO recording_parts VALUES ('cam', %s, %s, %s, %s, 0)",
            (part.start_ms, part.end_ms, part.sha256, part.size_bytes),
        )
        self.leaf(Kind.RECORDING_PART, part.sha256, part.end_ms, {"camera_id": "cam"})

    def sensor_alert(self, alert_id: str = "a1", *, at_ms: int = T0, messages: int = 3) -> None:
        """An alert of the probe, with its messages and readings."""
        for number in range(messages):
            seq, moment = at_ms // 1000 + number, at_ms - 60_000 * (messages - number)
            original = json.dumps(
                {"device": "probe", "seq": seq, "cl": 0.1 + number / 100}
            ).encode()
            row = (hashlib.sha256(original).hexdigest(), seq, moment, moment, moment, original)
            self.sql(
                "INSERT INTO raw_batches (sha256, device_id, seq, received_ms, first_ms, last_ms,"
                " partition, message_offset, watermark_ms, original)"
                " VALUES (%s, 'probe', %s, %s, %s, %s, 0, 0, 0, %s)",
                row,
            )
            when = datetime.fromtimestamp(moment / 1000, UTC)
            self.sql("INSERT INTO readings VALUES (%s, 1, %s, 0)", (when, 0.1 + number / 100))
            self.leaf(Kind.RAW_BATCH, row[0], moment, {"device_id": "probe", "seq": seq})
        self._alert(alert_id, at_ms, rule="pool-free-chlorine", device="probe", series=1)

    def leaf(self, kind: Kind, subject: str, at_ms: int, body: dict[str, Any]) -> None:
        """Has a leaf wait for its number."""
        leaves = encode([Leaf(kind=kind, subject=subject, at_ms=at_ms, body=body)])
        self.sql("INSERT INTO log_pending (leaves) VALUES (%s)", (leaves,))

    async def number(self, now_ms: int = T0) -> None:
        """Has the sequencer number what waits and publish the log."""
        await sequence_once(self.database, self.place, now_ms)

    def camera_alert(self, alert_id: str = "c1", *, at_ms: int = T0, staged: bool = False) -> None:
        """An alert of the camera, with one frame looked at."""
        when = datetime.fromtimestamp((at_ms - 500) / 1000, UTC)
        self.sql(
            "INSERT INTO observations VALUES (%s, 'cam', 2, 100, 30, 50, %s)", (when, "f" * 64)
        )
        self._alert(
            alert_id, at_ms, rule="person-in-closed-area", device="cam", series=None, staged=staged
        )

    def _alert(
        self, alert_id: str, at_ms: int, *, rule: str, device: str, series: int | None,
        staged: bool = False,
    ) -> None:  # fmt: skip
        self.sql(
            "INSERT INTO alerts (alert_id, rule_id, rule_version, severity, party_id, site_id,"
            " device_id, place, series_id, start_ms, detected_ms, unit, value, low, high, inputs,"
            " staged, state, grade, grade_reasons, risk, input_at_ms, stored_at_ms) VALUES (%s, %s,"
            " '1', 'high', 'p', 's', %s, 'pool-main', %s, %s, %s, 'mg/L', 0.12, 0.3, 1.0, %s, %s,"
            " 'sealing', 'lead', %s, 50, 0, 0)",
            (
                alert_id, rule, device, series, at_ms - 60_000, at_ms, {"median": 0.12}, staged,
                ["missing:installation_consent"],
            ),
        )  # fmt: skip

    def stage(
        self, *, still_s: float = 0.5, objects: Vault | None = None, told_late_s: float = 1.0
    ) -> EvidenceStage:
        """The stage as it runs, with a little less patience."""
        return EvidenceStage(
            self.database,
            objects or self.objects,
            self.keys,
            RecordedFootage(self.recordings),
            bundled(),
            window=Window(clip_before_ms=2000, clip_after_ms=2000),
            patience=Patience(still_s=still_s, longest_s=10, told_s=told_late_s),
            model_sha256=lambda: "m" * 64,
            answer_to="vigil@example.org",
            waited=lambda: self.waits.append("waited"),
        )

    def messages(self, *alert_ids: str) -> list[Message]:
        """The next messages of the topic."""
        found = []
        for alert_id in alert_ids:
            value = codec.encode(codec.AlertMessage(alert_id=alert_id))
            found.append(
                Message(topic=topics.ALERTS, partition=0, offset=self.offset, key=b"s", value=value)
            )
            self.offset += 1
        return found

    async def seal(self, *alert_ids: str, stage: EvidenceStage | None = None) -> None:
        """Seals alerts through the real runtime, then numbers the leaves as the sequencer does."""
        runner = PartitionRunner(stage or self.stage(), 0, self.database, log_id="t")
        await runner.run(self.messages(*alert_ids))
        await self.number()

    async def verify(self, alert_id: str | None = None) -> Report:
        """A verification with keys as they lie in the folder."""
        keys = Keys(self.keys.folder)
        return await verify(self.database, self.objects, keys, alert_id=alert_id, place=self.place)

    def manifest(self, alert_id: str = "a1") -> Manifest:
        """An alert's sealed manifest."""
        rows = self.sql("SELECT manifest FROM evidence WHERE alert_id = %s", (alert_id,))
        data = rows[0][0]
        assert isinstance(data, bytes)
        return decode(data)


@pytest.fixture(scope="module")
def own_url(database_url: str) -> Iterator[str]:
    """A migrated database that only this module uses."""
    url = fresh_database(database_url, "evidence")
    yield url
    drop_database(url)


@pytest.fixture
async def database(own_url: str) -> AsyncIterator[Database]:
    """The database, empty but for the registry."""
    with psycopg.connect(own_url, autocommit=True) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            " AND tablename NOT LIKE '%yoyo%' AND tablename <> 'units'"
        ).fetchall()
        names = sql.SQL(", ").join(sql.Identifier(table) for (table,) in tables)
        connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(names))
        for statement, params in _REGISTRY:
            connection.execute(statement.encode(), _json(params))
    async with Database(own_url, max_size=4) as opened:
        yield opened


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six seconds of H.264, a keyframe a second: a square that moves over noise."""
    folder = tmp_path_factory.mktemp("video")
    noise = np.random.default_rng(7)
    with av.open(str(folder / "raw.avi"), "w") as out:
        stream = out.add_stream("mjpeg", rate=10)
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuvj420p"
        for number in range(60):
            picture = noise.integers(90, 110, (120, 160, 3), dtype=np.uint8)
            picture[40:80, number : number + 40] = 220
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        out.mux(stream.encode(None))
    to_h264(folder / "raw.avi", folder / "h264.mp4")
    return folder / "h264.mp4"


@pytest.fixture
def world(database: Database, own_url: str, tmp_path: Path, video: Path) -> World:
    """Everything a seal needs, over real stores."""
    return World(database=database, url=own_url, folder=tmp_path, video=video)


def _json(params: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(
        msgspec.json.encode(p).decode() if isinstance(p, dict | list) else p for p in params
    )
