"""Owns the transparency log's figures: leaves a second with a checkpoint each, and a proof's time.

On a database of its own, because a log of a million leaves would weigh on the others' figures.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import psycopg

from pipelines.evidence.keys import Keys
from pipelines.store import Database
from pipelines.store.migrate import migrate
from pipelines.transparency.leaf import Kind, Leaf, log
from pipelines.transparency.merkle import includes, leaf_hash
from pipelines.transparency.place import Place, ours
from pipelines.transparency.proofs import prove
from pipelines.transparency.sequencer import EVERY_S, sequence_once, sequencing
from tests.benchmarks.bed import Bed
from tests.benchmarks.figures import Figure, percentile, rounded

NAMES = frozenset({"log_append", "log_proof_ms"})
LEAVES, QUICK_LEAVES = 1_000_000, 100_000
ASKED_A_S, ASKED_PROOF_MS = 5_000, 10.0
SECONDS, QUICK_SECONDS = 12, 6
PROOFS = 500
BATCHES_A_S, A_ROW = 10, 50
"""As stages do: some transactions a second, each with rows of some leaves."""
_DATABASE = "bench_log"


def figures(bed: Bed, tell: Callable[[str], None]) -> list[Figure]:
    """``log_append`` and ``log_proof_ms``, over a log of a million leaves."""
    place = Place(origin="bench/log", folder=bed.workdir / "log", keys=bed.workdir / "log-keys")
    with _database(bed) as url:
        return asyncio.run(_measured(bed, url, place, tell))


async def _measured(bed: Bed, url: str, place: Place, tell: Callable[[str], None]) -> list[Figure]:
    count = QUICK_LEAVES if bed.quick else LEAVES
    async with Database(url, max_size=6) as database:
        began = time.perf_counter()
        await _fill(database, place, count)
        tell(f"log: {count:,} leaves in {time.perf_counter() - began:.0f} s")
        append = await _append(database, place, url, QUICK_SECONDS if bed.quick else SECONDS)
        tell(f"log: {append.note}")
        proofs = await _proofs(database, place)
        tell(f"log: a proof in {proofs.value} ms (95th percentile)")
    return [append, proofs]


async def _fill(database: Database, place: Place, count: int) -> None:
    step = 20_000
    for first in range(0, count, step):
        async with database.transaction() as tx:
            for begin in range(first, min(first + step, count), 1000):
                await log(tx, *_leaves(begin, min(1000, count - begin)))
        await sequence_once(database, place, _now_ms())


async def _append(database: Database, place: Place, url: str, seconds: int) -> Figure:
    """Writers that ask at the wanted rate beside the sequencer as a worker runs it."""
    before = await _size(database)
    signed = await _checkpoints(database)
    sequencer = asyncio.create_task(sequencing(database, place))
    began, cpu = time.perf_counter(), time.process_time()
    behind = 0.0
    for number in range(seconds * BATCHES_A_S):
        wait = began + number / BATCHES_A_S - time.perf_counter()
        behind = max(behind, -wait)
        await asyncio.sleep(max(0.0, wait))
        await _write(database, number)
    asked = seconds * ASKED_A_S
    while await _size(database) < before + asked:  # noqa: ASYNC110 - it is another's table
        await asyncio.sleep(0.05)
    took, cpu = time.perf_counter() - began, time.process_time() - cpu
    sequencer.cancel()
    signed = await _checkpoints(database) - signed
    rate = asked / max(took - EVERY_S, seconds)  # the last ones wait for the next second
    bare = await asyncio.to_thread(_copied, url, asked)
    return Figure(
        name="log_append", value=rounded(rate), unit="leaves/s",
        against="asked for", against_value=ASKED_A_S, ratio=rounded(rate / ASKED_A_S), n=signed,
        note=f"{asked:,} leaves over {seconds} s onto {before:,}: {signed} checkpoints, writers at "
        f"most {behind * 1000:.0f} ms late, all leaves signed and published {took - seconds:.1f} s "
        f"after the last was written; {cpu / took:.0%} of a core for writers and sequencer; a bare "
        f"COPY of the same rows does {bare:,.0f} rows/s",
    )  # fmt: skip


async def _write(database: Database, number: int) -> None:
    async with database.transaction() as tx:
        each = ASKED_A_S // BATCHES_A_S
        for first in range(0, each, A_ROW):
            await log(tx, *_leaves(number * each + first, A_ROW))


async def _proofs(database: Database, place: Place) -> Figure:
    """Any leaf, read and put together from the database; each is checked, outside of the time."""
    size = await _size(database)
    keys, chosen = Keys(place.keys), random.Random(7)
    took, bare, cpu = [], [], 0.0
    for _ in range(PROOFS):
        index = chosen.randrange(size)
        began, used = time.perf_counter(), time.process_time()
        proof = await prove(database, index)
        took.append((time.perf_counter() - began) * 1000)
        cpu += time.process_time() - used
        began = time.perf_counter()
        await database.row("triage_alive")
        bare.append((time.perf_counter() - began) * 1000)
        root = ours(keys, proof.checkpoint).checkpoint.root
        if not includes(index, proof.size, leaf_hash(proof.entry), proof.path, root):
            raise RuntimeError(f"leaf {index} is not proven")
    value = percentile(took, 95)
    return Figure(
        name="log_proof_ms", value=rounded(value), unit="ms", against="asked for",
        against_value=ASKED_PROOF_MS, ratio=rounded(ASKED_PROOF_MS / value), n=PROOFS,
        note=f"inclusion proofs with their checkpoint from a log of {size:,} leaves, 95th "
        f"percentile; p50 {percentile(took, 50):.1f} ms, {cpu / PROOFS * 1000:.1f} ms of a core "
        f"each; a bare SELECT beside it: p50 {percentile(bare, 50):.1f} ms, p95 "
        f"{percentile(bare, 95):.1f} ms",
    )  # fmt: skip


def _copied(url: str, count: int) -> float:
    """Rows a second of the same leaves by COPY alone, into a table of the same form."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE bare (LIKE log_leaves INCLUDING ALL)")
        rows = connection.execute(
            "SELECT leaf_index, kind, subject, at_ms, commitment, salt, body FROM log_leaves "
            "ORDER BY leaf_index DESC LIMIT %s", [count]
        ).fetchall()  # fmt: skip
        began = time.perf_counter()
        with connection.cursor().copy("COPY bare FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["int8", "text", "text", "int8", "bytea", "bytea", "bytea"])
            for row in rows:
                copy.write_row(row)
        took = time.perf_counter() - began
        connection.execute("DROP TABLE bare")
    return len(rows) / took


async def _size(database: Database) -> int:
    row = await database.row("log_newest")
    return int(row["tree_size"]) if row else 0


async def _checkpoints(database: Database) -> int:
    found, after = 0, -1
    while rows := await database.rows("log_checkpoints_page", after=after):
        found, after = found + len(rows), rows[-1]["tree_size"]
    return found


def _leaves(first: int, count: int) -> list[Leaf]:
    return [
        Leaf(kind=Kind.RAW_BATCH, subject=f"device-{n % 500}/{n}", at_ms=1_780_000_000_000 + n,
             body={"sha256": f"{n:064x}", "size": n})
        for n in range(first, first + count)
    ]  # fmt: skip


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


@contextmanager
def _database(bed: Bed) -> Iterator[str]:
    bed.sql.execute(f"DROP DATABASE IF EXISTS {_DATABASE} WITH (FORCE)".encode())
    bed.sql.execute(f"CREATE DATABASE {_DATABASE}".encode())
    url = urlsplit(bed.stack.database_url)._replace(path=f"/{_DATABASE}").geturl()
    migrate(url)
    try:
        yield url
    finally:
        bed.sql.execute(f"DROP DATABASE {_DATABASE} WITH (FORCE)".encode())
