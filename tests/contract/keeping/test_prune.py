"""Letting go by two people, with a certificate, and what stays."""

from __future__ import annotations

import msgspec
import pytest

from pipelines.evidence.canonical import sha256_hex
from pipelines.evidence.verify import verify
from pipelines.keeping.carry_out import Carried, carry_out
from pipelines.keeping.certificates import removed
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
from pipelines.keeping.proposals import NotProposed, Proposal, decide_proposal, propose
from pipelines.keeping.target import target
from pipelines.transparency.leaf import Kind
from pipelines.transparency.proofs import leaves_of
from pipelines.vault.types import Locked
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
