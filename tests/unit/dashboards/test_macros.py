"""Grafana's macros as plain SQL."""

from __future__ import annotations

import pytest

from dashboards.boards.macros import UnknownMacro, substitute


def test_macros_become_times() -> None:
    sql = "WHERE $__timeFilter(r.time) AND t > $__timeFrom()::timestamptz AND u < $__timeTo()"
    assert substitute(sql, from_ms=0, to_ms=1500) == (
        "WHERE r.time BETWEEN '1970-01-01T00:00:00.000Z' AND '1970-01-01T00:00:01.500Z'"
        " AND t > '1970-01-01T00:00:00.000Z'::timestamptz AND u < '1970-01-01T00:00:01.500Z'"
    )


@pytest.mark.parametrize("sql", ["$__timeGroup(time, 1m)", "$__timeFilter()", "$__interval_ms()"])
def test_other_macros_are_refused(sql: str) -> None:
    with pytest.raises(UnknownMacro):
        substitute(sql, from_ms=0, to_ms=1)
