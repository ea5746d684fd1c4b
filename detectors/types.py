"""Owns what rules judge and what they answer. Must not know how anything is stored or sent.

Times are milliseconds since the Unix epoch, UTC, in columns and signals alike: one form from the
wire to the database, exact in JSON and in numpy. ``pipelines`` turns them to datetimes for people.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
from numpy.typing import NDArray

from models.types import Detections

_EPOCH = dt.date(1970, 1, 1)


class Flag(IntEnum):
    """What the device said of a value (the letters are HJ 212-2017's data flags)."""

    NORMAL = 0  # N
    MAINTENANCE = 1  # M, C, S: by hand, calibrating, maintained
    FAULT = 2  # D, B, T: defective, no connection, over range
    IMPOSSIBLE = 3  # none of the device's: it called a value normal that no such quantity can have


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Readings:
    """Measured values as columns of equal length ``n``, in any order.

    Attributes:
        time_ms: int64, event time.
        series: int32, ``Series.series_id``.
        value: float64, in the series' unit; finite.
        flag: uint8, a ``Flag``; rules judge ``NORMAL`` only.
    """

    time_ms: NDArray[np.int64]
    series: NDArray[np.int32]
    value: NDArray[np.float64]
    flag: NDArray[np.uint8]

    def __post_init__(self) -> None:
        if not len(self.time_ms) == len(self.series) == len(self.value) == len(self.flag):
            raise ValueError("columns of unequal length")

    def __len__(self) -> int:
        return len(self.time_ms)

    @classmethod
    def concat(cls, parts: list[Readings]) -> Readings:
        """Joins batches; an empty list gives an empty batch."""
        return cls(
            time_ms=np.concatenate([p.time_ms for p in parts] or [np.zeros(0, np.int64)]),
            series=np.concatenate([p.series for p in parts] or [np.zeros(0, np.int32)]),
            value=np.concatenate([p.value for p in parts] or [np.zeros(0, np.float64)]),
            flag=np.concatenate([p.flag for p in parts] or [np.zeros(0, np.uint8)]),
        )

    def where(self, keep: NDArray[np.bool_]) -> Readings:
        """Keeps the rows for which ``keep`` (bool ``(n,)``) is true."""
        return Readings(
            time_ms=self.time_ms[keep],
            series=self.series[keep],
            value=self.value[keep],
            flag=self.flag[keep],
        )


class OpeningHours(msgspec.Struct, frozen=True, kw_only=True):
    """Weekly hours of a site in its own time zone.

    Attributes:
        spans: for Monday to Sunday, the open spans as minutes after local midnight.
        closed_days: local days on which it stays shut whatever the week says.
    """

    spans: tuple[tuple[tuple[int, int], ...], ...]
    zone: str = "Asia/Shanghai"
    closed_days: tuple[dt.date, ...] = ()

    @classmethod
    def daily(cls, start_minute: int, end_minute: int) -> OpeningHours:
        """The same single span every day."""
        return cls(spans=(((start_minute, end_minute),),) * 7)

    def open_at(self, time_ms: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether the site is open at each moment, bool ``(n,)``. Fixed-offset zones only."""
        minutes = (np.asarray(time_ms, np.int64) + self.offset_ms()) // 60_000
        day, minute = (minutes // 1440 + 3) % 7, minutes % 1440  # 1970-01-01 was a Thursday
        result = np.zeros(len(minutes), np.bool_)
        for weekday, spans in enumerate(self.spans):
            for start, end in spans:
                result |= (day == weekday) & (minute >= start) & (minute < end)
        if self.closed_days:
            shut = [(closed - _EPOCH).days for closed in self.closed_days]
            result &= ~np.isin(minutes // 1440, shut)
        return result

    def offset_ms(self) -> int:
        """How far its zone is ahead of UTC."""
        offset = ZoneInfo(self.zone).utcoffset(dt.datetime(2020, 1, 1))  # noqa: DTZ001
        return 0 if offset is None else int(offset.total_seconds() * 1000)


class Series(msgspec.Struct, frozen=True, kw_only=True):
    """One quantity of one device at one place.

    Attributes:
        place: the point or room, e.g. ``pool-main``; alerts are one per place, rule and spell.
        unit: of every value stored for the series.
        interval_s: how often a value is expected; silence is judged against it.
        resolution: smallest step the probe shows, in ``unit``; 0 when unknown.
        until_ms: when the device left this place; nothing is awaited from then on.
    """

    series_id: int
    device_id: str
    party_id: str
    site_id: str
    site_kind: str
    place: str
    quantity: str
    unit: str
    interval_s: float
    resolution: float
    hours: OpeningHours
    until_ms: int = 2**62


ZONE_KINDS = {
    "closed": "nobody may be there",
    "post": "somebody must be there",
    "crowd": "people are counted against a licensed number",
    "waste": "a waste room's door: nobody stays there long",
    "clinical": "faces there wear a mask, and wear it well",
    "bins": "nothing is left standing beside the bins",
}
"""What a zone is for: the rules look at zones of their kind only."""


class Zone(msgspec.Struct, frozen=True, kw_only=True):
    """A polygon in a camera's picture.

    Attributes:
        kind: one of ``ZONE_KINDS``.
        polygon: corners as shares (0 to 1) of width and height.
        limit: of a ``crowd`` zone, the licensed number of people.
        active: ``always``, ``open`` or ``shut``: when the rule holds, by the site's hours.
    """

    zone_id: str
    kind: str
    polygon: tuple[tuple[float, float], ...]
    limit: int = 0
    active: str = "always"


class Scene(msgspec.Struct, frozen=True, kw_only=True):
    """What vision rules need to know of a camera.

    Attributes:
        reference: JPEG of the signed reference view from where it stands; empty for none yet.
    """

    camera_id: str
    party_id: str
    site_id: str
    site_kind: str
    place: str
    zones: tuple[Zone, ...]
    hours: OpeningHours
    reference: bytes = b""


class FaceCover(IntEnum):
    """What a face wears: the class ids of ``Look.faces``, whatever the model calls them."""

    MASK = 0
    NO_MASK = 1
    BADLY_WORN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraClock:
    """How the camera's own clock stood to UTC when it made a picture.

    Attributes:
        offset_ms: the camera's clock minus UTC.
        uncertainty_ms: half the width of what the offset may be.
    """

    offset_ms: int
    uncertainty_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureHealth:
    """Whether the camera can see: measured on the luma plane of one frame.

    Attributes:
        brightness: mean luma, 0 to 255.
        contrast: standard deviation of luma, 0 to 127.
        sharpness: mean squared Sobel gradient (Tenengrad), luma² per pixel².
        black_share, white_share: of pixels with luma at most 24, at least 250.
        noise: standard deviation of the sensor's noise in luma at half size, by the median of what
            smoothing takes away: edges hardly count.
        colour: mean spread of the three channels; near 0 where the camera sees by infrared.
        tile_luma, tile_sharpness: mean luma and Tenengrad at half size of each tile of a grid of 6
            rows and 8 columns, row by row; empty where nobody measured them.
        tile_prints: CRC-32 of each tile's luma: the same only where no bit changed.
    """

    brightness: float
    contrast: float
    sharpness: float
    black_share: float = 0.0
    white_share: float = 0.0
    noise: float = 0.0
    colour: float = 0.0
    tile_luma: tuple[float, ...] = ()
    tile_sharpness: tuple[float, ...] = ()
    tile_prints: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Look:
    """One frame as rules see it.

    Attributes:
        persons: of class person, with their track ids.
        faces: found faces; ``class_id`` is a ``FaceCover``, track ids are those of the persons
            they belong to where one does, else of the faces themselves.
        luma: uint8 ``(height, width)``, the picture's brightness at most 160 px wide and high;
            None where nobody measured it.
        view: the same at most ``detectors.watching.view.VIEW_PX`` wide and high, for timed looks:
            what is compared with the reference view. None where it is not.
        clock: None where the camera does not tell its time.
    """

    time_ms: int
    width_px: int
    height_px: int
    persons: Detections
    health: PictureHealth
    faces: Detections = field(default_factory=Detections.none)
    luma: NDArray[np.uint8] | None = None
    view: NDArray[np.uint8] | None = None
    clock: CameraClock | None = None


class Phase(StrEnum):
    """Where in its life a spell is."""

    OPENED = "opened"
    CLOSED = "closed"


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """A rule says that a spell of breach began or ended. A fact about input, not yet an alert.

    Attributes:
        subject: device or camera that showed it.
        start_ms: when the spell began; part of its identity.
        at_ms: the event time this signal was decided at.
        value: what was measured, in ``unit``; the worst of the spell when it closes.
        inputs: the arithmetic, name to number, enough to recompute the decision by hand.
    """

    phase: Phase
    rule_id: str
    rule_version: str
    severity: str
    party_id: str
    site_id: str
    place: str
    subject: str
    start_ms: int
    at_ms: int
    unit: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    series_id: int | None = None
    camera_id: str | None = None
    zone_id: str | None = None
    staged: bool = False
    inputs: dict[str, float] = {}

    @property
    def spell_id(self) -> str:
        """The same for every signal of one spell: what makes an alert unique.

        Series and zone belong to it: two series of one device, or two zones of one camera, may
        break one rule from the same moment on.
        """
        parts = (self.rule_id, self.rule_version, self.site_id, self.place, self.subject)
        part = "" if self.series_id is None else str(self.series_id)
        return digest_id(*parts, self.zone_id or part, str(self.start_ms))

    @property
    def signal_id(self) -> str:
        """Unique per spell and phase."""
        return digest_id(self.spell_id, self.phase.value)


def digest_id(*parts: str) -> str:
    """An id that is the digest of what makes a thing unique: 24 hex digits of SHA-256."""
    joined = "\x1f".join(parts).encode()
    return hashlib.sha256(joined).hexdigest()[:24]
