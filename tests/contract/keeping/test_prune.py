"""Letting go by two people, with a certificate, and what stays."""

from __future__ import annotations

import msgspec
import pytest

from pipelines.evidence.canonical import sha256_hex
from pipelines.evidence.verify import verify
from pipelines.keeping.carry_out import Carried, carry_out
from pipelines.keeping.certificates import removed
from pipelines.keeping.holds import (
    hold,
)
from pipelines.keeping.officers import NotAllowed
from pipelines.keeping.proposals import NotProposed, Proposal, decide_proposal, propose
from pipelines.keeping.target import target
from pipelines.transparency.leaf import Kind
from pipelines.transparency.proofs import leaves_of
from tests.contract.keeping.world import DAY, POLICIES, World, at, evidence_of

LONG_AGO, NOW = at("2025-01-10 09:00"), at("2026-01-11 10:00")


async def proposed(world: World, *only: str, now_ms: int = NOW) -> Proposal:
    """What the archivist proposes."""
    found = await propose(world.database, world.keys, POLICIES, by="arch", now_ms=now_ms, only=only)
    assert found is not None
    return found


async def approved(world: World, *only: str, now_ms: int = NOW) -> str:
    """A proposal that a leader approved."""
    proposal = await proposed(world, *only, now_ms=now_ms)
    await decide_proposal(
        world.database, world.keys, proposal.proposal_id, by="lead", approved=True, now_ms=now_ms
    )
    return proposal.proposal_id


async def carried(world: World, proposal_id: str, *, now_ms: int = NOW) -> Carried:
    """What carrying it out comes to."""
    return await carry_out(
        world.database, world.vault, world.keys, POLICIES, proposal_id, by="arch", now_ms=now_ms
    )


async def test_what_was_dismissed_long_ago_goes_with_a_certificate(world: World) -> None:
    """AV-28: after its time, by two people; the certificate says what, why, who and when."""
    (gone,) = await world.sealed("a1", b"one", at_ms=LONG_AGO, state="dismissed")
    (kept,) = await world.sealed("a2", b"two", at_ms=LONG_AGO, state="confirmed")
    (young,) = await world.sealed("a3", b"three", at_ms=NOW - DAY, state="dismissed")
    (waiting,) = await world.sealed("a4", b"four", at_ms=LONG_AGO)
    await world.told(Kind.VERDICT, "a1", LONG_AGO, by="wang", ground="nobody there")
    await world.sequence(LONG_AGO)
    proposal_id = await approved(world)
    came = await carried(world, proposal_id)
    assert came.removed == [gone]
    assert not world.vault.exists(gone)
    assert all(world.vault.exists(sha256) for sha256 in (kept, young, waiting))
    (row,) = world.sql("SELECT body, signature, key_id, certificate_id FROM keeping_certificates")
    assert world.keys.verify(row[2], bytes(row[0]), bytes(row[1]))
    assert sha256_hex(bytes(row[0])) == row[3]
    said = msgspec.json.decode(bytes(row[0]))
    assert [entry["sha256"] for entry in said["objects"]] == [gone]
    assert (said["proposed_by"], said["approved_by"]) == ("arch", "lead")
    assert said["policies"][0]["policy"] == "dismissed_evidence"
    assert "AV-28" in said["policies"][0]["source"]
    await world.sequence(NOW)
    (leaf,) = [
        x for x in await leaves_of(world.database, evidence_of("a1")) if x.kind == "deletion"
    ]
    assert leaf.body is not None
    assert msgspec.json.decode(leaf.body)["certificate_sha256"] == row[3]
    (verdict,) = await leaves_of(world.database, "a1")
    assert verdict.body is None
    assert said["leaves_erased"] == [verdict.index]
    found = await removed(world.database)
    assert found[gone].certificate_id == row[3]
    assert set(found) == {gone}


async def test_an_object_of_two_pins_goes_only_with_both(world: World) -> None:
    """AV-28: what another piece of evidence still shows stays."""
    shared, own = await world.sealed("a1", b"both", b"own", at_ms=LONG_AGO, state="dismissed")
    await world.sealed("a2", b"both", at_ms=LONG_AGO, state="confirmed")
    came = await carried(world, await approved(world))
    assert came.removed == [own]
    assert world.vault.exists(shared)
    later = at("2027-02-01")
    came = await carried(world, await approved(world, now_ms=later), now_ms=later)
    assert came.removed == [shared]
    assert set(await removed(world.database)) == {shared, own}


async def test_both_pins_of_one_object_in_one_proposal(world: World) -> None:
    """AV-28: it goes once, with the last of them."""
    (shared,) = await world.sealed("a1", b"both", at_ms=LONG_AGO, state="dismissed")
    await world.sealed("a2", b"both", at_ms=LONG_AGO, state="dismissed")
    came = await carried(world, await approved(world))
    assert came.removed == [shared]
    assert len(came.certificates) == 2


