"""Cases of every early warning: minutes of one or two series, and whether a spell comes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.catalogue import bundled

Floats = NDArray[np.float64]
DAY = 1440
MINE = ("time_to_limit", "drift", "change_point", "anomaly")


@dataclass(frozen=True, kw_only=True)
class EarlyCase:
    """One row a minute and series.

    Attributes:
        values: float64 ``(minutes, series)``, from midnight in Wucheng on.
        quantities: of the series, in order.
        expected: phases in order; none for a miss.
        between: minutes between which the first spell must open.
    """

    rule_id: str
    name: str
    quantities: tuple[str, ...]
    make: Callable[[], Floats]
    expected: tuple[str, ...] = ()
    between: tuple[int, int] = (0, 0)


def _noise(minutes: int, scale: float, seed: int = 1) -> Floats:
    return np.random.default_rng(seed).normal(0, scale, minutes)


def _ramp(rule_id: str, quantity: str, limit: float, away: float) -> tuple[EarlyCase, ...]:
    """From ``away`` inside the limit to it between 8:00 and 12:00, then back at once."""
    minutes = np.arange(16 * 60)
    share = np.clip((minutes - 480) / 240, 0, 1) * (minutes < 720)

    def case(name: str, to: Floats, *phases: str) -> EarlyCase:
        return EarlyCase(
            rule_id=rule_id,
            name=name,
            quantities=(quantity,),
            make=lambda: (to + _noise(len(to), abs(away) / 200))[:, None],
            expected=phases,
            between=(600, 720),
        )

    return (
        case("heads for the limit", limit - away * (1 - share), "opened", "closed"),
        case("moves away from it", limit - away * (1 + share / 3)),
        case("rests close to it", np.full(len(minutes), limit - away / 20)),
    )


def _slow(rule_id: str, quantity: str, level: float, by: float) -> tuple[EarlyCase, ...]:
    """A daily cycle and scatter; with and without a drift of ``by`` in ten days."""
    minutes = np.arange(16 * DAY)
    cycle = level + by / 3 * np.sin(minutes / DAY * 2 * np.pi) + _noise(len(minutes), by / 10)
    moved = by * np.clip((minutes / DAY - 2) / 10, 0, None)
    return (
        EarlyCase(
            rule_id=rule_id, name="drifts", quantities=(quantity,),
            make=lambda: (cycle + moved)[:, None],
            expected=("opened",), between=(7 * DAY, 14 * DAY),
        ),
        EarlyCase(
            rule_id=rule_id, name="only its daily cycle", quantities=(quantity,),
            make=lambda: cycle[:, None],
        ),
    )  # fmt: skip


def _cycle(minutes: int) -> Floats:
    return 7.2 + 0.2 * np.sin(np.arange(minutes) / DAY * 2 * np.pi) + _noise(minutes, 0.02)


def _jumped() -> Floats:
    values = _cycle(7 * DAY)
    values[5 * DAY + 600 :] += 0.6
    return values[:, None]


def _two(step: float) -> Floats:
    values = np.stack([_cycle(3 * DAY), 650 + _noise(3 * DAY, 3, seed=2)], axis=1)
    values[2 * DAY + 300 : 2 * DAY + 330, 0] += step
    return values


_RAMPS = (
    ("pool-free-chlorine-ahead", "free_chlorine", 0.3, -0.3),
    ("pool-ph-ahead", "ph", 7.8, 0.3),
    ("hotel-co2-ahead", "co2", 1000.0, 500.0),
    ("public-co2-ahead", "co2", 1500.0, 900.0),
    ("school-co2-ahead", "co2", 1000.0, 500.0),
    ("vaccine-temperature-ahead", "temperature", 8.0, 3.0),
    ("plant-residual-chlorine-ahead", "residual_chlorine", 0.3, -0.4),
    ("tap-residual-chlorine-ahead", "residual_chlorine", 0.05, -0.3),
    ("supply-residual-chlorine-ahead", "residual_chlorine", 0.05, -0.3),
)
_DRIFTS = (
    ("pool-free-chlorine-drift", "free_chlorine", 0.6, 0.3),
    ("pool-ph-drift", "ph", 7.4, 0.4),
    ("vaccine-temperature-drift", "temperature", 5.0, 2.0),
    ("water-residual-chlorine-drift", "residual_chlorine", 0.5, 0.16),
    ("water-turbidity-drift", "turbidity", 0.3, 0.4),
)
_SITES = (
    ("site-anomaly-water", ("ph", "orp")),
    ("site-anomaly-pool", ("ph", "orp")),
    ("site-anomaly-cold-chain", ("temperature", "freezer_temperature")),
)

CASES: tuple[EarlyCase, ...] = (
    *(case for ramp in _RAMPS for case in _ramp(*ramp)),
    *(case for slow in _DRIFTS for case in _slow(*slow)),
    EarlyCase(
        rule_id="series-change-point", name="a level never seen", quantities=("ph",),
        make=_jumped, expected=("opened", "closed"), between=(5 * DAY + 600, 5 * DAY + 900),
    ),
    EarlyCase(
        rule_id="series-change-point", name="a daily cycle", quantities=("ph",),
        make=lambda: _cycle(7 * DAY)[:, None],
    ),
    *(
        EarlyCase(
            rule_id=rule_id, name="a step for half an hour", quantities=quantities,
            make=lambda: _two(1.0), expected=("opened", "closed"),
            between=(2 * DAY + 299, 2 * DAY + 305),
        )
        for rule_id, quantities in _SITES
    ),
    *(
        EarlyCase(rule_id=rule_id, name="nothing", quantities=quantities, make=lambda: _two(0.0))
        for rule_id, quantities in _SITES
    ),
)  # fmt: skip

ENTRIES = tuple(entry for entry in bundled().entries if entry.kind in MINE)
