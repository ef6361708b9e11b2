"""Fixtures for tests of pages: `browser`, an installed Chromium, and `page`, an empty one in it.

Playwright drives it (its sync API: `page.goto`, `page.get_by_role(…).click()`, …). For tests that
are marked `exhaustive`. Playwright keeps an event loop running in this thread while the browser is
open, so a module of such tests cannot use `asyncio.run`.
"""

import environment
import pytest
from testing import external

# Nothing is looked up, fetched or reported: a page lives on what the emulator serves.
OFFLINE = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",
    "--no-first-run",
)
ANYWHERE = ("--disable-gpu", "--no-sandbox")  # as root, in a container
WAIT_MS = 10_000  # for whatever a test waits for


@pytest.fixture(scope="module")
def browser():
    """Chromium without a window, with an empty profile of its own that is thrown away."""
    path = external.chromium()
    environment.need("page")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=path, args=[*OFFLINE, *ANYWHERE])
        yield started
        started.close()


@pytest.fixture
def page(browser):
    """A page without cookies or storage of others. An error in its scripts fails the test."""
    context = browser.new_context()
    context.set_default_timeout(WAIT_MS)
    opened = context.new_page()
    errors = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    context.close()
    assert errors == []
