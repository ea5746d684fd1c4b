"""Owns how a template becomes a response: language, times, names. Must not read the database."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dashboards.texts import LANGUAGES, Language, name_of, text
from dashboards.triage import nav
from dashboards.triage.session import Officer, csrf_token
from dashboards.triage.site import site_of
from detectors.catalogue import Citation, Entry, phrasing

FOLDER = Path(__file__).parent
ZONE = ZoneInfo("Asia/Shanghai")
_MINUTE_MS, _MINUTES_TOLD, _HOURS_TOLD = 60_000, 120, 48  # then minutes, then hours are dropped
_WHOLE_FROM, _KILO = 10_000, 1024


def language_of(request: Request) -> Language:
    """The language that the reader chose; Chinese until they choose."""
    chosen = request.cookies.get("language")
    return next((known for known in LANGUAGES if known == chosen), "zh")


def page(
    request: Request,
    template: str,
    *,
    officer: Officer | None = None,
    status: int = 200,
    **context: Any,
) -> HTMLResponse:
    """Fills a template in the reader's language."""
    words = Words(language_of(request), site_of(request).clock())
    body = (
        _environment()
        .get_template(template)
        .render(
            w=words,
            t=words.text,
            officer=officer,
            csrf=csrf_token(request),
            here=request.url.path,
            here_full=str(request.url.path)
            + (f"?{request.url.query}" if request.url.query else ""),
            static=static_url,
            nav=nav,
            **context,
        )
    )
    return HTMLResponse(body, status_code=status)


class Words:
    """What templates say, in one language and at one moment."""

    def __init__(self, language: Language, now_ms: int) -> None:
        self.language = language
        self.now_ms = now_ms

    def text(self, key: str, **values: object) -> str:
        """A text of the catalogue."""
        return text(self.language, key, **values)

    def cite(self, citation: Citation) -> str:
        """A law and its place in it."""
        return phrasing.cite(citation, self.language)

    def source(self, entry: Entry) -> str:
        """Where a limit was read."""
        return phrasing.source(entry, self.language)

    def note(self, entry: Entry) -> str:
        """What one must know to trust or correct a limit."""
        return phrasing.note(entry, self.language)

    def name(self, group: str, code: object) -> str:
        """The name of a code that data brings, or the code."""
        return name_of(self.language, group, str(code))

    def pick(self, row: Mapping[str, Any], stem: str) -> str:
        """``stem_zh`` or ``stem_en`` of a row; the other when it is empty."""
        order = ("zh", "en") if self.language == "zh" else ("en", "zh")
        return next((str(row[f"{stem}_{o}"]) for o in order if row.get(f"{stem}_{o}")), "")

    def said(self, both: Any) -> str:
        """The right one of a catalogue ``Text``."""
        return str(both.zh if self.language == "zh" else both.en)

    def when(self, time_ms: int | None) -> str:
        """Local time to the second; a dash for none."""
        return "—" if time_ms is None else f"{_local(time_ms):%Y-%m-%d %H:%M:%S}"

    def day(self, time_ms: int | None) -> str:
        """Local day; a dash for none."""
        return "—" if time_ms is None else f"{_local(time_ms):%Y-%m-%d}"

    def brief(self, time_ms: int) -> str:
        """Local time, with the day unless it is today."""
        then, now = _local(time_ms), _local(self.now_ms)
        return f"{then:%H:%M}" if then.date() == now.date() else f"{then:%m-%d %H:%M}"

    def age(self, time_ms: int) -> str:
        """How long ago."""
        return self.span(max(0, self.now_ms - time_ms))

    def span(self, length_ms: float) -> str:
        """A length of time in its largest fitting unit."""
        minutes = int(length_ms // _MINUTE_MS)
        if minutes < 1:
            return self.text("span.seconds", n=int(length_ms // 1000))
        if minutes < _MINUTES_TOLD:
            return self.text("span.minutes", n=minutes)
        if minutes < _HOURS_TOLD * 60:
            return self.text("span.hours", n=minutes // 60)
        return self.text("span.days", n=minutes // 1440)

    def figure(self, value: float | None) -> str:
        """A number as people write it; a dash for none."""
        if value is None:
            return "—"
        return f"{value:,.0f}" if abs(value) >= _WHOLE_FROM else f"{value:.4g}"

    def size(self, size_bytes: int) -> str:
        """A size in the largest fitting unit."""
        size = float(size_bytes)
        for unit in ("B", "KB", "MB"):
            if size < _KILO:
                return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
            size /= _KILO
        return f"{size:.1f} GB"

    def reason(self, code: str) -> str:
        """Why a device's grade is what it is: ``kind_of_reason:paper`` in words."""
        head, _, paper = code.partition(":")
        if not paper:
            return self.name("grade_reason", head)
        pattern = self.name("grade_reason", head)
        return pattern.replace("{paper}", self.name("paper", paper))

    def grounds(self, said: str) -> str:
        """An officer's own words as they are; codes (one or a list) in words."""
        codes = [c for c in said.replace(",", " ").split() if c]
        known = [self._code(c) for c in codes]
        return "; ".join(str(k) for k in known) if codes and all(known) else said

    def parts(self, contributions: Any) -> list[tuple[str, object]]:
        """A score's contributions as label and figure, whether a table or a list of entries."""
        if isinstance(contributions, Mapping):
            parts = sorted(contributions.items(), key=_weight)
            return [(self._label(str(name)), points) for name, points in parts]
        return [self._part(entry) for entry in contributions or []]

    def _part(self, entry: Any) -> tuple[str, object]:
        if not isinstance(entry, Mapping):
            return str(entry), ""
        label = next((entry[k] for k in ("name", "factor", "cause", "alert_id") if k in entry), "")
        figure = next((entry[k] for k in ("points", "value", "amount") if k in entry), "")
        return self.name("part", label), figure

    def _label(self, name: str) -> str:
        """``finding:ALERT`` names an alert; plain names stand for themselves."""
        kind, _, alert_id = name.partition(":")
        return f"{self.name('part', kind)} {alert_id[:8]}".strip()

    def _code(self, code: str) -> str | None:
        reason = self.name("reason", code)
        if reason != code:
            return reason
        head = code.partition(":")[0]
        return self.reason(code) if self.name("grade_reason", head) != head else None


@cache
def static_url(name: str) -> str:
    """Where a static file is, with its digest, so that a new version is fetched."""
    data = (FOLDER / "static" / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(data).hexdigest()[:10]}"


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _weight(part: tuple[object, object]) -> float:
    """The heaviest first: a stored table keeps no order."""
    return -abs(part[1]) if isinstance(part[1], int | float) else 0.0


def _local(time_ms: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(time_ms / 1000, ZONE)
