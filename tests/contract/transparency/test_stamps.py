"""Time stamps by a real RFC 3161 authority, openssl's: asked for, checked, kept, refused."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from infra.tsa import Tsa
from pipelines.evidence.report import Wrong
from pipelines.store import Database
from pipelines.transparency.audit import audit
from pipelines.transparency.place import Place
from pipelines.transparency.proofs import prove
from pipelines.transparency.stamps import (
    Authority,
    BadStamp,
    NoRoots,
    ask,
    check,
    read_roots,
    stamp_once,
)
from tests.contract.transparency.logged import DAY_MS, fill, tamper

NOTE = b"log.example/vigil\n1\n...\n"


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tsa]:
    """An authority with a certificate that holds."""
    with Tsa(tmp_path_factory.mktemp("tsa")) as running:
        yield running


@pytest.fixture
def authority(tsa: Tsa) -> Authority:
    """How it is known to us."""
    return Authority(url=tsa.url, roots=read_roots(tsa.root))


async def test_checkpoints_are_stamped_in_their_time(
    database: Database, place: Place, authority: Authority, tsa: Tsa
) -> None:
    """AV-23: the newest checkpoint once an interval, not twice, and never an empty log's."""
    assert not await stamp_once(database, authority, DAY_MS, every_s=3600)
    await fill(database, place, 3)
    assert await stamp_once(database, authority, DAY_MS, every_s=3600)
    assert not await stamp_once(database, authority, DAY_MS, every_s=3600)
    proof = await prove(database, 1)
    (stamp,) = proof.stamps
    assert check(stamp.token, proof.checkpoint, authority.roots) == stamp.stamped_ms
    await fill(database, place, 0, 2)
    assert not await stamp_once(database, authority, stamp.stamped_ms + 3_599_000, every_s=3600)
    assert await stamp_once(database, authority, stamp.stamped_ms + 3_600_000, every_s=3600)
    found = await audit(database, replace(place, tsa_roots=tsa.root))
    assert (found.problems, found.stamps) == ([], 2)
    (blind,) = (await audit(database, place)).problems
    assert "VIGIL_TSA_ROOTS" in blind.detail


async def test_an_authority_that_is_away_is_waited_for(
    database: Database, place: Place, authority: Authority
) -> None:
    """The log goes on, and the stamp is asked for again."""
    await fill(database, place, 3)
    gone = replace(authority, url="http://127.0.0.1:9/")
    with pytest.raises(httpx.HTTPError):
        await stamp_once(database, gone, DAY_MS, every_s=3600)
    await fill(database, place, 0, 3)
    assert await stamp_once(database, authority, DAY_MS, every_s=3600)


async def test_what_is_no_stamp_is_refused(authority: Authority) -> None:
    """Another text, another nonce, a broken signature, a cut answer, no answer at all."""
    token, _ = await ask(authority, NOTE)
    check(token, NOTE, authority.roots)
    with pytest.raises(BadStamp, match="between messages"):
        check(token, NOTE + b"x", authority.roots)
    with pytest.raises(BadStamp, match="Nonce"):
        check(token, NOTE, authority.roots, nonce=1)
    for wrong in (token[:-1] + bytes([token[-1] ^ 1]), token[:-9], b"", b"not a stamp"):
        with pytest.raises(BadStamp):
            check(wrong, NOTE, authority.roots)


@pytest.mark.parametrize("days", [30, -1])
async def test_another_authority_is_refused(
    authority: Authority, tmp_path: Path, days: int
) -> None:
    """One that leads to other roots; and one whose certificate had expired when it stamped."""
    with Tsa(tmp_path / "other", days=days) as other:
        known = read_roots(other.root) if days < 0 else authority.roots
        with pytest.raises(BadStamp, match="certif"):
            await ask(Authority(url=other.url, roots=known), NOTE)


async def test_an_injected_certificate_changes_nothing(
    authority: Authority, tsa: Tsa, tmp_path: Path
) -> None:
    """A stamp by a stranger does not pass because the trusted certificate lies in it too.

    The fault of rfc3161-client before 1.0.6: it took the certificate for the signer's.
    """
    with Tsa(tmp_path / "stranger") as stranger:
        trusted = (tsa.root.parent / "tsa.pem").read_text() + tsa.root.read_text()
        own = (stranger.root.parent / "root.pem").read_text()
        (stranger.root.parent / "root.pem").write_text(trusted + own)
        with pytest.raises(BadStamp, match="certif"):
            await ask(Authority(url=stranger.url, roots=authority.roots), NOTE)


def test_roots_must_be_there(tmp_path: Path) -> None:
    """An authority without roots is nobody."""
    (tmp_path / "empty.pem").write_text("")
    for path in (None, tmp_path / "none.pem", tmp_path / "empty.pem"):
        with pytest.raises(NoRoots):
            read_roots(path)


TAMPERS = {
    "another token": (
        "UPDATE log_stamps SET token = overlay(token PLACING '\\x00' FROM octet_length(token) - 9)",
        Wrong.BAD_SIGNATURE,
    ),
    "another time": ("UPDATE log_stamps SET stamped_ms = stamped_ms - 86400000", Wrong.CHANGED),
    "another checkpoint": (
        """INSERT INTO log_checkpoints SELECT 3, root, note, at_ms FROM log_checkpoints;
        UPDATE log_stamps SET tree_size = 3""",
        Wrong.CHANGED,
    ),
}


@pytest.mark.parametrize("case", TAMPERS)
async def test_a_stamp_that_was_tampered_with_is_named(
    database: Database, place: Place, tsa: Tsa, fresh_database_url: str, case: str
) -> None:
    """Signature, time and what it is over are checked."""
    authority = Authority(url=tsa.url, roots=read_roots(tsa.root))
    await fill(database, place, 3)
    assert await stamp_once(database, authority, DAY_MS, every_s=3600)
    statement, wrong = TAMPERS[case]
    tamper(fresh_database_url, statement)
    (found,) = (await audit(database, replace(place, tsa_roots=tsa.root))).problems
    assert found.wrong is wrong
    assert ("time stamp" in found.object) == (case != "another checkpoint")
