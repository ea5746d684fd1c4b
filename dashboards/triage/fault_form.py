"""Owns turning the forms of a fault file into what an act says. Checks nothing: the room does."""

from __future__ import annotations

from typing import Any

from starlette.datastructures import FormData

_UNIT = "unit"


def body_of(act: str, form: FormData) -> dict[str, Any]:
    """The body of an act, as ``pipelines.accountability.said`` reads it."""
    if act == "propose":
        return {}
    body: dict[str, Any] = {"words": _text(form, "words"), "facts": _text(form, "facts").split()}
    plain = _PLAIN.get(act, ())
    body |= {name: _text(form, name) for name in plain}
    if act == "name":
        alone = {"yes": True, "no": False}.get(_text(form, "alone"))
        body |= {"capacities": _several(form, "capacity"), "alone": alone,
                 "auxiliary": _text(form, "alone") != ""}  # fmt: skip
    elif act == "ground":
        body["shown"] = _shown(form)
    elif act == "answer":
        number = _text(form, "statement")
        body |= {"statement": int(number) if number.isdigit() else 0,
                 "adopted": _text(form, "adopted") == "yes"}  # fmt: skip
    elif act == "decide":
        body |= {"outcomes": _outcomes(form), "sanction": _text(form, "sanction") == "yes"}
    elif act == "reply":
        body["told"] = _text(form, "told") == "yes"
    return body


_PLAIN: dict[str, tuple[str, ...]] = {
    "name": ("officer_id",),
    "element": ("element", "value", "fault"),
    "finding": ("code", "officer_id", "answer"),
    "ground": ("code", "officer_id"),
    "opinion": ("body", "level", "sha256"),
    "decide": ("proposal", "departs"),
    "drop": ("basis",),
    "reply": ("result", "body"),
    "circulate": ("where",),
}


def _shown(form: FormData) -> dict[str, str]:
    """``need=fact`` pairs, a line each."""
    pairs = (line.partition("=") for line in _text(form, "shown").splitlines())
    return {need.strip(): fact.strip() for need, _, fact in pairs if need.strip() and fact.strip()}


def _outcomes(form: FormData) -> list[dict[str, Any]]:
    """One for each of whom a degree was chosen; ``unit`` stands for the unit."""
    found = []
    for key in form:
        if not key.startswith("degree-") or not _text(form, key):
            continue
        who = key.removeprefix("degree-")
        found.append(
            {"officer_id": "" if who == _UNIT else who, "degree": _text(form, key),
             "outcomes": _several(form, f"outcome-{who}"), "ground": _text(form, f"ground-{who}")}
        )  # fmt: skip
    return found


def _several(form: FormData, name: str) -> list[str]:
    return [value for value in form.getlist(name) if isinstance(value, str)]


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value.strip() if isinstance(value, str) else ""
