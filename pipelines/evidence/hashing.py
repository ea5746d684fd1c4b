"""Owns hashing many stored objects at once. Must not judge what it finds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

from pipelines.evidence.manifest import SealedObject
from pipelines.vault.types import Vault

THREADS = 2  # hashing leaves the interpreter's lock alone; more only fight for the disk
_TURN_BYTES = 8 << 20  # a turn of a thread: some big objects, or many small ones
_TURN_OBJECTS = 64


class Tell(Protocol):
    """Told how many bytes more were hashed, and of how many in all we know by now."""

    def __call__(self, done_bytes: int, known_bytes: int) -> None:
        """Takes both."""
        ...


class Digests:
    """What stored objects hash to now; each is read once. Use as a context."""

    def __init__(self, vault: Vault, tell: Tell | None = None) -> None:
        self._vault = vault
        self._tell = tell
        self._found: dict[str, str | None] = {}
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="hash")
        self.size_bytes = 0
        self._known_bytes = 0

    def __enter__(self) -> Digests:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def __contains__(self, sha256: str) -> bool:
        return sha256 in self._found

    def of(self, sha256: str) -> str | None:
        """What an object that was taken hashes to now; None when it is gone."""
        return self._found[sha256]

    @property
    def count(self) -> int:
        """How many objects were there."""
        return sum(found is not None for found in self._found.values())

    async def take(self, items: Iterable[SealedObject]) -> None:
        """Hashes those not yet known; big ones first, so that no thread waits for the other."""
        sizes = {i.sha256: i.size_bytes for i in items if i.sha256 not in self._found}
        await self.take_sized(sizes)

    async def take_sized(self, sizes: Mapping[str, int]) -> None:
        """Hashes objects by their names; the sizes only share out the work."""
        self._found.update(dict.fromkeys(sizes))
        self._known_bytes += sum(sizes.values())
        loop = asyncio.get_running_loop()
        turns = _turns(sorted(sizes.items(), key=lambda item: -item[1]))
        await asyncio.gather(
            *(loop.run_in_executor(self._pool, self._hash, names, size) for names, size in turns)
        )
        self.size_bytes += sum(n for name, n in sizes.items() if self._found[name] is not None)

    def _hash(self, names: list[str], size_bytes: int) -> None:
        digest: Callable[[str], str] = self._vault.digest
        for name in names:
            try:
                self._found[name] = digest(name)
            except (FileNotFoundError, ValueError):
                self._found[name] = None
        if self._tell is not None:
            self._tell(size_bytes, self._known_bytes)


def _turns(sizes: Iterable[tuple[str, int]]) -> Iterable[tuple[list[str], int]]:
    names: list[str] = []
    total = 0
    for name, size in sizes:
        names.append(name)
        total += size
        if total >= _TURN_BYTES or len(names) >= _TURN_OBJECTS:
            yield names, total
            names, total = [], 0
    if names:
        yield names, total
