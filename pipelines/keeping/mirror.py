"""Owns the copy elsewhere (AV-23): everything that proves, in another vault, written and checked.

Copies what is not there yet, so a run that was cut off is finished by the next. Private keys never
leave. Must not judge whether a mirror is whole: ``restore`` does.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import msgspec
import structlog

from pipelines.errors import Transient
from pipelines.evidence.canonical import canonical, sha256_hex
from pipelines.evidence.keys import Keys
from pipelines.keeping.certificates import removed
from pipelines.keeping.index import LEAVES, Index, LeafPage, indexes, read, write
from pipelines.store import Database
from pipelines.store.database import Row
from pipelines.vault.types import Locked, ObjectChanged, Vault

_log = structlog.get_logger()
Tell = Callable[[int, int], None]


class NothingToMirror(Exception):
    """The log has no checkpoint yet: nothing could be proven of a copy."""


@dataclass(slots=True, kw_only=True)
class Mirrored:
    """What a run came to.

    Attributes:
        faults: objects of ours that could not be copied, with the reason.
        waiting: objects let go here that the mirror still keeps, with the reason.
    """

    index_sha256: str = ""
    tree_size: int = 0
    copied: int = 0
    copied_bytes: int = 0
    let_go: list[str] = field(default_factory=list)
    faults: list[tuple[str, str]] = field(default_factory=list)
    waiting: list[tuple[str, str]] = field(default_factory=list)


async def mirror(
    database: Database, vault: Vault, keys: Keys, to: Vault, *, name: str,
    now_ms: Callable[[], int], tell: Tell | None = None,
) -> Mirrored:  # fmt: skip
    """Brings a mirror up to date.

    Args:
        name: under which runs and tests of it are noted: the address, without passwords.
        tell: told how many objects of how many are done.

    Raises:
        NothingToMirror: the log is empty.
        Transient: database, vault or mirror is away; what was copied stays.
    """
    return await _Run(database, vault, keys, to, tell).all(name, now_ms)


class _Run:
    def __init__(
        self, database: Database, vault: Vault, keys: Keys, to: Vault, tell: Tell | None
    ) -> None:
        self._database, self._vault, self._keys = database, vault, keys
        self._to, self._tell = to, tell
        self._there: set[str] = set()
        self._came = Mirrored()

    async def all(self, name: str, now_ms: Callable[[], int]) -> Mirrored:
        began_ms = now_ms()
        head = await self._database.row("log_newest")
        if head is None:
            raise NothingToMirror("the log has no checkpoint yet: let a worker run first")
        try:
            self._there = set(await asyncio.to_thread(lambda: list(self._to.walk())))
            before = await self._before(name)
            index = await self._index(head, before, began_ms)
            self._came.index_sha256 = await self._put(write(index, self._keys))
            await self._tidy(index, before)
        except OSError as error:
            raise Transient(f"mirror {name}: {error}") from error
        self._came.tree_size = index.tree_size
        came = self._came
        await self._database.execute(
            "mirror_ran", target=name, began_ms=began_ms, ended_ms=now_ms(), copied=came.copied,
            copied_bytes=came.copied_bytes, let_go=len(came.let_go), faults=len(came.faults),
            tree_size=came.tree_size, index_sha256=came.index_sha256,
        )  # fmt: skip
        return came

    async def _before(self, name: str) -> tuple[str, Index] | None:
        row = await self._database.row("mirror_last_run", target=name)
        last = row["index_sha256"] if row else ""
        names = [last] if last in self._there else await asyncio.to_thread(
            lambda: list(indexes(self._to)))  # fmt: skip
        found = []
        for sha256 in names:
            data = await asyncio.to_thread(self._fetched, sha256)
            try:
                found.append((sha256, read(data, self._keys)))
            except ValueError as error:
                _log.warning("not an index of ours", object=sha256, why=str(error))
        return max(found, key=lambda one: one[1].at_ms, default=None)

    def _fetched(self, sha256: str) -> bytes:
        return b"".join(self._to.chunks(sha256))

    async def _index(self, head: Row, before: tuple[str, Index] | None, at_ms: int) -> Index:
        size, note = head["tree_size"], bytes(head["note"])
        known = before[1] if before else None
        objects = await self._objects(size)
        gone = [sha256 for sha256 in await removed(self._database) if sha256 not in objects]
        checkpoints = dict(known.checkpoints) if known else {}
        checkpoints[str(size)] = await self._put(note)
        return Index(
            at_ms=at_ms,
            checkpoint=note.decode(),
            tree_size=size,
            pins=await self._documents("mirror_pins", "evidence_id", size),
            certificates=await self._documents("mirror_certificates", "certificate_id", size),
            leaves=await self._leaves(size, known),
            stamps=await self._stamps(),
            checkpoints=checkpoints,
            keys={one: self._keys.public_pem(one).decode() for one in self._keys.known()},
            objects=sorted(objects),
            let_go=sorted(gone),
        )

    async def _objects(self, size: int) -> set[str]:
        wanted = [row["sha256"] for row in await self._database.rows("mirror_objects", size=size)]
        for done, sha256 in enumerate(wanted):
            if sha256 not in self._there:
                await asyncio.to_thread(self._copy, sha256)
            if self._tell:
                self._tell(done + 1, len(wanted))
        return set(wanted)

    def _copy(self, sha256: str) -> None:
        try:
            self._vault.check(sha256)  # else bytes that were changed would be kept under their name
            with self._vault.local(sha256) as path:
                stored = self._to.put(path)
        except (ObjectChanged, FileNotFoundError) as error:
            self._came.faults.append((sha256, str(error)))
            return
        self._came.copied += 1
        self._came.copied_bytes += stored.size_bytes

    async def _documents(self, statement: str, key: str, size: int) -> dict[str, str]:
        found = {}
        async for row in self._pages(statement, key, size):
            found[str(row[key])] = await self._put(canonical(_readable(row)))
        return found

    async def _pages(self, statement: str, key: str, size: int) -> AsyncIterator[Row]:
        after = ""
        while rows := await self._database.rows(statement, after=after, size=size):
            for row in rows:
                yield row
            after = rows[-1][key]

    async def _leaves(self, size: int, known: Index | None) -> list[LeafPage]:
        pages = await self._database.rows("mirror_leaf_pages", width=LEAVES, size=size)
        found = []
        for number, row in enumerate(pages):
            before = known.leaves[number] if known and number < len(known.leaves) else None
            counts = (row["leaves"], row["bodies"])
            if before and (before.leaves, before.bodies) == counts and before.sha256 in self._there:
                found.append(before)
                continue
            first = number * LEAVES
            rows = await self._database.rows(
                "mirror_leaves", first=first, end=min(first + LEAVES, size)
            )
            data = b"\n".join(canonical(_readable(one)) for one in rows)
            found.append(
                LeafPage(
                    sha256=await self._put(data), leaves=len(rows),
                    bodies=sum(one["body"] is not None for one in rows),
                )
            )  # fmt: skip
        return found

    async def _stamps(self) -> dict[str, str]:
        found, size, authority = {}, -1, ""
        while rows := await self._database.rows("log_stamps_page", size=size, authority=authority):
            for row in rows:
                name = f"{row['tree_size']}/{row['authority']}"
                found[name] = await self._put(canonical(_readable(row)))
            size, authority = rows[-1]["tree_size"], rows[-1]["authority"]
        return found

    async def _put(self, data: bytes) -> str:
        sha256 = sha256_hex(data)
        if sha256 not in self._there:
            await asyncio.to_thread(self._to.put, data)
            self._there.add(sha256)
        return sha256

    async def _tidy(self, index: Index, before: tuple[str, Index] | None) -> None:
        """Lets go what was let go here, and what the index before listed and this one does not."""
        for sha256 in sorted(self._there.intersection(index.let_go)):
            if await self._drop(sha256):
                self._came.let_go.append(sha256)
        if before is not None and before[0] != self._came.index_sha256:
            for sha256 in [*sorted(before[1].documents - index.documents), before[0]]:
                await self._drop(sha256)

    async def _drop(self, sha256: str) -> bool:
        try:
            await asyncio.to_thread(self._to.remove, sha256)
        except FileNotFoundError:
            return False
        except Locked as error:
            self._came.waiting.append((sha256, str(error)))
            return False
        return True


def _readable(row: Row) -> dict[str, Any]:
    """A row as JSON: canonical JSON of ours as text, other bytes as base64."""
    return {key: _value(key, value) for key, value in row.items()}


def _value(key: str, value: Any) -> Any:
    if not isinstance(value, bytes | memoryview):
        return value
    data = bytes(value)
    return data.decode() if key in TEXTS else base64.b64encode(data).decode()


TEXTS = frozenset({"manifest", "body", "note"})
"""Columns that hold UTF-8, written as it is."""


def lines(data: bytes) -> Iterable[dict[str, Any]]:
    """The leaves of a page."""
    return (msgspec.json.decode(line, type=dict[str, Any]) for line in data.split(b"\n") if line)
