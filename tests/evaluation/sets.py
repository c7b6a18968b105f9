"""Writes a small labelled set for tests."""

import json
from pathlib import Path

from tests.matching.examples import OTHER_STRIKE, SEQUEL, STORY, UNRELATED

DOCUMENTS = (
    {"id": "seed", "title": "Dockers walk out in Orrevik", "text": STORY, "lang": "en", "published": None},
    {"id": "sequel", "title": SEQUEL.title, "text": SEQUEL.text, "lang": "en", "published": "2031-04-09"},
    {"id": "bus", "title": OTHER_STRIKE.title, "text": OTHER_STRIKE.text, "lang": "en", "published": "2031-04-08"},
    {"id": "moon", "title": UNRELATED.title, "text": UNRELATED.text, "lang": "en", "published": None},
    {"id": "ignored", "title": "Orrevik dockers strike", "text": "", "lang": "en", "published": "2031-04-10"},
)
TOPIC = {
    "topic_id": "dock",
    "stream": "harbour",
    "seed_id": "seed",
    "hard_negative_ids": ["bus"],
    "ignore_ids": ["ignored"],
}


def write_set(folder: Path, stories: bool = False) -> Path:
    """Write a set of five documents and one topic into `folder`, and return it."""
    folder.mkdir(exist_ok=True)
    lines = (json.dumps({**document, "stream": "harbour"}) for document in DOCUMENTS)
    (folder / "docs.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "topics.jsonl").write_text(json.dumps(TOPIC) + "\n", encoding="utf-8")
    (folder / "qrels.tsv").write_text("dock\tsequel\t2\ndock\tmoon\t0\n", encoding="utf-8")
    if stories:
        rows = ("doc_id\tstory\tdup_group", "seed\twalkout\tx", "sequel\twalkout\t", "bus\tbuses\tx", "moon\t\t")
        (folder / "stories.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    return folder
