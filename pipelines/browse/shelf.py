"""Owns the blurred copies that are there, being made, or could not be made. Serves no original.

A copy is made when somebody first asks for it and kept by the original's digest, the version of
blurring and the networks; it can always be made again, so the oldest go when the shelf is full.
"""

from __future__ import annotations

import asyncio
import hashlib
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import structlog

from models.faces import FaceFinder
from models.session import bundled_card_path
from pipelines.browse.eyes import BLUR_VERSION
from pipelines.errors import Transient
from pipelines.vault.types import Vault

log = structlog.get_logger()

SUFFIXES = {"video/mp4": ".mp4", "image/jpeg": ".jpg"}
"""Media types of which copies are made."""

_TAKES_AT_MOST_S = 600.0
_AGAIN_AFTER_S = 60.0


@dataclass(frozen=True, slots=True)
class Ready:
    """The copy."""

    path: Path


@dataclass(frozen=True, slots=True)
class Preparing:
    """It is being made, or waits for its turn."""


@dataclass(frozen=True, slots=True)
class Failed:
    """It cannot be made, and why; asked for later, it is tried again."""

    why: str


class Shelf:
    """The copies in a folder. Used from one event loop.

    Args:
        card: of the detector of persons; None for the bundled one.
        at_once: how many copies are made at a time.
        keep_bytes: how much is kept.
    """

    def __init__(
        self, folder: Path, objects: Vault, *, card: Path | None = None, at_once: int = 1,
        keep_bytes: int = 5_000_000_000,
    ) -> None:  # fmt: skip
        self._folder, self._objects = folder, objects
        self._card, self._keep_bytes = card, keep_bytes
        self._turn = asyncio.Semaphore(at_once)
        self._making: dict[Path, asyncio.Task[None]] = {}
        self._failed: dict[Path, tuple[float, str]] = {}
        self._version = ""

    def ask(self, sha256: str, media_type: str) -> Ready | Preparing | Failed:
        """Where the copy of an original stands; begins to make it when nobody has."""
        suffix = SUFFIXES.get(media_type)
        if suffix is None:
            return Failed(f"no copy is made of {media_type}")
        target = self._folder / f"{sha256}-{self._of_version()}{suffix}"
        if target.is_file():
            return Ready(target)
        if target in self._making:
            return Preparing()
        at_s, why = self._failed.get(target, (0.0, ""))
        if why and time.monotonic() - at_s < _AGAIN_AFTER_S:
            return Failed(why)
        task = asyncio.create_task(self._make(sha256, target))
        self._making[target] = task
        task.add_done_callback(lambda _: self._making.pop(target, None))
        return Preparing()

    async def close(self) -> None:
        """Stops what is being made."""
        tasks = list(self._making.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _make(self, sha256: str, target: Path) -> None:
        async with self._turn:
            self._folder.mkdir(parents=True, exist_ok=True)
            began_s = time.monotonic()
            why = await self._derive(sha256, target)
            if why:
                self._failed[target] = (time.monotonic(), why)
                log.warning("copy_failed", original=sha256, why=why)
                return
            self._failed.pop(target, None)
            log.info("copy_made", original=sha256, seconds=round(time.monotonic() - began_s, 1))
            await asyncio.to_thread(self._tidy, target)

    async def _derive(self, sha256: str, target: Path) -> str:
        local = self._objects.local(sha256)
        try:
            original = await asyncio.to_thread(local.__enter__)  # it may be fetched from afar
        except FileNotFoundError:
            return "the original is not in the store"
        except Transient as error:
            return str(error)
        try:
            return await self._run(original, sha256, target)
        finally:
            await asyncio.to_thread(local.__exit__, None, None, None)

    async def _run(self, original: Path, sha256: str, target: Path) -> str:
        card = ["--card", str(self._card)] if self._card else []
        made = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "pipelines.browse.derive",
            str(original), str(target), "--sha256", sha256, *card,
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            async with asyncio.timeout(_TAKES_AT_MOST_S):
                _, said = await made.communicate()
        except TimeoutError:
            return f"it took more than {_TAKES_AT_MOST_S:g} s"
        finally:
            if made.returncode is None:
                made.kill()
                await made.wait()
        if made.returncode == 0:
            return ""
        told = said.decode(errors="replace").strip().splitlines()
        return told[-1][:300] if told else f"the process ended with {made.returncode}"

    def _tidy(self, newest: Path) -> None:
        copies = sorted(self._folder.glob("*-*.*"), key=lambda path: path.stat().st_mtime)
        total = sum(path.stat().st_size for path in copies)
        for path in copies:
            if total <= self._keep_bytes or path == newest:
                return
            total -= path.stat().st_size
            path.unlink(missing_ok=True)

    def _of_version(self) -> str:
        if not self._version:
            cards = (self._card or bundled_card_path(), FaceFinder.card_path())
            digest = hashlib.sha256(b"".join(path.read_bytes() for path in cards)).hexdigest()
            self._version = f"{BLUR_VERSION}-{digest[:8]}"
        return self._version
