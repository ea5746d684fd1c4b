"""Owns hashing content once, on its way. Must not know where it goes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SM3, Hash

from pipelines.vault.types import CHUNK, Stored

_SMALL = 4 * CHUNK  # below, a second thread costs more than it saves


def taken_in(content: bytes | Path, write: Callable[[bytes], object] | None = None) -> Stored:
    """Reads content once: hashes it twofold, and hands each piece to ``write``.

    SM3 has no instructions on most processors and is several times slower than SHA-256: it runs
    in a thread of its own (both let others run), beside SHA-256 and writing. It is taken from
    ``cryptography``, whose OpenSSL is newer than Python's: a fifth faster, and always there.
    """
    sha256, sm3, size = hashlib.sha256(), Hash(SM3()), 0
    pending: Future[None] | None = None
    length = len(content) if isinstance(content, bytes) else content.stat().st_size
    with _beside() if length > _SMALL else nullcontext() as beside:
        for piece in _pieces(content):
            if pending is not None:
                pending.result()  # no more than one piece waits in memory
            if beside is not None:
                pending = beside.submit(sm3.update, piece)
            else:
                sm3.update(piece)
            sha256.update(piece)
            if write is not None:
                write(piece)
            size += len(piece)
    return Stored(sha256=sha256.hexdigest(), sm3=sm3.finalize().hex(), size_bytes=size)


def _beside() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(1, thread_name_prefix="sm3")


def _pieces(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as file:
        while piece := file.read(CHUNK):
            yield piece
