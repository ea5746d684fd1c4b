"""The benchmark's figures of the early warnings, with and without their data."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.benchmarks import early
from tests.unit.detectors.evaluate.folders import nab, skab


def test_figures_with_and_without_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies there is measured beside robust z; what does not is said not to be measured."""
    nab(tmp_path / "nab")
    skab(tmp_path / "skab")
    monkeypatch.setenv(early.FOLDER, str(tmp_path))
    found = {figure.name: figure for figure in early.figures(None, lambda _said: None)}
    assert set(found) == early.NAMES
    assert found["nab_score"].value > 70
    assert "false alarms" in found["skab_f1"].note
    assert found["gecco_f1"].n == 0
    assert "not measured" in found["gecco_f1"].note
    monkeypatch.delenv(early.FOLDER)
    assert all(figure.n == 0 for figure in early.figures(None, lambda _said: None))
