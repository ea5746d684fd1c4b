"""What officers see of a clip: a copy that says so; the original is given to nobody."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from pathlib import Path

import av
import httpx
import pytest

from dashboards.triage.app import create_app
from pipelines.settings import Settings
from pipelines.store import Database
from pipelines.vault.folder import FolderVault
from tests.browser.film import film
from tests.contract.dashboards.rows import CAMERA_ALERT, NOW_MS, POOL_ALERT, authority
from tests.contract.dashboards.visits import signed_in

PAGE = f"/alerts/{CAMERA_ALERT}"
PATIENCE_S = 180


async def site_with(settings: Settings, clip: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The site with a camera alert that has this clip, an officer signed in."""
    authority(settings.database_url, FolderVault(settings.objects), clip=clip)
    async with Database(settings.database_url, max_size=4) as database:
        app = create_app(settings, database, clock=lambda: NOW_MS)
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://vigil.test") as client:
            yield await signed_in(client, "3301")


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """A small real film."""
    film(tmp_path / "film.mp4", 320, 180)
    return tmp_path / "film.mp4"


@pytest.fixture
async def officer(site_settings: Settings, clip: Path) -> AsyncIterator[httpx.AsyncClient]:
    """An officer at a site with that film."""
    async for client in site_with(site_settings, clip):
        yield client


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


async def opened(client: httpx.AsyncClient) -> httpx.Response:
    """Asks to look at the clip's copy until it has been made, or cannot be."""
    until = time.monotonic() + PATIENCE_S
    wanted = {"kind": "alert", "id": CAMERA_ALERT, "form": "copy", "name": "clip.mp4"}
    while True:
        answer = await client.post("/api/views", json=wanted)
        if answer.status_code != 202 or time.monotonic() > until:
            return answer
        await asyncio.sleep(0.5)


async def test_the_original_is_given_to_nobody(officer: httpx.AsyncClient) -> None:
    """AV-16, promise 7: 403 with the reason, in both languages; other objects are given."""
    for headers in ({}, {"Range": "bytes=0-99"}):
        answer = await officer.get(f"{PAGE}/objects/clip.mp4", headers=headers)
        assert answer.status_code == 403
        assert "封存的原件" in answer.text
        assert b"ftyp" not in answer.content
    assert (await officer.get(f"{PAGE}/objects/explanation.html")).status_code == 200


async def test_a_copy_is_made_once_and_says_what_it_is(
    officer: httpx.AsyncClient, clip: Path, tmp_path: Path, site_settings: Settings
) -> None:
    """The page waits for it; its player gives marked pieces whose metadata name the original."""
    digest = await asyncio.to_thread(_digest, clip)
    page = (await officer.get(PAGE)).text
    assert "正在制作遮挡人脸的副本" in page
    assert f'hx-get="{PAGE}/shown/clip.mp4"' in page
    assert digest in page
    answer = await opened(officer)
    assert answer.status_code == 201
    look = answer.json()
    assert (look["derivative_of"], look["media"]) == (digest, "film")
    assert look["duration_s"] == pytest.approx(6.0, abs=0.1)
    frames = 0
    for number, url in enumerate([look["first"], *[look["rest"]] * 2]):
        piece = await officer.get(url.replace("{n}", str(number)))
        assert (piece.status_code, piece.headers["content-type"]) == (200, "video/mp4")
        assert piece.headers["cache-control"] == "no-store"
        (tmp_path / "got.mp4").write_bytes(piece.content)
        with av.open(str(tmp_path / "got.mp4")) as got:
            assert digest in got.metadata["comment"]
            assert "DERIVATIVE" in got.metadata["comment"]
            assert got.streams.video[0].codec_context.profile == "Constrained Baseline"
            assert [stream.type for stream in got.streams] == ["video"]
            frames += sum(1 for _ in got.decode(video=0))
    assert frames == 90
    assert (await officer.get(look["rest"].replace("{n}", "3"))).status_code == 404
    (kept,) = site_settings.copies.glob("*.mp4")
    assert kept.name.startswith(digest)
    with av.open(str(kept)) as copy:
        assert digest in copy.metadata["comment"]
    shown = (await officer.get(f"{PAGE}/shown/clip.mp4")).text
    assert 'data-form="copy"' in shown
    assert "衍生件" in shown
    assert "hx-get" not in shown
    way = await officer.get(f"{PAGE}/copies/clip.mp4")
    assert (way.status_code, way.headers["location"]) == (
        303, f"/viewing/alert/{CAMERA_ALERT}/copy/clip.mp4",
    )  # fmt: skip
    assert (await officer.get(f"/alerts/{POOL_ALERT}/copies/clip.mp4")).status_code == 404


async def test_a_clip_that_cannot_be_read_is_not_shown(
    site_settings: Settings, tmp_path: Path
) -> None:
    """Rather no picture than an unblurred one; the page says so in words."""
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"\x00\x00\x00\x18ftypisom" + bytes(2000))
    async for officer in site_with(site_settings, broken):
        assert (await opened(officer)).status_code == 503
        page = (await officer.get(PAGE)).text
        assert "无法制作遮挡人脸的副本" in page
        assert "data-player" not in page


async def test_scripts_are_given_the_copy(officer: httpx.AsyncClient) -> None:
    """The API's address of a clip is that of its derivative, and it says so."""
    objects = (await officer.get(f"/api/alerts/{CAMERA_ALERT}")).json()["objects"]
    by_role = {one["role"]: one for one in objects}
    assert by_role["clip"]["derivative"] is True
    assert by_role["clip"]["url"] == f"{PAGE}/copies/clip.mp4"
    assert by_role["explanation"]["derivative"] is False
