"""Owns the way from an empty database to today's schema."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from yoyo import get_backend, read_migrations

import infra


def migrate(url: str, *, tell: Callable[[str], None] = lambda _: None) -> list[str]:
    """Applies the migrations that are missing and returns their names."""
    # The SQL lies beside the rest of what a deployment needs.
    folder = Path(infra.__file__).parent / "migrations"
    migrations = read_migrations(str(folder))
    with get_backend(url.replace("postgresql://", "postgresql+psycopg://", 1)) as backend:
        with backend.lock():
            pending = backend.to_apply(migrations)
            for migration in pending:
                tell(migration.id)
            backend.apply_migrations(pending)
        return [migration.id for migration in pending]
