"""OFF-1: the reference pages say what the catalogue holds, and ``vigil catalogue`` answers."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import detectors.catalogue
from detectors.catalogue import bundled, parse
from detectors.catalogue.commands import catalogue
from detectors.catalogue.page import FILES, render, unjudged
from detectors.catalogue.phrasing import limit
from detectors.catalogue.wording import Language
from tests.unit.detectors.test_catalogue import _GOOD

DOCS = Path(str(detectors.catalogue.__file__)).parent / "pages"
LANGUAGES: tuple[Language, ...] = ("en", "zh")


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(catalogue, arguments)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_committed_page_is_what_the_catalogue_says(language: Language) -> None:
    """After a change: ``vigil catalogue page detectors/catalogue/pages``."""
    assert (DOCS / FILES[language]).read_text("utf-8") == render(bundled(), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_entry_stands_on_the_page_where_it_holds(language: Language) -> None:
    """Each entry under each of its kinds of site; profiles, old versions and gaps as well."""
    page = render(bundled(), language)
    parts = {
        part.split("(`")[1].split("`)")[0]: part
        for part in page.split("\n## ")
        if "(`" in part.splitlines()[0]
    }
    for entry in bundled().entries:
        for kind in entry.site_kinds:
            assert entry.valid_to is not None or f"`{entry.id}`" in parts[kind], (entry.id, kind)
        assert f"`{entry.id}`" in page
    assert all(f"`{entry.id}`" in page for entry in bundled().offered)
    for each in unjudged():
        assert (each.what.zh if language == "zh" else each.what.en) in page


def test_every_row_of_the_page_has_all_its_cells() -> None:
    """A bar in a text would shift a limit into the wrong column."""
    for language in LANGUAGES:
        width = 0
        for line in render(bundled(), language).splitlines():
            cells = line.count("|") if line.startswith("|") else 0
            assert not cells or not width or cells == width, line
            width = cells


def test_the_page_shows_what_a_converted_limit_said() -> None:
    """Readers compare with the standard, which may write per cent."""
    text = (
        _GOOD.replace('"free_chlorine"', '"co2"')
        .replace('unit = "mg/L"', 'unit = "%"')
        .replace("valid_to = 2026-03-02\n", "")
        .replace("low = 0.3\nhigh = 1.0\nhysteresis = 0.1", "high = 0.10")
    )
    assert "≤ 1000 ppm (written: ≤ 0.1 %)" in render(parse({"air.toml": text}), "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_reader_meets_a_name_out_of_the_code(language: Language) -> None:
    """Further figures of rules are said in words: ``parameters.py`` names each."""
    for entry in bundled().entries:
        assert "`" not in limit(entry, language), entry.key


def test_page_writes_both(tmp_path: Path) -> None:
    """Into a new folder, too."""
    assert _run("page", str(tmp_path / "new")).exit_code == 0
    for language, name in FILES.items():
        assert (tmp_path / "new" / name).read_text("utf-8") == render(bundled(), language)


def _ids(*arguments: str) -> set[str]:
    result = _run("list", "--json", *arguments)
    assert result.exit_code == 0, result.output
    return {entry["id"] for entry in json.loads(result.output)}


def test_list_filters() -> None:
    """By kind of site, quantity, law, confidence and day."""
    assert _ids("--site", "foot_bath", "--quantity", "free_chlorine") >= {"foot-bath-chlorine"}
    assert "pool-free-chlorine" not in _ids("--site", "foot_bath")
    assert _ids("--law", "gb 18466", "--confidence", "p") >= {"sewage-ph", "sewage-coliform"}
    assert "water-ph" not in _ids("--law", "gb 18466")
    assert "pool-ph" in _ids("--at", "2022-01-14")
    assert _ids("--at", "2022-01-13") == set()


def test_list_with_a_profile() -> None:
    """Shows what would judge were it enabled."""
    asked = ("--quantity", "turbidity", "--site", "pool")
    assert "cjt-244-pool-turbidity" not in _ids(*asked)
    assert "cjt-244-pool-turbidity" in _ids(*asked, "--profile", "cjt-244-2016=2026-01-01")
    assert _run("list", "--profile", "cjt-244-2016=soon").exit_code == 2
    assert _run("list", "--profile", "nobody=2026-01-01").exit_code == 1


def test_list_for_people() -> None:
    """Both titles, the limit, the law."""
    said = _run("list", "--site", "pool", "--quantity", "urea").output
    for part in ("pool-urea", "游泳池水尿素超标", "Pool water: urea", "≤ 3.5 mg/L", "4.4.1"):
        assert part in said


def test_show_in_both_languages_with_all_versions() -> None:
    """Everything a reader needs to correct an entry."""
    said = _run("show", "supply-air-pm10").output
    for part in ("@1: 2022-01-14 – 2024-05-01", "@2: 2024-05-01 – …", "≤ 0.08", "≤ 0.15"):
        assert part in said
    for part in ("集中空调送风 PM10 超标", "PM10 in supply air", "general knowledge", "一般知识"):
        assert part in said
    assert "@2" not in _run("show", "supply-air-pm10", "--at", "2024-04-30").output
    (shown,) = json.loads(_run("show", "pool-ph", "--json").output)
    assert (shown["low"], shown["high"]) == (7.0, 7.8)


def test_show_knows_profiles_and_says_when_there_is_nothing() -> None:
    """Also those that are not enabled."""
    assert "overrides: pool-ph" in _run("show", "cjt-244-pool-ph").output
    missing = _run("show", "pool-moon")
    assert (missing.exit_code, "no entry pool-moon" in missing.stderr) == (1, True)
    early = _run("show", "pool-ph", "--at", "2021-01-01")
    assert (early.exit_code, "in force on 2021-01-01" in early.stderr) == (1, True)


def test_check_names_every_problem_by_file_and_entry(tmp_path: Path) -> None:
    """All at once, and status 1."""
    (tmp_path / "a.toml").write_text(_GOOD.replace('source = "s"', 'source = ""'), "utf-8")
    (tmp_path / "b.toml").write_text(_GOOD.replace('"mg/L"', '"NTU"'), "utf-8")
    result = _run("check", str(tmp_path))
    assert result.exit_code == 1
    assert "a.toml: entry pool-x: source is empty" in result.stderr
    assert "b.toml: entry pool-x: unit of free_chlorine" in result.stderr


def test_check_of_what_is_in_order(tmp_path: Path) -> None:
    """The bundled catalogue, alone and with a local folder; an empty folder is none."""
    assert _run("check").exit_code == 0
    (tmp_path / "ours.toml").write_text(_GOOD, "utf-8")
    assert _run("check", "--local", str(tmp_path)).exit_code == 0
    (tmp_path / "ours.toml").write_text(_GOOD.replace("low = 0.3", "low = 3"), "utf-8")
    assert "local/ours.toml: entry pool-x" in _run("check", "--local", str(tmp_path)).stderr
    (tmp_path / "empty").mkdir()
    assert _run("check", str(tmp_path / "empty")).exit_code == 1


def test_check_points_at_a_correction_that_loosens(tmp_path: Path) -> None:
    """OFF-25: it may mend a mistake, but a local rule may not loosen the national one."""
    text = (
        _GOOD.replace("pool-x", "pool-free-chlorine")
        .replace('version = "1"', 'version = "2"')
        .replace("valid_to = 2026-03-02\n", "")
    )
    (tmp_path / "ours.toml").write_text(text, "utf-8")
    assert "note" not in _run("check", "--local", str(tmp_path)).output
    (tmp_path / "ours.toml").write_text(text.replace("low = 0.3", "low = 0.2"), "utf-8")
    result = _run("check", "--local", str(tmp_path))
    assert result.exit_code == 0
    assert "pool-free-chlorine: low is looser than 0.3 of pool-free-chlorine@1" in result.output


def test_check_looks_at_rules_over_pictures_too(tmp_path: Path) -> None:
    """A misspelt rule would never be judged."""
    text = (
        _GOOD.replace('kind = "limit"', 'kind = "vision"\nrule = "juggling"')
        .replace('kind_of_finding = "breach"', 'kind_of_finding = "lead"')
        .replace('penalty = {name = "P", article = "2"}\n', "")
    )
    (tmp_path / "a.toml").write_text(text, "utf-8")
    result = _run("check", str(tmp_path))
    assert (result.exit_code, "juggling" in result.stderr) == (1, True)
