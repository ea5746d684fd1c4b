"""Cases of every limit judged by the mean of a window: when a step carries it over the limit.

Good value, bad value and limit are written out, as they were read; nothing is taken from the
catalogue. Once ``n`` of the window's ``W`` readings are bad, its mean is ((W-n) good + n bad) / W.
"""

from __future__ import annotations

import math

from tests.unit.detectors.cases.shape import ReadingCase

_Row = tuple[str, str, str, str, float, float, float, int, int]
_HOUR, _LASTS, _CALM = 60, 15, 30
# rule, kind of site, quantity, unit, good, limit that is passed, bad, window, lasts (minutes).
_ROWS: tuple[_Row, ...] = (
    ("hotel-co2", "hotel", "co2", "ppm", 700, 1000, 1500, _HOUR, _LASTS),
    ("public-co2", "mall", "co2", "ppm", 900, 1500, 2000, _HOUR, _LASTS),
    ("public-co2", "bath", "co2", "ppm", 900, 1500, 1600, _HOUR, _LASTS),
    ("public-co", "hair_salon", "co", "mg/m³", 2, 10, 14, _HOUR, _LASTS),
    ("public-pm10", "mall", "pm10", "mg/m³", 0.05, 0.15, 0.25, _HOUR, _LASTS),
    ("public-formaldehyde", "hotel", "formaldehyde", "mg/m³", 0.04, 0.10, 0.165, _HOUR, _LASTS),
    ("public-tvoc", "mall", "tvoc", "mg/m³", 0.2, 0.6, 1.1, _HOUR, _LASTS),
    ("public-ozone", "hotel", "ozone", "mg/m³", 0.04, 0.16, 0.25, _HOUR, _LASTS),
    ("pool-ozone", "pool", "ozone", "mg/m³", 0.05, 0.2, 0.33, _HOUR, _LASTS),
    ("school-co2", "school", "co2", "ppm", 700, 1000, 1500, _HOUR, _LASTS),
    ("school-formaldehyde", "school", "formaldehyde", "mg/m³", 0.03, 0.08, 0.12, _HOUR, _LASTS),
    ("room-temperature", "hotel", "air_temperature", "°C", 24, 28, 31, _HOUR, _CALM),
    ("room-temperature", "mall", "air_temperature", "°C", 18, 16, 12, _HOUR, _CALM),
    ("room-humidity", "hair_salon", "relative_humidity", "%", 50, 65, 85, _HOUR, _CALM),
    ("room-humidity", "hotel", "relative_humidity", "%", 50, 40, 25, _HOUR, _CALM),
    ("pool-hall-humidity", "pool", "relative_humidity", "%", 60, 80, 95, _HOUR, _CALM),
    ("room-air-speed", "mall", "wind_speed", "m/s", 0.2, 0.5, 0.9, _HOUR, _CALM),
    ("rest-air-speed", "bath", "wind_speed", "m/s", 0.1, 0.3, 0.6, _HOUR, _CALM),
    ("hotel-noise", "hotel", "noise", "dB(A)", 38, 45, 57, _HOUR, _CALM),
    ("salon-illuminance", "hair_salon", "illuminance", "lx", 300, 150, 60, _HOUR, _CALM),
    ("water-turbidity", "water_plant", "turbidity", "NTU", 0.3, 1.0, 1.5, _HOUR, _CALM),
    ("water-ph", "school", "ph", "pH", 7.2, 8.5, 9.4, _HOUR, _CALM),
    ("water-ph", "water_plant", "ph", "pH", 7.2, 6.5, 5.5, _HOUR, _CALM),
    ("plant-residual-chlorine", "water_plant", "residual_chlorine", "mg/L", 0.6, 0.3, 0.1, 60, 30),
    ("plant-residual-chlorine", "water_plant", "residual_chlorine", "mg/L", 0.6, 2.0, 4.0, 60, 30),
    ("tap-residual-chlorine", "hospital", "residual_chlorine", "mg/L", 0.2, 0.05, 0.01, 60, 30),
    ("tap-residual-chlorine", "school", "residual_chlorine", "mg/L", 0.2, 2.0, 3.5, 60, 30),
    ("plant-chlorine-dioxide", "water_plant", "chlorine_dioxide", "mg/L", 0.3, 0.1, 0.02, 60, 30),
    ("plant-chlorine-dioxide", "water_plant", "chlorine_dioxide", "mg/L", 0.3, 0.8, 1.5, 60, 30),
    ("tap-chlorine-dioxide", "clinic", "chlorine_dioxide", "mg/L", 0.1, 0.02, 0.003, 60, 30),
    ("tap-chlorine-dioxide", "mall", "chlorine_dioxide", "mg/L", 0.1, 0.8, 1.4, 60, 30),
    ("plant-contact-time", "water_plant", "contact_time", "min", 45, 30, 10, _HOUR, _CALM),
    (
        "supply-residual-chlorine-high",
        "secondary_supply",
        "residual_chlorine",
        "mg/L",
        *(0.2, 2.0, 3.5, 60, 30),
    ),
    (
        "supply-chlorine-dioxide",
        "secondary_supply",
        "chlorine_dioxide",
        "mg/L",
        *(0.1, 0.8, 1.4, 60, 30),
    ),
    (
        "supply-chlorine-dioxide",
        "secondary_supply",
        "chlorine_dioxide",
        "mg/L",
        *(0.1, 0.02, 0.003, 60, 30),
    ),
    ("sewage-ph", "hospital_sewage", "ph", "pH", 7.5, 9.0, 10.7, _HOUR, _HOUR),
    ("sewage-ph", "hospital_sewage", "ph", "pH", 7.5, 6.0, 4.3, _HOUR, _HOUR),
    ("sewage-chlorine", "hospital_sewage", "total_chlorine", "mg/L", 6, 3, 1, _HOUR, _HOUR),
    ("sewage-chlorine", "hospital_sewage", "total_chlorine", "mg/L", 6, 10, 15, _HOUR, _HOUR),
    (
        "sewage-chlorine-pretreatment",
        "hospital_sewage",
        "total_chlorine_pretreatment",
        "mg/L",
        *(5, 2, 0.5, _HOUR, _HOUR),
    ),
    (
        "sewage-chlorine-pretreatment",
        "hospital_sewage",
        "total_chlorine_pretreatment",
        "mg/L",
        *(5, 8, 12, _HOUR, _HOUR),
    ),
    (
        "sewage-chlorine-infectious",
        "hospital_sewage",
        "total_chlorine_infectious",
        "mg/L",
        *(8, 6.5, 4, _HOUR, _HOUR),
    ),
    (
        "sewage-chlorine-infectious",
        "hospital_sewage",
        "total_chlorine_infectious",
        "mg/L",
        *(8, 10, 13, _HOUR, _HOUR),
    ),
    ("sewage-cod", "hospital_sewage", "cod", "mg/L", 40, 60, 90, _HOUR, _HOUR),
    (
        "sewage-cod-pretreatment",
        "hospital_sewage",
        "cod_pretreatment",
        "mg/L",
        *(120, 250, 400, _HOUR, _HOUR),
    ),
    ("sewage-cod-infectious", "hospital_sewage", "cod_infectious", "mg/L", 40, 60, 90, 60, 60),
    ("sewage-contact-time", "hospital_sewage", "contact_time", "min", 90, 60, 20, 60, 60),
    (
        "sewage-contact-time-infectious",
        "hospital_sewage",
        "contact_time_infectious",
        "min",
        *(120, 90, 45, _HOUR, _HOUR),
    ),
)


