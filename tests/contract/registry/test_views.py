"""Signed reference views: taken by command, verified when read, by date, never replaced."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import psycopg
import pytest
from numpy.typing import NDArray
from structlog.testing import capture_logs
from typer.testing import CliRunner

from pipelines.demo.authority import register
from pipelines.evidence.keys import Keys
from pipelines.registry.commands import registry
from pipelines.registry.live import LiveRegistry
from pipelines.registry.snapshot import load_registry
from pipelines.registry.views import BadView, ReferenceViews, sign_view
from pipelines.registry.write import write_register
from pipelines.store import Database
from tests.unit.demo.known import DAY_START_MS
from tests.unit.detectors.pictures import ROOM, jpeg, room

NOON_MS = DAY_START_MS + 12 * 3_600_000
CAMERA = "pool-camera"


@pytest.fixture
async def known(fresh_database_url: str) -> str:
    """A database with the demo's authority."""
    async with Database(fresh_database_url, max_size=2) as database:
        await write_register(database, register(DAY_START_MS))
    return fresh_database_url


async def _sign(
    database: Database, keys: Keys, picture: bytes, *, hour: int = 0, officer: str = "officer",
    camera: str = CAMERA,
) -> None:  # fmt: skip
    await sign_view(
        database, keys, camera, picture, officer_id=officer,
        from_ms=NOON_MS + hour * 3_600_000, now_ms=NOON_MS,
    )  # fmt: skip


def _opened(picture: bytes) -> NDArray[np.uint8]:
    found = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert found is not None
    return np.asarray(found, np.uint8)


async def test_the_view_of_the_moment_is_used(known: str, tmp_path: Path) -> None:
    """OFF-11: moved by order at one, a camera is held to the new view from one on, not before."""
    keys = Keys(tmp_path / "keys")
    async with Database(known, max_size=2) as database:
        live = LiveRegistry.of(await load_registry(database, ReferenceViews(keys)))
        await _sign(database, keys, jpeg(ROOM))
        await _sign(database, keys, jpeg(room(11)), hour=1)
        assert await live.refresh(database, ReferenceViews(keys))
        scenes = [live.scene_of(CAMERA, NOON_MS + ms) for ms in (-1, 0, 3_599_999, 3_600_000)]
        before, first, still, second = (s.reference if s else b"-" for s in scenes)
        assert before == b""
        assert first == still != second
        assert _opened(second).shape == (240, 320)
        with pytest.raises(BadView, match="begins after"):
            await _sign(database, keys, jpeg(ROOM))


@pytest.mark.parametrize(
    "spoil",
    [
        "UPDATE reference_views SET picture = picture || '\\x00'::bytea",
        "UPDATE reference_views SET signature = decode(repeat('00', 64), 'hex')",
        "UPDATE reference_views SET from_ms = from_ms - 1",
        "UPDATE reference_views SET signed_ms = signed_ms - 1",
        "UPDATE reference_views SET key_id = 'feedfeedfeedfeed'",
    ],
)
async def test_a_view_that_was_altered_is_told_and_not_used(
    known: str, tmp_path: Path, spoil: str
) -> None:
    """Nobody makes a turned camera pass by changing what it is to see."""
    keys = Keys(tmp_path / "keys")
    async with Database(known, max_size=2) as database:
        await _sign(database, keys, jpeg(ROOM))
        with psycopg.connect(known, autocommit=True) as connection:
            connection.execute(spoil.encode())
        with capture_logs() as logs:
            registry_now = await load_registry(database, ReferenceViews(keys))
    scene = registry_now.scene_of(CAMERA, NOON_MS)
    assert scene is not None
    assert scene.reference == b""
    assert [(one["event"], one["log_level"]) for one in logs] == [
        ("reference view refused", "error")
    ]


async def test_what_cannot_be_a_view_is_refused(known: str, tmp_path: Path) -> None:
    """Each with the reason, and nothing is stored."""
    keys = Keys(tmp_path / "keys")
    async with Database(known, max_size=2) as database:
        for picture, more, why in (
            (b"no picture", {}, "no JPEG"),
            (jpeg(np.full((240, 320, 3), 120, np.float32)), {}, "too little"),
            (jpeg(ROOM), {"camera": "pool-probe"}, "."),
            (jpeg(ROOM), {"camera": "nobody"}, "."),
            (jpeg(ROOM), {"officer": "nobody"}, "no officer"),
        ):
            with pytest.raises(BadView, match=why):
                await _sign(database, keys, picture, **more)  # type: ignore[arg-type]
        assert await database.rows("registry_views") == []


async def test_masks_are_painted_over_a_view(known: str, tmp_path: Path) -> None:
    """AV-16: what a camera may not see is not kept as its reference either."""
    with psycopg.connect(known, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO privacy_masks SELECT 'm', placement_id, "
            "'[[0,0],[0.5,0],[0.5,1],[0,1]]', 'window', false, 0, NULL "
            "FROM placements WHERE device_id = %s",
            (CAMERA,),
        )
    keys = Keys(tmp_path / "keys")
    async with Database(known, max_size=2) as database:
        await _sign(database, keys, jpeg(ROOM))
        loaded = await load_registry(database, ReferenceViews(keys))
    scene = loaded.scene_of(CAMERA, NOON_MS)
    assert scene is not None
    shown = _opened(scene.reference)
    assert shown[:, :150].max() < 30
    assert shown[:, 170:].std() > 20


def test_by_command(known: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set, shown, written out; what is wrong ends in 1 with a line."""
    monkeypatch.setenv("VIGIL_DATABASE_URL", known)
    monkeypatch.setenv("VIGIL_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    vigil, file = CliRunner(), tmp_path / "view.jpg"
    file.write_bytes(jpeg(ROOM))
    assert vigil.invoke(registry, ["view", "show", CAMERA]).exit_code == 1
    asked = ["view", "set", CAMERA, str(file), "--officer", "officer"]
    done = vigil.invoke(registry, asked)
    assert (done.exit_code, "signed by officer" in done.stdout) == (0, True)
    out = tmp_path / "out.jpg"
    shown = vigil.invoke(registry, ["view", "show", CAMERA, "--out", str(out)])
    assert (shown.exit_code, "as signed" in shown.stdout) == (0, True)
    assert out.read_bytes()[:2] == b"\xff\xd8"
    assert vigil.invoke(registry, [*asked[:-1], "nobody"]).exit_code == 1
    recorded = ["view", "set", CAMERA, "--from-recording", "--officer", "officer"]
    missing = vigil.invoke(registry, recorded)
    assert (missing.exit_code, "no recording" in missing.stderr) == (1, True)
    assert vigil.invoke(registry, ["view", "set", CAMERA, "--officer", "officer"]).exit_code == 2
    with psycopg.connect(known, autocommit=True) as connection:
        connection.execute("UPDATE reference_views SET sha256 = repeat('0', 64)")
    spoilt = vigil.invoke(registry, ["view", "show", CAMERA])
    assert (spoilt.exit_code, "not the one that was signed" in spoilt.stderr) == (1, True)
