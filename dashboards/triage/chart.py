"""Owns the drawing of a series as SVG: limits, the breach, gaps. Pure; knows no database.

Every colour comes from the style sheet by class, because the page's content policy forbids
inline styles.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
WIDTH, HEIGHT = 760, 276
LEFT, RIGHT, TOP, BOTTOM = 52, 14, 24, 42
GAP_FACTOR = 2.5  # silence longer than this many intervals is a gap, not a line
MAX_POINTS = 1200
_MOST_TICKS, _MINUTE_MS, _DAY_MS = 8, 60_000, 86_400_000
_TIME_STEPS_S = (10, 30, 60, 300, 600, 1800, 3600, 7200, 14400, 28800, 86400, 172800, 604800)
_HATCH = (
    '<defs><pattern id="gap-hatch" width="7" height="7" patternUnits="userSpaceOnUse" '
    'patternTransform="rotate(45)"><rect class="gap-back" width="7" height="7"/>'
    '<path class="gap-stroke" d="M0 0V7"/></pattern></defs>'
)
_FILLED = {"breach": "", "gap": 'fill="url(#gap-hatch)"', "kept": ""}
_WORD_AT = {"breach": TOP + 13, "kept": TOP + 29, "gap": HEIGHT - BOTTOM - 6}


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One value; ``good`` is false when the device itself flagged it."""

    time_ms: int
    value: float
    good: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The few words a chart needs, in the reader's language."""

    title: str
    low: str = "≥"
    high: str = "≤"
    breach: str = ""
    gap: str = ""
    now: str = ""
    kept: str = ""
    zone: str = "UTC+8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A moment with a word: the party answered, somebody was told."""

    at_ms: int
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """What is drawn: points in time order over ``from_ms`` to ``to_ms``.

    Attributes:
        interval_ms: how often a value is expected.
        breach: the span to shade, if any.
        detected_ms: where the rule decided; 0 draws no mark.
        kept: spans in which the device was being maintained.
        marks: further moments; those outside the span are left out.
    """

    points: Sequence[Point]
    from_ms: int
    to_ms: int
    interval_ms: float
    unit: str
    words: Words
    low: float | None = None
    high: float | None = None
    breach: tuple[int, int] | None = None
    detected_ms: int = 0
    kept: Sequence[tuple[int, int]] = ()
    marks: Sequence[Mark] = ()


def gaps(chart: Chart) -> list[tuple[int, int]]:
    """Spans without a value longer than ``GAP_FACTOR`` intervals, those at both ends too."""
    longest = chart.interval_ms * GAP_FACTOR
    times = [chart.from_ms, *(p.time_ms for p in chart.points), chart.to_ms]
    return [(a, b) for a, b in pairwise(times) if b - a > longest]


