# ruff: noqa: S608 - tampering is done in SQL
"""Ways to tamper with the log: leaves, checkpoints, tiles, files. Judge nothing."""

from __future__ import annotations

import random

from pipelines.transparency.checkpoint import Checkpoint
from pipelines.transparency.merkle import tree_root
from pipelines.transparency.note import signed
from pipelines.transparency.place import verifier
from tests.contract.evidence.vandal import Act, Tampered, Vandal, damaged


def leaf_row(vandal: Vandal, rng: random.Random) -> Tampered:
    """A leaf is changed, back-dated, deleted or put in."""
    index = rng.randrange(vandal.size)
    how = rng.choice(["commitment", "salt", "body", "kind", "subject", "at_ms", "delete", "insert",
                      "erase"])  # fmt: skip
    at = "WHERE leaf_index = %s"
    if how == "delete":
        vandal.run(f"DELETE FROM log_leaves {at}", index)
    elif how == "insert":
        vandal.run(
            "INSERT INTO log_leaves (leaf_index, kind, subject, at_ms, commitment, salt, body)"
            f" SELECT %s, kind, 'planted', at_ms, commitment, salt, body FROM log_leaves {at}",
            vandal.size, index,
        )  # fmt: skip
        index = vandal.size
    elif how == "erase":
        vandal.run(f"UPDATE log_leaves SET salt = NULL, body = NULL {at}", index)
    elif how == "at_ms":
        vandal.run(f"UPDATE log_leaves SET at_ms = at_ms - %s {at}", rng.randrange(1, 10**9), index)
    elif how in {"kind", "subject"}:
        other = "verdict" if how == "kind" else "somebody else"
        vandal.run(f"UPDATE log_leaves SET {how} = %s {at}", other, index)
    else:
        ((held,),) = vandal.run(f"SELECT {how} FROM log_leaves {at}", index)
        byte = rng.randrange(len(held))
        forged = held[:byte] + bytes([held[byte] ^ 1]) + held[byte + 1 :]
        vandal.run(f"UPDATE log_leaves SET {how} = %s {at}", forged, index)
    return Tampered(what=f"leaf {how}", named=(f"log leaf {index}",))


def leaves_reordered(vandal: Vandal, rng: random.Random) -> Tampered:
    """Two leaves change places."""
    one, other = rng.sample(range(vandal.size), 2)
    for now, then in ((one, -1), (other, one), (-1, other)):
        vandal.run("UPDATE log_leaves SET leaf_index = %s WHERE leaf_index = %s", then, now)
    return Tampered(what="reorder leaves", named=(f"log leaf {one}",))


def checkpoint_row(vandal: Vandal, rng: random.Random) -> Tampered:
    """A stored checkpoint is damaged, back-dated, or signed by another key."""
    size, note, root = rng.choice(
        vandal.run("SELECT tree_size, note, root FROM log_checkpoints ORDER BY 1")
    )
    how = rng.choice(["note", "root", "at_ms", "re-sign"])
    at = "WHERE tree_size = %s"
    if how == "note":
        byte = rng.randrange(len(note))
        forged = note[:byte] + bytes([note[byte] ^ 1]) + note[byte + 1 :]
        vandal.run(f"UPDATE log_checkpoints SET note = %s {at}", forged, size)
    elif how == "root":
        vandal.run(f"UPDATE log_checkpoints SET root = %s {at}", rng.randbytes(32), size)
    elif how == "at_ms":
        vandal.run(f"UPDATE log_checkpoints SET at_ms = at_ms - 60000 {at}", size)
    else:
        vandal.run(f"UPDATE log_checkpoints SET note = %s {at}", _note(vandal, size, root), size)
    return Tampered(what=f"checkpoint {how}", named=(f"log checkpoint of {size} leaves",))


def _note(vandal: Vandal, size: int, root: bytes) -> bytes:
    origin = vandal.world.place.origin
    text = Checkpoint(origin=origin, size=size, root=root, at_ms=1).text()
    key = verifier(vandal.own, vandal.own.key_id, origin)
    return signed(text, (key, vandal.own.sign(text.encode())))


