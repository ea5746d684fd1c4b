"""OpenAPI of every route of the site, those for people too, which ``PAGE`` marks."""

from __future__ import annotations

import copy
from functools import cache
from typing import Any

from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from dashboards.triage.app import ROUTERS, routes

PAGE = "page"


@cache
def description() -> dict[str, Any]:
    """What the site publishes, and beside it what it does not."""
    told = routes().openapi()
    pages = get_openapi(title="", version="1", routes=list(_pages()))
    for path, methods in pages["paths"].items():
        for method, said in methods.items():
            told["paths"].setdefault(path, {})[method] = said | {"tags": [PAGE]}
    told["components"]["schemas"] |= pages.get("components", {}).get("schemas", {})
    return told


def _pages() -> list[APIRoute]:
    found = []
    for part in ROUTERS:
        for route in part.router.routes:
            hidden = not (isinstance(route, APIRoute) and route.include_in_schema)
            if isinstance(route, APIRoute) and (hidden or not part.router.include_in_schema):
                shown = copy.copy(route)
                shown.include_in_schema = True
                found.append(shown)
    return found
