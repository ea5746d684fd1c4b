"""Owns the small bars of a site's year as SVG. Pure; colours come from the style sheet by class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from dashboards.triage.past import Month

WIDTH, HEIGHT = 480, 120
_FLOOR, _TOP, _GAP = 100, 12, 8
_KINDS = ("confirmed", "dismissed", "waiting")


def svg(months: Sequence[Month], words: Mapping[str, str]) -> str:
    """Stacked bars, a month each; ``words`` has ``title`` and a name for each kind."""
    most = max([1, *(month.total for month in months)])
    step = WIDTH / max(len(months), 1)
    label = f'role="img" aria-label="{escape(words["title"])}"'
    parts = [f'<svg class="bars" viewBox="0 0 {WIDTH} {HEIGHT}" {label}>']
    for number, month in enumerate(months):
        parts += _bar(month, number * step + _GAP / 2, step - _GAP, most, words)
    parts.append(f'<path class="axis" d="M0 {_FLOOR}H{WIDTH}"/></svg>')
    return "".join(parts)


def _bar(month: Month, left: float, width: float, most: int, words: Mapping[str, str]) -> list[str]:
    said = ", ".join(f"{words[kind]} {getattr(month, kind)}" for kind in _KINDS)
    parts = [f"<g><title>{escape(f'{month.month}: {said}')}</title>"]
    y = float(_FLOOR)
    for kind in _KINDS:
        tall = (_FLOOR - _TOP) * getattr(month, kind) / most
        y -= tall
        if tall:
            parts.append(
                f'<rect class="bar-{kind}" x="{left:.1f}" y="{y:.1f}" width="{width:.1f}" '
                f'height="{tall:.1f}"/>'
            )
    middle = left + width / 2
    if month.total:
        parts.append(_text(middle, y - 2, str(month.total), "count"))
    return [*parts, _text(middle, HEIGHT - 6, month.month[5:], "tick"), "</g>"]


def _text(x: float, y: float, said: str, kind: str) -> str:
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{escape(said)}</text>'
    )
