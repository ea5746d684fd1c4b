"""Owns whether a request that changes something was sent by one of our own pages. Pure.

Beside the CSRF token, which each form checks: this one needs nobody to remember it. After OWASP,
Cross-Site Request Forgery Prevention Cheat Sheet: Fetch Metadata first, else Origin, else Referer.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers

SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
FROM_MACHINES = ("/v1/",)
"""Signed by who sends them; a browser's cookie opens nothing there."""


def crosses(method: str, path: str, headers: Headers, ours: frozenset[str]) -> bool:
    """Whether another site sent it. Without any of the three headers no browser did.

    Args:
        ours: our origins, such as ``https://vigil.example``.
    """
    if method in SAFE or path.startswith(FROM_MACHINES):
        return False
    site = headers.get("sec-fetch-site")
    if site is not None and site not in ("same-origin", "none"):
        return True
    if (origin := headers.get("origin")) is not None:
        return origin not in ours
    if (referer := headers.get("referer")) is not None:
        return origin_of(referer) not in ours
    return False


def origin_of(url: str) -> str:
    """Scheme and host of an address; empty where it has none."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
