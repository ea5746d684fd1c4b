"""Owns reading signed reviews back, trusting none whose signature does not fit. Must not write."""

from __future__ import annotations

from collections.abc import Callable

from pipelines.quality.review import Review, verified
from pipelines.store import Database


async def reviews_of(
    database: Database, alert_id: str, public_key_pem: Callable[[str], bytes]
) -> tuple[list[Review], list[str]]:
    """An alert's reviews in the order of signing, and what is wrong with those left out.

    Args:
        public_key_pem: the public half of a signing key by its id, PEM; raises KeyError.
    """
    reviews, untrusted = [], []
    for row in await database.rows("quality_reviews", alert_id=alert_id):
        try:
            pem = public_key_pem(row["key_id"])
            review = verified(bytes(row["statement"]), bytes(row["signature"]), pem)
        except (KeyError, ValueError) as error:
            untrusted.append(f"review {row['review_id']}: {error}")
            continue
        if review.alert_id != alert_id:
            untrusted.append(f"review {row['review_id']}: it is of another alert")
            continue
        reviews.append(review)
    return reviews, untrusted
