"""Puts the judges together: what of a recording does not look untouched. Leads, no verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pipelines.footage.examine import Examination
from pipelines.records import continuity, origin, sight
from pipelines.records.findings import Finding, graver
from pipelines.records.origin import Claim

VERSION = 1
"""Of the judges: a record says by which it was examined."""


def judge(
    seen: Examination, claim: Claim, *, earlier: Sequence[Mapping[str, str]] = ()
) -> tuple[Finding, ...]:
    """Every finding, the gravest first, then by place.

    Args:
        earlier: fingerprints of earlier files of the same device.
    """
    findings = [
        *continuity.judge(seen),
        *origin.judge(seen, claim),
        *sight.judge(seen.pictures),
        *origin.unlike(origin.fingerprint(seen), earlier),
    ]
    return graver(findings)
