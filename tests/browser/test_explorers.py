"""An explorer in a real browser: another book, 200 points of three parameters."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import axe_playwright_python
import nbformat
import papermill
import pytest
import yaml
from playwright.sync_api import Browser, Locator, Page, expect

from .conftest import DEVICES
from .firefox import find_firefox, firefox

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
PARAMETERS = """\
place: str = "north"  # where it rained {north, south}
first: int = 1992  # first year
step: int = 1  # years between two bars"""
DRAW = """\
import matplotlib.pyplot as plt
%config InlineBackend.figure_formats = ["svg"]
plt.rcParams["svg.hashsalt"] = "rain"
plt.figure(figsize=(3, 1 if place == "north" else 2))
plt.bar(range(first, first + 9 * step, step), range(len(place), len(place) + 9))
plt.title(f"{place} {first} {step}");"""
SAY = 'print(f"Rain of {place} from {first}, every {step} years")'
TELL = """\
from IPython.display import Markdown
Markdown("It **rained**. " * step * (9 if place == "south" else 1))"""
GLUE = """\
from myst_nb import glue
glue("rain", (first - 1997) * step, display=False)"""
# The south begins six years later. 10 x 10 and 10 x 10 points.
GRID = [
    {"place": ["north"], "first": [*range(1990, 2000)], "step": [*range(1, 11)]},
    {"place": ["south"], "first": [*range(1996, 2006)], "step": [*range(1, 11)]},
]
PAGE = """\
# Choose

```{explore} rain.sweep.yml
:map: first, step, rain:+d

story
fig-rain
words
```

What stands below stays where it is."""


def _notebook(*cells: Any) -> str:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    metadata = {"kernelspec": kernel, "language_info": {"name": "python"}}
    made = nbformat.v4.new_notebook(cells=list(cells), metadata=metadata)
    for number, cell in enumerate(made.cells):
        cell["id"] = f"c{number}"
    return nbformat.writes(made)


