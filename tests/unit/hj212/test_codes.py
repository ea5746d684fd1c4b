"""The code table as data: every entry complete, of one meaning, honest about its source."""

from __future__ import annotations

from pathlib import Path

import pytest

from detectors.catalogue.quantities import QUANTITIES
from pipelines.hj212.codes import known_codes

FROM_THE_BRIEF = {
    "w01001": ("ph", "pH"),
    "w01003": ("turbidity", "NTU"),
    "w01009": ("dissolved_oxygen", "mg/L"),
    "w01010": ("water_temperature", "°C"),
    "w01014": ("conductivity", "µS/cm"),
    "w01018": ("cod", "mg/L"),
    "w21003": ("ammonia_nitrogen", "mg/L"),
}


def test_codes_say_what_they_should() -> None:
    """The figures once more, to catch a slip."""
    table = known_codes()
    said = {code: (table[code].quantity, table[code].unit) for code in FROM_THE_BRIEF}
    assert said == FROM_THE_BRIEF


def test_extensions_cannot_be_taken_for_the_standards() -> None:
    """Vigil's own codes look like Vigil's own and say so."""
    for code in known_codes().values():
        assert code.code.startswith("vg") == (code.confidence == "extension")
        assert code.source
        assert set(code.name) == {"zh", "en"}


def test_one_quantity_has_one_unit() -> None:
    """Two codes of a quantity must not differ in unit: a series has one."""
    units: dict[str, set[str]] = {}
    for code in known_codes().values():
        units.setdefault(code.quantity, set()).add(code.unit)
    assert {quantity: found for quantity, found in units.items() if len(found) > 1} == {}


def test_units_are_those_in_which_vigil_judges() -> None:
    """A station's figures go to the rules unconverted."""
    entries = [code for code in known_codes().values() if code.quantity in QUANTITIES]
    assert {code.quantity for code in entries} >= {"free_chlorine", "ph", "cod", "co2"}
    for code in entries:
        assert code.unit == QUANTITIES[code.quantity].unit, code.code


def test_a_code_twice_is_refused(tmp_path: Path) -> None:
    """Which of the two would hold?"""
    entry = (
        '[[code]]\ncode = "x1"\nquantity = "ph"\nunit = "pH"\nname = { zh = "酸", en = "pH" }\n'
        'source = "test"\nconfidence = "GK"\n'
    )
    path = tmp_path / "codes.toml"
    path.write_text(entry, encoding="utf-8")
    assert known_codes(path)["x1"].quantity == "ph"
    twice = tmp_path / "twice.toml"
    twice.write_text(entry * 2, encoding="utf-8")
    with pytest.raises(ValueError, match="twice"):
        known_codes(twice)
