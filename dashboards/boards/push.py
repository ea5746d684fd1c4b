"""Owns provisioning Grafana over its API: folder, data source, boards. Twice is once.

No Grafana could be run where this was written: push is tested against a small HTTP server that
keeps folders, data sources and dashboards and refuses wrong ones, in the shapes that Grafana's
HTTP API documents.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote, urlsplit

from grafana_client.api import GrafanaApi
from grafana_client.client import (
    GrafanaClientError,
    GrafanaException,
    GrafanaUnauthorizedError,
)
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.boards import BOARDS
from dashboards.boards.panel import SOURCE_TYPE, SOURCE_UID
from pipelines.settings import Settings

FOLDER_UID, FOLDER_TITLE = "vigil", "Vigil 守望"
_NOT_FOUND = 404


class PushFailed(Exception):
    """Grafana could not be provisioned; the text says what to put right."""


def rendered(board: Dashboard) -> dict[str, Any]:
    """A board as Grafana's JSON."""
    found: dict[str, Any] = json.loads(json.dumps(board, cls=JSONEncoder, ensure_ascii=False))
    return found


def data_source(settings: Settings) -> dict[str, Any]:
    """The PostgreSQL data source as Grafana's API takes it, from ``database_url``."""
    url = urlsplit(settings.database_url)
    host = settings.grafana_database_host or f"{url.hostname or 'localhost'}:{url.port or 5432}"
    return {
        "uid": SOURCE_UID,
        "name": "Vigil",
        "type": SOURCE_TYPE,
        "access": "proxy",
        "url": host,
        "user": unquote(url.username or ""),
        "jsonData": {"database": url.path.lstrip("/"), "sslmode": "disable", "timescaledb": False},
        "secureJsonData": {"password": unquote(url.password or "")},
    }


def push(settings: Settings) -> list[str]:
    """Makes or updates folder, data source and every board; returns the boards' titles.

    Raises:
        PushFailed: no address or token, Grafana cannot be reached, or it refuses.
    """
    if not settings.grafana_url:
        raise PushFailed("VIGIL_GRAFANA_URL is not set: say where Grafana is, http://HOST:3000")
    if not settings.grafana_token:
        raise PushFailed("VIGIL_GRAFANA_TOKEN is not set: make a service account with role Admin")
    api: Any = GrafanaApi.from_url(  # its elements are untyped
        settings.grafana_url, credential=settings.grafana_token
    )
    try:
        _folder(api)
        _source(api, data_source(settings))
        return [_board(api, build()) for build in BOARDS]
    except GrafanaUnauthorizedError as error:
        raise PushFailed(f"Grafana refused VIGIL_GRAFANA_TOKEN: {error.message}") from error
    except GrafanaException as error:
        status = error.status_code or "no answer"
        raise PushFailed(f"Grafana at {settings.grafana_url}: {status}: {error.message}") from error
    except OSError as error:  # what grafana_client's HTTP library raises of its own
        raise PushFailed(f"Grafana at {settings.grafana_url}: no answer: {error}") from error


def _folder(api: Any) -> None:
    held = _or_none(lambda: api.folder.get_folder(FOLDER_UID))
    if held is None:
        api.folder.create_folder(title=FOLDER_TITLE, uid=FOLDER_UID)
    elif held.get("title") != FOLDER_TITLE:
        api.folder.update_folder(FOLDER_UID, title=FOLDER_TITLE, overwrite=True)


def _source(api: Any, wanted: dict[str, Any]) -> None:
    if _or_none(lambda: api.datasource.get_datasource_by_uid(SOURCE_UID)) is None:
        api.datasource.create_datasource(wanted)
    else:
        api.datasource.update_datasource_by_uid(SOURCE_UID, wanted)


def _board(api: Any, board: Dashboard) -> str:
    api.dashboard.update_dashboard(
        {"dashboard": rendered(board), "folderUid": FOLDER_UID, "overwrite": True}
    )
    return str(board.title)


def _or_none(ask: Any) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = ask()
    except GrafanaClientError as error:
        if error.status_code == _NOT_FOUND:
            return None
        raise
    return found
