"""What a mail looks like where it is read: in a real browser, by day and by night, wide and narrow."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from notifications.messages.content import forced_theme, render_text

TEXT = "((name))，您好：\n\n“((title))”改期，请留意。\n\n" + "很长的一段话" * 40
VALUES = {"name": "欧阳某某", "title": "x" * 120}


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    opened = browser.new_page()
    yield opened
    opened.close()


def _contrasts(page: Page) -> dict[str, float]:
    """Of each text to the paper behind it, as WCAG 2.2 counts it."""
    return page.evaluate(
        """() => {
        const parts = c => c.match(/[\\d.]+/g).slice(0, 3).map(v => v / 255)
            .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
        const light = c => { const [r, g, b] = parts(c); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
        const paper = e => { while (e) { const c = getComputedStyle(e).backgroundColor;
            if (!c.endsWith(', 0)')) return c; e = e.parentElement; } return 'rgb(255, 255, 255)'; };
        const found = {};
        for (const e of document.querySelectorAll('h1, .sheet p, .from p, .from a')) {
            const a = light(getComputedStyle(e).color), b = light(paper(e));
            const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            const name = (e.closest('.from') ? 'from ' : '') + e.tagName;
            found[name] = Math.min(found[name] ?? 99, ratio);
        }
        return found; }"""
    )


@pytest.mark.long
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1000])
def test_a_mail_is_readable_in_each_theme_and_never_wider_than_its_window(page: Page, theme: str, width: int) -> None:
    link = f"https://a.cn/preferences/{chr(120) * 43}"
    content = render_text("email", "zh-Hans", "改期：((title))", TEXT, VALUES, "党群服务中心", link)
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=theme)
    page.set_content(content.html)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    contrasts = _contrasts(page)
    assert set(contrasts) == {"H1", "P", "from P", "from A"}
    assert min(contrasts.values()) >= 4.5, contrasts
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.emulate_media(color_scheme="dark" if theme == "light" else "light")
    page.set_content(forced_theme(content.html, theme))
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == paper, "the preview looks alike"
