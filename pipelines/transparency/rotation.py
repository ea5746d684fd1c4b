"""Owns changing the key that signs: the former key endorses the next, and the log tells of it."""

from __future__ import annotations

from pipelines.evidence.keys import Keys
from pipelines.store import Database
from pipelines.transparency.leaf import Kind, Leaf, log
from pipelines.transparency.place import Place, ours, verifier
from pipelines.transparency.succession import statement


async def rotate(database: Database, place: Place, now_ms: int) -> str:
    """Replaces the signing key and returns the new one's id; what old ones signed stays provable.

    Asked first is the database: where it is away, nothing is replaced. Processes that hold the
    former key in memory go on with it until they start anew, which stays valid.
    """
    former, folder = Keys(place.keys), Keys(place.keys)
    former_id = former.key_id
    async with database.transaction() as tx:
        newest = await tx.row("log_newest")
        origin = ours(former, bytes(newest["note"])).checkpoint.origin if newest else place.origin
        if not await tx.row("log_key_told", key_id=former_id):
            vkey = verifier(former, former_id, origin).vkey
            await log(tx, _leaf(former_id, now_ms, {"vkey": vkey}))
        key_id = folder.rotate()
        next_vkey = verifier(folder, key_id, origin).vkey
        body = {
            "vkey": next_vkey,
            "former": verifier(former, former_id, origin).vkey,
            "endorsed": former.sign(statement(next_vkey)).hex(),
        }
        await log(tx, _leaf(key_id, now_ms, body))
    return key_id


def _leaf(key_id: str, now_ms: int, body: dict[str, str]) -> Leaf:
    return Leaf(kind=Kind.KEY, subject=key_id, at_ms=now_ms, body=dict(body))
