"""The world that seals evidence, lent to the tests of its quality."""

from __future__ import annotations

from tests.contract.evidence.conftest import database, own_url, video, world

__all__ = ["database", "own_url", "video", "world"]
