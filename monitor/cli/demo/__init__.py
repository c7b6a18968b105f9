"""`monitor demo`: the whole pipeline on a small stream, from loopback HTTP to a folder and a mailbox over SMTP."""

from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Annotated, Any

import typer

from monitor.cli import output, start
from monitor.cli.demo import stages
from monitor.errors import UsageError

if TYPE_CHECKING:
    from monitor.app import App
    from monitor.cli.demo.mailbox import Mail, Mailbox
    from monitor.config import Settings
    from monitor.model import Recipient
    from monitor.queue import PollReport, SendReport


def demo(
    ctx: typer.Context,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the digest and the database go; else a new folder.")
    ] = None,
    json: start.Json = False,
) -> None:
    """Run everything on a small stream made for it. That needs no network and no configuration."""
    import asyncio

    from monitor.cli.demo import mailbox
    from monitor.cli.demo.server import serving

    folder = _folder(out)
    with (
        serving(start.clock()) as base,
        mailbox.opened() as box,
        start.opened_with(ctx, _settings(base, box.port, folder)) as app,
    ):
        asyncio.run(_run(app, box, folder, json=json))


def _folder(out: Path | None) -> Path:
    """Return the folder that everything goes to: a new one, or one that is empty.

    :raises UsageError: if something is there already
    """
    if out is None:
        return Path(mkdtemp(prefix="monitor-demo-")).resolve()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(f"--out {out}: something is there already; name a new folder, or an empty one")
    return out.resolve()


def _settings(base: str, mail_port: int, folder: Path) -> "Settings":
    from ipaddress import ip_network

    from monitor.cli.demo import feeds
    from monitor.config import Settings
    from monitor.model import PollingPolicy, Smtp, Topic

    return Settings(
        root=folder,
        file=folder / "monitor.toml",
        timezone="UTC",
        database_url=f"sqlite:///{folder / 'monitor.db'}",
        polling=PollingPolicy(min_interval_minutes=0, per_host_gap_seconds=0, contact="demo"),
        allow_private=(ip_network("127.0.0.0/8"),),
        feeds=feeds.feeds(base),
        topics=(Topic(id=stages.TOPIC, title="US–North Korea talks", seeds=(feeds.seed(),)),),
        recipients=(
            _recipient(stages.READER, "folder", str(folder / "digests")),
            _recipient(stages.MAIL_READER, "email", "you@demo.invalid"),
        ),
        smtp=Smtp("127.0.0.1", mail_port, "none", "News monitor <monitor@demo.invalid>"),
    )


def _recipient(id: str, channel: str, address: str) -> "Recipient":
    from monitor.model import Recipient

    return Recipient(
        id=id, channel=channel, addresses=(address,), topics=(stages.TOPIC,), schedule="30 8 * * *", timezone="UTC"
    )


async def _run(app: "App", box: "Mailbox", folder: Path, *, json: bool) -> None:
    from monitor import queue

    async with app.poller(start.clock()) as poller:
        if not json:
            stages.seed(poller.profiles[stages.TOPIC])
        first = await queue.poll_due(poller, app.settings.feeds, start.clock())
        again = await queue.poll_due(poller, app.settings.feeds, start.clock(), everything=True)
    teller, now = app.teller(), start.clock()
    await queue.tell_due(teller, app.recipients, app.settings.feeds, now)
    async with box.serving(), app.means() as means:
        sends = queue.SendReport(await queue.send_due(teller, means, now))
    kept = _keep(app, box.mails, folder)
    if json:
        output.document({**_document(app, first, again, sends, folder), "mail": _mail_document(box.mails, kept)})
        return
    stages.polls(app, first)
    stages.matches(app)
    stages.again(again)
    stages.digest(app)
    stages.mail(box.mails, sends)
    stages.way_on(app, kept, folder)


def _keep(app: "App", mails: "list[Mail]", folder: Path) -> Path | None:
    """Put the mail that arrived beside the digest and return its file, None if none came."""
    if not mails:
        return None
    file = folder / "digests" / f"{stages.digest_id(app, stages.MAIL_READER)}.eml"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(mails[0].content)
    return file


def _document(
    app: "App", first: "PollReport", again: "PollReport", sends: "SendReport", folder: Path
) -> dict[str, Any]:
    from monitor.cli import once
    from monitor.store import outbox

    matched, _ = stages.judged(app)
    return {
        **once.polls_report(first),
        "again": once.polls_report(again),
        "matched": [{"title": match.title, "score": round(match.judgement.score, 1)} for match in matched],
        "digests": {"sent": sends.sent, "failed": sends.failed},
        "subjects": [record.subject for record in outbox.digests(app.db)],
        "folder": str(folder),
    }


def _mail_document(mails: "list[Mail]", kept: Path | None) -> dict[str, Any] | None:
    """Return the mail that arrived, None if none did."""
    if not mails:
        return None
    mail = mails[0]
    headers = {name.lower().replace("-", "_"): value for name, value in mail.headers.items()}
    return {
        **headers,
        "sender": mail.sender,
        "receivers": list(mail.receivers),
        "parts": mail.parts,
        "bytes": len(mail.content),
        "file": str(kept),
    }
