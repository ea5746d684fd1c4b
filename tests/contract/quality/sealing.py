"""How tests give an alert of the site evidence that was judged."""

from __future__ import annotations

import hashlib
import json

import psycopg

from pipelines.quality.criteria import POINTS
from tests.contract.dashboards.rows import POOL_ALERT


def seal(url: str, *, failing: str = "", again: str = "") -> str:
    """Gives the pool's evidence a manifest with points; returns its digest.

    Args:
        failing: the point that does not hold, as ``code.reason``.
        again: anything that makes it another manifest.
    """
    code, _, reason = failing.partition(".")
    points = [
        {"code": one, "holds": one != code, "measured": {}, "reason": "" if one != code else reason}
        for one in POINTS
    ]
    manifest = json.dumps({"again": again, "quality": points}).encode()
    digest = hashlib.sha256(manifest).hexdigest()
    with psycopg.connect(url) as connection:
        connection.execute(
            "UPDATE evidence SET manifest = %s, manifest_sha256 = %s WHERE alert_id = %s",
            (manifest, digest, POOL_ALERT),
        )
    return digest
