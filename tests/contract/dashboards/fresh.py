"""A database of its own, migrated, on the server that a URL names."""

from __future__ import annotations

import re
import secrets
from urllib.parse import urlsplit, urlunsplit

import psycopg

from pipelines.store.migrate import migrate


def fresh_database(url: str, stem: str) -> str:
    """Makes ``stem_RANDOM``, migrates it and returns its URL."""
    name = f"{re.sub(r'[^a-z0-9]', '', stem)}_{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    own = urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
    migrate(own)
    return own
