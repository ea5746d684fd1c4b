"""Owns telling which copy of the tree is the signed one, tile by tile, from the root down.

Pure: copies come as a function. What no copy has stays unknown; its root is known all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

from pipelines.transparency.merkle import HASH_BYTES, Range
from pipelines.transparency.subtrees import run
from pipelines.transparency.tiles import HEIGHT, WIDTH, Tiles, edge, hashes_of, tile_root

Place = tuple[int, int]
Copies = Callable[[int, int], Iterator[bytes]]
"""The versions there are of a tile, by level and number; the likeliest first."""


def authentic(size: int, root: bytes, stored: Copies, derived: Copies) -> dict[Place, bytes] | None:
    """The tiles of the tree that was signed, as far as any copy has them; None where none fits.

    `derived`: copies too that are dear to make, asked for where no stored one fits.
    """
    found = _edge(size, root, stored)
    if found is None:
        found = _edge(size, root, derived)
    if found is None:
        return None
    for level in range(max((at[0] for at in found), default=0), 0, -1):
        for (_, number), tile in [(at, held) for at, held in found.items() if at[0] == level]:
            for beside, wanted in enumerate(hashes_of(tile)):
                below = (level - 1, number * WIDTH + beside)
                fitting = next((t for t in derived(*below) if _is(t, wanted)), None)
                if fitting is not None:
                    found[below] = fitting
    return found


def roots(tiles: dict[Place, bytes], size: int, wanted: set[int]) -> Iterator[tuple[int, bytes]]:
    """The root at each wanted size, in order, as far as the tiles are known."""
    grown = Range()
    if 0 in wanted:
        yield 0, grown.root()
    for number in range(-(-size // WIDTH)):
        tile = tiles.get((0, number))
        inside = any(number * WIDTH < one < (number + 1) * WIDTH for one in wanted) if tile else 0
        full = tile is not None and len(tile) == WIDTH * HASH_BYTES
        if inside or (tile and not full):
            for leaf in hashes_of(tile or b""):
                grown.append(leaf)
                if grown.size in wanted:
                    yield grown.size, grown.root()
            continue
        above = tile_root(tile) if tile else _above(tiles, number)
        if above is None:
            return
        grown.append(above, HEIGHT)
        if grown.size in wanted:
            yield grown.size, grown.root()


def _above(tiles: dict[Place, bytes], number: int) -> bytes | None:
    held = tiles.get((1, number // WIDTH), b"")
    at = number % WIDTH * HASH_BYTES
    return held[at : at + HASH_BYTES] or None


def _is(tile: bytes, wanted: bytes) -> bool:
    return len(tile) == WIDTH * HASH_BYTES and tile_root(tile) == wanted


def _edge(size: int, root: bytes, copies: Copies) -> dict[Place, bytes] | None:
    places = edge(size)
    choices = []
    for level, number in places:
        width = (size >> level * HEIGHT) % WIDTH * HASH_BYTES
        versions = dict.fromkeys(copy[:width] for copy in copies(level, number))
        choices.append([version for version in versions if len(version) == width])
    whole = run(0, size)
    for combination in product(*choices):
        found = dict(zip(places, combination, strict=True))
        if Tiles(found).folded(whole) == root:
            return found
    return None
