"""A network that fails: a TCP proxy that cuts, stalls and refuses, by a schedule from a seed."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from types import TracebackType
from typing import Self


class Troubled:
    """A proxy before a server on 127.0.0.1, in a thread: ``with Troubled(port) as proxy``."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._flowing = asyncio.Event()
        self._refusing = False
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._call(self._start())
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def cut(self) -> None:
        """Ends every connection at once; new ones are taken."""
        self._call(self._cut())

    def stall(self) -> None:
        """Passes nothing on, but keeps what is open."""
        self._loop.call_soon_threadsafe(self._flowing.clear)

    def refuse(self) -> None:
        """Ends every connection, and new ones as they come."""
        self._refusing = True
        self.cut()

    def mend(self) -> None:
        """All is well again; what was stalled goes on where it was."""
        self._refusing = False
        self._loop.call_soon_threadsafe(self._flowing.set)

    def trouble(self, chance: random.Random) -> str:
        """One of the three, by chance; returns which."""
        what = chance.choice(("cut", "stall", "refuse"))
        {"cut": self.cut, "stall": self.stall, "refuse": self.refuse}[what]()
        return what

    def _call(self, work: object) -> None:
        assert asyncio.iscoroutine(work)
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _start(self) -> None:
        self._flowing.set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        self._server.close()
        await self._cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _cut(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            if self._refusing:
                writer.transport.abort()
                return
            there_reader, there = await asyncio.open_connection("127.0.0.1", self._target)
            self._open |= {writer, there}
            with contextlib.suppress(OSError):
                await asyncio.gather(self._pass(reader, there), self._pass(there_reader, writer))
            self._open -= {writer, there}
            for one in (writer, there):
                one.transport.abort()
        except OSError:
            writer.transport.abort()
        finally:
            self._tasks.discard(task)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            await self._flowing.wait()
            writer.write(data)
            await writer.drain()
        writer.transport.abort()
