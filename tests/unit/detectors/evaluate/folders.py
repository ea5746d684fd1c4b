"""Small folders in each format, made up here: the public data themselves are not in the project."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import numpy as np

_START = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


def _stamps(count: int, step_s: int) -> list[str]:
    moments = (_START + dt.timedelta(seconds=step_s * i) for i in range(count))
    return [moment.strftime("%Y-%m-%d %H:%M:%S") for moment in moments]


def nab(folder: Path) -> Path:
    """Two series of 2000 values: a wave that jumps once, and one where nothing happens."""
    rng = np.random.default_rng(1)
    stamps = _stamps(2000, 300)
    (folder / "data" / "made").mkdir(parents=True)
    for name, jump in (("jump", 5.0), ("calm", 0.0)):
        values = np.sin(np.arange(2000) / 288 * 2 * np.pi) + rng.normal(0, 0.05, 2000)
        values[1500:1540] += jump
        lines = [f"{at},{value}" for at, value in zip(stamps, values, strict=True)]
        text = "\n".join(["timestamp,value", *lines]) + "\n"
        (folder / "data" / "made" / f"{name}.csv").write_text(text)
    windows = {
        "made/jump.csv": [[f"{stamps[1480]}.000000", f"{stamps[1580]}.000000"]],
        "made/calm.csv": [],
        "made/absent.csv": [],
    }
    (folder / "combined_windows.json").write_text(json.dumps(windows))
    return folder


def skab(folder: Path) -> Path:
    """One file of 1000 seconds: two sensors that move together until second 600 to 800."""
    rng = np.random.default_rng(2)
    both = rng.normal(size=1000)
    other = both + rng.normal(0, 0.1, 1000)
    other[600:800] += 3
    lines = ["datetime;A;B;anomaly;changepoint"]
    for i, at in enumerate(_stamps(1000, 1)):
        lines.append(f"{at};{both[i]};{other[i]};{float(600 <= i < 800)};0.0")
    (folder / "valve9").mkdir(parents=True)
    (folder / "valve9" / "0.csv").write_text("\n".join(lines) + "\n")
    free = ["datetime;A;B", *(f"{at};1;1" for at in _stamps(10, 1))]
    (folder / "anomaly-free.csv").write_text("\n".join(free) + "\n")
    return folder


def gecco(folder: Path) -> Path:
    """Four days, one row a minute; two events of half an hour in pH and redox on the last."""
    rng = np.random.default_rng(3)
    count = 4 * 1440
    columns = {
        "Tp": 7 + rng.normal(0, 0.05, count),
        "Cl": 0.17 + rng.normal(0, 0.003, count),
        "pH": 8.3 + rng.normal(0, 0.01, count),
        "Redox": 750 + rng.normal(0, 1, count),
        "Leit": 210 + rng.normal(0, 1, count),
        "Cl_2": 0.11 + rng.normal(0, 0.001, count),
    }
    event = np.zeros(count, bool)
    for start in (3 * 1440 + 300, 3 * 1440 + 900):
        event[start : start + 30] = True
    columns["pH"][event] += 0.3
    columns["Redox"][event] -= 30
    lines = [",".join(["Time", *columns, "EVENT"])]
    for i, at in enumerate(_stamps(count, 60)):
        figures = ["NA" if i == 100 else f"{column[i]:.4f}" for column in columns.values()]
        lines.append(",".join([at.replace(" ", "T") + "Z", *figures, str(int(event[i]))]))
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "train.csv").write_text("\n".join(lines) + "\n")
    return folder


MAKE = {"nab": nab, "skab": skab, "gecco": gecco}