def tile_row(vandal: Vandal, rng: random.Random) -> Tampered:
    """A tile of the database is damaged or deleted."""
    level, number, held = rng.choice(
        vandal.run("SELECT level, number, hashes FROM log_tiles ORDER BY 1, 2")
    )
    at = "WHERE level = %s AND number = %s"
    if rng.random() < 0.3:
        vandal.run(f"DELETE FROM log_tiles {at}", level, number)
    else:
        forged = damaged(held, rng)[1]
        vandal.run(f"UPDATE log_tiles SET hashes = %s {at}", forged, level, number)
    return Tampered(what="tile row", named=(f"tile {level}/{number} in the database",))


def log_file(vandal: Vandal, rng: random.Random) -> Tampered:
    """A published tile, bundle or checkpoint is damaged, or a tile put in."""
    folder = vandal.world.place.folder
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    path = rng.choice(paths)
    name = path.relative_to(folder).as_posix()
    if rng.random() < 0.15:
        name = f"tile/0/x{rng.randrange(1, 999):03}/{rng.randrange(999):03}"
        path = folder / name
        path.parent.mkdir(parents=True)
        path.write_bytes(rng.randbytes(64))
        return Tampered(what="insert tile file", named=(name,))
    if name != "checkpoint" and rng.random() < 0.3:
        needed = name.endswith(f".p/{vandal.size % 256}")
        if needed:  # partial tiles of former sizes may go: nobody needs them
            path.unlink()
            return Tampered(what="delete tile file", named=(name,))
    data = path.read_bytes()
    byte = rng.randrange(len(data))
    vandal.overwrite(path, data[:byte] + bytes([data[byte] ^ 1]) + data[byte + 1 :])
    return Tampered(what=f"flip {'checkpoint' if name == 'checkpoint' else 'tile'} file",
                    named=(name,))  # fmt: skip


def rolled_back(vandal: Vandal, rng: random.Random) -> Tampered:
    """The end of the log is cut off in the database, checkpoints and tiles as they once were."""
    sizes = [int(str(row[0])) for row in vandal.run("SELECT tree_size FROM log_checkpoints")]
    size = rng.choice([one for one in sizes if one < vandal.size])
    vandal.run("DELETE FROM log_leaves WHERE leaf_index >= %s", size)
    vandal.run("DELETE FROM log_checkpoints WHERE tree_size > %s", size)
    vandal.run("UPDATE log_tiles SET hashes = substr(hashes, 1, %s)", size * 32)
    return Tampered(what="roll back", named=("rolled back",))


def rewritten(vandal: Vandal, rng: random.Random) -> Tampered:
    """A leaf is changed, tiles made anew and the checkpoint signed again, with another key."""
    index = rng.randrange(vandal.size)
    tile = bytearray(bytes(vandal.run("SELECT hashes FROM log_tiles WHERE level = 0")[0][0]))
    forged = rng.randbytes(32)
    tile[index * 32 : index * 32 + 32] = forged
    root = tree_root([bytes(tile[at : at + 32]) for at in range(0, len(tile), 32)])
    vandal.run("UPDATE log_leaves SET commitment = %s WHERE leaf_index = %s", forged, index)
    vandal.run("UPDATE log_tiles SET hashes = %s WHERE level = 0", bytes(tile))
    vandal.run(
        "UPDATE log_checkpoints SET root = %s, note = %s WHERE tree_size = %s",
        root, _note(vandal, vandal.size, root), vandal.size,
    )  # fmt: skip
    return Tampered(what="rewrite the log", named=(f"log leaf {index}",))


ACTS: tuple[Act, ...] = (
    leaf_row, leaf_row, leaves_reordered, checkpoint_row, tile_row, log_file, log_file, rolled_back,
    rewritten,
)  # fmt: skip
