"""Cases of every laboratory limit: one figure a report, at the limit, beyond it, good again.

Figures are written out, as they were read; nothing is taken from the catalogue.
"""

from __future__ import annotations

from tests.unit.detectors.cases.shape import ReadingCase

_Row = tuple[str, str, str, str, float, float]
# rule, kind of site, quantity, unit, a figure that the limit still allows, one that it does not.
_ROWS: tuple[_Row, ...] = (
    ("pool-urea", "pool", "urea", "mg/L", 3.5, 3.6),
    ("pool-cyanuric-acid", "pool", "cyanuric_acid", "mg/L", 50, 51),
    ("pool-bacteria", "pool", "water_bacteria", "CFU/mL", 200, 210),
    ("pool-coliforms", "pool", "water_coliforms", "CFU/100mL", 0, 1),
    ("public-benzene", "mall", "benzene", "mg/m³", 0.11, 0.12),
    ("public-toluene", "hotel", "toluene", "mg/m³", 0.20, 0.21),
    ("public-xylene", "bath", "xylene", "mg/m³", 0.20, 0.21),
    ("salon-ammonia", "hair_salon", "ammonia", "mg/m³", 0.50, 0.51),
    ("public-ammonia", "hotel", "ammonia", "mg/m³", 0.20, 0.21),
    ("bath-hydrogen-sulfide", "bath", "hydrogen_sulfide", "mg/m³", 10, 10.5),
    ("public-radon", "hotel", "radon", "Bq/m³", 400, 410),
    ("hotel-fresh-air", "hotel", "fresh_air", "m³/(h·person)", 30, 29),
    ("public-fresh-air", "mall", "fresh_air", "m³/(h·person)", 20, 19),
    ("supply-air-pm10", "hotel", "supply_air_pm10", "mg/m³", 0.15, 0.16),
    ("supply-air-bacteria", "mall", "supply_air_bacteria", "CFU/m³", 500, 510),
    ("supply-air-fungi", "pool", "supply_air_fungi", "CFU/m³", 500, 510),
    ("duct-dust", "hotel", "duct_dust", "g/m²", 20, 21),
    ("ac-legionella", "hotel", "legionella", "CFU/L", 0, 100),
    ("water-colour", "water_plant", "colour", "CU", 15, 16),
    ("water-bacteria", "school", "water_bacteria", "CFU/mL", 100, 101),
    ("water-e-coli", "hotel", "water_e_coli", "CFU/100mL", 0, 1),
    ("supply-colour", "secondary_supply", "colour", "CU", 15, 16),
    ("supply-bacteria", "secondary_supply", "water_bacteria", "CFU/mL", 100, 101),
    ("supply-e-coli", "secondary_supply", "water_e_coli", "CFU/100mL", 0, 1),
    ("sterilant-bacteria", "hospital", "sterilant_bacteria", "CFU/mL", 0, 1),
    ("skin-disinfectant-bacteria", "clinic", "skin_disinfectant_bacteria", "CFU/mL", 10, 11),
    ("disinfectant-bacteria", "dental_clinic", "disinfectant_bacteria", "CFU/mL", 100, 101),
    ("disinfectant-chlorine", "hospital", "disinfectant_chlorine", "mg/L", 500, 490),
    ("glutaraldehyde", "sterilising_room", "glutaraldehyde", "%", 2.0, 1.9),
    ("dental-water-bacteria", "dental_clinic", "dental_water_bacteria", "CFU/mL", 500, 510),
    ("endoscope-rinse-bacteria", "hospital", "endoscope_rinse_bacteria", "CFU/100mL", 10, 11),
    ("endoscope-bacteria", "hospital", "endoscope_bacteria", "CFU", 20, 21),
    ("sewage-coliform", "hospital_sewage", "faecal_coliform", "MPN/L", 500, 510),
    (
        "sewage-coliform-pretreatment",
        "hospital_sewage",
        "faecal_coliform_pretreatment",
        "MPN/L",
        5000,
        5010,
    ),
    (
        "sewage-coliform-infectious",
        "hospital_sewage",
        "faecal_coliform_infectious",
        "MPN/L",
        100,
        110,
    ),
)


def _hit(row: _Row) -> ReadingCase:
    """A bad report opens at once, the next good one closes."""
    rule_id, site_kind, quantity, unit, good, bad = row
    reports = {100: bad, 300: good}
    return ReadingCase(
        name=f"{bad} {unit} reported",
        rule_id=rule_id,
        site_kind=site_kind,
        quantity=quantity,
        unit=unit,
        values=reports.get,
        minutes=(0, 400),
        expected=(("opened", 100, 100, bad), ("closed", 100, 300, bad)),
    )


def _miss(row: _Row) -> ReadingCase:
    rule_id, site_kind, quantity, unit, good, _bad = row
    return ReadingCase(
        name=f"{good} {unit} is allowed",
        rule_id=rule_id,
        site_kind=site_kind,
        quantity=quantity,
        unit=unit,
        values={100: good, 300: good}.get,
        minutes=(0, 400),
    )


CASES = (*map(_hit, _ROWS), *map(_miss, _ROWS))
