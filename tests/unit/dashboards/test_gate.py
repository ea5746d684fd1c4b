"""What the gate writes into logs, and who is believed about where a request comes from."""

from __future__ import annotations

import pytest

from dashboards.triage.gate import told_path

TOKEN = "a8N2x_-Zq0bYt5LrW3kPcd"


@pytest.mark.parametrize(
    ("path", "told"),
    [
        (f"/p/{TOKEN}", "/p/***"),
        (f"/p/{TOKEN}/answer", "/p/***/answer"),
        (f"/p/{TOKEN}/shown/clip.mp4", "/p/***/shown/clip.mp4"),
        (f"//p//{TOKEN}/enter", "//p//***/enter"),
        (f"/P/{TOKEN}", "/P/***"),
        ("/parties/p/9", "/parties/p/9"),
        ("/alerts/\r\nforged", "/alerts/%0D%0Aforged"),
        ("/警", "/%E8%AD%A6"),
    ],
)
def test_no_log_has_the_secret_of_a_private_link(path: str, told: str) -> None:
    """OFF-15: whoever reads the logs can open no link, and nobody can forge a line of them."""
    assert told_path(path) == told
    assert TOKEN not in told_path(path)


def test_a_long_address_is_told_in_part() -> None:
    """A log line stays short, and cutting does not uncover a secret."""
    assert len(told_path("/" + "a" * 5000)) == 200
    assert told_path(f"/p/{TOKEN * 100}") == "/p/***"
