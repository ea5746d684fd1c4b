"""Owns how a panel asks our database: data source, query, title in both languages."""

from __future__ import annotations

from typing import Literal, TypeVar

from grafana_foundation_sdk.builders import bargauge, stat, table, timeseries
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.dashboard import DataSourceRef

from dashboards.texts import text
from pipelines.store.statements import statement

SOURCE_TYPE = "grafana-postgresql-datasource"
SOURCE_UID = "vigil-postgres"
SOURCE = DataSourceRef(type_val=SOURCE_TYPE, uid=SOURCE_UID)
Format = Literal["time_series", "table"]
Panel = TypeVar("Panel", timeseries.Panel, table.Panel, stat.Panel, bargauge.Panel)


class SqlQuery(Dataquery):
    """A raw query of Grafana's PostgreSQL data source; the SDK brings no builder for it."""

    def __init__(self, sql: str, form: Format) -> None:
        self.sql = sql
        self.form = form

    def to_json(self) -> dict[str, object]:
        """As Grafana stores it."""
        return {
            "refId": "A",
            "datasource": SOURCE.to_json(),
            "format": self.form,
            "rawQuery": True,
            "editorMode": "code",
            "rawSql": self.sql,
        }


class _Query(Builder[Dataquery]):
    def __init__(self, query: SqlQuery) -> None:
        self._query = query

    def build(self) -> SqlQuery:
        return self._query


def title(key: str) -> str:
    """Chinese first, English beside it: a board has one language for all its readers."""
    return f"{text('zh', f'board.{key}')} · {text('en', f'board.{key}')}"


def asks(panel: Panel, name: str, form: Format, *, span: int, height: int = 8) -> Panel:
    """Gives a panel its title and the statement ``boards_NAME``; ``span`` of 24 columns."""
    panel.title(title(name)).datasource(SOURCE).span(span).height(height)
    panel.with_target(_Query(SqlQuery(statement(f"boards_{name}"), form)))
    return panel