def _mean(good: float, bad: float, window: int, n: int) -> float:
    n = min(n, window)
    return ((window - n) * good + n * bad) / window


def _hit(row: _Row) -> ReadingCase:
    rule_id, site_kind, quantity, unit, good, limit, bad, window, lasts = row
    turn = window + 100
    over = math.floor(window * (limit - good) / (bad - good) + 1e-9) + 1
    decided = over + lasts
    return ReadingCase(
        name=f"{bad} {unit} to stay",
        rule_id=rule_id,
        site_kind=site_kind,
        quantity=quantity,
        unit=unit,
        values=lambda minute: good if minute < turn else bad,
        minutes=(0, turn + window + lasts + 60),
        expected=(
            ("opened", turn + over - 1, turn + decided - 1, _mean(good, bad, window, decided)),
        ),
    )


def _miss(row: _Row) -> ReadingCase:
    """Bad for one reading less than carries the mean over the limit: exactly at it is allowed."""
    rule_id, site_kind, quantity, unit, good, limit, bad, window, lasts = row
    turn = window + 100
    until = turn + math.ceil(window * (limit - good) / (bad - good) - 1e-9) - 1
    return ReadingCase(
        name=f"{bad} {unit} for {until - turn} min of {window}",
        rule_id=rule_id,
        site_kind=site_kind,
        quantity=quantity,
        unit=unit,
        values=lambda minute: bad if turn <= minute < until else good,
        minutes=(0, turn + 2 * window + lasts),
    )


CASES = (*map(_hit, _ROWS), *map(_miss, _ROWS))
