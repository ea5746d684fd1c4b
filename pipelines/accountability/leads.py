"""Owns the shape of a lead and the list of detectors. A lead is for a person; never a verdict."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from pipelines.accountability import commission, omission
from pipelines.accountability.lead import Lead
from pipelines.accountability.observed import Observed


class Detector(msgspec.Struct, frozen=True, kw_only=True):
    """A check: its code, the article it serves, and the pure function."""

    code: str
    article: str
    look: Callable[[Observed], list[Lead]]


DETECTORS: tuple[Detector, ...] = (
    Detector(code="overdue_complaint", article="12.1", look=omission.overdue_complaint),
    Detector(code="unprocessed", article="12.2", look=omission.unprocessed),
    Detector(code="hasty_verdict", article="12.3", look=omission.hasty_verdict),
    Detector(code="unrecorded_visit", article="12.3", look=omission.unrecorded_visit),
    Detector(code="missed_inspection", article="12.3", look=omission.missed_inspection),
    Detector(code="unenforced_decision", article="12.4", look=omission.unenforced_decision),
    Detector(code="shirking", article="12.5", look=omission.shirking),
    Detector(code="ultra_vires", article="13.1", look=commission.ultra_vires),
    Detector(code="skipped_procedure", article="13.2", look=commission.skipped_procedure),
    Detector(code="wrong_basis", article="13.3", look=commission.wrong_basis),
    Detector(code="thin_evidence", article="13.4", look=commission.thin_evidence),
    Detector(code="discretion_outlier", article="13.5", look=commission.discretion_outlier),
    Detector(code="deadline_breach", article="13.6", look=commission.deadline_breach),
)


def leads(observed: Observed) -> list[Lead]:
    """All that the detectors find, newest first."""
    found = [lead for detector in DETECTORS for lead in detector.look(observed)]
    return sorted(found, key=lambda one: (-one.at_ms, one.code, one.subject_id, one.officer_id))
