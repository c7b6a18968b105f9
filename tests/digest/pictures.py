"""Make the pictures of docs/digest.md anew: `python -m tests.digest.pictures docs/pictures`."""

import sys
from dataclasses import replace
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, sync_playwright

from monitor.digest.render import render
from monitor.model import Digest, Section, SourceHealth
from tests.chromium import CHROMIUM
from tests.digest import samples

HEIGHT = 1_000
PICTURES: dict[str, tuple[int, Literal["light", "dark"]]] = {  # file → width and colours
    "digest-600.png": (600, "light"),
    "digest-600-dark.png": (600, "dark"),
    "digest-320.png": (320, "light"),
}
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-lcd-text"]  # the last: letters without colours make small files


def sample() -> Digest:
    """Return the whole sample, short, and in scripts that every machine has letters for."""
    whole = samples.whole()
    new, updates, also, below = whole.sections
    first, _, _, swedish, _ = new.stories
    also = replace(also, stories=(replace(also.stories[0], also=samples.sightings("Late Edition", "Die Lage")),))
    health = SourceHealth(41, 43, ("Die Lage: silent for 9 days, usually 40 a day", *whole.health.troubles[1:]))
    return replace(whole, sections=(Section("New", (first, swedish)), updates, also, below), health=health)


def take(browser: Browser, html: str, file: Path) -> None:
    """Write one picture of a mail."""
    width, colours = PICTURES[file.name]
    with browser.new_context(
        viewport={"width": width, "height": HEIGHT}, color_scheme=colours, offline=True
    ) as context:
        page = context.new_page()
        page.set_content(html)
        page.screenshot(path=file, full_page=True)


def main(folder: Path) -> None:
    """Write all pictures into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    html = render(sample(), as_of=samples.NOW, unsubscribe_url="https://monitor.example/u/t").html
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name in PICTURES:
            take(browser, html, folder / name)
        browser.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
