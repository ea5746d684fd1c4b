"""Owns clues handed down in a file, and what goes back to a platform in one.

JSON lines, CSV or a workbook; one clue a line. A line that is no clue is kept with its reason and
holds nothing else up; a line that had come is the same clue. Must not send.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from detectors.types import digest_id
from pipelines.clues.intake import OtherBody, take
from pipelines.clues.platforms import Platform
from pipelines.clues.refusals import refuse
from pipelines.clues.types import MAX_BODY_BYTES, BadClue, Clue, read
from pipelines.registry.sheets import NotFilledIn, read_sheets
from pipelines.store import Database

COLUMNS = tuple(f.name for f in msgspec.structs.fields(Clue) if f.name != "attachments")


class BadFile(Exception):
    """The file as a whole cannot be read; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What became of one line.

    Attributes:
        clue_id: empty when refused; ``reason`` says why it was.
    """

    place: str
    outcome: Literal["taken", "repeated", "refused"]
    clue_id: str = ""
    reason: str = ""


async def bring(database: Database, platform: Platform, path: Path, *, now_ms: int) -> list[Line]:
    """Takes in every clue of a file, each in a transaction of its own: doing it twice is safe.

    Args:
        path: ``.csv``, ``.xlsx``, or JSON lines under any other name.

    Raises:
        BadFile: it is no such file, or has a column that no clue has; nothing was taken in.
        Transient: the database cannot be reached; what was taken in stays.
    """
    return [
        await _take(database, platform, place, body, now_ms=now_ms)
        for place, body in list(_bodies(path))
    ]


async def _take(
    database: Database, platform: Platform, place: str, body: bytes, *, now_ms: int
) -> Line:
    try:
        taken = await take(database, platform, _read(body), way="file", now_ms=now_ms)
    except (BadClue, OtherBody) as error:
        await refuse(database, platform, body, str(error), way="file", now_ms=now_ms, place=place)
        return Line(place=place, outcome="refused", reason=str(error))
    outcome: Literal["taken", "repeated"] = "repeated" if taken.repeated else "taken"
    return Line(place=place, outcome=outcome, clue_id=taken.clue_id)


def _read(body: bytes) -> Clue:
    if len(body) > MAX_BODY_BYTES:
        raise BadClue(f"larger than {MAX_BODY_BYTES} bytes")
    return read(body)


def _bodies(path: Path) -> Iterator[tuple[str, bytes]]:
    """Each clue's JSON with its place; blank lines are passed over."""
    if path.suffix.lower() in (".csv", ".xlsx"):
        yield from _rows(path)
        return
    try:
        lines = path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")
    except OSError as error:
        raise BadFile(f"{path.name}: {error.strerror or error}") from error
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield f"{path.name}:{number}", line.strip()


def _rows(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        sheets, faults = read_sheets([path])
    except NotFilledIn as error:
        raise BadFile(f"{path.name}: {error}") from error
    if faults:
        raise BadFile(f"{path.name}: {faults[0].wrong}")
    for sheet in sheets:
        if strange := sorted(set(sheet.header) - set(COLUMNS)):
            known = ", ".join(COLUMNS)
            raise BadFile(f"{path.name}: no column {', '.join(strange)}; there are {known}")
        for number, cells in sheet.rows:
            filled = dict(zip(sheet.header, cells, strict=False))
            said: dict[str, Any] = {name: text for name, text in filled.items() if text}
            if any(cells[len(sheet.header) :]):
                said["more"] = "cells"  # beyond the last column: refused as no field of a clue
            yield f"{path.name}:{number}", msgspec.json.encode(said)


async def write_back(
    database: Database, platform: Platform, path: Path, *, now_ms: int
) -> int:  # fmt: skip
    """Writes what waits to go back, a message a line, for a platform that is reached by files.

    The file is whole and on disk before anything is marked: after a crash it is written again,
    with the same ids and bytes. An answered clue is closed by it.

    Raises:
        BadFile: it exists, or cannot be written; nothing is marked.
    """
    async with database.transaction() as tx:
        rows = await tx.rows("clues_to_export", platform=platform.id)
        if not rows:
            return 0
        try:
            with path.open("xb") as file:
                file.writelines(bytes(row["body"]) + b"\n" for row in rows)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise BadFile(f"{path}: {error.strerror or error}") from error
        for row in rows:
            clue_id, message_id = row["clue_id"], row["message_id"]
            await tx.execute(
                "clues_sent", message_id=message_id, state="exported", now_ms=now_ms,
                answer=path.name,
            )  # fmt: skip
            if row["kind"] != "receipt":
                await tx.execute(
                    "clues_close", clue_id=clue_id, event_id=digest_id(clue_id, "closed"),
                    now_ms=now_ms, detail=message_id,
                )  # fmt: skip
    return len(rows)
