"""Policies of one's own: taken where they keep longer, refused where they undercut a rule."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import pytest

from pipelines.keeping.policies import BadPolicies, load

BUNDLED = files("pipelines.keeping").joinpath("policies.toml").read_text("utf-8")


def own(folder: Path, old: str, new: str) -> Path:
    """The bundled policies with one thing changed."""
    assert old in BUNDLED
    path = folder / "own.toml"
    path.write_text(BUNDLED.replace(old, new, 1), "utf-8")
    return path


def test_longer_is_taken(tmp_path: Path) -> None:
    path = own(tmp_path, 'shortest = "30 days"', 'shortest = "45 days"')
    assert load(path)["public_recording"].shortest == "45 days"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('shortest = "30 days"', 'shortest = "29 days"', "public_recording is kept at least"),
        ('shortest = "6 months"', 'shortest = ""', "kept at least 6 months"),
        ('name = "access_log"', 'name = "other_log"', "no policy access_log"),
        ('longest = "60 days"', 'longest = "20 days"', "longest is shorter"),
        ('applies_to = "record"', 'applies_to = "ring"', "applies to record"),
        ('shortest = "10 years"', 'shortest = "ten years"', "no period"),
        ('confidence = "V"', 'confidence = "sure"', "Invalid enum"),
    ],
)
def test_shorter_than_a_rule_or_unclear_is_refused(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    """AV-28: nobody configures six months away."""
    with pytest.raises(BadPolicies, match=said):
        load(own(tmp_path, old, new))
