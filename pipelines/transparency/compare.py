"""Owns comparing each copy of the tree with the signed one. Reads the log's files, no database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipelines.evidence.report import Problem, Wrong
from pipelines.transparency import findings
from pipelines.transparency.entry import read_entry
from pipelines.transparency.folder import LogFolder
from pipelines.transparency.merkle import HASH_BYTES, leaf_hash
from pipelines.transparency.rows import NONE, Reread
from pipelines.transparency.tiles import HEIGHT, WIDTH, Tile, hashes_of, tile_at, tiles_of, unbundle

At = tuple[int, int]
NAMED = 20
MOST_NAMED = 2000
"""Leaves named one by one; of a log that is wholly wrong nobody reads more."""


def differing(signed: dict[At, bytes], size: int, limit: int, rows: Reread) -> list[int]:
    """Leaves that are not as in the signed tree, and those that are at or past ``limit``."""
    found = list(_differing(signed, size, rows))
    found += [index for index in range(max(limit, size), rows.size) if rows.leaf(index) != NONE]
    return found


def against_leaves(
    signed: dict[At, bytes], wrong: list[int], rows: Reread, folder: LogFolder
) -> Iterator[Problem]:
    """Leaves of the database that are not those of the signed tree, by name."""
    places = {hashed: index for index in wrong if (hashed := _hash(signed, index))}
    for index in wrong[:MOST_NAMED]:
        yield _named(index, signed, rows, places, folder)
    if len(wrong) > MOST_NAMED:
        yield findings.tree("the log's leaves", Wrong.CHANGED, f"{len(wrong)} differ in all")
    for row in rows.odd:
        yield findings.leaf(row["leaf_index"], row, Wrong.EXTRA, "no log has such a leaf")


def against_tiles(
    signed: dict[At, bytes], size: int, stored: int, tiles: dict[At, bytes]
) -> Iterator[Problem]:
    """Tiles of the database that are not those of the signed tree; ``stored``: its own size."""
    known = {(tile.level, tile.number) for tile in tiles_of(size)}
    for at, held in sorted(tiles.items()):
        called, right = f"tile {at[0]}/{at[1]} in the database", signed.get(at)
        if at not in known:
            yield findings.tree(called, Wrong.EXTRA, "the signed tree has no such tile")
        elif right is not None and held != right[: len(held) if stored < size else None]:
            yield findings.tree(called, Wrong.CHANGED, "its hashes are not the signed tree's")
    for tile in tiles_of(min(size, stored)):
        if tile.level >= 0 and (tile.level, tile.number) not in tiles:
            called = f"tile {tile.level}/{tile.number} in the database"
            yield findings.tree(called, Wrong.MISSING, "the tile is gone")


def on_disk(signed: dict[At, bytes], size: int, told: int, folder: LogFolder) -> Iterator[Problem]:
    """Files of the log that are not the signed tree. ``told``: leaves the folder claims to show."""
    seen = set()
    for path in sorted(folder.walk()):
        seen.add(path)
        tile = tile_at(path)
        if tile is None or tile.number * WIDTH + tile.width > size >> max(tile.level, 0) * HEIGHT:
            yield findings.tree(
                f"file {path} of the log", Wrong.EXTRA, "the signed tree has no such tile"
            )
            continue
        right = signed.get((max(tile.level, 0), tile.number), b"")[: tile.width * HASH_BYTES]
        if right and _hashes(folder, tile) != right:
            yield findings.tree(
                f"file {path} of the log", Wrong.CHANGED, _which(folder, tile, right)
            )
    for tile in tiles_of(min(told, size)):
        if not {tile.path, Tile(tile.level, tile.number).path} & seen:
            yield findings.tree(f"file {tile.path} of the log", Wrong.MISSING, "the file is gone")


def _differing(signed: dict[At, bytes], size: int, rows: Reread) -> Iterator[int]:
    for number in range(-(-size // WIDTH)):
        width = min(WIDTH, size - number * WIDTH) * HASH_BYTES
        right = signed.get((0, number))
        held = rows.tile(number)[:width].ljust(width, b"\0")
        if right is None or held == right[:width]:
            continue
        for beside, hashed in enumerate(hashes_of(right[:width])):
            at = beside * HASH_BYTES
            if held[at : at + HASH_BYTES] != hashed:
                yield number * WIDTH + beside


def _hash(signed: dict[At, bytes], index: int) -> bytes:
    at = index % WIDTH * HASH_BYTES
    return signed.get((0, index // WIDTH), b"")[at : at + HASH_BYTES]


def _named(
    index: int, signed: dict[At, bytes], rows: Reread, places: dict[bytes, int], folder: LogFolder
) -> Problem:
    row, held, right = rows.known.get(index), rows.leaf(index), _hash(signed, index)
    if not right:
        return findings.leaf(index, row, Wrong.EXTRA, "no checkpoint covers it")
    entry = _entry(folder, index, right)
    if held == NONE:
        return findings.leaf(index, row, Wrong.MISSING, "its row is gone", entry)
    if (meant := places.get(held)) is not None:
        return findings.leaf(
            index, row, Wrong.REORDERED, f"leaf {meant} stands in its place", entry
        )
    return findings.leaf(index, row, Wrong.CHANGED, _change(row, entry), entry)


def _change(row: dict[str, Any] | None, entry: dict[str, Any] | None) -> str:
    if row is None or entry is None:
        return "its hash is not the one in the signed tree"
    found = []
    if row["kind"] != entry["kind"]:
        found.append(f"kind {row['kind']} stands for {entry['kind']}")
    if row["at_ms"] != entry["at_ms"]:
        moved = "back-dated" if row["at_ms"] < entry["at_ms"] else "post-dated"
        found.append(f"{moved} from {findings.when(entry['at_ms'])}")
    if bytes(row["commitment"]).hex() != entry["commitment"]:
        found.append("its commitment is another")
    return "; ".join(found)


def _entry(folder: LogFolder, index: int, hashed: bytes) -> dict[str, Any] | None:
    """The signed entry, where a bundle on disk still has it."""
    for data in folder.versions(-1, index // WIDTH):
        try:
            entry = unbundle(data)[index % WIDTH]
        except (ValueError, IndexError):
            continue
        if leaf_hash(entry) == hashed:
            return read_entry(entry)
    return None


def _hashes(folder: LogFolder, tile: Tile) -> bytes:
    data = folder.tile(tile) or b""
    if tile.level >= 0:
        return data
    try:
        return b"".join(map(leaf_hash, unbundle(data)))
    except ValueError:
        return b""


def _which(folder: LogFolder, tile: Tile, right: bytes) -> str:
    held = _hashes(folder, tile)
    at = [n for n, one in enumerate(hashes_of(right)) if held[n * HASH_BYTES :][:HASH_BYTES] != one]
    first = tile.number * WIDTH
    if not at:
        return "it holds more than the signed tree"
    if tile.level > 0:
        return f"{len(at)} of its hashes are not those of the signed tree"
    named = ", ".join(str(first + n) for n in at[:NAMED])
    return f"not as signed at leaf {named}" + (
        f" and {len(at) - NAMED} more" if len(at) > NAMED else ""
    )