def _code(source: str, **metadata: Any) -> Any:
    return nbformat.v4.new_code_cell(source, metadata=metadata)


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another book, with an explorer, built by Jupyter Book."""
    root = tmp_path_factory.mktemp("explored") / "book"
    root.mkdir()
    preload = ["matplotlib.pyplot", "matplotlib.backends.backend_svg"]
    settings = {"preload": preload}
    config = {
        "title": "Rain",
        "html": {"use_issues_button": False},
        "only_build_toc_files": True,
        "execute": {"execute_notebooks": "off"},
        "sphinx": {
            "extra_extensions": ["papermill_pages"],
            "config": {"papermill_pages": settings},
        },
    }
    toc = {"format": "jb-book", "root": "index", "chapters": [{"file": "choose"}]}
    figure = {"figure": {"name": "fig-rain", "caption": "Rain"}}
    sweep = {"notebook": "rain.ipynb", "grid": GRID}
    sweep["labels"] = {"place": {"north": "the north", "south": "the south"}}
    files = {
        "_config.yml": yaml.safe_dump(config),
        "_toc.yml": yaml.safe_dump(toc),
        "index.md": "# Home\n",
        "choose.ipynb": _notebook(nbformat.v4.new_markdown_cell(PAGE), _code("1")),
        "rain.ipynb": _notebook(
            _code(PARAMETERS, tags=["parameters"]),
            _code(DRAW, mystnb={**figure, "image": {"alt": "Bars of rain"}}),
            _code(SAY, name="words"),
            _code(TELL, name="story"),
            _code(GLUE),
        ),
        "rain.sweep.yml": yaml.safe_dump(sweep, sort_keys=False),
    }
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8")
    program = Path(sys.executable).with_name("jupyter-book")
    command = [program, "build", ".", "--warningiserror", "--nitpick"]
    ended = subprocess.run(
        command, cwd=root, capture_output=True, text=True, timeout=300, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return root


@pytest.fixture
def page(browser: Browser, book: Path, device: str) -> Iterator[Page]:
    """The page from disk, with all hosts out of reach."""
    context = browser.new_context(viewport=DEVICES[device])
    with closing(context):
        page = context.new_page()
        page.goto((book / "_build/html/choose.html").as_uri())
        expect(page.locator(".explorer-ready")).to_have_count(1)
        yield page


def shown(page: Page) -> str:
    return page.locator(".explorer-outputs pre").inner_text().strip()


def control(page: Page, title: str) -> Locator:
    return page.get_by_label(title, exact=True)


# Choosing


def test_a_choice_is_seen_within_a_second_and_moves_nothing_below(page: Page) -> None:
    assert shown(page) == "Rain of north from 1990, every 1 years"
    below = page.get_by_text("What stands below stays where it is.")
    before = below.bounding_box()
    started = time.monotonic()
    page.get_by_label("the south").check()
    expect(page.locator(".explorer-outputs pre")).to_contain_text("south")
    assert time.monotonic() - started < 1
    assert shown(page) == "Rain of south from 1996, every 1 years"
    control(page, "Years between two bars").fill("9")  # the longest story
    expect(page.locator(".explorer-outputs p").first).to_contain_text(
        "It rained. " * 80
    )
    # Browsers round a picture's own size to whole pixels.
    assert below.bounding_box() == pytest.approx(before, abs=0.5)
    drawn = "img => img.complete && img.naturalWidth > 0"
    assert page.get_by_role("img", name="Bars of rain").evaluate(drawn)


def test_what_is_seen_is_what_plain_papermill_gives(
    page: Page, book: Path, tmp_path: Path
) -> None:
    page.goto(f"{page.url}?rain.place=the+south&rain.first=2003&rain.step=7")
    expect(page.locator(".explorer-outputs pre")).to_contain_text("2003")
    given = {"place": "south", "first": 2003, "step": 7}
    out = tmp_path / "out.ipynb"
    papermill.execute_notebook(
        book / "rain.ipynb", out, given, progress_bar=False, cwd=str(book)
    )
    cells = {
        cell.metadata.get("name") or "figure": cell
        for cell in nbformat.read(out, as_version=4).cells
        if cell.metadata.get("name") or cell.metadata.get("mystnb")
    }
    assert shown(page) == cells["words"].outputs[0].text.strip()
    image = cells["figure"].outputs[-1].data["image/svg+xml"]
    source = page.get_by_role("img", name="Bars of rain").evaluate("img => img.src")
    seen = Path(source.removeprefix("file://")).read_text(encoding="utf-8")
    without_date = re.compile(r"<dc:date>.*?</dc:date>")
    assert without_date.sub("", seen.strip()) == without_date.sub("", image.strip())


def test_only_what_was_executed_can_be_chosen(page: Page) -> None:
    slider = control(page, "First year")
    assert slider.get_attribute("max") == "15"
    slider.fill("0")
    page.get_by_label("the south").check()
    expect(page.locator(".explorer-shown")).to_have_text(
        "Shown: Where it rained: the south; First year: 1996; Years between two "
        "bars: 1 (with the nearest first year that there is)"
    )
    # Every choice of a control has a point, given those before it.
    for place in range(16):
        slider.fill(str(place))
        expect(page.locator(".explorer-outputs pre")).to_contain_text(
            f"south from {max(1990 + place, 1996)},"
        )
        assert slider.input_value() == str(max(place, 6))
    page.get_by_label("the north").check()
    expect(page.locator(".explorer-outputs pre")).to_contain_text("north from 1999,")


def test_the_choice_is_kept_in_the_address(page: Page, browser: Browser) -> None:
    page.get_by_label("the south").check()
    control(page, "Years between two bars").fill("4")
    expect(page.locator(".explorer-outputs pre")).to_contain_text("every 5 years")
    assert page.url.endswith(
        "choose.html?rain.place=the+south&rain.first=1996&rain.step=5"
    )
    with closing(browser.new_context()) as context:
        other = context.new_page()
        other.goto(page.url)
        expect(other.locator(".explorer-outputs pre")).to_contain_text(
            "Rain of south from 1996, every 5 years"
        )
        expect(other.get_by_label("the south")).to_be_checked()
        # An address that names what was not executed, or a part, leads to the nearest.
        for search, nearest in {
            "rain.place=the+south&rain.first=1990": "Rain of south from 1996, every 1",
            "rain.first=2004": "Rain of south from 2004, every 1",
            "rain.place=the+south": "Rain of south from 1996, every 1",
            "rain.place=Mars&rain.step=3": "Rain of north from 1990, every 3",
        }.items():
            other.goto(f"{page.url.partition('?')[0]}?{search}")
            expect(other.locator(".explorer-outputs pre")).to_contain_text(nearest)
            first = nearest.split()[4].rstrip(",")
            for part in (f"rain.first={first}", "rain.place=the", "rain.step="):
                expect(other).to_have_url(re.compile(re.escape(part)))


def test_quick_choices_end_with_the_last(page: Page) -> None:
    slider = control(page, "First year")
    for place in (3, 9, 1, 8, 5):
        slider.fill(str(place))
    expect(page.locator(".explorer-outputs pre")).to_contain_text("from 1995")
    page.wait_for_timeout(300)
    assert "from 1995" in shown(page)
    assert "First year: 1995" in page.locator(".explorer-shown").inner_text()


def test_the_map_chooses_by_pointer_and_by_keyboard(page: Page) -> None:
    button = page.get_by_role(
        "button", name="First year: 1992, Years between two bars: 3"
    )
    assert button.inner_text() == "−15"
    button.click()
    expect(page.locator(".explorer-outputs pre")).to_contain_text("1992, every 3")
    # Arrows go on to a button, as in other grids; Enter or Space chooses it.
    address = page.url
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(page.locator(":focus")).to_have_attribute(
        "aria-label", re.compile("First year: 1993, Years between two bars: 4: ")
    )
    assert page.url == address
    page.keyboard.press("Enter")
    expect(page.locator(".explorer-outputs pre")).to_contain_text("1993, every 4")
    page.keyboard.press("End")
    page.keyboard.press("Space")
    expect(page.locator(".explorer-outputs pre")).to_contain_text("1993, every 10")
    page.keyboard.press("Home")
    page.keyboard.press("Enter")
    expect(page.locator(".explorer-outputs pre")).to_contain_text("1993, every 1 ")
    pressed = page.locator(".explorer-map [aria-pressed=true]")
    expect(pressed).to_have_count(1)
    expect(pressed).to_be_focused()
    # One stop for the keyboard, on what is chosen.
    assert page.locator(".explorer-map button[tabindex='0']").count() == 1


def test_everything_works_by_keyboard(page: Page) -> None:
    page.get_by_label("the north").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".explorer-outputs pre")).to_contain_text("south")
    page.keyboard.press("Tab")
    expect(control(page, "First year")).to_be_focused()
    page.keyboard.press("End")
    expect(page.locator(".explorer-outputs pre")).to_contain_text("from 2005")
    assert control(page, "First year").get_attribute("aria-valuetext") == "2005"


def test_the_command_and_the_notebook_are_those_of_the_choice(page: Page) -> None:
    page.get_by_label("the south").check()
    expect(page.locator(".explorer-outputs pre")).to_contain_text("south")
    page.get_by_text("Command that reproduces this").click()
    expect(page.locator(".explorer-command code")).to_have_text(
        "papermill rain.ipynb executed.ipynb -p place south -p first 1996 -p step 1"
    )
    href = page.locator(".explorer-notebook").evaluate("link => link.href")
    with page.expect_download() as started:
        page.locator(".explorer-notebook").click()
    assert started.value.failure() is None
    assert "place%3Dsouth%2Cfirst%3D1996%2Cstep%3D1.zip" in href


# For everyone


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out(
    browser: Browser, book: Path, device: str, scheme: Any
) -> None:
    context = browser.new_context(viewport=DEVICES[device], color_scheme=scheme)
    with closing(context):
        page = context.new_page()
        page.goto((book / "_build/html/choose.html").as_uri())
        page.get_by_label("the south").check()
        expect(page.locator(".explorer-outputs pre")).to_contain_text("south")
        page.add_script_tag(path=AXE)
        found = page.evaluate("async () => await axe.run('.explorer')")
        told = [
            f"{rule['id']}: {[node['html'] for node in rule['nodes']]}"
            for rule in found["violations"]
        ]
        assert told == []
        wide = "() => document.documentElement.scrollWidth - innerWidth"
        assert page.evaluate(wide) <= 0


def test_a_choice_is_announced_outside_what_is_swapped(page: Page) -> None:
    status = page.get_by_role("status").filter(has_text="Shown:")
    expect(status).to_have_count(1)
    assert status.locator("xpath=ancestor::*[@class='explorer-outputs']").count() == 0
    page.get_by_label("the south").check()
    expect(status).to_contain_text("Where it rained: the south")
    assert page.locator(".explorer-outputs [role=status]").count() == 0


def test_without_scripts_one_point_stands_there_with_a_list(
    browser: Browser, book: Path
) -> None:
    with closing(browser.new_context(java_script_enabled=False)) as context:
        page = context.new_page()
        page.goto((book / "_build/html/choose.html").as_uri())
        assert shown(page) == "Rain of north from 1990, every 1 years"
        expect(page.locator(".explorer-controls")).to_be_hidden()
        expect(page.locator(".explorer-map")).to_be_hidden()
        expect(page.locator(".explorer-others")).to_have_text(
            "200 combinations were executed in all: Where it rained: the north, the "
            "south; First year: 1990 to 2005; Years between two bars: 1 to 10."
        )


def test_on_paper_stands_the_choice_without_controls(page: Page) -> None:
    page.get_by_label("the south").check()
    expect(page.locator(".explorer-outputs pre")).to_contain_text("south")
    page.emulate_media(media="print")
    expect(page.locator(".explorer-controls")).to_be_hidden()
    expect(page.locator(".explorer-shown")).to_contain_text("the south")
    expect(page.locator(".explorer-others")).to_be_visible()


def test_it_works_in_firefox(book: Path, tmp_path: Path) -> None:
    program = find_firefox()
    if program is None:
        pytest.skip("No Firefox was found (Debian: apt-get install firefox-esr).")
    address = (book / "_build/html/choose.html").as_uri()
    told = """(async () => {
        const outputs = document.querySelector(".explorer-outputs");
        const swapped = new Promise(done =>
            outputs.addEventListener("papermill-pages:swapped", done, {once: true}));
        document.querySelector("input[type=radio][value='1']").click();
        await swapped;
        return outputs.querySelector("pre").textContent.trim() + "; " +
            (outputs.querySelector("img").naturalWidth > 0) + location.search;
    })()"""

    async def visit() -> list[str]:
        profile = tmp_path / "profile"
        async with asyncio.timeout(60), firefox(program, profile) as window:
            await window.open(
                f"{address}?rain.place=the+north&rain.first=1993&rain.step=2"
            )
            await window.evaluate("new Promise(done => setTimeout(done, 500))")
            first = "document.querySelector('.explorer-outputs pre').textContent.trim()"
            return [await window.evaluate(first), await window.evaluate(told)]

    with ThreadPoolExecutor(1) as apart:  # from the loop of the other browser
        seen = apart.submit(asyncio.run, visit()).result()
    assert seen == [
        "Rain of north from 1993, every 2 years",
        "Rain of south from 1996, every 2 years; true"
        "?rain.place=the+south&rain.first=1996&rain.step=2",
    ]


# Weight


def test_a_page_loads_what_it_shows_and_the_rest_on_demand(
    browser: Browser, book: Path
) -> None:
    with closing(browser.new_context()) as context:
        page = context.new_page()
        loaded: list[str] = []
        page.on("request", lambda request: loaded.append(request.url))
        page.goto((book / "_build/html/choose.html").as_uri())
        expect(page.locator(".explorer-ready")).to_have_count(1)
        assert [it for it in loaded if "_explore" in it] == []
        assert sum(it.endswith(".svg") and "_images" in it for it in loaded) == 1
        page.get_by_label("the south").check()
        expect(page.locator(".explorer-outputs pre")).to_contain_text("south")
        assert sum("_explore" in it for it in loaded) == 1
        page.get_by_label("the north").check()
        page.get_by_label("the south").check()
        expect(page.locator(".explorer-outputs pre")).to_contain_text("south")
        assert sum("_explore" in it and it.endswith(".js") for it in loaded) == 2


def test_a_choice_that_cannot_be_loaded_is_told_and_the_last_one_stays(
    page: Page, book: Path
) -> None:
    known = json.loads(page.locator(".explorer script").inner_text())
    place = known["places"].index([0, 5, 5])
    file = book / "_build/html" / known["folder"] / f"{known['files'][place]}.js"
    kept = file.read_bytes()
    file.unlink()
    try:
        page.goto(f"{page.url}?rain.place=the+north&rain.first=1995&rain.step=6")
        expect(page.locator(".explorer-shown")).to_contain_text(
            "That choice could not be loaded. Still shown: Where it rained: the north; "
            "First year: 1990"
        )
        assert control(page, "First year").input_value() == "0"
    finally:
        file.write_bytes(kept)
