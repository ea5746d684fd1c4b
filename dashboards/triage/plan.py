"""Owns the scheme of a site's points and devices as SVG. Pure.

The register holds no plan and no coordinates of a site, so this draws none: points stand in rows,
the one in question first, and the page says that it is no map.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

Present = Literal["waiting", "maintained", "silent", "heard", "never", "none"]
WIDTH = 720
_ACROSS, _GAP, _TALL, _MARGIN = 3, 14, 74, 6
_SILENT_INTERVALS = 5
_CAMERA_SILENT_MS = 15 * 60_000  # a timed look is due at least so often
_LATIN, _WIDE, _ROOM = 7.2, 13.0, 190.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """A point with what stands there now.

    Attributes:
        here: whether the alert is of this point's place.
        own: whether its device made the alert.
        present: ``waiting`` (an alert of it is undecided) comes before all others.
    """

    row: Mapping[str, Any]
    here: bool
    own: bool
    present: Present


def stands(rows: Sequence[Mapping[str, Any]], alert: Mapping[str, Any], now_ms: int) -> list[Stand]:
    """The site's points: the alert's own device first, then its place, then the others."""
    found = [
        Stand(
            row=row,
            here=row["place"] == alert["place"],
            own=row["device_id"] == alert["device_id"],
            present=present(row, now_ms),
        )
        for row in rows
    ]
    return sorted(found, key=lambda stand: (not stand.own, not stand.here))


def present(row: Mapping[str, Any], now_ms: int) -> Present:
    """How a point's device stands: silent after five intervals, a camera after 15 minutes."""
    if row["device_id"] is None:
        return "none"
    if row["waiting"]:
        return "waiting"
    if row["maintained"]:
        return "maintained"
    if row["heard_ms"] is None:
        return "never"
    interval_ms = float(row["interval_s"] or 0) * 1000 * _SILENT_INTERVALS
    silent = now_ms - int(row["heard_ms"]) > max(interval_ms, _CAMERA_SILENT_MS)
    return "silent" if silent else "heard"


def svg(found: Sequence[Stand], names: Sequence[tuple[str, str, str]], *, title: str) -> str:
    """Boxes in rows of three.

    Args:
        names: of each stand: point, device, how it stands, in the reader's language.
    """
    rows = -(-len(found) // _ACROSS) or 1
    tall = rows * (_TALL + _GAP) - _GAP + 2 * _MARGIN
    parts = [
        f'<svg class="plan" viewBox="0 0 {WIDTH} {tall}" role="img" aria-label="{escape(title)}">'
    ]
    for number, (stand, said) in enumerate(zip(found, names, strict=True)):
        parts += _box(stand, said, number)
    return "".join([*parts, "</svg>"])


def _box(stand: Stand, said: tuple[str, str, str], number: int) -> list[str]:
    wide = (WIDTH - 2 * _MARGIN - (_ACROSS - 1) * _GAP) / _ACROSS
    x = _MARGIN + number % _ACROSS * (wide + _GAP)
    y = _MARGIN + number // _ACROSS * (_TALL + _GAP)
    kind = "point own" if stand.own else "point here" if stand.here else "point"
    point, device, how = said
    lines = ((20.0, "name", point), (40.0, "device", device), (60.0, "how", how))
    return [
        f'<g class="{kind}"><title>{escape(" · ".join(filter(None, said)))}</title>',
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{_TALL}" rx="4"/>',
        f'<circle class="is-{stand.present}" cx="{x + 16:.1f}" cy="{y + _TALL / 2:.1f}" r="7"/>',
        *(
            f'<text class="{name}" x="{x + 32:.1f}" y="{y + down:.1f}">{_fitted(words)}</text>'
            for down, name, words in lines
        ),
        "</g>",
    ]


def _fitted(words: str) -> str:
    """As much as has room, escaped: a Chinese character is twice as wide as a Latin one."""
    room = _ROOM
    kept: list[str] = []
    for char in words:
        room -= _WIDE if ord(char) > 0x2E80 else _LATIN  # noqa: PLR2004  CJK begins there
        if room < 0:
            return escape("".join(kept)) + "…"
        kept.append(char)
    return escape(words)
