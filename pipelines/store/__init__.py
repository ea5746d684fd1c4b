"""The only user of psycopg: named SQL in, rows out; one transaction for a stage's whole effect."""

from pipelines.store.database import Database, Transaction

__all__ = ["Database", "Transaction"]
