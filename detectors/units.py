"""Owns units: which spellings are known and how one becomes another. Must not know quantities.

Every conversion here is a straight line, so whoever loads data asks once and then multiplies.
pint takes most of half a second to load and comes in only when two different spellings meet.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pint import UnitRegistry

KNOWN: dict[str, str] = {
    "": "dimensionless",
    "people": "person",
    "mg/L": "milligram / liter",
    "µg/L": "microgram / liter",
    "g/L": "gram / liter",
    "mg/m³": "milligram / meter ** 3",
    "µg/m³": "microgram / meter ** 3",
    "g/m²": "gram / meter ** 2",
    "%": "percent",
    "ppm": "ppm",
    "pH": "pH_unit",
    "NTU": "turbidity_unit",
    "CU": "colour_unit",
    "°C": "degree_Celsius",
    "°F": "degree_Fahrenheit",
    "K": "kelvin",
    "Pa": "pascal",
    "kPa": "kilopascal",
    "MPa": "megapascal",
    "bar": "bar",
    "mbar": "millibar",
    "V": "volt",
    "mV": "millivolt",
    "Sv/h": "sievert / hour",
    "mSv/h": "millisievert / hour",
    "µSv/h": "microsievert / hour",
    "nSv/h": "nanosievert / hour",
    "Bq/m³": "becquerel / meter ** 3",
    "µW/cm²": "microwatt / centimeter ** 2",
    "mW/cm²": "milliwatt / centimeter ** 2",
    "W/m²": "watt / meter ** 2",
    "lx": "lux",
    "dB(A)": "a_weighted_level",
    "CFU": "colony",
    "CFU/mL": "colony / milliliter",
    "CFU/100mL": "colony / water_sample",
    "CFU/L": "colony / liter",
    "CFU/m³": "colony / meter ** 3",
    "MPN/L": "probable_number / liter",
    "MPN/100mL": "probable_number / water_sample",
    "m³/(h·person)": "meter ** 3 / (hour * person)",
    "m³/h": "meter ** 3 / hour",
    "L/s": "liter / second",
    "m³": "meter ** 3",
    "L": "liter",
    "m/s": "meter / second",
    "kg": "kilogram",
    "g": "gram",
    "s": "second",
    "min": "minute",
    "h": "hour",
    "d": "day",
    "mSv": "millisievert",
}
"""The spelling used in data, and what pint calls it."""

ALSO: dict[str, str] = {
    "mg/l": "mg/L",
    "ug/L": "µg/L",
    "mg/m3": "mg/m³",
    "ug/m3": "µg/m³",
    "µg/m3": "µg/m³",
    "% vol": "%",
    "%RH": "%",
    "℃": "°C",
    "C": "°C",
    "℉": "°F",
    "uSv/h": "µSv/h",
    "Bq/m3": "Bq/m³",
    "uW/cm2": "µW/cm²",
    "µW/cm2": "µW/cm²",
    "dBA": "dB(A)",
    "lux": "lx",
    "cfu/mL": "CFU/mL",
    "CFU/ml": "CFU/mL",
    "CFU/m3": "CFU/m³",
    "m3/h": "m³/h",
    "m3/(h·person)": "m³/(h·person)",
    "度": "CU",
}
"""Other spellings met in the field. A bare ``ppm`` in water is not one: ppm is by volume here."""

# What pint does not have. Each stands alone, so pH never becomes turbidity, nor MPN become CFU.
_OWN = ("person", "pH_unit", "turbidity_unit", "colour_unit", "a_weighted_level", "colony")


class UnitError(ValueError):
    """A unit that is not known, or two that measure different things."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linear:
    """``to = scale * from + offset``. A width, such as a hysteresis, takes ``scale`` alone."""

    scale: float = 1.0
    offset: float = 0.0

    @property
    def same(self) -> bool:
        """Whether nothing changes."""
        return self.scale == 1.0 and self.offset == 0.0

    def __call__(self, value: float) -> float:
        """``value`` in the other unit; noise of the 13th digit is cut, so 0.10 % is 1000 ppm."""
        return float(f"{self.scale * value + self.offset:.12g}")


SAME = Linear()


def spelled(unit: str) -> str | None:
    """The spelling used in data for what somebody wrote; None when it is not known.

    The Greek letter mu and the micro sign look alike and are one here.
    """
    plain = unit.strip().replace("μ", "µ")
    plain = ALSO.get(plain, plain)
    return plain if plain in KNOWN else None


@lru_cache(maxsize=512)
def conversion(from_unit: str, to_unit: str) -> Linear:
    """How a figure in one unit becomes one in another.

    Raises:
        UnitError: a unit is not known, or they measure different things.
    """
    source, target = spelled(from_unit), spelled(to_unit)
    for written, known in ((from_unit, source), (to_unit, target)):
        if known is None:
            names = ", ".join(sorted(filter(None, KNOWN)))
            raise UnitError(f"unknown unit {written!r}; known are {names}")
    if source == target:
        return SAME
    return _measured(KNOWN[source or ""], KNOWN[target or ""], from_unit, to_unit)


def _measured(source: str, target: str, from_unit: str, to_unit: str) -> Linear:
    from pint import DimensionalityError  # noqa: PLC0415 - half a second, seldom needed

    quantity = _registry().Quantity
    try:
        offset = float(quantity(0.0, source).to(target).magnitude)
        one = float(quantity(1.0, source).to(target).magnitude)
        thousand = float(quantity(1000.0, source).to(target).magnitude)
    except DimensionalityError as error:
        raise UnitError(f"{from_unit!r} cannot become {to_unit!r}: {error}") from error
    scale = (thousand - offset) / 1000
    if abs(offset + scale - one) > 1e-9 * max(1.0, abs(one)):
        raise UnitError(f"{from_unit!r} does not become {to_unit!r} along a straight line")
    return Linear(scale=scale, offset=offset)


@lru_cache(maxsize=1)
def _registry() -> UnitRegistry[float]:
    import pint  # noqa: PLC0415 - as above

    registry: UnitRegistry[float] = pint.UnitRegistry()
    for name in (*_OWN, "probable_number"):
        registry.define(f"{name} = [{name}]")
    registry.define("water_sample = 100 * milliliter")
    return registry
