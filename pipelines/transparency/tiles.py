"""Owns the tiles of a tree and the bundles of its entries: paths and bytes, c2sp.org/tlog-tiles.

Reads and writes no files and no database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipelines.transparency.merkle import HASH_BYTES, folded, node_hash
from pipelines.transparency.subtrees import Run, Subtree

HEIGHT = 8
WIDTH = 1 << HEIGHT
_PATH = re.compile(
    r"tile/(entries|[0-9]|[1-5][0-9]|6[0-3])/((?:x[0-9]{3}/)*[0-9]{3})(?:\.p/([1-9][0-9]{0,2}))?"
)
_THOUSAND = 1000


@dataclass(frozen=True, slots=True, order=True)
class Tile:
    """A place in the tree: level, number, and how many hashes it holds. Level -1: entry bundle."""

    level: int
    number: int
    width: int = WIDTH

    @property
    def path(self) -> str:
        """Where it is served, below the log's prefix."""
        level = "entries" if self.level < 0 else str(self.level)
        suffix = "" if self.width == WIDTH else f".p/{self.width}"
        return f"tile/{level}/{_number(self.number)}{suffix}"


def tile_at(path: str) -> Tile | None:
    """The tile of a path; None where it names none."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    level, number, width = found.groups()
    digits = number.replace("x", "").replace("/", "")
    tile = Tile(
        -1 if level == "entries" else int(level),
        int(digits),
        WIDTH if width is None else int(width),
    )
    return tile if tile.path == path else None


def tiles_of(size: int, since: int = 0) -> Iterator[Tile]:
    """Every tile of a tree of ``size``, bundles first, without those of a tree of ``since``."""
    for level in (-1, *range((max(size, 1).bit_length() + HEIGHT - 1) // HEIGHT)):
        hashes, before = size >> (max(level, 0) * HEIGHT), since >> (max(level, 0) * HEIGHT)
        for number in range(before // WIDTH, -(-hashes // WIDTH)):
            width = min(WIDTH, hashes - number * WIDTH)
            if number * WIDTH + width > before:
                yield Tile(level, number, width)


def bundle(entries: Iterable[bytes]) -> bytes:
    """Entries, each behind its length as a big-endian uint16."""
    return b"".join(len(entry).to_bytes(2, "big") + entry for entry in entries)


def unbundle(data: bytes) -> list[bytes]:
    """The entries of a bundle.

    Raises:
        ValueError: it ends within an entry.
    """
    found, at = [], 0
    while at < len(data):
        end = at + 2 + int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or end > len(data):
            raise ValueError("the bundle ends within an entry")
        found.append(data[at + 2 : end])
        at = end
    return found


def hashes_of(tile: bytes) -> list[bytes]:
    """The hashes of a tile, one by one."""
    return [tile[at : at + HASH_BYTES] for at in range(0, len(tile), HASH_BYTES)]


def tile_root(tile: bytes) -> bytes:
    """Root over a full tile's hashes: what stands for it one level up."""
    row = hashes_of(tile)
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


class Tiles:
    """Tiles at hand, by (level, number); each as full as the tree made it."""

    def __init__(self, found: Mapping[tuple[int, int], bytes]) -> None:
        self._found = found

    def subtree(self, subtree: Subtree) -> bytes:
        """The root of a perfect subtree.

        Raises:
            KeyError: its tile is not at hand, or not as full as that.
        """
        level, number = subtree
        tile_level, inside = divmod(level, HEIGHT)
        first = number << inside
        tile = self._found[tile_level, first // WIDTH]
        begin = first % WIDTH * HASH_BYTES
        part = tile[begin : begin + (HASH_BYTES << inside)]
        if len(part) != HASH_BYTES << inside:
            raise KeyError(subtree)
        return tile_root(part)

    def folded(self, run: Run) -> bytes:
        """The root over a run of subtrees."""
        return folded([self.subtree(one) for one in run])


def needed(runs: Iterable[Run]) -> list[tuple[int, int]]:
    """The tiles, by (level, number), in which these subtrees are found."""
    return sorted({(level // HEIGHT, (number << level % HEIGHT) // WIDTH)
                   for run in runs for level, number in run})  # fmt: skip


def grown(tiles: dict[tuple[int, int], bytes], size: int, leaves: Sequence[bytes]) -> None:
    """Adds leaf hashes to the tiles of a tree of ``size``, of which the right edge is at hand."""
    rising, at = list(leaves), size
    level = 0
    while rising:
        whole: list[bytes] = []
        begin = 0
        while begin < len(rising):
            number, filled = divmod(at + begin, WIDTH)
            end = min(len(rising), begin + WIDTH - filled)
            held = tiles.get((level, number), b"")
            if len(held) != filled * HASH_BYTES:
                raise ValueError(f"tile {level}/{number} does not hold the {filled} hashes it must")
            tiles[level, number] = held + b"".join(rising[begin:end])
            if filled + end - begin == WIDTH:
                whole.append(tile_root(tiles[level, number]))
            begin = end
        rising, at, level = whole, at // WIDTH, level + 1


def edge(size: int) -> list[tuple[int, int]]:
    """The tiles that are not full yet in a tree of this size, by (level, number)."""
    found = []
    level = 0
    while size:
        if size % WIDTH:
            found.append((level, size // WIDTH))
        size, level = size // WIDTH, level + 1
    return found


def _number(number: int) -> str:
    parts = [f"{number % _THOUSAND:03d}"]
    while number := number // _THOUSAND:
        parts.append(f"x{number % _THOUSAND:03d}")
    return "/".join(reversed(parts))
