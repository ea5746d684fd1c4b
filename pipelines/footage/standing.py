"""Remembers from one run to the next up to when a camera is accounted for. Knows no footage."""

from __future__ import annotations

from pathlib import Path

import msgspec
import structlog

_log = structlog.get_logger(__name__)
_NAME = "standing.json"


class Stood(msgspec.Struct, frozen=True, kw_only=True):
    """How the last run left a camera.

    Attributes:
        until_ms: up to when gaps were told; 0 if none were.
        stopped: it was ended in order, not cut short.
    """

    until_ms: int = 0
    stopped: bool = False


class Standing:
    """One small file in a camera's folder. A disk that is full costs no more than accuracy."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / _NAME

    def take(self) -> Stood:
        """How the last run ended; from now on, without ``stop``, it counts as cut short."""
        try:
            stood = msgspec.json.decode(self._path.read_bytes(), type=Stood)
        except (OSError, msgspec.MsgspecError):
            return Stood()
        self._write(Stood(until_ms=stood.until_ms))
        return stood

    def told(self, until_ms: int) -> None:
        """A gap was told up to here."""
        self._write(Stood(until_ms=until_ms))

    def stop(self, until_ms: int) -> None:
        """The run ends in order, accounted for up to here."""
        self._write(Stood(until_ms=until_ms, stopped=True))

    def _write(self, stood: Stood) -> None:
        partial = self._path.with_suffix(".new")
        try:
            partial.write_bytes(msgspec.json.encode(stood))
            partial.replace(self._path)
        except OSError as error:
            _log.warning("standing_not_kept", path=str(self._path), error=str(error))
