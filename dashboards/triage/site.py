"""Owns what every page of the site is given: settings, database, store of objects, clock."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request

from detectors.catalogue import Catalogue
from pipelines.access.reels import Reels
from pipelines.browse.shelf import Shelf
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.vault.types import Vault


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The site's parts.

    Attributes:
        secret: signs sessions, and by a label of their own the addresses of what is looked at.
        reels: originals that somebody is looking at.
        projector: how many pieces of film are made at once.
        packing: held while a package is made.
        clock: gives epoch milliseconds.
    """

    settings: Settings
    database: Database
    objects: Vault
    copies: Shelf
    rules: Catalogue
    secret: str
    reels: Reels
    projector: asyncio.Semaphore
    packing: asyncio.Lock
    clock: Callable[[], int]


def site_of(request: Request) -> Site:
    """The site that serves a request."""
    return cast("Site", request.app.state.site)


TheSite = Annotated[Site, Depends(site_of)]
