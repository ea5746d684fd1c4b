"""Owns what is told of one second, and of the whole. Data and sums; must not see."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

import msgspec

from detectors.catalogue import Catalogue
from detectors.types import FaceCover, Look, Phase, Signal
from pipelines.gateways.capture.types import FrameMessage


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that opened or closed.

    Attributes:
        zone: empty for the whole picture.
        since: second of the source at which it began.
        staged: measured only; never shown to officers.
    """

    phase: str
    rule: str
    zone: str
    since: float
    staged: bool
    inputs: dict[str, float]


class Second(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen in one second of the source; the keys of a line of ``--json``.

    Attributes:
        t: seconds since the source began.
        people: most at once; in a second without a picture, as many as in the last one: nothing
            moved. None are known of while a stream is lost.
        tracks: ids of the persons seen.
        faces: most at once, by what they wear.
        changed_share: most of the picture that moved, 0 to 1.
        brightness, contrast, sharpness: of the last picture; None before one.
        sent: pictures that the node would have sent.
        problems: rules about the camera itself that are open, and what is wrong with the source.
    """

    t: int
    utc: str
    people: int
    tracks: tuple[int, ...]
    faces: dict[str, int]
    moving: bool
    changed_share: float
    brightness: float | None
    contrast: float | None
    sharpness: float | None
    sent: int
    signals: tuple[Told, ...]
    problems: tuple[str, ...]


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What a whole source came to.

    Attributes:
        seconds_with_a_person: in how many of ``seconds``.
        looks: pictures that went through the network.
        decode_ms: CPU for choosing, decoding and measuring motion, a second of the source.
        detect_ms: CPU for the network and what is measured beside it, a look.
        rules: how often each opened.
        ended: how the source ended.
    """

    seconds: int
    seconds_with_a_person: int
    looks: int
    frames_decoded: int
    decode_ms: float
    detect_ms: float
    rules: dict[str, int]
    ended: str


@dataclass(slots=True)
class _Open:
    """A second that may still get pictures."""

    looks: list[tuple[FrameMessage, Look]] = field(default_factory=list)
    signals: list[Signal] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class Ledger:
    """Gathers looks and signals into seconds, told in order."""

    def __init__(self, catalogue: Catalogue, start_ms: int) -> None:
        self._catalogue, self._start_ms = catalogue, start_ms
        self._open: dict[int, _Open] = {}
        self._next = 0
        self._last: Look | None = None
        self._lost_ms: int | None = None
        self._ailing: Counter[str] = Counter()
        self.opened: Counter[str] = Counter()
        self.with_a_person = 0

    def add(self, frame: FrameMessage, look: Look, signals: list[Signal]) -> None:
        """A picture that was looked at, with what the rules said."""
        second = self._at(look.time_ms)
        second.looks.append((frame, look))
        second.signals += signals

    def note(self, time_ms: int, problem: str) -> None:
        """Something wrong with the source."""
        self._at(time_ms).problems.append(problem)

    def lost(self, time_ms: int) -> None:
        """Nothing is known from here on, until a picture comes."""
        self._lost_ms = time_ms

    def said(self, time_ms: int, signals: list[Signal]) -> None:
        """Rules that opened or closed without a picture."""
        if signals:
            self._at(time_ms).signals += signals

    def until(self, time_ms: int) -> list[Second]:
        """The seconds before a moment, each told once."""
        told = []
        while self._start_ms + (self._next + 1) * 1000 <= time_ms:
            told.append(self._close(self._next, self._open.pop(self._next, _Open())))
            self._next += 1
        return told

    def rest(self, end_ms: int) -> list[Second]:
        """What is left: the last second may be a part of one."""
        last_ms = self._start_ms + max(self._open, default=-1) * 1000
        return self.until(max(end_ms + 999, last_ms + 1000))

    @property
    def seconds(self) -> int:
        """How many were told."""
        return self._next

    def _at(self, time_ms: int) -> _Open:
        number = max((time_ms - self._start_ms) // 1000, self._next)
        return self._open.setdefault(number, _Open())

    def _close(self, number: int, second: _Open) -> Second:
        looks = [look for _, look in second.looks]
        if looks:
            self._last = looks[-1]
            if self._lost_ms is not None and self._last.time_ms >= self._lost_ms:
                self._lost_ms = None
        elif self._lost_ms is not None and self._start_ms + number * 1000 >= self._lost_ms:
            self._last = None
        shown = looks or ([self._last] if self._last else [])
        people = max((len(look.persons) for look in shown), default=0)
        self.with_a_person += people > 0
        for signal in second.signals:
            self._count(signal)
        health = self._last.health if self._last else None
        at = dt.datetime.fromtimestamp((self._start_ms + number * 1000) / 1000, dt.UTC)
        return Second(
            t=number,
            utc=at.isoformat(timespec="seconds").replace("+00:00", "Z"),
            people=people,
            tracks=tuple(sorted({int(i) for look in shown for i in look.persons.track_id})),
            faces={cover.name.lower(): _most(shown, cover) for cover in FaceCover},
            moving=any(frame.changed_share > 0 for frame, _ in second.looks),
            changed_share=round(max((f.changed_share for f, _ in second.looks), default=0.0), 4),
            brightness=round(health.brightness, 1) if health else None,
            contrast=round(health.contrast, 1) if health else None,
            sharpness=round(health.sharpness, 1) if health else None,
            sent=len(looks),
            signals=tuple(self._told(signal) for signal in second.signals),
            problems=(*sorted(+self._ailing), *second.problems),
        )

    def _count(self, signal: Signal) -> None:
        opened = signal.phase is Phase.OPENED
        self.opened[signal.rule_id] += opened
        entry = self._catalogue.by_key(f"{signal.rule_id}@{signal.rule_version}")
        if entry is not None and entry.kind_of_finding == "device":
            self._ailing[signal.rule_id] += 1 if opened else -1

    def _told(self, signal: Signal) -> Told:
        return Told(
            phase=signal.phase.value,
            rule=signal.rule_id,
            zone=signal.zone_id or "",
            since=round((signal.start_ms - self._start_ms) / 1000, 1),
            staged=signal.staged,
            inputs={name: round(value, 3) for name, value in signal.inputs.items()},
        )


def _most(looks: list[Look], cover: FaceCover) -> int:
    return max((int((look.faces.class_id == cover).sum()) for look in looks), default=0)
