"""The report's figures against a count kept while the history was made."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path

import psycopg
import pytest
from typer.testing import CliRunner

from pipelines.accountability.commands import duty
from pipelines.settings import Settings
from pipelines.vault.folder import FolderVault
from tests.contract.accountability.world import DAY, HOUR, people
from tests.contract.dashboards.rows import NOW_MS, POOL_ALERT, authority

SEALED_MS = NOW_MS - 21 * DAY  # a Monday morning; no holiday follows in the period
SPAN = ["--unit", "authority", "--from", "2026-05-01", "--to", "2026-06-01", "--format", "json"]
Count = Counter[tuple[str, str]]


class History:
    """Writes what happened to alerts, and counts by the words of the rule, not by the ledger."""

    def __init__(self, db: psycopg.Connection, seed: int) -> None:
        self.db, self.rng, self.count = db, random.Random(seed), Count()

    def alert(self, number: int) -> None:
        """Sealed; then, as drawn, taken on, judged, reviewed, known to the case system."""
        alert_id = f"{number:032x}"
        self.db.execute(
            "INSERT INTO alerts (alert_id, rule_id, rule_version, severity, party_id, site_id,"
            " device_id, place, start_ms, detected_ms, unit, inputs, staged, state, grade,"
            " grade_reasons, risk, input_at_ms, stored_at_ms) SELECT %s, rule_id, rule_version,"
            " severity, party_id, site_id, device_id, place, %s, %s, unit, inputs, staged, 'open',"
            " grade, grade_reasons, risk, %s, %s FROM alerts WHERE alert_id = %s",
            (alert_id, *[SEALED_MS] * 4, POOL_ALERT),
        )
        self._event(alert_id, "vigil", "sealed", SEALED_MS)
        who, late = self.rng.choice(("wang", "li", "")), self.rng.random() < 0.4
        if not who:
            self.count.update([("", "overdue")] * 3)  # to take on, to decide, to tell the party
            return
        self._event(alert_id, who, "acknowledged", SEALED_MS + (6 * DAY if late else HOUR))
        self._counted(who, late=late)
        verdict, late = self.rng.choice(("confirmed", "dismissed", "")), self.rng.random() < 0.4
        if not verdict:
            self.count[who, "overdue"] += 2  # no verdict, and nobody told the party
            return
        at_ms = SEALED_MS + (12 * DAY if late else 6 * DAY + HOUR)
        self._event(alert_id, who, verdict, at_ms + HOUR)
        self._counted(who, late=late)
        self.count[who, "decided"] += 1
        self.count[who, "dismissed"] += verdict == "dismissed"
        if verdict == "confirmed":
            handed = self.rng.random() < 0.5
            self.count[who, "skipped" if handed else "overdue"] += 1  # nobody told the party
            if handed:
                self._event(alert_id, "vigil", "case_acknowledged", at_ms + DAY)
            for kind, reviewer in (("legal", "zhou"), ("technical", "qian")):
                self._review(alert_id, kind, reviewer, who, at_ms + 2 * HOUR, handed=handed)

    def objection(self, number: int) -> None:
        """To an order of the leader; overruled, adopted, or not answered yet."""
        who, outcome = (
            self.rng.choice(("wang", "li")),
            self.rng.choice(("overruled", "adopted", "")),
        )
        self.db.execute(
            "INSERT INTO duty_objections (objection_id, subject_kind, subject_id, unit_id,"
            " officer_id, superior, ordered, objection, at_ms)"
            " VALUES (%s, 'alert', %s, 'authority', %s, 'sun', 'o', 'x', %s)",
            (f"o{number}", POOL_ALERT, who, SEALED_MS),
        )
        if outcome:
            self.db.execute(
                "INSERT INTO duty_objection_answers (objection_id, outcome, words, by_officer,"
                " at_ms) VALUES (%s, %s, 'w', 'sun', %s)",
                (f"o{number}", outcome, SEALED_MS + HOUR),
            )
        self.count[who, "overruled"] += outcome == "overruled"

    def _review(
        self, alert_id: str, kind: str, reviewer: str, holder: str, at_ms: int, *, handed: bool
    ) -> None:
        made = self.rng.choice(("in time", "late", "never"))
        if made != "in time" and handed:  # the case went on without it: made up for or not
            self.count[holder, "skipped"] += 1
        elif made == "never":
            self.count[holder, "overdue"] += 1
        else:
            self._counted(reviewer, late=made == "late")
        if made == "never":
            return
        self.db.execute(
            "INSERT INTO reviews (review_id, evidence_id, alert_id, kind, officer_id, passed,"
            " manifest_sha256, at_ms, statement, signature, key_id) SELECT %s, min(evidence_id),"
            " %s, %s, %s, true, '', %s, '', '', '' FROM evidence",
            (f"{alert_id}-{kind}", alert_id, kind, reviewer,
             at_ms + (7 * DAY if made == "late" else 0)),
        )  # fmt: skip

    def _counted(self, who: str, *, late: bool) -> None:
        self.count[who, "overdue" if late else "in_time"] += 1

    def _event(self, alert_id: str, actor: str, action: str, at_ms: int) -> None:
        self.db.execute(
            "INSERT INTO alert_events (event_id, alert_id, at_ms, actor, action, ground)"
            " VALUES (%s, %s, %s, %s, %s, 'seen')",
            (f"{alert_id}-{action}", alert_id, at_ms, actor, action),
        )


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_figure_is_that_of_an_independent_count(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, seed: int
) -> None:
    """OFF-21, ACC-12: each figure of each officer and of the unit."""
    authority(settings.database_url, FolderVault(settings.objects))
    people(settings.database_url)
    with psycopg.connect(settings.database_url) as db:
        history = History(db, seed)
        for number in range(40):
            history.alert(number)
        for number in range(12):
            history.objection(number)
    monkeypatch.setenv("VIGIL_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("VIGIL_DATA_DIR", str(tmp_path))
    made = CliRunner().invoke(duty, ["report", *SPAN])
    assert made.exit_code == 0, made.output
    names = ("in_time", "overdue", "skipped", "overruled", "decided", "dismissed")
    told = Count({(row["officer_id"], name): row[name]
                  for row in json.loads(made.stdout)["rows"] for name in names})  # fmt: skip
    assert +told == +history.count
