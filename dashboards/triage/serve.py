"""Owns running the site in a process of its own: ``vigil web``."""

from __future__ import annotations

import asyncio

import uvicorn
from fastapi import FastAPI

from dashboards.triage.app import create_app
from pipelines.settings import Settings
from pipelines.store import Database

GRACE_S = 3
"""So long a request may go on when the site stops: a queue that is open would listen for ever."""


def serve(settings: Settings) -> None:
    """Serves the site until it is told to stop."""
    asyncio.run(_serve(settings))


def config_of(settings: Settings, app: FastAPI) -> uvicorn.Config:
    """How uvicorn serves the site; only the proxies of the settings may say who asks.

    It keeps no access log: private links stand in addresses.
    """
    return uvicorn.Config(
        app,
        host=settings.web_host,
        port=settings.web_port,
        server_header=False,
        proxy_headers=bool(settings.web_proxies),
        forwarded_allow_ips=settings.web_proxies,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=GRACE_S,
    )


async def _serve(settings: Settings) -> None:
    async with Database(settings.database_url) as database:
        app = create_app(settings, database)
        await uvicorn.Server(config_of(settings, app)).serve()
