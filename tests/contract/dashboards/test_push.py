"""Pushing boards: twice is once, and every refusal says what to put right."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from dashboards.boards.commands import boards
from dashboards.boards.push import PushFailed, push
from pipelines.settings import Settings
from tests.contract.dashboards.grafana import TOKEN, grafana

DATABASE = "postgresql://vigil:s%40cret@db.example:5433/vigil"


def _settings(url: str, token: str = TOKEN) -> Settings:
    return Settings(grafana_url=url, grafana_token=token, database_url=DATABASE)


def test_pushing_twice_is_pushing_once() -> None:
    with grafana() as (url, kept):
        first, second = push(_settings(url)), push(_settings(url))
        assert first == second
        assert list(kept.folders) == ["vigil"]
        assert list(kept.boards) == ["vigil-operations"]
        source = kept.sources["vigil-postgres"]
    assert (source["url"], source["user"]) == ("db.example:5433", "vigil")
    assert source["jsonData"]["database"] == "vigil"
    assert source["secureJsonData"]["password"] == "s@cret"


def test_a_wrong_token_is_named() -> None:
    with grafana() as (url, kept):
        with pytest.raises(PushFailed, match="VIGIL_GRAFANA_TOKEN"):
            push(_settings(url, "glsa_wrong"))
        assert kept.folders == {}


def test_a_refusal_carries_grafanas_words() -> None:
    with grafana() as (url, kept):
        kept.refuse_boards = True
        with pytest.raises(PushFailed, match="folder not found"):
            push(_settings(url))


def test_nobody_there() -> None:
    with pytest.raises(PushFailed, match="no answer"):
        push(_settings("http://127.0.0.1:9"))


@pytest.mark.parametrize(
    ("url", "token", "named"),
    [("", TOKEN, "VIGIL_GRAFANA_URL"), ("http://127.0.0.1:9", "", "VIGIL_GRAFANA_TOKEN")],
)
def test_what_is_not_set_is_named(
    monkeypatch: pytest.MonkeyPatch, url: str, token: str, named: str
) -> None:
    monkeypatch.setenv("VIGIL_GRAFANA_URL", url)
    monkeypatch.setenv("VIGIL_GRAFANA_TOKEN", token)
    outcome = CliRunner().invoke(boards, ["push"])
    assert outcome.exit_code == 1
    assert f"{named} is not set" in outcome.output
