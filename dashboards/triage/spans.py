"""Owns the time line of findings that belong together, as SVG. Pure; colours come by class."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Asia/Shanghai")
WIDTH, LEFT, RIGHT, ROW, TOP, FOOT = 760, 34, 14, 30, 8, 26
_LEAST_PX, _TICKS = 3.0, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """One finding.

    Attributes:
        kind: ``camera`` or ``sensor``.
        to_ms: its end; None while it lasts.
    """

    number: int
    kind: str
    label: str
    from_ms: int
    detected_ms: int
    to_ms: int | None


def svg(spans: Sequence[Span], *, title: str, now_ms: int) -> str:
    """A row a finding: how long it lasted, and when it was detected; numbers as in the list."""
    first = min(span.from_ms for span in spans)
    last = max([*((s.to_ms or now_ms) for s in spans), *(s.detected_ms for s in spans), first + 1])
    scale = (WIDTH - LEFT - RIGHT) / (last - first)
    height = TOP + ROW * len(spans) + FOOT

    def x(at_ms: int) -> float:
        return LEFT + (min(max(at_ms, first), last) - first) * scale

    label = f'role="img" aria-label="{escape(title)}"'
    parts = [f'<svg class="spans" viewBox="0 0 {WIDTH} {height}" {label}>']
    for row, span in enumerate(spans):
        y = TOP + row * ROW
        left, right = x(span.from_ms), x(span.to_ms or now_ms)
        lasting = " lasting" if span.to_ms is None else ""
        parts.append(
            f"<g><title>{escape(span.label)}</title>"
            f'<text class="count" x="{LEFT - 10}" y="{y + 19}" text-anchor="end">'
            f"{span.number}</text>"
            f'<rect class="span-{"camera" if span.kind == "camera" else "sensor"}{lasting}"'
            f' x="{left:.1f}" y="{y + 6}" width="{max(_LEAST_PX, right - left):.1f}" height="18"/>'
            f'<path class="span-found" d="M{x(span.detected_ms):.1f} {y + 2}V{y + 28}"/></g>'
        )
    return "".join([*parts, *_axis(first, last, height), "</svg>"])


def _axis(first: int, last: int, height: int) -> list[str]:
    """The axis and a few moments on it, the first and the last among them."""
    y = height - FOOT
    parts = [f'<path class="axis" d="M{LEFT} {y}H{WIDTH - RIGHT}"/>']
    days = dt.timedelta(milliseconds=last - first) > dt.timedelta(days=1)
    for tick in range(_TICKS):
        share = tick / (_TICKS - 1)
        then = dt.datetime.fromtimestamp((first + (last - first) * share) / 1000, ZONE)
        anchor = ("start", "middle", "middle", "end")[tick]
        said = f"{then:%m-%d %H:%M}" if days else f"{then:%H:%M:%S}"
        left = LEFT + (WIDTH - LEFT - RIGHT) * share
        parts.append(
            f'<text class="tick" x="{left:.1f}" y="{height - 8}" text-anchor="{anchor}">{said}'
            "</text>"
        )
    return parts
