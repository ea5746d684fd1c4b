"""Owns what an alert's page draws of readings: which series, with what around it, as a table."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from fastapi import APIRouter, HTTPException, Request
from fastapi.responses import HTMLResponse
from markupsafe import Markup

from dashboards.triage import chart
from dashboards.triage.access_door import require_alert
from dashboards.triage.pages import Words, language_of, page
from dashboards.triage.record import points_of, usual_step, window_of
from dashboards.triage.session import TheOfficer
from dashboards.triage.site import Site, TheSite
from pipelines.access.policy import Action
from pipelines.store.database import Row

router = APIRouter(include_in_schema=False)
_ROWS = 240  # of the table beside: the lowest and highest of every run beyond that


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the table: a value, or a gap where ``until_ms`` is set."""

    time_ms: int
    value: float | None = None
    good: bool = True
    outside: bool = False
    until_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """The chart of one series, its table, and what else can be drawn.

    Attributes:
        svg: None where there is nothing to draw.
        whole: how many values the table stands for.
        others: series of the site, the alert's device first.
        series_id: of what is drawn; None for people seen by a camera.
    """

    svg: Markup | None
    table: list[Line]
    whole: int
    flagged: int
    gaps: int
    unit: str
    others: list[Row]
    series_id: int | None


@router.get("/alerts/{alert_id}/chart")
async def show(
    request: Request, site: TheSite, officer: TheOfficer, alert_id: str, series: int = 0
) -> HTMLResponse:
    """The chart's part of the page, of another series of the site; 404 for one of elsewhere."""
    await require_alert(site, officer, Action.LIST, alert_id)
    alert = await site.database.row("triage_alert", alert_id=alert_id)
    if alert is None:
        raise HTTPException(404, "alert")
    drawn = await drawn_of(site, alert, Words(language_of(request), site.clock()), series)
    return page(request, "chart.html", officer=officer, drawn=drawn, a=alert)


async def drawn_of(site: Site, alert: Row, words: Words, series: int = 0) -> Drawn:
    """What is drawn of an alert, or beside it of another series of its site.

    Raises:
        HTTPException: 404, the site has no such series.
    """
    window = window_of(alert, site.clock())
    spans = {"from_ms": window[0], "to_ms": window[1]}
    others, kept, events = await asyncio.gather(
        site.database.rows("triage_page_series", site_id=alert["site_id"],
                           device_id=alert["device_id"], place=alert["place"], **spans),
        site.database.rows("triage_page_maintenance", device_id=alert["device_id"], **spans),
        site.database.rows("triage_events", alert_id=alert["alert_id"]),
    )  # fmt: skip
    series_id: int | None = series or alert["series_id"]
    chosen = next((row for row in others if row["series_id"] == series_id), None)
    if series and chosen is None:
        raise HTTPException(404, "series")
    camera_id = str(alert["device_id"]) if series_id is None else ""
    points: list[chart.Point] = []
    if series_id is not None or alert["device_kind"] == "camera":
        points = await points_of(site, window, series_id=series_id, camera_id=camera_id)
    own = chosen is None or chosen["series_id"] == alert["series_id"]
    made = replace(
        _chart(alert, chosen, points, window, words, own=own),
        kept=[(int(r["from_ms"]), int(r["to_ms"] or window[1])) for r in kept] if own else [],
        marks=marks_of(events, words),
    )
    return Drawn(
        svg=Markup(chart.svg(made)) if points else None,  # noqa: S704  escapes every text
        table=lines_of(made),
        whole=len(points),
        flagged=sum(not p.good for p in points),
        gaps=len(chart.gaps(made)) if points else 0,
        unit=made.unit,
        others=others,
        series_id=series_id,
    )


def marks_of(events: Sequence[Row], words: Words) -> list[chart.Mark]:
    """What the party did on its own, and a maintainer: not the steps that the page tells anyhow."""
    return [
        chart.Mark(at_ms=int(e["at_ms"]), word=words.name("action", e["action"]))
        for e in events
        if str(e["action"]).startswith("party_")
    ]


def lines_of(drawn: chart.Chart) -> list[Line]:
    """Values and gaps in time order, thinned as the drawing is."""
    lines = [
        Line(time_ms=p.time_ms, value=p.value, good=p.good, outside=_outside(drawn, p.value))
        for p in chart.thinned(drawn.points, _ROWS)
    ]
    if drawn.points:
        lines += [Line(time_ms=start, until_ms=end) for start, end in chart.gaps(drawn)]
    return sorted(lines, key=lambda line: (line.time_ms, line.until_ms is not None))


def _outside(drawn: chart.Chart, value: float) -> bool:
    below = drawn.low is not None and value < drawn.low
    return below or (drawn.high is not None and value > drawn.high)


def _chart(
    alert: Row, chosen: Row | None, points: list[chart.Point], window: tuple[int, int],
    words: Words, *, own: bool,
) -> chart.Chart:  # fmt: skip
    unit = str(chosen["unit"]) if chosen else unit_of(alert)
    quantity = str(chosen["quantity"]) if chosen else alert["quantity"]
    quantity = quantity or ("people" if alert["device_kind"] == "camera" else "")
    title = words.name("quantity", quantity)
    limited = own and alert["unit"] == unit
    interval_s = chosen["interval_s"] if chosen else alert["interval_s"]
    return chart.Chart(
        points=points,
        from_ms=window[0],
        to_ms=window[1],
        interval_ms=float(interval_s) * 1000 if interval_s else usual_step(points),
        unit=f"{title} {words.name('unit', unit)}".strip(),
        low=alert["low"] if limited else None,
        high=alert["high"] if limited else None,
        breach=(int(alert["start_ms"]), int(alert["end_ms"] or alert["detected_ms"])),
        detected_ms=int(alert["detected_ms"]),
        words=chart.Words(
            title=title,
            low=words.text("chart.low"),
            high=words.text("chart.high"),
            breach=words.text("chart.breach"),
            gap=words.text("chart.gap"),
            now=words.text("chart.detected"),
            kept=words.text("chart.kept"),
            zone=words.text("chart.zone"),
        ),
    )


def unit_of(alert: Row) -> str:
    """The unit of what is drawn; a rule's own unit (hours kept, seconds silent) may differ."""
    if alert["device_kind"] == "camera":
        return "people"
    return str(alert["series_unit"] or alert["unit"])
