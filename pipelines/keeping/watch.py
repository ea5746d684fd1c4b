"""Owns watching over keeping: figures for Prometheus, lines for `vigil doctor`, removals to finish.

Must not propose or approve anything: it only finishes what a certificate says is gone.
"""

from __future__ import annotations

import asyncio
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

import structlog

from pipelines import metrics
from pipelines.errors import Transient
from pipelines.keeping.carry_out import finish
from pipelines.keeping.policies import BadPolicies, load
from pipelines.keeping.proposals import judged
from pipelines.keeping.rings import Shortfall, shortfalls
from pipelines.runtime import wall_clock_ms
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.store.database import Row
from pipelines.vault.types import Vault

log = structlog.get_logger()
EVERY_S = 900.0
_DAY_MS = 86_400_000
_EARLY_MS = 30 * _DAY_MS
MIRROR_DAYS, TEST_DAYS = 7, 92
"""A mirror or a test of it that is older is told of: engineering defaults, AV-23 says regularly."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing looked at, as `vigil doctor` shows it."""

    name: str
    state: Literal["ok", "warn"]
    found: str
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How keeping stands."""

    verdicts: Counter[str]
    pending: int
    mirrors: list[Row]
    short: list[Shortfall]


async def look(database: Database, settings: Settings, now_ms: int) -> Seen:
    """How keeping stands now.

    Raises:
        Transient: the database is away.
        BadPolicies: the policies cannot be used.
    """
    policies = load(settings.keeping_policies)
    async with database.transaction() as tx:
        verdicts = Counter(one.verdict.what for one in await judged(tx, policies, now_ms))
        pending = await tx.rows("keeping_pending")
        mirrors = await tx.rows("mirror_state")
    short = await shortfalls(database, settings, now_ms - _EARLY_MS)
    return Seen(verdicts=Counter(verdicts), pending=len(pending), mirrors=mirrors, short=short)


def lines(seen: Seen, now_ms: int) -> list[Line]:
    """What a person should know, in lines."""
    found = [_short(one) for one in seen.short]
    found += [_mirror(row, now_ms) for row in seen.mirrors]
    if not seen.mirrors:
        remedy = "vigil evidence mirror TARGET, on another machine or in another bucket"
        found.append(Line(name="mirror", state="warn", found="never mirrored", remedy=remedy))
    if seen.verdicts["must_go"]:
        must = f"{seen.verdicts['must_go']} items must go"
        remedy = "vigil evidence prune propose --by ARCHIVIST"
        found.append(Line(name="keeping", state="warn", found=must, remedy=remedy))
    if seen.pending:
        waits = f"{seen.pending} objects let go wait for a lock or a hold to end"
        found.append(Line(name="removals", state="warn", found=waits))
    return found


def told(settings: Settings) -> list[Line]:
    """The lines of this installation; none where its database does not answer or is not set up."""
    now_ms = wall_clock_ms()

    async def looked() -> list[Line]:
        async with Database(settings.database_url, max_size=1) as database:
            ready = await database.row("keeping_ready")
            if ready is None or not ready["ready"]:
                return []
            return lines(await look(database, settings, now_ms), now_ms)

    where = urlsplit(settings.database_url)
    try:
        socket.create_connection((where.hostname or "", where.port or 5432), timeout=1).close()
        return asyncio.run(looked())
    except BadPolicies as error:
        return [Line(name="keeping", state="warn", found=str(error))]
    except (OSError, Transient):
        return []


async def watching(
    database: Database, vault: Vault, settings: Settings, *,
    clock: Callable[[], int] = wall_clock_ms,
) -> None:  # fmt: skip
    """Runs until cancelled: finishes removals, sets the figures."""
    while True:
        try:
            await finish(database, vault, now_ms=clock(), copies=settings.copies)
            _measure(await look(database, settings, clock()), clock())
        except (Transient, BadPolicies, OSError) as error:
            log.warning("keeping not watched", why=str(error))
        await asyncio.sleep(EVERY_S)


def _measure(seen: Seen, now_ms: int) -> None:
    for what in ("keep", "may_go", "must_go"):
        metrics.KEPT.labels(verdict=what).set(seen.verdicts[what])
    metrics.REMOVALS.set(seen.pending)
    for because in ("setting", "disk", "went"):
        many = sum(one.because == because for one in seen.short)
        metrics.RECORDING_SHORT.labels(because=because).set(many)
    for row in seen.mirrors:
        metrics.MIRROR_AGE.labels(target=row["target"]).set((now_ms - row["ended_ms"]) / 1000)
        tested_ms = row["tested_ms"] or 0
        metrics.MIRROR_TEST_AGE.labels(target=row["target"]).set((now_ms - tested_ms) / 1000)
        faults = row["faults"] + (row["test_faults"] or 0)
        metrics.MIRROR_FAULTS.labels(target=row["target"]).set(faults)


def _short(one: Shortfall) -> Line:
    causes = {
        "setting": ("VIGIL_RECORDING_KEEP_GB lasts", "give a camera more gigabytes"),
        "disk": ("the disk lasts", "a larger disk, or fewer cameras on it"),
        "went": ("parts went after", "see why the disk was full"),
    }
    found, remedy = causes[one.because]
    told = f"{found} {one.can_days:g} days of {one.must_days:g} that public places must be kept"
    return Line(name=f"recording {one.camera_id}", state="warn", found=told, remedy=remedy)


def _mirror(row: Row, now_ms: int) -> Line:
    name = f"mirror {row['target']}"
    age = (now_ms - row["ended_ms"]) // _DAY_MS
    found = f"copied {age} days ago"
    if row["faults"]:
        found += f", {row['faults']} objects could not be copied"
    tested_ms = row["tested_ms"]
    if tested_ms is None:
        found += ", never tested"
    else:
        found += f", tested {(now_ms - tested_ms) // _DAY_MS} days ago"
        found += f" with {row['test_faults']} faults" if row["test_faults"] else ""
    late = tested_ms is None or now_ms - tested_ms > TEST_DAYS * _DAY_MS
    if age <= MIRROR_DAYS and not row["faults"] and not row["test_faults"] and not late:
        return Line(name=name, state="ok", found=found)
    remedy = f"vigil evidence mirror {row['target']}, then with --restore-test"
    return Line(name=name, state="warn", found=found, remedy=remedy)
