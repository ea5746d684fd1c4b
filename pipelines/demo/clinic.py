"""Owns the clinic's synthetic day: vaccine refrigerator, steriliser, medical waste. All made up.

Two days before the day itself the waste room starts weighing bags in, so that one of them can be
kept for more than 48 hours, and so that the day begins with an evening's stock that is too little.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from pipelines.demo.authority import DAY_MS
from pipelines.demo.batches import (
    DELIVERY_MS,
    HOUR_MS,
    MINUTE_MS,
    Values,
    batches,
    body,
    rounded,
    times,
)
from pipelines.gateways.outgoing import Outgoing

SITE = "clinic-main"
FAILED_H = (12.2, 13.1)
BAGS = 12
KEPT_BAG = 3
LOST_KG = 2.3
STOCK_HOUR = 18
AMBIENT_C, STEAM_C, STEAM_KPA = 40.0, 134.6, 210.0
HEATING_S, COOLING_S = 90, 60


def fridge(start: int, rng: np.random.Generator) -> Iterator[Outgoing]:
    """Opened twice, the second time for too long; at noon too warm behind its shut door."""
    t = times(start, 60)
    hours = (t - start) / HOUR_MS
    value = 4.6 + 0.5 * np.sin(hours * 2 * np.pi / 0.7) + rng.normal(0, 0.1, len(t))
    door = np.zeros(len(t))
    for from_h, open_min in ((9.2, 2), (16.0, 6)):
        since_min = (hours - from_h) * 60
        door[(since_min >= 0) & (since_min < open_min)] = 1
        warm = (since_min >= 0) & (since_min < open_min + 3)
        value[warm] = 8.7 + rng.normal(0, 0.1, int(warm.sum()))
    failed = (hours >= FAILED_H[0]) & (hours < FAILED_H[1])
    value[failed] = 10.4 + rng.normal(0, 0.2, int(failed.sum()))
    columns = {("temperature", "°C"): rounded(value, 0.1), ("door_open", "1"): door}
    yield from batches(SITE, "vaccine-fridge", t, columns)


def steriliser(start: int, rng: np.random.Generator) -> Iterator[Outgoing]:
    """A cycle of four and a half minutes at 134 °C in the morning, one of three after lunch."""
    spans = [_cycle(start + 9 * HOUR_MS, 270, rng), _cycle(start + 14 * HOUR_MS, 180, rng)]
    t = np.concatenate([np.asarray(s, dtype=np.int64) for s, _, _ in spans])
    columns = {
        ("steriliser_temperature", "°C"): rounded(np.concatenate([c for _, c, _ in spans]), 0.1),
        ("steriliser_pressure", "kPa"): rounded(np.concatenate([k for _, _, k in spans]), 0.1),
    }
    yield from batches(SITE, "steriliser", t, columns)


def _cycle(start: int, hold_s: int, rng: np.random.Generator) -> tuple[list[int], Values, Values]:
    """Times (epoch ms, each second), temperature (°C) and gauge pressure (kPa) of one cycle."""
    celsius = np.concatenate([
        np.linspace(AMBIENT_C, STEAM_C, HEATING_S, endpoint=False),
        STEAM_C + rng.normal(0, 0.1, hold_s).clip(-0.3, 0.3),
        np.linspace(STEAM_C, AMBIENT_C, COOLING_S + 1)[1:],
    ])  # fmt: skip
    kpa = STEAM_KPA * np.clip((celsius - 100) / (STEAM_C - 100), 0, None)
    return [start + n * 1000 for n in range(len(celsius))], celsius, kpa


def waste(start: int) -> Iterator[Outgoing]:
    """Bags weighed in and out; bag 3 stays for 50 hours, and on the second day 2.3 kg are gone."""
    before = start - 2 * DAY_MS
    events: list[tuple[int, tuple[tuple[str, str, float], ...]]] = []
    spans: list[tuple[int, int, float]] = []
    for bag in range(1, BAGS + 1):
        came = before + (6 + 4 * (bag - 1)) * HOUR_MS + (17 + bag) * MINUTE_MS  # one at a time
        went = came + (50 if bag == KEPT_BAG else 22) * HOUR_MS
        kg = round(3.1 + 0.7 * (bag * 5 % BAGS), 1)
        spans.append((came, went, kg))
        for at, way in ((came, "in"), (went, "out")):
            weighed = (f"waste_bag_{way}", "bag", float(bag)), (f"waste_weight_{way}", "kg", kg)
            events.append((at, weighed))
    for day in range(3):
        at = before + day * DAY_MS + STOCK_HOUR * HOUR_MS
        there = sum(kg for came, went, kg in spans if came <= at < went)
        stock = round(there - (LOST_KG if day else 0.0), 1)
        events.append((at, (("waste_weight_stock", "kg", stock),)))
    for seq, (at, said) in enumerate(sorted(events)):
        if at < start + DAY_MS:
            blocks = [{"quantity": q, "unit": unit, "t": [at], "v": [v]} for q, unit, v in said]
            sent = body("waste-scale", seq, blocks)
            yield Outgoing(at_ms=at + DELIVERY_MS, site_id=SITE, body=sent)
