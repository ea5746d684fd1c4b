"""Papers and reference views are in the log from the moment they were on file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from pipelines.demo.authority import register
from pipelines.evidence.canonical import canonical, sha256_hex
from pipelines.evidence.keys import Keys
from pipelines.registry.bring import bring_in
from pipelines.registry.fill import written
from pipelines.registry.papers import Document
from pipelines.registry.sheets import write_folder
from pipelines.registry.types import Register
from pipelines.registry.views import BadView, View, sign_view
from pipelines.registry.write import put_officers
from pipelines.store import Database
from pipelines.transparency.leaf import Kind
from tests.contract.runtime.leaves import waiting
from tests.unit.demo.known import DAY_START_MS
from tests.unit.detectors.pictures import ROOM, jpeg

DEMO = register(DAY_START_MS)
NOW_MS = DAY_START_MS


@pytest.fixture
async def database(fresh_database_url: str) -> AsyncIterator[Database]:
    """A migrated database with an empty register."""
    async with Database(fresh_database_url, max_size=2) as opened:
        yield opened


def digest(paper: Document) -> str:
    """As anybody may take it from the exported sheet's row."""
    return sha256_hex(canonical(msgspec.to_builtins(paper)))


def with_paper(paper: Document) -> Register:
    """The demo's register, one paper saying something else."""
    others = [one for one in DEMO.documents if one.document_id != paper.document_id]
    return msgspec.structs.replace(DEMO, documents=(*others, paper))


async def test_a_paper_is_logged_when_it_comes_on_file_and_when_it_changes(
    database: Database, tmp_path: Path
) -> None:
    """OFF-13: that certificate, consent and notice were on file when the act happened, and what
    they said then, is shown by the log; importing the same sheets again adds nothing.
    """
    write_folder(tmp_path / "in", written(DEMO))
    for _ in range(2):
        await bring_in(database, [tmp_path / "in"], who="wang", now_ms=NOW_MS)
    tried = await bring_in(database, [tmp_path / "in"], who="wang", now_ms=NOW_MS, check=True)
    assert tried.faults == ()
    leaves = await waiting(database, Kind.REGISTER)
    assert {leaf.subject: leaf.body["sha256"] for leaf in leaves} == {
        paper.document_id: digest(paper) for paper in DEMO.documents
    }
    assert len(leaves) == len(DEMO.documents)
    changed = msgspec.structs.replace(DEMO.documents[0], number="another")
    write_folder(tmp_path / "again", written(with_paper(changed)))
    await bring_in(database, [tmp_path / "again"], who="li", now_ms=NOW_MS + 1, correct=True)
    last = (await waiting(database, Kind.REGISTER))[-1]
    assert (last.subject, last.at_ms) == (changed.document_id, NOW_MS + 1)
    assert (last.body["what"], last.body["by"]) == ("corrected", "li")
    assert last.body["sha256"] == digest(changed) != digest(DEMO.documents[0])


async def test_a_signed_view_is_logged_and_a_refused_one_is_not(
    database: Database, tmp_path: Path
) -> None:
    """AV-23: what a camera is held to from a moment on."""
    keys = Keys(tmp_path / "keys")
    write_folder(tmp_path / "in", written(DEMO))
    await bring_in(database, [tmp_path / "in"], who="wang", now_ms=NOW_MS)
    async with database.transaction() as tx:
        await put_officers(tx, DEMO.officers)
    noon_ms = DAY_START_MS + 12 * 3_600_000

    async def sign() -> View:
        return await sign_view(
            database, keys, "pool-camera", jpeg(ROOM), officer_id="officer",
            from_ms=noon_ms, now_ms=noon_ms,
        )  # fmt: skip

    view = await sign()
    with pytest.raises(BadView, match="begins after"):
        await sign()
    (leaf,) = [
        one for one in await waiting(database, Kind.REGISTER) if one.subject == "pool-camera"
    ]
    assert leaf.body == {
        "what": "reference_view", "from_ms": noon_ms, "sha256": view.sha256,
        "signed_by": "officer", "key_id": keys.key_id,
    }  # fmt: skip
