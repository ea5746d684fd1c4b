"""Tiles: paths and widths as c2sp.org/tlog-tiles gives them, and the tree they hold."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.transparency.merkle import leaf_hash, tree_root
from pipelines.transparency.subtrees import run
from pipelines.transparency.tiles import (
    Tile,
    Tiles,
    bundle,
    edge,
    grown,
    tile_at,
    tiles_of,
    unbundle,
)


def test_paths_as_the_specification_writes_them() -> None:
    """Its examples, and what is no path of a tile."""
    assert Tile(0, 1234067).path == "tile/0/x001/x234/067"
    assert Tile(0, 273, 112).path == "tile/0/273.p/112"
    assert Tile(-1, 0, 1).path == "tile/entries/000.p/1"
    for tile in (Tile(2, 0, 1), Tile(63, 10**9), Tile(-1, 1000, 255)):
        assert tile_at(tile.path) == tile
    for path in ("tile/0/1", "tile/00/001", "tile/64/000", "tile/0/000.p/256", "tile/0/000.p/0",
                 "tile/0/x000/001", "tile/0/../001", "tile/0/001/", "checkpoint"):  # fmt: skip
        assert tile_at(path) is None, path


def test_the_tiles_of_seventy_thousand() -> None:
    """The specification's example: 273 full and one of 112, one full and one of 17, one of 1."""
    found = list(tiles_of(70_000))
    assert sum(t.level == 0 and t.width == 256 for t in found) == 273
    partial = [t for t in found if t.width < 256 and t.level >= 0]
    assert partial == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert Tile(1, 0) in found
    assert [t for t in tiles_of(256) if t.level >= 0] == [Tile(0, 0), Tile(1, 0, 1)]
    assert list(tiles_of(0)) == []


@given(st.integers(0, 1500), st.integers(0, 1500))
@settings(deadline=None, max_examples=50)
def test_no_tile_is_forgotten_in_growing(one: int, other: int) -> None:
    """A tree's tiles are those of a smaller one and those it adds; each path is written once."""
    since, size = sorted((one, other))
    before, added = {t.path for t in tiles_of(since)}, [t.path for t in tiles_of(size, since)]
    assert len(added) == len(set(added))
    assert not before & set(added)
    assert {t.path for t in tiles_of(size)} <= before | set(added)


@given(st.lists(st.integers(0, 700), min_size=1, max_size=4))
@settings(deadline=None, max_examples=30)
def test_grown_in_steps_it_is_the_same_tree(steps: list[int]) -> None:
    """Tiles that grow by any steps, from their edge alone, fold to the tree's root."""
    leaves = [leaf_hash(str(n).encode()) for n in range(sum(steps))]
    tiles: dict[tuple[int, int], bytes] = {}
    size = 0
    for step in steps:
        part = {at: tiles[at] for at in edge(size)}
        grown(part, size, leaves[size : size + step])
        tiles |= part
        size += step
        assert Tiles(tiles).folded(run(0, size)) == tree_root(leaves[:size])
    for tile in tiles_of(size):
        if tile.level >= 0:
            assert len(tiles[tile.level, tile.number]) == 32 * tile.width


def test_an_edge_that_is_not_there_is_refused() -> None:
    """A tree cannot grow from an edge that lacks hashes."""
    with pytest.raises(ValueError, match="does not hold"):
        grown({}, 3, [leaf_hash(b"")])


@given(st.lists(st.binary(max_size=400), max_size=20))
def test_bundles_read_back(entries: list[bytes]) -> None:
    """Entries come back as they were; a bundle that was cut says so."""
    data = bundle(entries)
    assert unbundle(data) == entries
    if entries and data:
        with pytest.raises(ValueError, match="ends within"):
            unbundle(data[:-1])
