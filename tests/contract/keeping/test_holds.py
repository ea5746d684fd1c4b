"""What keeps a thing whatever its time: holds, marks for good, the case file's own period."""

from __future__ import annotations

import pytest

from pipelines.keeping.holds import (
    BadReason,
    NotHeld,
    ask_for_good,
    decide_for_good,
    hold,
    release,
    set_file_period,
)
from pipelines.keeping.officers import NoSuchTarget, NotAllowed
from pipelines.keeping.proposals import propose
from pipelines.keeping.target import target
from pipelines.transparency.leaf import Kind
from pipelines.vault.types import Locked
from tests.contract.keeping.test_prune import LONG_AGO, NOW, approved, carried, proposed
from tests.contract.keeping.world import POLICIES, World, at, evidence_of


async def test_a_hold_beats_an_approval_and_needs_another_leader(world: World) -> None:
    """AV-28, AV-29: held after approval, it stays; the one who held cannot release."""
    (sha256,) = await world.sealed("a1", b"one", at_ms=LONG_AGO, state="dismissed")
    proposal_id = await approved(world)
    held = await hold(
        world.database, world.vault, POLICIES, target("party:p"), by="lead", reason="suit",
        now_ms=NOW,
    )  # fmt: skip
    with pytest.raises(Locked):
        world.vault.remove(sha256)
    came = await carried(world, proposal_id)
    assert came.removed == []
    assert came.kept == [(evidence_of("a1"), f"hold:{held}")]
    assert not await propose(world.database, world.keys, POLICIES, by="arch", now_ms=NOW)
    for who in ("lead", "wang", "arch", "far"):
        with pytest.raises(NotAllowed):
            await release(
                world.database, world.vault, POLICIES, held, by=who, reason="over", now_ms=NOW
            )
    await release(
        world.database, world.vault, POLICIES, held, by="lead2", reason="over", now_ms=NOW
    )
    with pytest.raises(NotHeld):
        await release(
            world.database, world.vault, POLICIES, held, by="lead2", reason="x", now_ms=NOW
        )
    again = await approved(world, now_ms=NOW + 1)
    assert (await carried(world, again)).removed == [sha256]


async def test_one_hold_of_two_released_still_holds(world: World) -> None:
    """AV-28: the store's own lock stays until the last hold is lifted."""
    (sha256,) = await world.sealed("a1", b"one", at_ms=LONG_AGO, state="dismissed")
    holds = [
        await hold(
            world.database, world.vault, POLICIES, target(about), by="wang", reason="suit",
            now_ms=NOW,
        )
        for about in ("alert:a1", f"object:{sha256}")
    ]  # fmt: skip
    for held in holds:
        with pytest.raises(Locked):
            world.vault.remove(sha256)
        await release(
            world.database, world.vault, POLICIES, held, by="lead", reason="over", now_ms=NOW
        )
    world.vault.remove(sha256)


@pytest.mark.parametrize("about", ["alert:a1", "case:c1", "party:p", "site:s"])
async def test_a_hold_keeps_who_looked_too(world: World, about: str) -> None:
    """AV-25, AV-28: what is held keeps its log of access, by whatever name it is held."""
    await world.sealed("a1", b"one", at_ms=LONG_AGO, state="confirmed")
    world.sql(
        "INSERT INTO cases (case_id, alert_id, party_id, payload, state, created_ms, decided_ms)"
        " VALUES ('c1', 'a1', 'p', 'x', 'decided', 0, %s)",
        (NOW,),
    )
    world.sql("UPDATE officers SET unit_id = 'authority' WHERE officer_id = 'arch'")
    await world.told(Kind.VIEW, "a1", at("2025-01-20"), by="wang", why="daily work")
    await world.sequence(at("2025-01-21"))
    assert await proposed(world)  # it would go
    world.sql("DELETE FROM keeping_proposals")
    await hold(
        world.database, world.vault, POLICIES, target(about), by="lead", reason="suit", now_ms=NOW
    )
    assert not await propose(world.database, world.keys, POLICIES, by="arch", now_ms=NOW)


async def test_for_good_on_a_leaders_word(world: World) -> None:
    """AV-29: asked for, it stays; declined, it may go; approved, it stays for good."""
    await world.sealed("a1", b"one", at_ms=LONG_AGO, state="dismissed")
    await world.sealed("a2", b"two", at_ms=LONG_AGO, state="dismissed")
    with pytest.raises(BadReason, match="objection"):
        await ask_for_good(
            world.database, POLICIES, target("a1"), by="wang", ground="nice", note="x", now_ms=NOW
        )
    marks = [
        await ask_for_good(
            world.database, POLICIES, target(alert), by="wang", ground=ground, note="letter 12",
            now_ms=NOW,
        )
        for alert, ground in (("a1", "objection"), ("a2", "litigation"))
    ]  # fmt: skip
    assert not await propose(world.database, world.keys, POLICIES, by="arch", now_ms=NOW)
    with pytest.raises(NotAllowed):
        await decide_for_good(world.database, marks[0], by="wang", approved=True, now_ms=NOW)
    await decide_for_good(world.database, marks[0], by="lead", approved=True, now_ms=NOW)
    await decide_for_good(world.database, marks[1], by="lead", approved=False, now_ms=NOW)
    proposal = await proposed(world, now_ms=at("2060-01-01"))
    assert [item["item_id"] for item in proposal.body["items"]] == [evidence_of("a2")]


async def test_evidence_of_a_case_goes_when_its_file_does(world: World) -> None:
    """AV-28: as long as the case file, whatever that is."""
    await world.sealed("a1", b"one", at_ms=LONG_AGO, state="confirmed")
    world.sql(
        "INSERT INTO cases (case_id, alert_id, party_id, payload, state, created_ms, decided_ms)"
        " VALUES ('c1', 'a1', 'p', 'x', 'decided', 0, %s)",
        (LONG_AGO,),
    )
    later = at("2030-01-01")
    assert not await propose(world.database, world.keys, POLICIES, by="arch", now_ms=later)
    with pytest.raises(NoSuchTarget):
        await set_file_period(
            world.database, "c9", until_ms=None, basis="list 7", by="arch", now_ms=NOW
        )
    await set_file_period(
        world.database, "c1", until_ms=at("2029-06-01"), basis="list 7", by="arch", now_ms=NOW
    )
    assert await propose(world.database, world.keys, POLICIES, by="arch", now_ms=later)
    await set_file_period(
        world.database, "c1", until_ms=None, basis="list 7: for good", by="arch", now_ms=NOW
    )
    far = at("2099-01-01")
    assert not await propose(
        world.database, world.keys, POLICIES, by="arch", now_ms=far, dry_run=True
    )
