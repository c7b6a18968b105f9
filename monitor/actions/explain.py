"""Tells of an article's journey what its judgement alone does not say."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from monitor import matching, urls
from monitor.app import App
from monitor.errors import SeedError
from monitor.model import Document, FeedReport, Journey, Topic
from monitor.pipeline.vectors import Vectors
from monitor.store import feeds


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside a judgement."""

    passage: str = ""  # of the seed, nearest to the article; "" if none is
    outdated: str = ""  # what becomes of a judgement that is older than the profile, "" if it is not


async def beside(app: App, journeys: Sequence[tuple[Topic, Journey | None]], now: datetime) -> list[Beside]:
    """Return what stands beside each judgement; nothing where there is none, or its seed can't be read."""
    if not any(journey for _, journey in journeys):
        return [Beside() for _ in journeys]
    vectors = app.vectors()
    async with app.reaching_out(now) as (client, parsers):
        found = []
        for topic, journey in journeys:
            try:
                profile = await app.profile(topic, client, parsers, now, vectors) if journey else None
            except SeedError:
                profile = None
            found.append(_beside(app, profile, journey, vectors, now) if profile and journey else Beside())
    return found


def _beside(app: App, profile: matching.Profile, journey: Journey, vectors: Vectors, now: datetime) -> Beside:
    [document] = vectors.documents([Document(id="", title=journey.title, text=journey.text)])
    return Beside(matching.nearest_passage(profile, document), _outdated(app, profile, journey, now))


def _outdated(app: App, profile: matching.Profile, journey: Journey, now: datetime) -> str:
    said = journey.judgement
    if said is None or said.judged_by == matching.judged_by(profile):
        return ""
    days = app.settings.polling.catch_up_days
    first_seen = min((sighting.at for sighting in journey.sightings), default=now)
    if first_seen >= now - timedelta(days=days):
        return "judged by an earlier profile: the next turn judges it again"
    return f"judged by an earlier profile: older than catch_up_days ({days:g}), so it stays as it was"


def why_never_seen(app: App, address: str) -> str:
    """Return in words what may have kept an address from being seen: how the feeds of its site are."""
    if not urls.web_link(address):
        return "it is no match's id and no http(s) address: monitor match list shows the ids"
    site = urls.domain(address)
    reports = feeds.reports(app.db, app.settings.feeds, counted=False)
    near = [report for report in reports if urls.domain(report.feed.url) == site]
    if not near:
        return f"no feed of {site or address} is followed: monitor feed discover {address} looks for one"
    return "; ".join(_health(report) for report in near)


def _health(report: FeedReport) -> str:
    told = [f"its site's feed {report.feed.url} is {report.health}"]
    told += [report.last_error] if report.last_error else []
    if report.last_success is None:
        told.append("it was never read")
    elif not report.last_error:
        told.append("it did not hold this article whenever it was read")
    return ": ".join((told[0], ", ".join(told[1:])))
