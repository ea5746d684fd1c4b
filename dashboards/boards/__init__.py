"""Grafana boards as code: one file with ``build()`` per board, listed in ``BOARDS``."""

from __future__ import annotations

from collections.abc import Callable

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.boards import operations

BOARDS: tuple[Callable[[], Dashboard], ...] = (operations.build,)
