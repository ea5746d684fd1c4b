"""Migrated databases for tests, copied from one that is migrated once a run: 0.1 s instead of 1."""

from __future__ import annotations

import re
import secrets
from functools import cache
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from pipelines.store.migrate import migrate


def fresh_database(server_url: str, stem: str) -> str:
    """Makes ``stem_RANDOM``, migrated and empty, and returns its URL.

    Args:
        server_url: any database of the server; nothing in it is touched.
        stem: letters and digits of it begin the name.
    """
    name = f"{re.sub(r'[^a-z0-9]', '', stem.lower())}_{secrets.token_hex(4)}"
    _create(server_url, name, template=_migrated(_named(server_url, "postgres")))
    return _named(server_url, name)


def drop_database(url: str) -> None:
    """Drops what ``fresh_database`` made, whoever is still connected."""
    with psycopg.connect(_named(url, "postgres"), autocommit=True) as connection:
        name = sql.Identifier(urlsplit(url).path[1:])
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@cache
def _migrated(server_url: str) -> str:
    name = f"migrated_{secrets.token_hex(4)}"
    _create(server_url, name, template="template0")  # one that nobody can visit
    migrate(_named(server_url, name))
    with psycopg.connect(_named(server_url, "postgres"), autocommit=True) as connection:
        # TimescaleDB's own workers visit every database, and one that is visited cannot be copied
        closed = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false")
        connection.execute(closed.format(sql.Identifier(name)))
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
            (name,),
        )
    return name


def _create(server_url: str, name: str, *, template: str) -> None:
    with psycopg.connect(_named(server_url, "postgres"), autocommit=True) as connection:
        text = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(text.format(sql.Identifier(name), sql.Identifier(template)))


def _named(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{name}").geturl()
