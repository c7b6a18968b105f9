"""Configurations for tests: a folder with a good one, and what changes it."""

from monitor.config import load

SEED = "The talks between the United States and North Korea in Stockholm broke off on Saturday. " * 4

TOPIC = """
[topics.talks]
seeds = ["seed.txt"]
"""
RECIPIENT = """
[recipients.me]
folder = "digests"
topics = ["talks"]
schedule = "0 8 * * *"
"""
FEED = """
[[feeds]]
url = "https://a.example/rss.xml"
"""
GOOD = TOPIC + RECIPIENT + FEED


def configured(folder, text=GOOD, **files):
    """Write `text` as monitor.toml and a seed beside it; more files by name, with _ for the dot."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "monitor.toml").write_text(text, "utf-8")
    (folder / "seed.txt").write_text(SEED, "utf-8")
    for name, content in files.items():
        (folder / name.replace("_", ".")).write_text(content, "utf-8")
    return folder / "monitor.toml"


def settings(folder, text=GOOD, environ=None, **files):
    return load(configured(folder, text, **files), environ or {})
