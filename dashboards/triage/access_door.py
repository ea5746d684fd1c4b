"""Owns asking the policy for the site's pages, and the page that says why not. Knows no table."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi import HTTPException, Request
from fastapi.responses import JSONResponse, Response

from dashboards.triage.gate import for_script, why
from dashboards.triage.pages import page
from dashboards.triage.session import Officer
from dashboards.triage.site import Site
from pipelines.access.policy import Action, Decision, Target, decide
from pipelines.access.targets import Admission, admit, target_of


class Refused(Exception):
    """They may not; carries what to tell them and how to ask."""

    def __init__(
        self, officer: Officer, action: Action, target: Target, decision: Decision
    ) -> None:
        super().__init__(decision.why)
        self.officer, self.action, self.target, self.decision = officer, action, target, decision

    @property
    def ask_url(self) -> str:
        """Where a request is written; empty where none would help."""
        if self.decision.why != "grant_needed":
            return ""
        asked = "export" if self.action is Action.EXPORT else "view"
        query = {"kind": self.target.kind, "id": self.target.id, "action": asked}
        return f"/access/ask?{urlencode(query)}"


async def target(site: Site, kind: str, target_id: str) -> Target:
    """An alert or a record.

    Raises:
        HTTPException: 404, there is none before the officers.
    """
    found = await target_of(site.database, kind, target_id)
    if found is None:
        raise HTTPException(404, kind if kind in ("alert", "record") else "object")
    return found


async def require(site: Site, officer: Officer, action: Action, target: Target) -> Admission:
    """Lets them through, by office or by a grant in force.

    Raises:
        Refused: neither.
    """
    found = await admit(site.database, officer.actor, action, target, now_ms=site.clock())
    if not found.decision.allowed:
        raise Refused(officer, action, target, found.decision)
    return found


async def require_alert(site: Site, officer: Officer, action: Action, alert_id: str) -> Admission:
    """The same for an alert by its id.

    Raises:
        HTTPException: 404.
        Refused: they may not.
    """
    return await require(site, officer, action, await target(site, "alert", alert_id))


def require_unit(officer: Officer, action: Action, kind: str = "unit") -> str:
    """The unit whose things of a kind they may list; empty for every unit.

    Raises:
        Refused: none.
    """
    of = kind if kind in ("alert", "record") else "unit"
    mine = Target(kind=of, id=officer.unit_id, unit_id=officer.unit_id)  # type: ignore[arg-type]  # one of three
    found = decide(officer.actor, action, mine)
    if not found.allowed:
        raise Refused(officer, action, mine, found)
    everywhere = decide(officer.actor, action, Target(kind=of, id="", unit_id=""))  # type: ignore[arg-type]
    return "" if everywhere.allowed else officer.unit_id


def may_in_unit(officer: Officer, action: Action, kind: str = "unit") -> bool:
    """Whether an entry of the navigation leads anywhere for them."""
    try:
        require_unit(officer, action, kind)
    except Refused:
        return False
    return True


async def tell_refused(request: Request, error: Exception) -> Response:
    """403: why, by which article, and where to ask."""
    assert isinstance(error, Refused)  # noqa: S101  what it is registered for
    decision = error.decision
    why(request, f"policy_{decision.why}")
    if for_script(request):
        detail = {"error": "refused", "why": decision.why, "basis": decision.basis,
                  "ask": error.ask_url}  # fmt: skip
        return JSONResponse({"detail": detail}, 403)
    return page(
        request, "refused.html", officer=error.officer, status=403, action=error.action,
        why=decision.why, basis=decision.basis, ask=error.ask_url,
    )  # fmt: skip
