"""The READMEs name every setting and metric, as they are, and none that is not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client.metrics import MetricWrapperBase

from pipelines import metrics
from pipelines.settings import Settings
from tests.unit.docs.pages import DOCUMENTS, READMES, called, row, text

ENGLISH = READMES[0]
NO_SETTINGS = {
    "VIGIL_TIMESCALE_ROOT",  # read by infra, which knows no settings
    "VIGIL_BENCH_SENSORS",  # read by the benchmarks
}
METRICS = [m for m in vars(metrics).values() if isinstance(m, MetricWrapperBase)]


def _exposed(metric: MetricWrapperBase) -> str:
    return next(iter(metric.collect())).name + ("_total" if metric._type == "counter" else "")


@pytest.mark.parametrize("name", Settings.model_fields)
@pytest.mark.parametrize("page", READMES, ids=called)
def test_every_setting_has_a_row_with_its_default(page: Path, name: str) -> None:
    cells = row(page, f"VIGIL_{name.upper()}")
    assert cells, f"{page.name} does not name VIGIL_{name.upper()}"
    default = str(Settings.model_fields[name].get_default(call_default_factory=True))
    empty = {"": {"empty", "空"}, "None": {"unset", "不设"}}
    assert cells[1] in empty.get(default, {f"`{default}`"})
    assert cells[2]


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_english_meaning_is_the_settings_own(name: str) -> None:
    assert row(ENGLISH, f"VIGIL_{name.upper()}")[2] == Settings.model_fields[name].description


@pytest.mark.parametrize("page", DOCUMENTS, ids=called)
def test_no_setting_is_made_up(page: Path) -> None:
    known = {f"VIGIL_{name.upper()}" for name in Settings.model_fields} | NO_SETTINGS
    assert set(re.findall(r"VIGIL_[A-Z0-9_]*[A-Z0-9]", text(page))) <= known


@pytest.mark.parametrize("metric", METRICS, ids=_exposed)
@pytest.mark.parametrize("page", READMES, ids=called)
def test_every_metric_has_a_row(page: Path, metric: MetricWrapperBase) -> None:
    cells = row(page, _exposed(metric))
    assert cells, f"{page.name} does not name {_exposed(metric)}"
    assert cells[1] == metric._type
    assert cells[2] == (", ".join(metric._labelnames) or "—")


@pytest.mark.parametrize("metric", METRICS, ids=_exposed)
def test_the_english_meaning_is_the_metrics_own(metric: MetricWrapperBase) -> None:
    assert row(ENGLISH, _exposed(metric))[3] == metric._documentation


@pytest.mark.parametrize("page", READMES, ids=called)
def test_no_metric_is_made_up(page: Path) -> None:
    named = set(re.findall(r"`(vigil_[a-z_]+)`", text(page)))
    assert named == {_exposed(metric) for metric in METRICS}
