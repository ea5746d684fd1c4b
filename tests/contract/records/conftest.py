"""Recordings as a body camera makes them, a register of officers and devices, a real vault."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import psycopg
import pytest

from pipelines.footage.bodycam import BodyCamera, film
from pipelines.records.types import Statement
from pipelines.store import Database
from pipelines.vault.folder import FolderVault

BEGAN_MS = 1_795_482_000_000  # Tuesday 2026-11-24 09:00 in Beijing
DAY_MS = 86_400_000
SMALL = BodyCamera(width=160, height=90, bits_s=150_000)

Film = Callable[..., Path]


@pytest.fixture(scope="session")
def films(tmp_path_factory: pytest.TempPathFactory, video: Path) -> Film:
    """Gives a file filmed from a moment on, each made once."""
    folder = tmp_path_factory.mktemp("films")

    def filmed(start_ms: int = BEGAN_MS, seconds: float = 3.0, seed: int = 0) -> Path:
        path = folder / f"{start_ms}-{seconds}-{seed}.mp4"
        if not path.exists():
            film(video, path, start_ms=start_ms, seconds=seconds, camera=SMALL, seed=seed)
        return path

    return filmed


@pytest.fixture
async def database(fresh_database_url: str) -> AsyncIterator[Database]:
    """A database with two units, their officers, a leader, a party and a recorder."""
    register(fresh_database_url)
    async with Database(fresh_database_url, max_size=4) as opened:
        yield opened


@pytest.fixture
def vault(tmp_path: Path) -> FolderVault:
    """An empty vault."""
    return FolderVault(tmp_path / "objects")


def register(url: str) -> None:
    """The register of these tests."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO units VALUES ('first', '一所', 'First'), ('second', '二所', 'Second')"
        )
        connection.execute("INSERT INTO districts VALUES ('330702', '婺城区', 'Wucheng')")
        connection.execute(
            "INSERT INTO parties VALUES "
            "('pool', '330702', '91330702MA2307023A', '某馆', 'Pool', 'a@b.c')"
        )
        for officer, role, unit in (
            ("li", "officer", "first"), ("wang", "officer", "first"), ("zhao", "officer", "second"),
            ("chen", "leader", "first"), ("sun", "archivist", "first"),
        ):  # fmt: skip
            connection.execute(
                "INSERT INTO officers VALUES (%s, %s, %s, %s, 'x', %s)",
                (officer, officer, officer, role, unit),
            )
        connection.execute(
            "INSERT INTO devices (device_id, kind, model, capabilities, installed_ms) VALUES "
            "('cam-1', 'recorder', 'DSJ', "
            '\'["high_definition","capacity","smooth","integrity"]\', 0)'
        )
        connection.execute(
            "INSERT INTO recorders VALUES ('cam-1', 'first', 'body_camera', 'inspections', NULL)"
        )


def said(**changes: object) -> Statement:
    """A statement with nothing wrong in it, but for ``changes``."""
    usual: dict[str, object] = {
        "officers": ("li", "wang"), "device_id": "cam-1", "matter": "泳池水质", "place": "某馆",
        "act": "inspection", "imported_by": "sun", "party_id": "pool",
    }  # fmt: skip
    return Statement(**{**usual, **changes})  # type: ignore[arg-type]
