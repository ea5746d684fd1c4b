"""Owns hashing content once, on its way. Must not know where it goes."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from pipelines.vault.types import CHUNK, Stored

_SMALL = 64 * 1024  # below, a second thread costs more than it saves


def taken_in(content: bytes | Path, write: Callable[[bytes], object] | None = None) -> Stored:
    """Reads content once: hashes it twofold, and hands each piece to ``write``.

    SM3 has no instructions on most processors and is several times slower than SHA-256: it runs
    in a thread of its own (``hashlib`` lets others run), beside SHA-256 and writing.
    """
    if isinstance(content, bytes) and len(content) <= _SMALL:
        if write is not None:
            write(content)
        sha256, sm3 = hashlib.sha256(content), hashlib.new("sm3", content)
        return Stored(sha256=sha256.hexdigest(), sm3=sm3.hexdigest(), size_bytes=len(content))
    sha256, sm3, size = hashlib.sha256(), hashlib.new("sm3"), 0
    pending: Future[None] | None = None
    with ThreadPoolExecutor(1, thread_name_prefix="sm3") as beside:
        for piece in _pieces(content):
            if pending is not None:
                pending.result()  # no more than one piece waits in memory
            pending = beside.submit(sm3.update, piece)
            sha256.update(piece)
            if write is not None:
                write(piece)
            size += len(piece)
    return Stored(sha256=sha256.hexdigest(), sm3=sm3.hexdigest(), size_bytes=size)


def _pieces(content: bytes | Path) -> Iterator[bytes]:
    if isinstance(content, bytes):
        yield content
        return
    with content.open("rb") as file:
        while piece := file.read(CHUNK):
            yield piece
