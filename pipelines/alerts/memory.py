"""Owns what the alerts stage remembers of a partition between two runs. Decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec

from pipelines.alerts.flapping import STEADY, Flap
from pipelines.alerts.incidents import Found
from pipelines.alerts.inhibit import Lasting


class Spell(msgspec.Struct):
    """Signals folded into one alert: a device that falls silent does so with all its series.

    Attributes:
        opened, closed: ids of the spells that began and ended. An end may come first: after an
            outage the relay sends again what the broker may have, in part, already.
        end_ms, value: of the last end that came.
    """

    opened: list[str] = []
    closed: list[str] = []
    end_ms: int = 0
    value: float | None = None


class History(msgspec.Struct):
    """When alerts of one rule were detected at one site in the last 30 days."""

    detected_ms: list[int] = []


class Thing(msgspec.Struct):
    """What one thing's findings were: the same rule, place, device and zone.

    Attributes:
        first_id, first_severity, first_ms: of the newest that went before the officers.
    """

    flap: Flap = STEADY
    first_id: str = ""
    first_severity: str = ""
    first_ms: int = 0


class SiteLife(msgspec.Struct):
    """What lasts at a site, and what was found there of late.

    Attributes:
        lasting: by alert id, findings that may explain others and have not ended.
        recent: those before the officers that others may still join.
    """

    lasting: dict[str, Lasting] = {}
    recent: list[Found] = []


@dataclass(slots=True)
class AlertsState:
    """What the stage remembers of one partition."""

    spells: dict[str, Spell] = field(default_factory=dict)
    history: dict[str, History] = field(default_factory=dict)
    things: dict[str, Thing] = field(default_factory=dict)
    sites: dict[str, SiteLife] = field(default_factory=dict)

    @classmethod
    def of(cls, stored: Mapping[str, bytes]) -> AlertsState:
        """Rebuilt from its stored parts."""
        state = cls()
        for key, value in stored.items():
            kind, _, name = key.partition("/")
            if kind == "spell":
                state.spells[name] = msgspec.msgpack.decode(value, type=Spell)
            elif kind == "history":
                state.history[name] = msgspec.msgpack.decode(value, type=History)
            elif kind == "thing":
                state.things[name] = msgspec.msgpack.decode(value, type=Thing)
            else:
                state.sites[name] = msgspec.msgpack.decode(value, type=SiteLife)
        return state
