"""Every route of the site, given whatever its description allows and forbids, by a leader.

Routes for scripts must answer as OpenAPI says; pages and forms must not fail. Over real HTTP, with
a real database. ``VIGIL_TEST_FUZZ=100`` tries more of each.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)

from pipelines.settings import Settings
from pipelines.vault.folder import FolderVault
from tests.contract.dashboards.described import PAGE, description
from tests.contract.dashboards.rows import CAMERA_ALERT, PASSWORD, POOL_ALERT, authority
from tests.contract.dashboards.serving import site_in_thread
from tests.fresh import drop_database, fresh_database

MANY = int(os.environ.get("VIGIL_TEST_FUZZ", "5"))
DEFAULT = "VIGIL_TEST_FUZZ" not in os.environ
CHECKS = [
    not_a_server_error, content_type_conformance, response_schema_conformance,
    status_code_conformance,
]  # fmt: skip
ALERTS = (POOL_ALERT, CAMERA_ALERT)
KNOWN = {"alert_id": ALERTS, "party_id": ("pool",), "target_id": ALERTS, "id": ALERTS,
         "kind": ("alert", "record", "legal"), "subject": (f"alert:{POOL_ALERT}",)}  # fmt: skip
NASTY = ("a\x00b", "' OR 1=1 --", "<script>alert(1)</script>", "../../etc/passwd", "%00", "{{7*7}}",
         "\u202e\u2028", "x" * 5000, "1e999", "NaN", "-1", "9" * 30)  # fmt: skip
HUGE = (-1, 0, 2**31, 2**63, 2**64, -(2**63) - 1, 10**40)
_OFTEN, _SELDOM = 0.7, 0.25
NO_END = ("/queue/live",)
ENDING = ("/sign-out", "/sign-in", "/api/session")

schema = schemathesis.openapi.from_dict(description()).exclude(path=list(NO_END))


class Leader:
    """A leader's browser at the site, who signs in again when the fuzzing signed them out."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.session = requests.Session()
        self.token = ""

    def ready(self) -> None:
        """Makes sure that somebody sits there."""
        if self.token:
            return
        self.session.cookies.clear()
        who = {"officer_id": "fuzz", "password": PASSWORD}
        answer = self.session.post(f"{self.url}/api/session", json=who)
        assert answer.status_code == 200, answer.text
        self.token = str(answer.json()["csrf_token"])

    def send(self, case: schemathesis.Case[Any]) -> requests.Response:
        """Sends what was made up; schemathesis' own client does not stand urllib3-future."""
        sent = case.as_transport_kwargs(base_url=self.url, headers={"X-CSRF-Token": self.token})
        answer = self.session.request(**sent, allow_redirects=False, timeout=30)
        if case.path in ENDING or answer.status_code == 401:
            self.token = ""
        return answer


@pytest.fixture(scope="module")
def leader(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Leader]:
    """The site over a database of its own; rates are lifted, they would hide what lies behind."""
    url = fresh_database(database_url, "fuzz")
    folder: Path = tmp_path_factory.mktemp("fuzz")
    more = Settings(database_url=url, data_dir=folder, web_rates=0)
    authority(url, FolderVault(more.objects))
    with psycopg.connect(url) as db:
        db.execute(
            "INSERT INTO officers (officer_id, name_zh, name_en, role, password_hash)"
            " SELECT 'fuzz', '马主任', 'Ma', 'leader', password_hash FROM officers LIMIT 1"
        )
    with site_in_thread(more) as address:
        found = Leader(address)
        yield found
        found.session.close()
    drop_database(url)


def likely(values: Any, chance: random.Random) -> Any:
    """Often what exists in place of what was made up, so that more than 404 is seen; or worse."""
    if not isinstance(values, dict):
        return values
    changed = dict(values)
    for name, value in values.items():
        if name in KNOWN and chance.random() < _OFTEN:
            changed[name] = chance.choice(KNOWN[name])
        elif isinstance(value, str) and chance.random() < _SELDOM:
            changed[name] = chance.choice(NASTY)
        elif isinstance(value, int) and chance.random() < _SELDOM:
            changed[name] = chance.choice(HUGE)
    return changed


@schema.parametrize()
@settings(
    max_examples=MANY, deadline=None, derandomize=DEFAULT, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
def test_no_route_fails(case: schemathesis.Case[Any], leader: Leader) -> None:
    """Never 5xx; what scripts get is documented: status, type, shape."""
    leader.ready()
    chance = random.Random(repr((case.path_parameters, case.query, case.body)))
    case.path_parameters = likely(case.path_parameters, chance)
    if ".." in str(case.path_parameters):
        return  # no client sends that as it is; the abuse tests do
    case.query = likely(case.query, chance)
    if isinstance(case.body, dict):
        made = likely(case.body, chance)
        case.body = made | ({"csrf": leader.token} if "csrf" in made else {})
    answer = leader.send(case)
    page = PAGE in (case.operation.tags or [])
    case.validate_response(answer, checks=[not_a_server_error] if page else CHECKS)
