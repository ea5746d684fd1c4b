"""Owns writing Grafana's time macros out as plain SQL, as its PostgreSQL data source does."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_MACRO = re.compile(r"\$__(\w+)\(([^)]*)\)")


class UnknownMacro(ValueError):
    """A macro that our boards do not use."""


def substitute(sql: str, *, from_ms: int, to_ms: int) -> str:
    """The SQL that Grafana would send for a span of time.

    Raises:
        UnknownMacro: the SQL uses another macro.
    """
    first, last = _literal(from_ms), _literal(to_ms)

    def written(match: re.Match[str]) -> str:
        name, argument = match[1], match[2].strip()
        if name == "timeFilter" and argument:
            return f"{argument} BETWEEN {first} AND {last}"
        if name in ("timeFrom", "timeTo") and not argument:
            return first if name == "timeFrom" else last
        raise UnknownMacro(match[0])

    return _MACRO.sub(written, sql)


def _literal(time_ms: int) -> str:
    moment = datetime.fromtimestamp(time_ms / 1000, UTC)
    return f"'{moment:%Y-%m-%dT%H:%M:%S}.{time_ms % 1000:03d}Z'"
