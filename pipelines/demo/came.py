"""Owns what the acts of the demo came to: figures, and the promises that were not kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True, kw_only=True)
class Came:
    """What the demo's people did after the main job."""

    figures: dict[str, Any] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def expect(self, holds: bool, otherwise: str) -> None:
        """Notes a promise that was not kept."""
        if not holds:
            self.failures.append(otherwise)
