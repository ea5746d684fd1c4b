"""Owns what a verification says of things that lack their other half: rows, leaves, files."""

from __future__ import annotations

from typing import Any

from pipelines.evidence.claims import Logged
from pipelines.evidence.manifest import iso
from pipelines.evidence.report import Problem, Wrong

Row = dict[str, Any]


def unsealed(row: Row, logged: Logged | None) -> Problem:
    """An alert that officers see, without its evidence."""
    rule = f"{row['rule_id']}@{row['rule_version']}"
    when = iso(row["detected_ms"])
    detail = "the alert is past sealing but has no evidence"
    if logged:
        detail += f"; {logged.place} of the log says that it was sealed"
    return Problem(
        object=f"evidence of alert {row['alert_id']}",
        proves=f"alert {row['alert_id']}: {rule} at {row['site_id']}/{row['place']}, {when}",
        wrong=Wrong.MISSING,
        detail=detail,
        provable="the alert's row only, which nobody signed",
        alert_id=row["alert_id"],
    )


def lost_pin(evidence_id: str, logged: Logged) -> Problem:
    """A leaf that says something was sealed, and nothing of it left."""
    return Problem(
        object=f"evidence {evidence_id}",
        proves=f"what {logged.place} of the log says was sealed",
        wrong=Wrong.MISSING,
        detail=f"the log holds the manifest digest {logged.manifest_sha256 or '(erased)'}, the row"
        " is gone",
        provable="that a manifest of that digest was sealed at that place in the log",
    )


def stray_file(name: str, found: str | None) -> Problem | None:
    """A file of the vault that no manifest names; None where it is only left over.

    Args:
        found: what its bytes hash to; None where its name is no digest.
    """
    if found == name:
        return None
    if found is None:
        detail = "its name is no digest, or not where it belongs"
    else:
        detail = f"its content has the digest {found}, which is not its name"
    return Problem(
        object=f"file {name} in the object store",
        proves="nothing: no manifest names it",
        wrong=Wrong.EXTRA,
        detail=detail,
        provable="everything: no evidence rests on it",
    )
