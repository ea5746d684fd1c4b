"""Officers' own recordings are verified with the rest (AV-35: edited, lost, put in)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from pipelines.evidence.report import Wrong
from pipelines.transparency.leaf import Kind

if TYPE_CHECKING:
    from tests.contract.evidence.conftest import World

T0 = 1_760_000_000_000


@pytest.fixture
async def recorded(world: World) -> World:
    """One imported recording, with its leaf."""
    stored = world.objects.put(b"a body camera's film")
    world.sql(
        "INSERT INTO records (record_id, unit_id, start_ms, end_ms, imported_ms, matter, act,"
        " place, device_id, session_id, secrecy, imported_by, due_ms, examination, checklist)"
        " VALUES ('r1', 'authority', %s, %s, 0, 'inspection', 'x', '', 'cam', 's', 'internal',"
        " 'li', 0, '{}', '{}')", (T0, T0),
    )  # fmt: skip
    world.sql(
        "INSERT INTO record_objects (record_id, role, name, sha256, sm3, size_bytes, media_type)"
        " VALUES ('r1', 'original', 'film.mp4', %s, %s, %s, 'video/mp4')",
        (stored.sha256, stored.sm3, stored.size_bytes),
    )
    world.leaf(Kind.RECORD, "r1", T0, {"object": {"sha256": stored.sha256}})
    await world.number()
    report = await world.verify()
    assert (report.ok, report.leftovers, report.objects) == (True, 0, 1), report.problems
    return world


def _path(world: World) -> str:
    return str(next(iter(world.objects.walk())))


def edit(world: World) -> None:
    """Other bytes under the same name."""
    path = world.objects.path(_path(world))
    path.chmod(0o644)
    path.write_bytes(b"a body camera's FILM")


def lose(world: World) -> None:
    """No bytes any more."""
    world.objects.path(_path(world)).unlink()


def forget(world: World) -> None:
    """As if nobody had recorded anything."""
    world.sql("DELETE FROM record_objects")
    world.sql("DELETE FROM records")


def replace(world: World) -> None:
    """Another film, in its place."""
    stored = world.objects.put(b"another film")
    world.sql("UPDATE record_objects SET sha256 = %s", (stored.sha256,))


def plant(world: World) -> None:
    """A record that nobody imported."""
    world.sql(
        "INSERT INTO records SELECT 'r2', unit_id, start_ms, end_ms, imported_ms, party_id, matter,"
        " act, place, device_id, case_id, session_id, secrecy, retention_class, imported_by,"
        " due_ms, delay_approved_by, delay_reason, examination, checklist FROM records"
    )
    world.sql(
        "INSERT INTO record_objects SELECT 'r2', role, name, sha256, sm3, size_bytes, media_type"
        " FROM record_objects"
    )


@pytest.mark.parametrize(
    ("act", "wrong", "word"),
    [
        (edit, Wrong.CHANGED, "film.mp4 of record r1"),
        (lose, Wrong.MISSING, "film.mp4 of record r1"),
        (forget, Wrong.MISSING, "record r1"),
        (replace, Wrong.CHANGED, "film.mp4 of record r1"),
        (plant, Wrong.EXTRA, "film.mp4 of record r2"),
    ],
)
async def test_what_befalls_a_recording_is_named(
    recorded: World, act: Callable[[World], None], wrong: Wrong, word: str
) -> None:
    """AV-18, AV-35: a recording that was edited, lost, exchanged or put in."""
    act(recorded)
    problems = (await recorded.verify()).problems
    assert (wrong, True) in [(problem.wrong, word in problem.object) for problem in problems]
