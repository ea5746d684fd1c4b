"""The deployment files name only settings and commands that exist, and pin what they run."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipelines.settings import Settings

INFRA = Path(__file__).parents[3] / "infra"
FILES = [INFRA / "compose/docker-compose.yaml", *sorted((INFRA / "kubernetes").glob("*.yaml"))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_setting_exists(path: Path) -> None:
    named = set(re.findall(r"VIGIL_([A-Z_]+)", path.read_text()))
    assert {name.lower() for name in named} <= set(Settings.model_fields)


def test_images_are_pinned() -> None:
    images = re.findall(r"^\s+image: (\S+)$", FILES[0].read_text(), re.MULTILINE)
    assert len(images) == 4
    assert all(":" in image for image in images if image != "vigil")
