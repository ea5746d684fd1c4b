"""Owns what the gate must know beside the manifest. Must not judge, read or store anything."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What a camera's judged looks were like: medians over ``looks`` of them, see PictureHealth.

    Attributes:
        tallest_px: height of the tallest person in any of them, in pixels of the looked-at
            picture; None where no size is on record.
    """

    looks: int
    brightness: float
    contrast: float
    sharpness: float
    tallest_px: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A clip's picture size and the course of its frames.

    Attributes:
        frames: how many there are.
        usual_ms: the median step from frame to frame.
        longest_ms: the longest one.
        uneven_share: of steps more than half the usual step off it.
    """

    width_px: int
    height_px: int
    frames: int
    usual_ms: float
    longest_ms: float
    uneven_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """The values of a sensor's series within its spell.

    Attributes:
        quantity: empty when it is not known.
        interval_s: how often a value is expected; 0 where values come as things happen.
        possible: lowest and highest figure that can be true; infinite where nobody says.
        values: ``(time_ms, value, flag)`` in order of time; flag 0 is normal.
    """

    quantity: str
    interval_s: float
    possible: tuple[float, float]
    values: tuple[tuple[int, float, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What is known around an alert when its evidence is sealed.

    Attributes:
        sight: of the alert's camera within the pinned span; None when nothing was looked at.
        usual: the same camera over the week before; None when it is too new.
        shapes: of clips, by camera id.
        course: of a sensor's alert over one series.
        events: names of camera events within the span.
        device_alerts: ids of rules under which the device itself was within the span.
        maintained: whether the register has it under maintenance within the span.
        point_id: where the register has the device at that moment; empty for nowhere.
        published: whether that point's location was published then.
    """

    sight: Sight | None = None
    usual: Sight | None = None
    shapes: dict[str, Shape] = field(default_factory=dict)
    course: Course | None = None
    events: tuple[str, ...] = ()
    device_alerts: tuple[str, ...] = ()
    maintained: bool = False
    point_id: str = ""
    published: bool = False
