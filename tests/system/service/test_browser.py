"""The browser of the tests of pages."""

import pytest

pytestmark = pytest.mark.exhaustive


def test_a_page_reaches_the_emulator(emulator, page):
    answer = page.goto(f"{emulator.data_url}/things/nobody/jobs")
    assert answer.status == 404
    assert "nobody" in page.inner_text("body")


def test_a_page_has_a_title_and_buttons_that_do_something(page):
    page.set_content("<title>one</title><button onclick='document.title = 2'>go</button>")
    assert page.title() == "one"
    page.get_by_role("button", name="go").click()
    assert page.title() == "2"


def test_a_page_reaches_nothing_but_this_machine(page):
    from playwright.sync_api import Error

    with pytest.raises(Error, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://example.com/")
