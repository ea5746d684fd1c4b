"""Owns what would become of an alert if it were confirmed now, told before anybody does.

Asks the gate and the data of the case room themselves. Decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dashboards.triage.site import Site
from pipelines.cases.dossier import completed, dossier_of
from pipelines.cases.gate import hindrances
from pipelines.cases.procedure import suggest
from pipelines.cases.types import Hindrance
from pipelines.evidence.keys import Keys

_LATER = frozenset({"review_missing"})
"""What is put right after confirming as well as before: two other people review."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beforehand:
    """What would become of an alert.

    Attributes:
        lasting: what keeps it from becoming a case and no review puts right.
        reviews: reviews that are still to be signed.
        suggested: procedure, steps, articles with ranges (``pipelines.cases.procedure``); None
            where no penalty is named.
    """

    lasting: list[Hindrance]
    reviews: list[Hindrance]
    suggested: dict[str, Any] | None

    @property
    def clear(self) -> bool:
        """Whether it becomes a candidate case at once."""
        return not self.lasting and not self.reviews


async def beforehand(site: Site, alert_id: str) -> Beforehand | None:
    """What the gate would say if it were confirmed now; None for an unknown alert."""
    public_pem = Keys(site.settings.keys).public_pem
    dossier = await dossier_of(site.database, site.rules, public_pem, alert_id, confirmed=None)
    if dossier is None:
        return None
    found = hindrances(dossier)
    suggested, entry = None, dossier.entry
    if entry is not None and entry.penalty is not None and entry.kind_of_finding == "breach":
        dossier = await completed(site.database, public_pem, site.rules, dossier)
        severity = str(dossier.alert["severity"])
        suggested = suggest(entry.penalty, severity, dossier.around.history)
    return Beforehand(
        lasting=[one for one in found if one.code not in _LATER],
        reviews=[one for one in found if one.code in _LATER],
        suggested=suggested,
    )
