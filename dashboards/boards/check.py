"""Owns running every panel's SQL against a database, as Grafana would. Must not change a row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from grafana_foundation_sdk.models.dashboard import Dashboard, Panel, RowPanel

from dashboards.boards import BOARDS
from dashboards.boards.macros import substitute
from dashboards.boards.panel import SqlQuery
from pipelines.store import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelResult:
    """How many rows a panel's query gave."""

    board: str
    panel: str
    rows: int


class PanelFailed(Exception):
    """A panel's SQL does not run; the text names board and panel and says why."""


def queries(board: Dashboard) -> Iterator[tuple[str, SqlQuery]]:
    """Every panel's title and query."""
    for panel in board.panels or []:
        inner = panel.panels if isinstance(panel, RowPanel) else [panel]
        for each in inner:
            yield from ((each.title or "", q) for q in _targets(each))


def _targets(panel: Panel) -> list[SqlQuery]:
    return [target for target in panel.targets or [] if isinstance(target, SqlQuery)]


async def run_panels(database: Database, from_ms: int, to_ms: int) -> list[PanelResult]:
    """Runs every query of every board for a span of time, read-only.

    Raises:
        PanelFailed: one of them does not run.
    """
    results = []
    for build in BOARDS:
        board = build()
        for panel, query in queries(board):
            sql = substitute(query.sql, from_ms=from_ms, to_ms=to_ms)
            try:
                rows = await database.query(sql)
            except Exception as error:
                raise PanelFailed(f"{board.title} / {panel}: {error}") from error
            results.append(PanelResult(board=board.title or "", panel=panel, rows=len(rows)))
    return results
