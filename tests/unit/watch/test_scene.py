"""Zones from a file: the example as printed, and every mistake named."""

from __future__ import annotations

from pathlib import Path

import pytest

from detectors.types import ZONE_KINDS
from pipelines.watch.scene import EXAMPLE, BadZones, scene_of

ZONE = '[[zone]]\nid = "a"\nkind = "closed"\npolygon = "0 0; 1 0; 1 1"\n'


def test_the_example_is_a_scene() -> None:
    """What `vigil watch --example-zones` prints can be used as it is."""
    scene = scene_of(EXAMPLE)
    assert [(zone.zone_id, zone.kind) for zone in scene.zones] == [
        ("stand", "post"), ("deck", "crowd"), ("store", "closed"),
    ]  # fmt: skip
    assert scene.zones[1].limit == 3
    assert scene.zones[0].active == "open"
    assert (scene.site_kind, scene.reference) == ("pool", b"")
    assert {zone.kind for zone in scene.zones} <= set(ZONE_KINDS)


def test_no_file_is_a_place_without_zones() -> None:
    """Rules about the whole picture hold there too."""
    assert scene_of(None).zones == ()


def test_a_reference_lies_beside_the_file(tmp_path: Path) -> None:
    """Its path counts from the file's folder."""
    (tmp_path / "view.jpg").write_bytes(b"jpeg")
    (tmp_path / "z.toml").write_text('reference = "view.jpg"', "utf-8")
    assert scene_of(tmp_path / "z.toml").reference == b"jpeg"


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("zone = 3", r"\[\[zone\]\]"),
        ("[[zone", "Expected"),
        ('colour = "red"', "unknown 'colour'"),
        ('site_kind = "casino"', "'casino' is none of"),
        ('hours = "Mon 6-22"', "span of hours"),
        ('reference = "nowhere.jpg"', "nowhere.jpg"),
        ('[[zone]]\nkind = "closed"', "no id"),
        (ZONE.replace("closed", "garden"), "zone a: kind 'garden'"),
        (ZONE.replace("; 1 1", ""), "zone a: polygon needs three corners"),
        (ZONE.replace("1 1", "1 7"), "zone a: polygon needs three corners or more, each a share"),
        (ZONE + 'active = "at night"', "zone a: active"),
        (ZONE + "limit = -1", "zone a: limit"),
        (ZONE + "size = 1", "zone a: unknown 'size'"),
        (ZONE + ZONE, "the same id"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, wrong: str) -> None:
    """File, zone, field, and where to see how it is done."""
    path = tmp_path / "zones.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(BadZones, match=wrong) as raised:
        scene_of(path)
    assert str(path) in str(raised.value)
    assert "--example-zones" in str(raised.value)
