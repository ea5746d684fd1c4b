"""Owns the index of a diligence package that a person can read, in Chinese and English. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from pipelines.accountability.law import law
from pipelines.evidence.package.papers import local, size

TITLES = {
    "entries": (
        "计划、培训、报批、检查等登记",
        "Plans, training, approvals, inspections as entered",
    ),
    "acts": ("对预警的处理", "What was done with alerts"),
    "reviews": ("审核", "Reviews"),
    "approvals": ("报请与批准", "Approvals asked for and given"),
    "inspections": ("现场检查与音像记录", "Acts on site and their recordings"),
    "clocks": ("时限", "Time limits"),
    "objections": ("提出的异议", "Objections raised"),
    "posts": ("岗位", "Posts held"),
}


def index(about: Mapping[str, Any], held: Mapping[str, Sequence[Mapping[str, Any]]]) -> bytes:
    """The page as UTF-8 HTML."""
    template = _templates().get_template("diligence.html")
    return template.render(
        about=about, held=held, titles=TITLES, law=law(), local=local, size=size
    ).encode()


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=select_autoescape(["html"], default_for_string=True),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
