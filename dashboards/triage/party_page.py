"""Owns the supervised party's own page behind its private link. Shows copies, never originals.

Needs no script. Nothing of anybody else is on it: what it shows is found by the link's own alert.
"""

from __future__ import annotations

import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from dashboards.texts import LANGUAGES, text
from dashboards.triage.pages import page
from dashboards.triage.party_door import closed, entered, files_of, form_of, let_in, text_of
from dashboards.triage.session import check_csrf
from dashboards.triage.site import Site, TheSite
from pipelines.browse.shelf import Failed, Preparing, Ready
from pipelines.notices.words import sealed, titles
from pipelines.parties import answers, consent
from pipelines.parties.door import NoEntry, recognise
from pipelines.parties.files import BadFile, checked, keep

router = APIRouter(prefix="/p", include_in_schema=False)
Row = dict[str, Any]


@router.get("/{token}")
async def show(request: Request, site: TheSite, token: str) -> Response:
    """The finding, for who has shown that the link is theirs; else the question who they are."""
    try:
        link, known = await entered(request, site, token)
    except NoEntry as error:
        return closed(request, error)
    if not known:
        return page(request, "party_enter.html", token=token, problem="")
    return await _page(request, site, link, token)


@router.post("/{token}/enter")
async def enter(
    request: Request, site: TheSite, token: str, code: Annotated[str, Form(max_length=40)] = "",
    csrf: Annotated[str, Form(max_length=200)] = "",
) -> Response:  # fmt: skip
    """Checks the last characters of the social credit code."""
    check_csrf(request, csrf)
    try:
        link, _ = await entered(request, site, token)
        if not await recognise(site.database, link, code, now_ms=site.clock()):
            return page(request, "party_enter.html", status=403, token=token, problem="wrong")
    except NoEntry as error:
        return closed(request, error)
    response = RedirectResponse(f"/p/{token}", status_code=303)
    let_in(response, site, link, token)
    return response


@router.post("/{token}/answer")
async def answer(request: Request, site: TheSite, token: str) -> Response:
    """Takes an answer with its files, or says what is wrong with it and keeps the words."""
    try:
        link, known = await entered(request, site, token)
    except NoEntry as error:
        return closed(request, error)
    if not known:
        return RedirectResponse(f"/p/{token}", status_code=303)
    form = await form_of(request)
    check_csrf(request, text_of(form, "csrf"))
    said = answers.Said(
        kind=text_of(form, "kind"), words=text_of(form, "words"),
        by_name=text_of(form, "by_name"), form=text_of(form, "form")[:64],
    )  # fmt: skip
    try:
        handed = checked(await files_of(form))
        said.checked(files=len(handed))
        kept = await keep(site.objects, handed)
        taken = await answers.take(site.database, link, said, kept, now_ms=site.clock())
    except answers.BadAnswer as error:
        problem = f"answer_{error.code}"
        return await _page(request, site, link, token, problem=problem, tried=said, status=422)
    except BadFile as error:
        return await _page(
            request, site, link, token, problem=f"file_{error.code}", named=error.name,
            tried=said, status=422,
        )  # fmt: skip
    finally:
        await form.close()
    return RedirectResponse(f"/p/{token}?receipt={taken.number}#answers", status_code=303)


@router.post("/{token}/address")
async def address(
    *, request: Request, site: TheSite, token: str,
    method: Annotated[str, Form(max_length=20)] = "",
    address: Annotated[str, Form(max_length=200)] = "",
    signed_by: Annotated[str, Form(max_length=100)] = "",
    agree: Annotated[str, Form(max_length=10)] = "",
    withdraw: Annotated[str, Form(max_length=64)] = "",
    csrf: Annotated[str, Form(max_length=200)] = "",
) -> Response:  # fmt: skip
    """Records where the party agrees to be served, or ends that."""
    check_csrf(request, csrf)
    try:
        link, known = await entered(request, site, token)
    except NoEntry as error:
        return closed(request, error)
    if not known:
        return RedirectResponse(f"/p/{token}", status_code=303)
    try:
        if withdraw:
            await consent.withdraw(
                site.database, party_id=link["party_id"], consent_id=withdraw, now_ms=site.clock()
            )
        else:
            await consent.agree(
                site.database, party_id=link["party_id"], method=method, address=address,
                signed_by=signed_by, agreed=agree == "yes", shown=words_of_consent(),
                recorded_by="party", token_sha256=link["token_sha256"], now_ms=site.clock(),
            )  # fmt: skip
    except consent.BadConsent as error:
        problem = f"consent_{error.code}"
        return await _page(request, site, link, token, problem=problem, status=422)
    return RedirectResponse(f"/p/{token}#address", status_code=303)


def words_of_consent() -> str:
    """What one agrees to, in both languages, as it is shown and kept."""
    return "\n".join(text(language, "party.consent_words") for language in LANGUAGES)


async def alert_of(site: Site, link: Row) -> Row:
    """The facts that a link's page shows.

    Raises:
        HTTPException: 404, the alert is not before anybody any more.
    """
    alert = await site.database.row("notices_alert", alert_id=link["alert_id"])
    if alert is None:
        raise HTTPException(404, "alert")
    return alert


async def _page(
    request: Request, site: Site, link: Row, token: str, *, problem: str = "", named: str = "",
    tried: answers.Said | None = None, status: int = 200,
) -> Response:  # fmt: skip
    alert, alert_id = await alert_of(site, link), link["alert_id"]
    manifest = sealed(alert)
    objects = await site.database.rows("party_objects", alert_id=alert_id)
    title_zh, title_en = titles(alert)
    said = await site.database.rows("party_answers", alert_id=alert_id)
    receipt = request.query_params.get("receipt", "")
    return page(
        request, "party.html", status=status, token=token, a=alert, link=link,
        titles={"title_zh": title_zh, "title_en": title_en},
        law=manifest.rule.law if manifest else None,
        clocks=await site.database.rows("party_clocks", alert_id=alert_id),
        shown=[_asked(site, row) for row in objects], answers=said,
        receipt=next((r for r in said if r["answer_id"][:12].upper() == receipt), None),
        consents=await site.database.rows("party_consents", party_id=link["party_id"]),
        consent_words=words_of_consent(), contact=site.settings.party_contact,
        form=secrets.token_urlsafe(12), problem=problem, named=named, tried=tried,
        kinds=answers.KINDS,
    )  # fmt: skip


def _asked(site: Site, held: Row) -> dict[str, str]:
    match site.copies.ask(str(held["sha256"]), str(held["media_type"])):
        case Ready():
            state = "ready"
        case Preparing():
            state = "preparing"
        case Failed():
            state = "failed"
    return {"state": state, "role": str(held["role"]), "name": str(held["name"])}