def thinned(points: Sequence[Point], most: int = MAX_POINTS) -> list[Point]:
    """Keeps the lowest and the highest of every run, so that no peak is lost."""
    if len(points) <= most:
        return list(points)
    run = math.ceil(len(points) / (most // 2))
    kept: list[Point] = []
    for start in range(0, len(points), run):
        part = points[start : start + run]
        low = min(part, key=lambda p: p.value)
        high = max(part, key=lambda p: p.value)
        kept.extend(sorted({low.time_ms: low, high.time_ms: high}.values(), key=_when))
    return kept


def ticks(low: float, high: float, about: int = 5) -> list[float]:
    """Round values within ``low`` to ``high``."""
    step = _nice((high - low) / about)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(i * step, 10) for i in range(first, last + 1)]


def svg(chart: Chart) -> str:
    """The chart as one ``<svg>`` element; every text in it is escaped."""
    frame = _Frame.of(chart)
    breaks = gaps(chart)
    label = f'role="img" aria-label="{escape(chart.words.title)}"'
    parts = [
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" {label}>',
        _HATCH,
        *_bands(chart, frame, breaks),
        *_axes(chart, frame),
        *_limits(chart, frame),
        *_lines(chart, frame, breaks),
        *_moment(chart, frame),
        *_marks(chart, frame),
        "</svg>",
    ]
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class _Frame:
    """From time and value to pixels."""

    from_ms: int
    to_ms: int
    bottom: float
    top: float

    @classmethod
    def of(cls, chart: Chart) -> _Frame:
        values = [p.value for p in chart.points]
        values += [v for v in (chart.low, chart.high) if v is not None]
        low, high = (min(values), max(values)) if values else (0.0, 1.0)
        room = (high - low) * 0.12 or max(abs(high) * 0.1, 0.5)
        bottom = 0.0 if low >= 0 and low - room < 0 else low - room
        return cls(chart.from_ms, max(chart.to_ms, chart.from_ms + 1), bottom, high + room)

    def x(self, time_ms: float) -> float:
        share = (time_ms - self.from_ms) / (self.to_ms - self.from_ms)
        return LEFT + min(max(share, 0.0), 1.0) * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        share = (value - self.bottom) / (self.top - self.bottom)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def _bands(chart: Chart, frame: _Frame, breaks: list[tuple[int, int]]) -> list[str]:
    spans = [("breach", chart.breach, chart.words.breach)] if chart.breach else []
    spans += [("kept", span, chart.words.kept) for span in chart.kept]
    spans += [("gap", span, chart.words.gap) for span in breaks]
    parts = []
    for kind, (start, end), word in spans:
        left, right = frame.x(start), frame.x(end)
        width = max(right - left, 1.5)
        parts.append(
            f'<rect class="{kind}" {_FILLED[kind]} x="{left:.1f}" y="{TOP}" width="{width:.1f}" '
            f'height="{HEIGHT - TOP - BOTTOM}"><title>{escape(word)}</title></rect>'
        )
        if width > len(word) * 11:
            at = _WORD_AT[kind]
            parts.append(_text(left + 4, at, word, f"{kind}-word"))
    return parts


def _axes(chart: Chart, frame: _Frame) -> list[str]:
    floor = HEIGHT - BOTTOM
    parts = [_text(LEFT - 6, TOP - 10, chart.unit, "unit", "end")]
    for value in ticks(frame.bottom, frame.top):
        y = frame.y(value)
        parts.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
        parts.append(_text(LEFT - 6, y + 4, f"{value:g}", "tick", "end"))
    for at_ms, label in _time_ticks(chart.from_ms, chart.to_ms):
        x = frame.x(at_ms)
        parts.append(f'<path class="axis" d="M{x:.1f} {floor}v4"/>')
        parts.append(_text(x, floor + 17, label, "tick", "middle"))
    parts.append(f'<path class="axis" d="M{LEFT} {TOP}V{floor}H{WIDTH - RIGHT}"/>')
    day = _local(chart.from_ms).strftime("%Y-%m-%d")
    parts.append(_text(LEFT, HEIGHT - 3, f"{day} {chart.words.zone}", "zone"))
    return parts


def _limits(chart: Chart, frame: _Frame) -> list[str]:
    parts = []
    for value, sign in ((chart.low, chart.words.low), (chart.high, chart.words.high)):
        if value is not None:
            y = frame.y(value)
            parts.append(f'<path class="limit" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
            label = f"{sign} {value:g}"
            parts.append(_text(WIDTH - RIGHT - 3, y - 5, label, "limit-word", "end"))
    return parts


def _lines(chart: Chart, frame: _Frame, breaks: list[tuple[int, int]]) -> list[str]:
    ends = {end for _, end in breaks}
    runs: list[list[Point]] = [[]]
    for point in chart.points:
        if point.time_ms in ends and runs[-1]:
            runs.append([])
        runs[-1].append(point)
    parts = []
    for run in runs:
        kept = thinned(run, max(2, MAX_POINTS // len(runs)))
        if len(kept) == 1:
            parts.append(_dot(frame, kept[0], "dot"))
        elif kept:
            path = "L".join(f"{frame.x(p.time_ms):.1f} {frame.y(p.value):.1f}" for p in kept)
            parts.append(f'<path class="line" d="M{path}"/>')
    parts.extend(_dot(frame, p, "flagged") for p in chart.points if not p.good)
    return parts


def _moment(chart: Chart, frame: _Frame) -> list[str]:
    if not chart.detected_ms:
        return []
    x = frame.x(chart.detected_ms)
    side = "end" if x > WIDTH / 2 else "start"
    shift = -5 if side == "end" else 5
    return [
        f'<path class="moment" d="M{x:.1f} {TOP - 6}V{HEIGHT - BOTTOM}"/>',
        _text(x + shift, TOP - 9, chart.words.now, "moment-word", side),
    ]


def _marks(chart: Chart, frame: _Frame) -> list[str]:
    parts = []
    for mark in chart.marks:
        if chart.from_ms <= mark.at_ms <= chart.to_ms:
            x, floor = frame.x(mark.at_ms), HEIGHT - BOTTOM
            side = "end" if x > WIDTH / 2 else "start"
            parts.append(f'<path class="mark" d="M{x:.1f} {TOP}V{floor}"/>')
            parts.append(_text(x + (-5 if side == "end" else 5), floor - 20, mark.word,
                               "mark-word", side))  # fmt: skip
    return parts


def _dot(frame: _Frame, point: Point, kind: str) -> str:
    x, y = frame.x(point.time_ms), frame.y(point.value)
    return f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="2.5"/>'


def _text(x: float, y: float, words: str, kind: str, anchor: str = "start") -> str:
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">'
        f"{escape(words)}</text>"
    )


def _time_ticks(from_ms: int, to_ms: int) -> list[tuple[int, str]]:
    span_s = (to_ms - from_ms) / 1000
    step = next((s for s in _TIME_STEPS_S if span_s / s <= _MOST_TICKS), _TIME_STEPS_S[-1]) * 1000
    offset = _offset_ms(from_ms)
    first = -(-(from_ms + offset) // step) * step - offset
    form = "%H:%M:%S" if step < _MINUTE_MS else "%H:%M" if step < _DAY_MS else "%m-%d"
    return [(at, _local(at).strftime(form)) for at in range(first, to_ms + 1, step)]


def _nice(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough)) if rough > 0 else 1.0
    return next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough * 0.999)


def _local(time_ms: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(time_ms / 1000, ZONE)


def _offset_ms(time_ms: int) -> int:
    offset = _local(time_ms).utcoffset()
    return 0 if offset is None else int(offset.total_seconds() * 1000)


def _when(point: Point) -> int:
    return point.time_ms
