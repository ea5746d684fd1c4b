"""``vigil detectors evaluate``: each format read and scored, and a wrong folder refused."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from detectors.evaluate.commands import detectors
from detectors.evaluate.labelled import Unscorable
from detectors.evaluate.run import evaluate
from tests.unit.detectors.evaluate.folders import MAKE


@pytest.mark.parametrize("form", MAKE)
def test_what_was_planted_is_found(form: str, tmp_path: Path) -> None:
    """OFF-7: precision, recall, delay and false alarms, ours beside the plain baseline."""
    told: list[str] = []
    report = evaluate(form, MAKE[form](tmp_path), tell=lambda name, _at, _of: told.append(name))
    assert report.ours.found == report.ours.windows == (2 if form == "gecco" else 1)
    assert report.ours.delay_s is not None
    assert report.ours.delay_s <= (60 if form == "gecco" else 6600)
    assert report.ours.false_alarms_per_sensor_day <= 0.2
    assert report.ours.score is not None
    assert report.ours.score > (70 if form == "nab" else 0.8)
    assert report.robust_z.score is not None
    assert told == [file.name for file in report.files]
    assert sum(file.ours.alarms for file in report.files) == report.ours.alarms


@pytest.mark.parametrize("form", MAKE)
def test_the_command_prints_json_and_a_table(form: str, tmp_path: Path) -> None:
    """A script reads the one, people the other."""
    folder = str(MAKE[form](tmp_path))
    said = CliRunner().invoke(detectors, ["evaluate", "--format", form, folder, "--json"])
    assert said.exit_code == 0
    report = json.loads(said.stdout)
    assert report["format"] == form
    assert set(report["ours"]) >= {
        "score", "precision", "recall", "delay_s", "false_alarms_per_sensor_day"
    }  # fmt: skip
    shown = CliRunner().invoke(detectors, ["evaluate", "--format", form, folder])
    assert shown.exit_code == 0
    assert "robust z" in shown.stdout
    assert "[1/" in shown.stderr


def test_rows_before_a_date_only_warm_up(tmp_path: Path) -> None:
    """The third month can be scored with the first two as its past."""
    folder = MAKE["gecco"](tmp_path)
    whole = evaluate("gecco", folder)
    day = 1_772_409_600.0 + 3 * 86_400 + 600 * 60  # between the two events
    later = evaluate("gecco", folder, since_s=day)
    assert whole.ours.windows == 2
    assert later.ours.windows == 1
    assert later.ours.found == 1
    with pytest.raises(Unscorable, match="as late as"):
        evaluate("gecco", folder, since_s=day + 10 * 86_400)


def test_a_packed_file_reads_the_same(tmp_path: Path) -> None:
    """GECCO's file may come gzipped, and alone."""
    folder = MAKE["gecco"](tmp_path / "plain")
    packed = tmp_path / "alone.csv.gz"
    packed.write_bytes(gzip.compress((folder / "train.csv").read_bytes()))
    assert evaluate("gecco", packed).ours == evaluate("gecco", folder).ours


@pytest.mark.parametrize("form", MAKE)
def test_a_wrong_folder_is_refused_in_words(form: str, tmp_path: Path) -> None:
    """Nothing there, something else there, or a torn line: said with the place, no traceback."""
    other = "skab" if form == "nab" else "nab"
    with pytest.raises(Unscorable, match="does not exist"):
        evaluate(form, tmp_path / "nowhere")
    with pytest.raises(Unscorable, match=str(tmp_path)):
        evaluate(form, MAKE[other](tmp_path / other))
    folder = MAKE[form](tmp_path / "torn")
    file = next(path for path in sorted(folder.rglob("*.csv")) if "free" not in path.name)
    text = file.read_text().splitlines()
    file.write_text("\n".join([*text[:40], "nonsense"]) + "\n")
    with pytest.raises(Unscorable, match="line 41"):
        evaluate(form, folder)
    said = CliRunner().invoke(detectors, ["evaluate", "--format", form, str(folder)])
    assert said.exit_code == 2
    assert "line 41" in said.stderr


def test_an_unknown_format_is_refused() -> None:
    """The known ones are named."""
    with pytest.raises(Unscorable, match="known are nab, skab, gecco"):
        evaluate("csv", Path())


def test_missing_figures_and_short_files_are_scored(tmp_path: Path) -> None:
    """A sensor that drops out for a row does not stop the whole folder."""
    folder = MAKE["skab"](tmp_path)
    file = folder / "valve9" / "0.csv"
    lines = file.read_text().splitlines()
    lines[50] = ";".join([lines[50].split(";")[0], "", *lines[50].split(";")[2:]])
    file.write_text("\n".join(lines[:751]) + "\n")
    report = evaluate("skab", folder)
    assert report.files[0].rows == 750
    assert report.ours.found == 1
    file.write_text("\n".join(lines[:21]) + "\n")
    with pytest.raises(Unscorable, match="too few for 2 channels"):
        evaluate("skab", folder)
