"""Hands things from a thread to the event loop in order. Must not know what they are."""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Outbox(Generic[T]):
    """Many putting threads, one taking coroutine.

    Args:
        limit: how many may wait before ``offer`` refuses and ``put`` blocks.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, *, limit: int) -> None:
        self._loop = loop
        self._limit = limit
        self._waiting: deque[T] = deque()
        self._changed = threading.Condition()
        self._filled = asyncio.Event()
        self._closed = False

    def offer(self, item: T, *, limit: int | None = None) -> bool:
        """Takes the item unless full (by ``limit``, for what matters more) or closed; says so."""
        with self._changed:
            if self._closed or len(self._waiting) >= (limit or self._limit):
                return False
            self._add(item)
            return True

    def put(self, item: T, *, wait: bool) -> None:
        """Takes the item always: once there is room if ``wait``, else at once, over the limit."""
        with self._changed:
            while wait and not self._closed and len(self._waiting) >= self._limit:
                self._changed.wait()
            if not self._closed:
                self._add(item)

    async def take(self) -> T | None:
        """The next item; None once closed and empty."""
        while True:
            with self._changed:
                if self._waiting:
                    self._changed.notify_all()
                    return self._waiting.popleft()
                if self._closed:
                    return None
                self._filled.clear()
            await self._filled.wait()

    def close(self) -> None:
        """Nothing more comes; lets go whoever waits on either side."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
            self._loop.call_soon_threadsafe(self._filled.set)

    def _add(self, item: T) -> None:
        self._waiting.append(item)
        self._loop.call_soon_threadsafe(self._filled.set)
