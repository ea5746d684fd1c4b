"""Units meet once, when the catalogue is read; quantities say what is possible."""

from __future__ import annotations

import subprocess
import sys

import pytest

from detectors.catalogue import CatalogueError, bundled, parse
from detectors.catalogue.quantities import QUANTITIES, quantity
from detectors.units import KNOWN, SAME, UnitError, conversion, spelled
from tests.unit.detectors.test_catalogue import _GOOD


@pytest.mark.parametrize(
    ("value", "source", "target", "expected"),
    [
        (0.10, "%", "ppm", 1000.0),
        (1500.0, "ppm", "%", 0.15),
        (46.4, "°F", "°C", 8.0),
        (275.15, "K", "°C", 2.0),
        (-15.0, "°C", "°F", 5.0),
        (0.2, "MPa", "kPa", 200.0),
        (2.1, "bar", "kPa", 210.0),
        (0.0025, "mSv/h", "µSv/h", 2.5),
        (0.65, "V", "mV", 650.0),
        (300.0, "µg/L", "mg/L", 0.3),
        (0.00015, "mg/L", "mg/m³", 0.15),
        (35.0, "µg/m³", "mg/m³", 0.035),
        (0.07, "mW/cm²", "µW/cm²", 70.0),
        (100.0, "CFU/100mL", "CFU/mL", 1.0),
        (0.05, "CFU/mL", "CFU/L", 50.0),
        (500.0, "MPN/L", "MPN/100mL", 50.0),
        (1.5, "h", "min", 90.0),
        (48.0, "h", "s", 172800.0),
        (3.6, "m³/h", "L/s", 1.0),
    ],
)
def test_a_figure_in_another_unit(value: float, source: str, target: str, expected: float) -> None:
    """Worked out by hand, both ways."""
    assert conversion(source, target)(value) == pytest.approx(expected, rel=1e-9)
    assert conversion(target, source)(expected) == pytest.approx(value, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("ppm", "mg/L"),
        ("CFU/mL", "MPN/L"),
        ("pH", "NTU"),
        ("dB(A)", "lx"),
        ("Bq/m³", "mg/m³"),
        ("µSv/h", "µW/cm²"),
        ("m³/(h·person)", "m³/h"),
        ("h", ""),
        ("people", ""),
    ],
)
def test_what_measures_something_else_is_refused(source: str, target: str) -> None:
    """Comparing them would make up a finding."""
    with pytest.raises(UnitError, match="cannot become"):
        conversion(source, target)


def test_spellings_of_the_field() -> None:
    """Two letters look like mu; superscripts are often typed plain."""
    assert spelled("\N{GREEK SMALL LETTER MU}Sv/h") == "\N{MICRO SIGN}Sv/h"
    assert spelled(" mg/m3 ") == "mg/m³"
    assert spelled("mg/dL") is None
    assert conversion("mg/m3", "mg/m³") is SAME
    with pytest.raises(UnitError, match="unknown unit 'mg/dL'"):
        conversion("mg/dL", "mg/L")


def test_every_known_unit_is_one_that_can_be_converted() -> None:
    """A slip in the table of units would only show on the day somebody needs it."""
    for unit in KNOWN:
        other = "K" if unit == "°C" else "°C" if unit in {"K", "°F"} else None
        assert conversion(unit, unit) is SAME
        if other is not None:
            assert not conversion(unit, other).same
        else:
            with pytest.raises(UnitError):
                conversion(unit, "°C")


def test_a_limit_is_judged_in_the_unit_of_its_quantity_and_keeps_what_was_written() -> None:
    """0.10 % of carbon dioxide is 1000 ppm; the page shows both."""
    text = (
        _GOOD.replace('"free_chlorine"', '"co2"')
        .replace('unit = "mg/L"', 'unit = "%"')
        .replace("low = 0.3\nhigh = 1.0\nhysteresis = 0.1", "high = 0.10\nhysteresis = 0.005")
    )
    (entry,) = parse({"air.toml": text}).entries
    assert (entry.high, entry.hysteresis, entry.unit) == (1000.0, 50.0, "ppm")
    assert entry.written == "≤ 0.1 %"


def test_a_temperature_moves_its_zero_but_its_hysteresis_does_not() -> None:
    """35.6 to 46.4 °F is 2 to 8 °C; 0.9 °F of hysteresis is 0.5 °C."""
    text = (
        _GOOD.replace('"free_chlorine"', '"temperature"')
        .replace('unit = "mg/L"', 'unit = "°F"')
        .replace(
            "low = 0.3\nhigh = 1.0\nhysteresis = 0.1", "low = 35.6\nhigh = 46.4\nhysteresis = 0.9"
        )
    )
    (entry,) = parse({"cold.toml": text}).entries
    assert (entry.low, entry.high, entry.hysteresis) == (2.0, 8.0, 0.5)


def test_a_jump_is_a_width() -> None:
    """9 °F between two readings is 5 °C, not -12.8."""
    text = (
        _GOOD.replace('"free_chlorine"', '"temperature"')
        .replace('kind = "limit"', 'kind = "jump"')
        .replace('kind_of_finding = "breach"', 'kind_of_finding = "device"')
        .replace('penalty = {name = "P", article = "2"}\n', "")
        .replace('unit = "mg/L"', 'unit = "°F"')
        .replace("low = 0.3\nhigh = 1.0\nhysteresis = 0.1", "high = 9.0")
    )
    (entry,) = parse({"cold.toml": text}).entries
    assert (entry.high, entry.unit) == (5.0, "°C")


def test_a_unit_that_does_not_fit_names_file_entry_and_units() -> None:
    """A limit in NTU on chlorine would never be met."""
    with pytest.raises(CatalogueError) as caught:
        parse({"pool.toml": _GOOD.replace('unit = "mg/L"', 'unit = "NTU"')})
    said = str(caught.value)
    assert "pool.toml: entry pool-x" in said
    assert "'NTU' cannot become 'mg/L'" in said


def test_bundled_limits_are_in_the_units_of_their_quantities() -> None:
    """So that loading needs no conversion, and no pint."""
    for entry in bundled().entries:
        if entry.kind == "limit":
            assert entry.unit == QUANTITIES[entry.quantity].unit, entry.key
            assert entry.written == "", entry.key


def test_loading_the_bundled_catalogue_needs_no_pint() -> None:
    """Half a second at the start of every worker."""
    program = "import sys, detectors.catalogue as c; c.load(); sys.exit('pint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_quantities_are_named_and_possible() -> None:
    """Names in both languages, a unit that is known, a range with room."""
    for name, known in QUANTITIES.items():
        assert known.name == name
        assert known.title.zh.strip(), name
        assert known.title.en.isascii(), name
        assert spelled(known.unit) == known.unit, name
        assert known.low < known.high, name
        assert known.interval_s > 0, name


def test_an_unknown_quantity_has_no_bounds() -> None:
    """Nothing is impossible of what nobody knows."""
    unknown = quantity("moonshine")
    assert (unknown.title.en, unknown.unit) == ("moonshine", "")
    assert unknown.low < -1e300
    assert unknown.high > 1e300
    assert quantity("ph").high == 14


def test_every_quantity_of_an_entry_is_measured_somewhere() -> None:
    """A limit on a quantity that nothing reports would look watched and not be."""
    named = {q for e in bundled().entries for q in (e.quantity, *e.quantities) if q}
    assert named <= QUANTITIES.keys()
