"""How the tests get in: an officer's session, the secret shared with the case system."""

from __future__ import annotations

import httpx

from tests.contract.dashboards.moments import PASSWORD

SECRET = "whsec_dmlnaWwtdGVzdC1zZWNyZXQtMzItYnl0ZXMtbG9uZyE="


async def signed_in(client: httpx.AsyncClient, officer_id: str) -> httpx.AsyncClient:
    """Signs a client in through the API."""
    answer = await client.post(
        "/api/session", json={"officer_id": officer_id, "password": PASSWORD}
    )
    assert answer.status_code == 200, answer.text
    client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
    return client
