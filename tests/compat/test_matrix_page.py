"""The HTML matrix in a real browser: it is used as people use it, with a server's hostile answers inside."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from s3tester.report import render
from s3tester.report.html import safe_json
from tests.compat.samples import HOSTILE, few, many

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from selenium.webdriver.remote.webelement import WebElement

ESCAPE, ENTER, RIGHT, DOWN, TAB = "\ue00c", "\ue007", "\ue014", "\ue015", "\ue004"
"""Keys, as WebDriver writes them."""


class Page:
    """The matrix in headless Chromium."""

    def __init__(self, driver: Any) -> None:
        self._driver = driver

    def open(self, path: Path, address: str = "") -> None:
        """Opens the file anew: without the blank page between, only the part behind "#" would change."""
        self._driver.get("about:blank")
        for kind in ("browser", "performance"):
            self._driver.get_log(kind)
        self._driver.get(f"{path.as_uri()}#{address}")

    def all(self, selector: str) -> list[WebElement]:
        """What is on the page and can be seen."""
        found: list[WebElement] = self._driver.find_elements("css selector", selector)
        return [each for each in found if each.is_displayed()]

    def one(self, selector: str) -> WebElement:
        found = self.all(selector)
        assert len(found) == 1, f"{selector}: {len(found)}"
        return found[0]

    def click(self, selector: str) -> None:
        self.one(selector).click()

    def press(self, *keys: str) -> None:
        self._driver.switch_to.active_element.send_keys(*keys)

    def focused(self) -> str:
        return str(self._driver.switch_to.active_element.get_attribute("aria-label"))

    def features(self) -> list[str]:
        return [each.text for each in self.all("tbody .feature code")]

    def address(self) -> str:
        return str(self._driver.current_url).partition("#")[2]

    def run(self, script: str) -> Any:
        return self._driver.execute_script(script)

    def window(self, width: int, height: int) -> None:
        self._driver.set_window_size(width, height)

    def complaints(self) -> list[str]:
        """What the browser's console holds: errors, and what the page's policy stopped."""
        return [entry["message"] for entry in self._driver.get_log("browser")]

    def requests(self) -> list[str]:
        """The addresses that the browser asked for since the page was opened."""
        messages = [json.loads(entry["message"])["message"] for entry in self._driver.get_log("performance")]
        sent = [each["params"]["request"]["url"] for each in messages if each["method"] == "Network.requestWillBeSent"]
        return [url for url in sent if url != "about:blank"]

    def title(self) -> str:
        return str(self._driver.title)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not chromium or not driver:
        pytest.skip("no Chromium to look at the matrix with; on Debian: apt-get install chromium chromium-driver")
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    profile = tmp_path_factory.mktemp("chromium")
    # Without its sandbox, as root in a container has none; all that it opens are pages of these tests.
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        browser.set_window_size(1500, 950)
        yield Page(browser)
    finally:
        browser.quit()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / "matrix.html"
    path.write_text(render("html", few()), "utf-8")
    return path


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("large") / "matrix.html"
    path.write_text(render("html", many()), "utf-8")
    return path


# --- without a browser ------------------------------------------------------------------------------------------------


def test_no_text_of_a_server_ends_the_data() -> None:
    html = render("html", few())
    assert len(re.findall(r"</script", html)) == 2  # those of the data and of the program
    assert "document.title='taken'" in html
    data = re.search(r'<script id="data" type="application/json">(.*?)</script>', html, re.DOTALL)
    assert data is not None
    assert HOSTILE in json.loads(data[1])["stores"][1]["about"]["title"]


@pytest.mark.parametrize("text", ["</script>", "<!--", "]]>", "\u2028\u2029", "&lt;", "\x00", '"\\'])
def test_json_within_html_means_nothing_to_it_and_is_the_same_to_readers(text: str) -> None:
    written = safe_json({text: [text]})
    assert not set("<>&\u2028\u2029") & set(written)
    assert json.loads(written) == {text: [text]}


def test_the_file_names_no_address_to_fetch_from() -> None:
    page = render("html", many(2))
    without_data = re.sub(r"(<script id=\"data\".*?>).*?</script>", r"\1</script>", page, flags=re.DOTALL)
    assert set(re.findall(r"https?://[^\s\"'`<]+", without_data)) == {"http://www.w3.org/2000/svg"}
    assert "@import" not in without_data
    assert "url(" not in without_data


# --- in a browser -----------------------------------------------------------------------------------------------------


def test_the_matrix_is_drawn_without_complaints_and_fetches_nothing(page: Page, small: Path) -> None:
    page.open(small)
    assert page.features() == ["put.if_absent", "put.metadata", "multipart.max_parts", "bucket.cors"]
    assert [each.text.split()[0] for each in page.all("thead .store strong")] == ["Alpha", "Beta"]
    assert [each.text for each in page.all("thead .count")] == ["4 of 4", "0 of 3"]
    assert page.one("#not-run dd").text == "its package can't be had"
    assert page.title() == "S3 compatibility matrix"
    assert page.all("img") == []
    assert page.complaints() == []
    assert [url for url in page.requests() if not url.startswith(("file://", "data:"))] == []


def test_the_policy_of_the_page_stops_what_would_be_fetched_or_run(page: Page, small: Path) -> None:
    page.open(small)
    page.run(
        "const image = new Image(); image.src = 'http://127.0.0.1:9/x.png'; document.body.append(image);"
        "const script = document.createElement('script'); script.textContent = 'document.title = \"taken\"';"
        "document.body.append(script);"
    )
    assert page.title() == "S3 compatibility matrix"
    assert any("Content Security Policy" in each for each in page.complaints())


def test_a_cell_opens_its_evidence_which_is_text(page: Page, small: Path) -> None:
    page.open(small)
    page.click(".cell[data-feature='put.if_absent'][data-store='beta']")
    panel = page.one("#panel")
    for told in ("ignored", "both writers won", "412 PreconditionFailed", "tx0001", "2026-11-29", "botocore 1.44.5"):
        assert told in panel.text
    assert "</script><script>document.title='taken'</script>" in panel.text
    # The worst comes first: it is what the cell shows.
    assert [each.text for each in page.all("#panel h3 .badge")] == ["ignored", "supported"]
    assert page.address() == "feature=put.if_absent&store=beta"
    page.click("#panel .close")
    assert page.all("#panel") == []
    assert page.address() == ""
    assert page.complaints() == []


def test_a_feature_and_a_store_open_theirs(page: Page, small: Path) -> None:
    page.open(small)
    page.all(".feature")[0].click()
    assert [each.text.partition(" ")[0] for each in page.all("#panel .lines .link")] == ["Alpha", "Beta"]
    page.all("#panel .lines .link")[0].click()
    assert page.address() == "feature=put.if_absent&store=alpha"
    page.all("thead .store")[0].click()
    assert "multipart.max_parts\n1,000" in page.one("#panel").text
    assert page.address() == "store=alpha"


def test_filters_narrow_the_rows_and_can_be_taken_back(page: Page, small: Path) -> None:
    page.open(small)
    page.one("#text").send_keys("MAX_PARTS")
    assert page.features() == ["multipart.max_parts"]
    assert page.one("#shown").text == "1 of 4 features"
    page.one("#text").send_keys(" nowhere")
    assert page.features() == []
    page.click("#nothing button")
    page.one("#text").send_keys("both writers")  # a reason
    assert page.features() == ["put.if_absent"]
    page.click("#reset")
    page.click(".chip[data-verdict='ignored']")
    page.click(".chip[data-verdict='unsupported']")
    assert page.features() == ["put.if_absent", "multipart.max_parts"]
    assert page.address() == "verdict=ignored%2Cunsupported"
    page.click(".chip[data-verdict='ignored']")
    assert page.features() == ["multipart.max_parts"]
    page.click("#reset")
    page.run(
        "for (const [id, value] of [['group', 'put'], ['severity', 'core']]) {"
        "const box = document.getElementById(id); box.value = value; box.dispatchEvent(new Event('change')); }"
    )
    assert page.features() == ["put.if_absent", "put.metadata"]
    page.click("#reset")
    assert len(page.features()) == 4
    page.click("#differ")
    assert page.features() == ["put.if_absent", "put.metadata", "multipart.max_parts"]
    assert page.complaints() == []


def test_a_store_can_be_hidden(page: Page, small: Path) -> None:
    page.open(small)
    page.click("#stores summary")
    page.click("#stores input[value='beta']")
    assert [each.text for each in page.all("thead .store strong")] == ["Alpha"]
    assert page.all(".chip[data-verdict='ignored'] b")[0].text == "0"
    page.press(ESCAPE)
    assert page.all("#stores input") == []
    page.open(small, "hide=alpha")
    assert len(page.all("thead .store")) == 1
    assert page.features()[0] == "put.if_absent"


@pytest.mark.parametrize(
    ("address", "panel"),
    [
        ("feature=put.if_absent&store=beta", "both writers won"),
        ("feature=put.if_absent", "Alpha"),
        ("store=alpha", "measured on 2026-11-29"),
    ],
)
def test_an_address_leads_to_what_was_open(page: Page, small: Path, address: str, panel: str) -> None:
    page.open(small, address)
    assert panel in page.one("#panel").text


@pytest.mark.parametrize(
    "address", ["feature=nothing.here&store=nobody", "verdict=great", "feature=bucket.cors&store=beta", "%"]
)
def test_an_address_that_leads_nowhere_shows_the_matrix(page: Page, small: Path, address: str) -> None:
    page.open(small, address)
    assert len(page.features()) == 4
    assert page.all("#panel") == []
    assert page.complaints() == []


def test_it_is_used_with_keys_alone(page: Page, small: Path) -> None:
    page.open(small)
    page.run("document.querySelector('tbody .cell').focus()")
    assert page.focused() == "put.if_absent, Alpha: supported"
    assert page.run("return document.querySelectorAll(\".cell[tabindex='0']\").length") == 1
    page.press(RIGHT)
    assert page.focused().endswith("ignored, 1 of 2 scenarios supported")
    page.press(DOWN, DOWN)
    assert page.focused().startswith("multipart.max_parts, Beta")
    page.press(DOWN)  # an empty cell: nothing to stand on
    assert page.focused().startswith("multipart.max_parts, Beta")
    page.press(ENTER)
    assert "501 NotImplemented" in page.one("#panel").text
    page.press(ESCAPE)
    assert page.all("#panel") == []
    assert page.focused().startswith("multipart.max_parts, Beta")
    page.press("/")
    page.press("cors")
    assert page.features() == ["bucket.cors"]


def test_a_group_is_folded_and_shows_its_sum(page: Page, small: Path) -> None:
    page.open(small)
    assert [each.text for each in page.all("tbody[data-group='put'] [data-sum]")] == ["2/2", "0/2"]
    page.click("tbody[data-group='put'] .group button")
    assert page.features() == ["multipart.max_parts", "bucket.cors"]


def test_light_and_dark_can_be_chosen(page: Page, small: Path) -> None:
    page.open(small)
    paper = "return getComputedStyle(document.documentElement).backgroundColor"
    first = page.run(paper)
    page.click("#theme")
    second = page.run(paper)
    page.click("#theme")
    assert {first, second} == {"rgb(255, 255, 255)", "rgb(18, 22, 28)"}
    assert page.run(paper) == first


def test_a_large_matrix_works_and_its_heads_stay_in_sight(page: Page, large: Path) -> None:
    page.open(large)
    assert len(page.all("thead .store")) == 10
    assert page.run("return document.querySelectorAll('tbody .cell').length") > 1000
    page.run("document.getElementById('scroll').scrollTo(400, 2000)")
    where = "const box = document.querySelector('%s').getBoundingClientRect(); return [box.left, box.top]"
    scroll = page.run(where % "#scroll")
    assert page.run(where % ".corner") == scroll
    assert page.run(where % "tbody:last-of-type tr:last-child th")[0] == scroll[0]
    page.click(".chip[data-verdict='corrupt']")
    assert 0 < len(page.features()) < 108
    assert page.complaints() == []


def test_it_fits_a_small_screen(page: Page, large: Path) -> None:
    page.window(500, 800)
    try:
        page.open(large, "feature=put.if_absent&store=store-1")
        assert page.run("return document.documentElement.scrollWidth <= window.innerWidth")
        assert page.one("#panel .close").is_displayed()
    finally:
        page.window(1500, 950)
