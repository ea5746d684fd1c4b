"""Owns the suggested procedure, from data. A suggestion only: the case system decides."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

import msgspec

from detectors.catalogue import Citation


class Penalty(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether a penalty's article starts with a warning that may stand alone."""

    name: str
    article: str
    warning_first: bool
    source: str
    confidence: str


class Procedures(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole of ``procedure.toml``."""

    basis: str
    severities: tuple[str, ...]
    penalty: tuple[Penalty, ...]


@lru_cache(maxsize=1)
def procedures() -> Procedures:
    """The bundled data."""
    text = files("pipelines.cases").joinpath("procedure.toml").read_bytes()
    return msgspec.toml.decode(text, type=Procedures)


def suggest(penalty: Citation, severity: str, data: Procedures | None = None) -> dict[str, str]:
    """``suggested`` (``simple`` or ``general``), ``reason`` and ``basis``."""
    data = data or procedures()
    known = next(
        (p for p in data.penalty if (p.name, p.article) == (penalty.name, penalty.article)), None
    )
    if known is None:
        suggested, reason = (
            "general",
            f"{penalty.name} {penalty.article}: extent of penalty not read",
        )
    elif not known.warning_first:
        suggested, reason = "general", f"no warning that may stand alone ({known.source})"
    elif severity not in data.severities:
        suggested, reason = "general", f"severity {severity}"
    else:
        suggested, reason = "simple", f"a warning may stand alone ({known.source})"
    return {"suggested": suggested, "reason": reason, "basis": data.basis}