async def test_it_takes_two_people_of_the_right_office(world: World) -> None:
    """AV-27, AV-28: an archivist proposes, a leader of the unit approves, never the same person."""
    await world.sealed("a1", b"one", at_ms=LONG_AGO, state="dismissed")
    for who in ("wang", "li", "lead", "root", "nobody"):
        with pytest.raises(NotAllowed):
            await propose(world.database, world.keys, POLICIES, by=who, now_ms=NOW)
    assert not await propose(world.database, world.keys, POLICIES, by="south", now_ms=NOW)
    proposal_id = (await proposed(world)).proposal_id
    for who in ("arch", "wang", "far", "root"):
        with pytest.raises(NotAllowed):
            await decide_proposal(
                world.database, world.keys, proposal_id, by=who, approved=True, now_ms=NOW
            )
    with pytest.raises(NotProposed, match="not approved"):
        await carried(world, proposal_id)
    world.sql("UPDATE officers SET role = 'leader' WHERE officer_id = 'arch'")
    with pytest.raises(NotAllowed, match="another person"):
        await decide_proposal(
            world.database, world.keys, proposal_id, by="arch", approved=True, now_ms=NOW
        )


async def test_declined_means_nothing_goes(world: World) -> None:
    (kept,) = await world.sealed("a1", b"one", at_ms=LONG_AGO, state="dismissed")
    proposal_id = (await proposed(world)).proposal_id
    await decide_proposal(
        world.database, world.keys, proposal_id, by="lead", approved=False, now_ms=NOW
    )
    with pytest.raises(NotProposed, match="not approved"):
        await carried(world, proposal_id)
    assert world.vault.exists(kept)
    assert (await proposed(world, now_ms=NOW + 1)).proposal_id != proposal_id


@pytest.mark.parametrize(
    "tamper",
    [
        "UPDATE keeping_proposals SET body = overlay(body placing 'x'::bytea from 40)",
        "UPDATE keeping_proposals SET signature = approval_signature",
        "UPDATE keeping_proposals SET approval_signature = signature",
        "UPDATE keeping_proposals SET approval = body, approval_signature = signature",
    ],
)
async def test_a_proposal_changed_in_the_database_lets_nothing_go(
    world: World, tamper: str
) -> None:
    """AV-28: what was approved is exactly what goes; the database's password is not enough."""
    await world.sealed("a1", b"one", at_ms=LONG_AGO, state="dismissed")
    await world.sealed("a2", b"two", at_ms=LONG_AGO, state="confirmed")
    proposal_id = await approved(world)
    world.sql(tamper)
    with pytest.raises(NotProposed):
        await carried(world, proposal_id)
    assert len(list(world.vault.walk())) == 2


async def test_pinned_again_before_it_went_it_stays(world: World) -> None:
    """AV-28: nothing that evidence names goes, whatever a list from before says."""
    (sha256,) = await world.sealed("a1", b"one", at_ms=LONG_AGO, state="dismissed")
    await hold(
        world.database, world.vault, POLICIES, target("a1"), by="wang", reason="x", now_ms=NOW
    )
    world.sql("UPDATE keeping_holds SET released_ms = 1")  # the store's lock is still on
    proposal_id = await approved(world)
    came = await carried(world, proposal_id)
    assert [waiting for waiting, _ in came.waiting] == [sha256]
    await world.sealed("a9", b"one", at_ms=NOW)
    world.vault.hold(sha256, on=False)
    came = await carried(world, proposal_id)
    assert "named by evidence" in came.waiting[0][1]
    assert world.vault.exists(sha256)
    assert await removed(world.database) == {}


async def test_the_log_of_access_is_forgotten_by_the_month(world: World) -> None:
    """AV-25, AV-28: who looked is kept six months at least, then bodies go and leaves stay."""
    await world.sealed("a1", b"one", at_ms=LONG_AGO, state="confirmed")
    world.sql("UPDATE officers SET unit_id = 'authority' WHERE officer_id IN ('arch', 'lead')")
    await world.told(Kind.VIEW, "a1", at("2025-01-20"), by="wang", why="daily work")
    await world.told(Kind.VIEW, "a1", at("2025-12-20"), by="wang", why="daily work")
    await world.sequence(at("2025-12-21"))
    proposal = await proposed(world)
    assert [item["item_id"] for item in proposal.body["items"]] == ["2025-01"]
    await decide_proposal(
        world.database, world.keys, proposal.proposal_id, by="lead", approved=True, now_ms=NOW
    )
    await carried(world, proposal.proposal_id)
    old, new = await leaves_of(world.database, "a1")
    assert (old.body, old.salt) == (None, None)
    assert new.body is not None


async def test_after_letting_go_everything_still_verifies(world: World) -> None:
    """AV-28: verify says what was let go and by which certificate; a loss without one is a loss."""
    (gone,) = await world.sealed("a1", b"one", at_ms=LONG_AGO, state="dismissed")
    (lost,) = await world.sealed("a2", b"two", at_ms=LONG_AGO, state="confirmed")
    await world.told(Kind.VERDICT, "a1", LONG_AGO, by="wang", ground="nobody there")
    await world.sequence(LONG_AGO)
    before = await verify(world.database, world.vault, world.keys, place=world.place)
    came = await carried(world, await approved(world))
    await world.sequence(NOW)
    after = await verify(world.database, world.vault, world.keys, place=world.place)
    assert [str(problem) for problem in after.problems] == [str(p) for p in before.problems]
    (told,) = after.let_go
    assert gone in told.object
    assert (told.certificate_id, told.alert_id) == (came.certificates[0], "a1")
    world.vault.remove(lost)
    broken = await verify(world.database, world.vault, world.keys, place=world.place)
    assert len(broken.problems) > len(after.problems)
    assert lost in repr(broken.problems)
