"""Owns putting rows of the register into the database. Must not judge them: ``check.py`` does."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from argon2 import PasswordHasher

from pipelines.registry.types import TABLES, Officer, Register
from pipelines.store import Database, Transaction


async def write_register(database: Database, register: Register) -> None:
    """Adds a whole register, rows that are there already taking the new facts; all or nothing."""
    async with database.transaction() as tx:
        await put_rows(tx, {name: getattr(register, name) for name in TABLES})
        await put_officers(tx, register.officers)
        await tx.execute("registry_bump")


async def put_rows(tx: Transaction, tables: Mapping[str, Sequence[msgspec.Struct]]) -> None:
    """Adds rows, or replaces those of the same key; the caller bumps the version."""
    for name in TABLES:
        if rows := tables.get(name):
            await tx.execute(f"registry_put_{name}", rows=msgspec.to_builtins(list(rows)))


async def put_officers(tx: Transaction, officers: Sequence[Officer]) -> None:
    """Adds officers, or gives them a new name, role and password."""
    await tx.execute_many("registry_put_officer", [_officer(one) for one in officers])


def key_digest(gateway_key: str) -> str:
    """What is stored of a gateway's or device's key."""
    return hashlib.sha256(gateway_key.encode()).hexdigest()


def _officer(officer: Officer) -> dict[str, Any]:
    row: dict[str, Any] = msgspec.to_builtins(officer)
    row["password_hash"] = PasswordHasher().hash(row.pop("password"))
    return row
