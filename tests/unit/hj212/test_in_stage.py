"""A station's raw frames through the readings stage: stored, refused with a reason, known again."""

from __future__ import annotations

import hashlib

import pytest

from detectors.catalogue import load as load_catalogue
from pipelines import codec
from pipelines.demo.authority import STATION
from pipelines.hj212.packets import MOST_PACKETS
from pipelines.hj212.station import upload
from pipelines.readings.stage import ReadingsStage
from pipelines.stage import Copy, Count, Effect, Refuse
from tests.unit.demo.known import DAY_START_MS, demo_registry, on_log

MN, PW = STATION
SITE = "supply-room"
AT_MS = DAY_START_MS + 12 * 3600 * 1000
VALUES = {"w01003": 0.4, "w21024": 0.3, "w01001": 7.1}


def frames(qn: int = 0, mn: str = MN, cn: str = "2011", **more: float) -> bytes:
    """A message of the demo's station; ``more`` are further codes."""
    values = {**VALUES, **more}
    return b"".join(upload(mn=mn, pw=PW, at_ms=AT_MS, qn_ms=AT_MS + qn, cn=cn, values=values))


async def effects(*raws: bytes, site: str = SITE) -> list[Effect]:
    stage = ReadingsStage(demo_registry(), load_catalogue(), lateness_ms=360_000, future_ms=300_000)
    messages = [
        on_log(
            codec.encode(
                codec.Envelope(
                    kind="batch", gateway=site, received_ms=AT_MS + 2000, raw=raw, wire="hj212",
                    sha256=hashlib.sha256(raw).hexdigest(),
                )
            ),
            offset,
        )
        for offset, raw in enumerate(raws)
    ]  # fmt: skip
    return (await stage.handle(stage.load({}), messages, now_ms=0)).effects


def stored(found: list[Effect]) -> set[float]:
    return {
        row[2]  # type: ignore[misc]
        for effect in found
        if isinstance(effect, Copy) and effect.statement == "readings_copy"
        for row in effect.rows
    }


def refused(found: list[Effect]) -> list[str]:
    return [effect.error.reason for effect in found if isinstance(effect, Refuse)]


async def test_a_stations_readings_are_stored() -> None:
    """OFF-13: the MN leads to the device, the codes to its series."""
    found = await effects(frames())
    assert (stored(found), refused(found)) == ({0.4, 0.3, 7.1}, [])


async def test_a_message_sent_again_is_known() -> None:
    """The same QN and bytes count as a duplicate; other bytes under it are refused."""
    found = await effects(frames(), frames(), frames(w01001=6.9))
    assert stored(found) == {0.4, 0.3, 7.1}
    assert refused(found) == ["conflicting_duplicate"]
    duplicates = [e.amount for e in found if isinstance(e, Count) and "duplicate" in e.name]
    assert duplicates == [1]


async def test_one_unknown_code_does_not_spoil_the_message() -> None:
    """It is refused by name; the others stand."""
    found = await effects(frames(w99999=1.0))
    assert (stored(found), refused(found)) == ({0.4, 0.3, 7.1}, ["unknown_quantity"])


@pytest.mark.parametrize("cn", ["2051", "2061", "2031"])
async def test_means_are_not_stored_among_readings(cn: str) -> None:
    """A mean has no series here: each of the three is refused, visibly."""
    found = await effects(frames(cn=cn))
    assert (stored(found), refused(found)) == (set(), ["unknown_quantity"] * 3)


async def test_a_split_message_counts_once_it_is_whole() -> None:
    """A packet that had to go alone does not spoil the whole that follows it."""
    many = {f"x{number:05d}": 1.0 for number in range(60)}
    parts = upload(mn=MN, pw=PW, at_ms=AT_MS, values={**VALUES, **many})
    assert 1 < len(parts) < MOST_PACKETS
    found = await effects(parts[0], b"".join(parts))
    assert stored(found) == {0.4, 0.3, 7.1}
    assert refused(found)[0] == "incomplete_packets"


REFUSALS = {
    "wrong checksum": (frames().replace(b"7.1", b"7.2"), SITE, "wrong_crc"),
    "unknown station": (frames(mn="NOBODY"), SITE, "unknown_station"),
    "another site's station": (frames(), "pool-hall", "foreign_device"),
}


@pytest.mark.parametrize(("raw", "site", "reason"), REFUSALS.values(), ids=REFUSALS.keys())
async def test_refusals_are_dead_letters(raw: bytes, site: str, reason: str) -> None:
    """With the original bytes."""
    found = await effects(raw, site=site)
    assert (stored(found), refused(found)) == (set(), [reason])
