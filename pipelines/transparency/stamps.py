"""Owns time stamps over checkpoints by an RFC 3161 authority: asking, checking, keeping.

A log is no clock: only somebody else can say that it was there by a certain time. An authority
that is away is waited for and counted; the log goes on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import structlog
from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from pipelines import metrics
from pipelines.errors import Transient
from pipelines.runtime import wall_clock_ms
from pipelines.settings import Settings
from pipelines.store import Database

log = structlog.get_logger()
TIMEOUT_S = 20.0
RETRY_S = 30.0
_MOST_BYTES = 1 << 18
_ASKS = {"Content-Type": "application/timestamp-query"}


class BadStamp(Exception):
    """Not a time stamp over these bytes by an authority we trust; the text says why."""


class NoRoots(Exception):
    """The file of root certificates cannot be used; the text names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Who stamps: its address, and the certificates that its own must lead to."""

    url: str
    roots: tuple[x509.Certificate, ...]


def authority_of(settings: Settings) -> Authority | None:
    """The authority that the settings name; None for none.

    Raises:
        NoRoots: it is named without roots: its word could be anybody's.
    """
    if not settings.tsa_url:
        return None
    return Authority(url=settings.tsa_url, roots=read_roots(settings.tsa_roots))


def read_roots(path: Path | None) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM file.

    Raises:
        NoRoots: there is no such file, or nothing in it.
    """
    if path is None:
        raise NoRoots("VIGIL_TSA_ROOTS must name the authority's root certificates")
    try:
        return tuple(x509.load_pem_x509_certificates(path.read_bytes()))
    except (OSError, ValueError) as error:
        raise NoRoots(f"{path}: {error}") from error


def check(
    token: bytes, note: bytes, roots: tuple[x509.Certificate, ...], *, nonce: int | None = None
) -> int:
    """When the authority saw this note: epoch milliseconds. ``token``: a TimeStampResp in DER.

    The chain must hold at that time; that it has expired since does not matter.

    Raises:
        BadStamp: anything about it is wrong.
    """
    try:
        answer = decode_timestamp_response(token)
        builder = VerifierBuilder() if nonce is None else VerifierBuilder().nonce(nonce)
        for root in dict.fromkeys(roots):
            builder = builder.add_root_certificate(root)
        builder.build().verify_message(answer, note)
        return _time_ms(answer)
    except (VerificationError, ValueError) as error:
        raise BadStamp(str(error)) from error


async def ask(authority: Authority, note: bytes) -> tuple[bytes, int]:
    """A checked token over a note, and its time.

    Raises:
        BadStamp: what came is none.
        httpx.HTTPError: nothing came.
    """
    asked = TimestampRequestBuilder().data(note).hash_algorithm(HashAlgorithm.SHA256).build()
    async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
        answer = await client.post(authority.url, content=asked.as_bytes(), headers=_ASKS)
        answer.raise_for_status()
    if len(answer.content) > _MOST_BYTES:
        raise BadStamp("larger than any time stamp")
    return answer.content, check(answer.content, note, authority.roots, nonce=asked.nonce)


async def stamp_once(
    database: Database, authority: Authority, now_ms: int, *, every_s: float
) -> bool:
    """Has the newest checkpoint stamped if one is due; returns whether it was.

    Raises:
        BadStamp: the authority's answer was refused; it is not kept.
        httpx.HTTPError: the authority is away.
    """
    async with database.transaction() as tx:
        claim = await tx.row("log_stamp_claim")
        due = await tx.row("log_unstamped") if claim and claim["claimed"] else None
        metrics.LOG_UNSTAMPED.set(max(0, now_ms - due["since_ms"]) / 1000 if due else 0)
        if due is None or now_ms - (due["stamped_ms"] or 0) < every_s * 1000:
            return False
        try:
            token, at_ms = await ask(authority, bytes(due["note"]))
        except BadStamp:
            metrics.LOG_STAMPS.labels("refused").inc()
            raise
        except httpx.HTTPError:
            metrics.LOG_STAMPS.labels("unreachable").inc()
            raise
        await tx.execute("log_stamp_put", tree_size=due["tree_size"], authority=authority.url,
                         token=token, stamped_ms=at_ms)  # fmt: skip
    metrics.LOG_STAMPS.labels("stored").inc()
    return True


async def stamping(
    database: Database, settings: Settings, *, clock: Callable[[], int] = wall_clock_ms
) -> None:
    """Runs until cancelled; ends at once where no authority is set."""
    authority = authority_of(settings)
    if authority is None:
        return
    every_s = settings.tsa_every_s
    while True:
        began, pause = time.monotonic(), min(every_s, RETRY_S)
        try:
            await stamp_once(database, authority, clock(), every_s=every_s)
        except (BadStamp, httpx.HTTPError, Transient) as error:
            log.warning("the log's checkpoint waits for its time stamp", why=str(error))
        await asyncio.sleep(max(0.1, began + pause - time.monotonic()))


def _time_ms(answer: TimeStampResponse) -> int:
    return int(answer.tst_info.gen_time.timestamp() * 1000)
