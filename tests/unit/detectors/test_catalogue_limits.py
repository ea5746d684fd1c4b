"""The figures of law once more, as they were read: a slip of a digit shows here."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from detectors.catalogue import Entry, bundled
from detectors.catalogue.entry import day_ms
from detectors.catalogue.places import SITE_KINDS
from tests.unit.detectors.streams import DAY_MS

Figure = tuple[float | None, float | None, str]

POOL: dict[str, Figure] = {
    "pool-free-chlorine": (0.3, 1.0, "mg/L"),
    "pool-combined-chlorine": (None, 0.4, "mg/L"),
    "pool-ph": (7.0, 7.8, "pH"),
    "pool-turbidity": (None, 1.0, "NTU"),
    "pool-urea": (None, 3.5, "mg/L"),
    "pool-orp": (650.0, None, "mV"),
    "pool-cyanuric-acid": (None, 50.0, "mg/L"),
    "pool-bacteria": (None, 200.0, "CFU/mL"),
    "pool-coliforms": (None, 0.0, "CFU/100mL"),
    "pool-water-temperature": (23.0, 30.0, "°C"),
    "pool-ozone": (None, 0.2, "mg/m³"),
    "foot-bath-chlorine": (5.0, 10.0, "mg/L"),
    "pool-stop-chlorine": (None, 3.0, "mg/L"),
    "pool-circulation-stopped": (1.0, None, ""),
}
WATER: dict[str, Figure] = {
    "water-turbidity": (None, 1.0, "NTU"),
    "water-ph": (6.5, 8.5, "pH"),
    "plant-residual-chlorine": (0.3, 2.0, "mg/L"),
    "tap-residual-chlorine": (0.05, 2.0, "mg/L"),
    "plant-chlorine-dioxide": (0.1, 0.8, "mg/L"),
    "tap-chlorine-dioxide": (0.02, 0.8, "mg/L"),
    "plant-contact-time": (30.0, None, "min"),
    "water-colour": (None, 15.0, "CU"),
    "water-bacteria": (None, 100.0, "CFU/mL"),
    "water-e-coli": (None, 0.0, "CFU/100mL"),
    "supply-turbidity": (None, 1.0, "NTU"),
    "supply-ph": (6.5, 8.5, "pH"),
    "supply-residual-chlorine": (0.05, None, "mg/L"),
    "supply-residual-chlorine-high": (None, 2.0, "mg/L"),
    "supply-chlorine-dioxide": (0.02, 0.8, "mg/L"),
    "supply-colour": (None, 15.0, "CU"),
    "supply-bacteria": (None, 100.0, "CFU/mL"),
    "supply-e-coli": (None, 0.0, "CFU/100mL"),
}
AIR: dict[str, Figure] = {
    "hotel-co2": (None, 1000.0, "ppm"),
    "public-co2": (None, 1500.0, "ppm"),
    "hotel-fresh-air": (30.0, None, "m³/(h·person)"),
    "public-fresh-air": (20.0, None, "m³/(h·person)"),
    "public-co": (None, 10.0, "mg/m³"),
    "public-pm10": (None, 0.15, "mg/m³"),
    "public-formaldehyde": (None, 0.10, "mg/m³"),
    "public-benzene": (None, 0.11, "mg/m³"),
    "public-toluene": (None, 0.20, "mg/m³"),
    "public-xylene": (None, 0.20, "mg/m³"),
    "salon-ammonia": (None, 0.50, "mg/m³"),
    "bath-hydrogen-sulfide": (None, 10.0, "mg/m³"),
    "public-ammonia": (None, 0.20, "mg/m³"),
    "public-tvoc": (None, 0.60, "mg/m³"),
    "public-ozone": (None, 0.16, "mg/m³"),
    "public-radon": (None, 400.0, "Bq/m³"),
    "school-co2": (None, 1000.0, "ppm"),
    "school-formaldehyde": (None, 0.08, "mg/m³"),
    "room-temperature": (16.0, 28.0, "°C"),
    "room-humidity": (40.0, 65.0, "%"),
    "pool-hall-humidity": (None, 80.0, "%"),
    "room-air-speed": (None, 0.5, "m/s"),
    "rest-air-speed": (None, 0.3, "m/s"),
    "hotel-noise": (None, 45.0, "dB(A)"),
    "salon-illuminance": (150.0, None, "lx"),
    "supply-air-pm10": (None, 0.15, "mg/m³"),
    "supply-air-bacteria": (None, 500.0, "CFU/m³"),
    "supply-air-fungi": (None, 500.0, "CFU/m³"),
    "duct-dust": (None, 20.0, "g/m²"),
    "ac-legionella": (None, 0.0, "CFU/L"),
}
MEDICAL: dict[str, Figure] = {
    "vaccine-temperature": (2.0, 8.0, "°C"),
    "vaccine-freezer-temperature": (None, -15.0, "°C"),
    "waste-cold-store": (None, 20.0, "°C"),
    "sterilant-bacteria": (None, 0.0, "CFU/mL"),
    "skin-disinfectant-bacteria": (None, 10.0, "CFU/mL"),
    "disinfectant-bacteria": (None, 100.0, "CFU/mL"),
    "disinfectant-chlorine": (500.0, None, "mg/L"),
    "glutaraldehyde": (2.0, None, "%"),
    "dental-water-bacteria": (None, 500.0, "CFU/mL"),
    "endoscope-rinse-bacteria": (None, 10.0, "CFU/100mL"),
    "endoscope-bacteria": (None, 20.0, "CFU"),
    "fever-clinic-pressure": (None, -5.0, "Pa"),
    "sewage-chlorine": (3.0, 10.0, "mg/L"),
    "sewage-chlorine-pretreatment": (2.0, 8.0, "mg/L"),
    "sewage-chlorine-infectious": (6.5, 10.0, "mg/L"),
    "sewage-ph": (6.0, 9.0, "pH"),
    "sewage-cod": (None, 60.0, "mg/L"),
    "sewage-cod-pretreatment": (None, 250.0, "mg/L"),
    "sewage-cod-infectious": (None, 60.0, "mg/L"),
    "sewage-contact-time": (60.0, None, "min"),
    "sewage-contact-time-infectious": (90.0, None, "min"),
    "sewage-coliform": (None, 500.0, "MPN/L"),
    "sewage-coliform-pretreatment": (None, 5000.0, "MPN/L"),
    "sewage-coliform-infectious": (None, 100.0, "MPN/L"),
}
FIGURES = {**POOL, **WATER, **AIR, **MEDICAL}
UV: dict[str, Figure] = {
    "uv-irradiance": (70.0, None, "µW/cm²"),
    "uv-lamp-hours-counter": (None, 1000.0, "h"),
}
PROFILE: dict[str, Figure] = {
    "cjt-244-pool-turbidity": (None, 0.5, "NTU"),
    "cjt-244-pool-ph": (7.2, 7.8, "pH"),
    "cjt-244-pool-orp": (700.0, None, "mV"),
    "cjt-244-pool-bacteria": (None, 100.0, "CFU/mL"),
}
OTHER: dict[str, Figure] = {
    "waste-kept-early-warning": (None, 36.0, "h"),
    "waste-kept-48h": (None, 48.0, "h"),
    "indoor-pm2-5": (None, 0.05, "mg/m³"),
}


def _figure(entry: Entry) -> Figure:
    return entry.low, entry.high, entry.unit


def test_every_limit_is_the_one_that_was_read() -> None:
    """OFF-1: nothing more, nothing less, nothing else; of what is in force in 2026."""
    now = bundled().in_force(DAY_MS)
    found = {e.id: _figure(e) for e in now if e.kind == "limit" and e.id not in UV}
    assert found == FIGURES
    assert {e.id: _figure(e) for e in bundled().offered} == PROFILE
    assert {e.id: _figure(e) for e in now if e.id in OTHER | UV} == OTHER | UV


def test_the_standard_of_the_day_judges_supply_air() -> None:
    """OFF-1: WS 394-2012 until 30 April 2024, WS 10013-2023 from 1 May on."""
    (old,) = [e for e in bundled().in_force(_day("2024-04-30")) if e.id == "supply-air-pm10"]
    (new,) = [e for e in bundled().in_force(_day("2024-05-01")) if e.id == "supply-air-pm10"]
    assert (old.law.name, old.high, old.kind_of_finding) == ("WS 394-2012", 0.08, "breach")
    assert (new.law.name, new.high, new.kind_of_finding) == ("WS 10013-2023", 0.15, "lead")


def _day(text: str) -> int:
    return day_ms(dt.date.fromisoformat(text))


@pytest.mark.parametrize(
    ("quantity", "kinds"),
    [
        ("co2", {"hotel": 1000.0, "mall": 1500.0, "school": 1000.0}),
        ("ammonia", {"hair_salon": 0.5, "hotel": 0.2}),
        ("wind_speed", {"mall": 0.5, "hotel": 0.3, "bath": 0.3}),
        ("water_bacteria", {"pool": 200.0, "school": 100.0, "secondary_supply": 100.0}),
    ],
)
def test_the_kind_of_place_chooses_the_limit(quantity: str, kinds: dict[str, float]) -> None:
    """One limit of a quantity for one kind of place, the right one."""
    for kind, high in kinds.items():
        found = [e for e in bundled().for_series(kind, quantity) if e.kind == "limit"]
        assert [e.high for e in found] == [high], kind


@pytest.mark.parametrize("entry", bundled().entries, ids=lambda e: e.key)
def test_a_breach_rests_on_more_than_an_engineering_default(entry: Entry) -> None:
    """A window may be ours; a limit that grounds a penalty may not."""
    assert entry.kind_of_finding != "breach" or entry.confidence in {"V", "P", "GK"}


def test_what_is_only_advised_or_not_local_is_a_lead() -> None:
    """The standard's 宜, recommended standards, another place's rule, figures nobody checked."""
    leads = {e.id for e in bundled().in_force(DAY_MS) if e.kind_of_finding == "lead"}
    wanted = {"pool-water-temperature", "pool-stop-chlorine", "school-co2", "room-humidity"}
    wanted |= {"disinfectant-chlorine", "supply-air-pm10", "sewage-chlorine", "hotel-noise"}
    assert wanted <= leads


def test_every_kind_of_site_is_judged_by_something_of_its_own() -> None:
    """A kind of site without a limit would look watched and not be."""
    own = {kind for e in bundled().entries for kind in e.site_kinds}
    assert set(SITE_KINDS) - own == set()


def test_a_place_is_named_as_the_rooms_name_it() -> None:
    """Risk weighs every kind of site that a limit may name: one spelling everywhere."""
    path = Path(__file__).parents[3] / "pipelines" / "scoring" / "risk.toml"
    weighed = path.read_text("utf-8")
    assert [kind for kind in SITE_KINDS if f"\n{kind} = " not in weighed] == []


def test_nothing_cites_notes_that_readers_do_not_have() -> None:
    """A source names what was read, so that an inspector can look it up; in Chinese as well."""
    for entry in (*bundled().entries, *bundled().offered):
        assert "fact sheet" not in entry.source + entry.note, entry.key
        assert entry.source_zh, entry.key
        assert bool(entry.note) == bool(entry.note_zh), entry.key
