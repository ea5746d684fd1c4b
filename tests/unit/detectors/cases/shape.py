"""The shape of a case: what goes in, and which spells must come out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from detectors.types import Look, OpeningHours, Scene
from tests.unit.detectors.streams import ALWAYS

# (phase, start in minutes or seconds after the case begins, decided at, value)
Expected = tuple[str, float, float, float]
Level = Callable[[int], float | None]


@dataclass(frozen=True, kw_only=True)
class ReadingCase:
    """Readings of one series, one a minute, and the spells of one rule.

    Attributes:
        values: minute after midnight to value; None for no reading.
        minutes: first minute and one past the last.
        expected: (phase, start minute, decision minute, value); none for a miss.
    """

    name: str
    rule_id: str
    site_kind: str
    quantity: str
    unit: str
    values: Level
    minutes: tuple[int, int]
    expected: tuple[Expected, ...] = ()
    hours: OpeningHours = ALWAYS
    flag: int = 0
    until_minute: int | None = None


@dataclass(frozen=True, kw_only=True)
class BagCase:
    """Bags weighed in and out (hour, bag number), and the spells of one rule by hours."""

    name: str
    rule_id: str
    came: tuple[tuple[float, int], ...]
    left: tuple[tuple[float, int], ...] = ()
    until_hour: float = 0
    expected: tuple[Expected, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SkewCase:
    """Messages of one device, one a minute: how far their newest readings are from arrival, s.

    Attributes:
        expected: (phase, start minute, decision minute, offset in s); none for a miss.
    """

    name: str
    rule_id: str
    offsets_s: tuple[float, ...]
    expected: tuple[Expected, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LookCase:
    """Looks of one camera and the spells of one rule, by seconds."""

    name: str
    rule_id: str
    looks: tuple[Look, ...]
    scene: Scene = field(repr=False)
    expected: tuple[Expected, ...] = ()


@dataclass(frozen=True, kw_only=True)
class GroupCase:
    """Rows of a group and the spells of one entry, times in seconds after midnight in Wucheng.

    Attributes:
        series: (quantity, interval in s) of series 1, 2, ...
        rows: (series, second, value).
        until_s: the last watermark.
        expected: (phase, start, decided at, value); none for a miss.
    """

    rule_id: str
    name: str
    series: tuple[tuple[str, float], ...]
    rows: tuple[tuple[int, float, float], ...]
    until_s: float
    expected: tuple[Expected, ...] = ()


Case = ReadingCase | SkewCase | BagCase | LookCase | GroupCase
