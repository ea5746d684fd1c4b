"""Which series are judged together, and that no rule's file is left out."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import msgspec
import pytest

import detectors.readings.groups
from detectors.catalogue.kinds import KINDS
from detectors.readings.groups import GROUP_RULES
from detectors.types import Series
from tests.unit.detectors.groups.rooms import RULES, entry_of, members_of
from tests.unit.detectors.streams import a_series


def _grouped(rule_id: str, series: list[Series]) -> list[tuple[int, ...]]:
    entry = entry_of(rule_id)
    found = RULES[entry.kind].groups(entry, series)
    assert len({group.group_id for group in found}) == len(found)
    return [tuple(member.series_id for member in group.members) for group in found]


def _moved(series: Series, **changes: object) -> Series:
    return msgspec.structs.replace(series, **changes)


def test_every_file_is_a_registered_rule() -> None:
    """A file's rule stands in ``GROUP_RULES``, once, and its kind among those of the catalogue."""
    package = detectors.readings.groups
    files = {path.stem for path in Path(str(package.__file__)).parent.glob("*.py")} - {"__init__"}
    rules = [import_module(f"{package.__name__}.{name}").RULE for name in sorted(files)]
    assert sorted(rule.kind for rule in rules) == sorted(rule.kind for rule in GROUP_RULES)
    assert {rule.kind for rule in rules} <= set(KINDS)


def test_companions_of_the_device_come_before_those_of_the_place() -> None:
    """Three sterilisers in one room do not share a pressure probe."""
    entry = entry_of("steam-cycle")
    temperature, pressure = members_of(
        entry, ("steriliser_temperature", 1), ("steriliser_pressure", 1)
    )
    second = _moved(temperature, series_id=3, device_id="device-2")
    its_own = _moved(pressure, series_id=4, device_id="device-2")
    assert _grouped("steam-cycle", [temperature, pressure, second, its_own]) == [(2, 1), (4, 3)]
    assert _grouped("steam-cycle", [temperature, _moved(pressure, device_id="gauge")]) == [(2, 1)]
    assert _grouped("steam-cycle", [temperature, _moved(pressure, place="next door")]) == [(1,)]


@pytest.mark.parametrize(
    ("rule_id", "quantities"),
    [
        ("vaccine-temperature-door", ("temperature", "door_open")),
        ("radiation-outside-room", ("dose_rate", "exposure")),
        ("uv-irradiance", ("uv_irradiance", "lamp_on")),
    ],
)
def test_what_needs_a_companion_is_not_judged_without(
    rule_id: str, quantities: tuple[str, str]
) -> None:
    """No door, no tolerance: the plain limit judges alone. Nor in another unit than the limit's."""
    judged, companion = members_of(entry_of(rule_id), *((q, 60) for q in quantities))
    assert len(_grouped(rule_id, [judged, companion])) == 1
    assert _grouped(rule_id, [judged]) == []
    assert _grouped(rule_id, [companion]) == []
    assert _grouped(rule_id, [judged, _moved(companion, site_id="elsewhere")]) == []
    assert _grouped(rule_id, [_moved(judged, unit="other"), companion]) == []
    assert _grouped(rule_id, [_moved(judged, site_kind="pool"), companion]) == []


def test_one_door_serves_every_probe_of_a_store() -> None:
    """Two probes in one cold store are judged apart, each with the door."""
    first, door = members_of(
        entry_of("vaccine-temperature-door"), ("temperature", 60), ("door_open", 60)
    )
    second = _moved(first, series_id=3, device_id="device-3")
    assert _grouped("vaccine-temperature-door", [first, door, second]) == [(2, 1), (2, 3)]


def test_a_lamp_with_a_counter_is_judged_by_it() -> None:
    """Summed hours and counted hours would be one finding twice."""
    lamp, counter = members_of(entry_of("uv-lamp-hours"), ("lamp_on", 60), ("lamp_hours", 3600))
    assert _grouped("uv-lamp-hours", [lamp]) == [(1,)]
    assert _grouped("uv-lamp-hours", [lamp, counter]) == []


def test_probes_are_compared_in_pairs_at_one_place() -> None:
    """Of three probes each with the next; probes elsewhere, or of another thing, with none."""
    three = [a_series(number) for number in (5, 2, 9)]
    elsewhere = _moved(a_series(7), place="place-2")
    other = a_series(8, quantity="ph", unit="pH")
    assert _grouped("probes-disagree-chlorine", [*three, elsewhere, other]) == [(2, 5), (5, 9)]


def test_bags_of_one_scale_are_one_room() -> None:
    """In and out of one device; a scale that only lets bags out has no room."""
    came = a_series(1, quantity="waste_bag_in", unit="", site_kind="clinic")
    went = a_series(2, quantity="waste_bag_out", unit="", site_kind="clinic")
    other = _moved(came, series_id=3, device_id="scale-2")
    assert _grouped("waste-kept-48h", [came, went, other]) == [(1, 2), (3,)]
    assert _grouped("waste-kept-48h", [went]) == []
