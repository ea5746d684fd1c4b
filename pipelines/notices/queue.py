"""Owns putting a notice in the queue, from a stage or within a transaction. Sends nothing.

A notice is written once and sent later, by whichever way the party can then be reached. Its words
hold ``LINK`` where the private link will stand: the secret is never stored.
"""

from __future__ import annotations

from typing import Literal

from detectors.types import digest_id
from pipelines.notices import words
from pipelines.stage import Save
from pipelines.store import Transaction

Kind = Literal["finding", "remind", "clock", "decision", "link", "reply", "officer"]


def told_party(
    kind: Kind, *, party_id: str, alert_id: str, subject: str, body: str, short: str, cause: str,
    at_ms: int,
) -> Save:  # fmt: skip
    """A notice to a party; the same kind for the same cause is one notice.

    Args:
        body: of a mail or a sheet of paper; ``words.LINK`` in it becomes the private link.
        short: for a phone, likewise.
        cause: id of what made it necessary: an alert, an event, an answer.
    """
    return Save(
        "notices_queue",
        {
            "notice_id": notice_id(kind, cause), "alert_id": alert_id,
            "party_id": party_id, "officer_id": "", "kind": kind, "subject": subject,
            "body": body, "short": short, "queued_ms": at_ms,
        },
    )  # fmt: skip


def notice_id(kind: Kind, cause: str) -> str:
    """The id of the notice of a kind for a cause: there is one."""
    return digest_id("notice", kind, cause)


def told_officer(officer_id: str, *, subject: str, body: str, cause: str, at_ms: int) -> Save:
    """A message to an officer by their own channel, and on the site where they have none.

    Args:
        cause: what it is about; the same officer is told of one cause once.
    """
    return Save(
        "notices_queue",
        {
            "notice_id": digest_id("notice", "officer", officer_id, cause), "alert_id": None,
            "party_id": None, "officer_id": officer_id, "kind": "officer", "subject": subject,
            "body": body, "short": subject, "queued_ms": at_ms,
        },
    )  # fmt: skip


async def on_reminded(tx: Transaction, alert_id: str, at_ms: int) -> None:
    """Queues the reminder to put it right first. Called by the move ``remind`` in its transaction.

    A reminder is all that this may lead to by itself: nothing is decided and nothing is counted
    against the party.
    """
    alert = await tx.row("notices_alert", alert_id=alert_id)
    if alert is None:
        return
    text = words.reminder(alert, at_ms=at_ms)
    save = told_party(
        "remind", party_id=str(alert["party_id"]), alert_id=alert_id, subject=text.subject,
        body=text.body, short=text.short, cause=f"{alert_id}:{alert['round']}", at_ms=at_ms,
    )  # fmt: skip
    await put(tx, save)
    await tx.execute_many("notices_count", [{"name": "notices_reminders"}])


async def put(tx: Transaction, save: Save) -> None:
    """Carries out one of the effects above in the caller's own transaction."""
    await tx.execute(save.statement, **save.params)
