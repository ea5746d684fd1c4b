"""Owns reading the register's rows back as they were written. Must not change them."""

from __future__ import annotations

from typing import get_args, get_type_hints

import msgspec

from pipelines.registry.types import TABLES, Register
from pipelines.store import Transaction


def row_types() -> dict[str, type[msgspec.Struct]]:
    """The struct of each table."""
    hints = get_type_hints(Register)
    return {name: get_args(hints[name])[0] for name in TABLES}


async def read_register(tx: Transaction) -> Register:
    """Every row but the officers', in the order of their keys."""
    tables = {
        name: tuple(msgspec.convert(row, kind) for row in await tx.rows(f"registry_all_{name}"))
        for name, kind in row_types().items()
    }
    return Register(**tables)  # type: ignore[arg-type]  # each table has its own struct
