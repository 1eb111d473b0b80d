"""Roles and API tokens, and the same form again when somebody presses twice, by keyboard alone, in both languages."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

pytestmark = [pytest.mark.long, pytest.mark.timeout(300)]
AtCentre = Callable[..., Any]
both_ways = pytest.mark.parametrize(("locale", "scripts"), [("zh-CN", True), ("en", False)])


@both_ways
def test_a_role_is_granted_and_opens_a_door(at_centre: AtCentre, locale: str, scripts: bool) -> None:
    username = "league" if scripts else "women"
    body = "Youth League" if scripts else "Women's federation"
    desk = at_centre(locale, scripts=scripts)
    desk.sign_in("welfare", "admin", "/staff/")
    assert desk.barriers() == {}
    desk.press(desk.page.locator("main tr", has_text=username).locator("a").first.inner_text())
    for role in ("No role", "Manager"):
        desk.choose(body, role)
        desk.press("Save the roles")
        assert desk.barriers() == {}
        other = at_centre(locale, scripts=scripts)
        other.sign_in("welfare", username, "/talks/")
        assert (other.page.locator(".places a").count() > 0) == (role == "Manager")
        assert other.barriers() == {}


@both_ways
def test_a_token_is_made_shown_once_and_revoked(at_centre: AtCentre, locale: str, scripts: bool) -> None:
    desk = at_centre(locale, scripts=scripts)
    desk.sign_in("facilities", "admin", "/staff/")
    desk.press("Make a token")
    desk.write("What it is for", f"kiosk {scripts:d}")
    desk.choose("All bodies", "Viewer")
    desk.press("Make the token")
    desk.reads("Copy it now: it is shown this once and cannot be read again.")
    assert desk.barriers() == {}
    token = desk.page.locator("[data-copy]").inner_text()
    asked = {"url": desk.address("facilities") + "/api/v1/resources", "headers": {"Authorization": f"Bearer {token}"}}
    assert httpx.get(**asked).status_code == 200
    desk.press("Staff")
    assert token not in desk.page.content()
    desk.press("Revoke")
    assert desk.barriers() == {}
    desk.press("Revoke")
    assert httpx.get(**asked).status_code == 401
