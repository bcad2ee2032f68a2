"""The site as an application of its own on a phone or a desk, before anybody has signed in."""

from __future__ import annotations

import io
import json
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests.environment import make_site
from tests.serving import Server, serving

pytestmark = pytest.mark.browser


def picture(server: Server, url: str) -> Image.Image:
    """A picture that anybody may fetch."""
    answer = server.get(urlsplit(url).path)
    assert answer.status == 200
    return Image.open(io.BytesIO(answer.body))


def test_a_browser_can_install_the_site_without_an_account(browser: Browser, tmp_path: Path) -> None:
    with serving(make_site(tmp_path), VIDEOSERVER_ACCESS="login") as server:
        page = browser.new_page(base_url=server.url)
        complaints: list[str] = []
        page.on("console", lambda message: complaints.append(message.text) if "401" not in message.text else None)
        page.goto("/")
        told = page.context.new_cdp_session(page).send("Page.getAppManifest")
        assert (told["errors"], complaints) == ([], [])
        assert "/login/" in page.url
        manifest = json.loads(told["data"])
        assert (
            urljoin(told["url"], manifest["start_url"]) == urljoin(told["url"], manifest["scope"]) == f"{server.url}/"
        )
        assert (manifest["name"], manifest["short_name"], manifest["display"]) == (
            "Videoserver",
            "Videos",
            "standalone",
        )
        assert server.get(urlsplit(told["url"]).path).headers["Content-Type"] == "application/manifest+json"
        for icon in manifest["icons"]:
            if icon["type"] == "image/png":
                size = picture(server, urljoin(told["url"], icon["src"])).size
                assert icon["sizes"] == f"{size[0]}x{size[1]}"
        maskable = next(icon for icon in manifest["icons"] if icon.get("purpose") == "maskable")
        corner = picture(server, urljoin(told["url"], maskable["src"])).convert("RGBA").getpixel((0, 0))
        assert isinstance(corner, tuple)
        assert corner[3] == 255
        touch = page.locator("link[rel=apple-touch-icon]").get_attribute("href") or ""
        assert picture(server, touch).size == (180, 180)
        page.close()
