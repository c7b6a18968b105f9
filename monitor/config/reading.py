"""Turns a file into Settings: document → shape and checks → seeds, OPML, secrets → nouns."""

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

from monitor import urls
from monitor.config import document
from monitor.config.checks import Raw, check, named, strings, tables
from monitor.config.faults import Fault, Findings, dotted, shown
from monitor.config.secrets import secret, trouble
from monitor.config.seeds import read_seed, remark
from monitor.config.settings import Backup, LanguageModel, Operator, Retention, Server, Settings
from monitor.config.shape import FeedTable, RecipientTable, Root, TopicTable
from monitor.config.values import database_with_password, is_plain, listener
from monitor.encoders import names
from monitor.errors import MonitorError, SeedError
from monitor.model import Feed, PollingPolicy, Recipient, Secret, Seed, Smtp, Topic

DATABASE_VARIABLE = "MONITOR_DATABASE_URL"
LISTEN_VARIABLE = "MONITOR_LISTEN"  # a container listens where nobody but its engine can say
DIGEST_AT = {"story": 50.0, "event": 75.0}  # what a score means: from 50 the story, from 75 the very event

_SQLITE = re.compile(r"sqlite:///(?P<path>[^?]+)(?P<query>\?.*)?")


def read(path: Path, environ: Mapping[str, str], *, lenient: bool = False) -> Settings:
    """Read the configuration at `path`, a folder that holds `monitor.toml` or the file itself.

    `lenient` leaves out recipients that are wrong, as long as one is right and nothing else is wrong.
    :raises UsageError: with one line for each thing that is wrong
    """
    file = document.find(path)
    data = document.read_bytes(file)
    if not lenient:
        return settle(data, file, environ)
    raw = document.parse(data, file)
    without, left_out = _without_wrong_recipients(raw)
    shape, faults = check(without)
    settings = _Reading(without, file, environ, faults).settings(shape)
    return replace(settings, left_out=tuple(left_out))


def _without_wrong_recipients(raw: Raw) -> tuple[Raw, list[str]]:
    """Return the document without the recipients that have a fault, and their faults; all of it, if none is right."""
    _, faults = check(raw)
    wrong = {name: [f for f in faults if _concerns(f, name)] for name in tables(raw, "recipients")}
    wrong = {name: found for name, found in wrong.items() if found}
    right = {name: table for name, table in tables(raw, "recipients").items() if name not in wrong}
    if not wrong or not right:
        return raw, []
    operator = raw.get("operator")
    if isinstance(operator, Mapping) and operator.get("recipient") in wrong:
        raw = {**raw, "operator": {key: value for key, value in operator.items() if key != "recipient"}}
    lines = [f"{fault.key}: {fault.text}" for found in wrong.values() for fault in found]
    return {**raw, "recipients": right}, lines


def _concerns(fault: Fault, recipient: str) -> bool:
    """Tell whether a fault lies within the table of `recipient`."""
    way = dotted(["recipients", recipient])
    return fault.key == way or fault.key.startswith((f"{way}.", f"{way} ", f"{way}["))


def settle(data: bytes, file: Path, environ: Mapping[str, str]) -> Settings:
    """Return the settings that `data` would make if it stood in `file`.

    :raises UsageError: with one line for each thing that is wrong
    """
    raw = document.parse(data, file)
    shape, faults = check(raw)
    return _Reading(raw, file, environ, faults).settings(shape)


class _Reading:
    """One reading of one document: what it needs from outside, and what it finds."""

    def __init__(self, raw: Raw, file: Path, environ: Mapping[str, str], faults: list[Fault]) -> None:
        self.raw = raw
        self.root = file.absolute().parent.resolve()
        self.name = file.name
        self.environ = environ
        self.found = Findings(str(file), faults)

    def settings(self, shape: Root | None) -> Settings:
        """Return the settings. What stands outside the document is read even where its shape is wrong, to tell all."""
        seeds, outlines, database, listen = self._seeds(), self._outlines(), self._database(), self._listen()
        self.found.stop_if_wrong()
        assert shape is not None  # or there would have been a fault
        feeds = self._feeds(shape, outlines)
        self.found.notes += _missing(shape, feeds)
        return Settings(
            root=self.root,
            file=self.root / self.name,
            timezone=shape.timezone,
            database_url=self._resolved(database or shape.database.url),
            polling=PollingPolicy(**shape.polling.model_dump(exclude={"full_text"})),
            allow_private=tuple(ip_network(cidr) for cidr in shape.network.allow_private),
            feeds=feeds,
            topics=tuple(_topic(name, table, seeds) for name, table in shape.topics.items()),
            recipients=tuple(self._recipient(name, table, shape.timezone) for name, table in shape.recipients.items()),
            opml=tuple(self._path(name) for name in shape.opml),
            encoder=names.resolved(shape.matching.encoder, self.root),
            story_window_hours=shape.matching.story_window_hours,
            smtp=self._smtp(shape),
            server=self._server(shape, listen),
            operator=Operator(shape.operator.recipient, self._optional_secret(shape.operator.ping_env)),
            backup=Backup(self._path(shape.backup.folder), shape.backup.keep_days) if shape.backup else None,
            language_model=self._language_model(shape),
            retention=Retention(shape.retention.articles_days, shape.retention.rejected_days),
            notes=tuple(self.found.notes),
        )

    def _path(self, name: str) -> Path:
        start = Path.home() if name.startswith("~/") else self.root
        return Path(os.path.realpath(start / name.removeprefix("~/")))

    # ------------------------------------------------------------ files beside the document

    def _seeds(self) -> dict[str, Seed]:
        """Read each seed that a topic names, once; addresses stay to be fetched."""
        seeds: dict[str, Seed] = {}
        for topic, table in tables(self.raw, "topics").items():
            for index, name in enumerate(strings(table.get("seeds"))):
                if is_plain(name) and name not in seeds:
                    self._seed(dotted(["topics", topic, "seeds", index]), name, seeds)
        return seeds

    def _seed(self, key: str, name: str, seeds: dict[str, Seed]) -> None:
        if "://" in name:
            seeds[name] = Seed(name=name, text="")
            if not urls.web_link(name):
                self.found.fault(f"{key} = {shown('url', name)}", "it takes a file, or the http(s) address of a page")
            return
        try:
            seeds[name] = read_seed(self._path(name), name)
        except SeedError as error:
            self.found.fault(key, str(error), SeedError)
            return
        if said := remark(seeds[name]):
            self.found.notes.append(f"{key}: {name} {said}")

    def _outlines(self) -> list[Feed]:
        feeds: list[Feed] = []
        for index, name in enumerate(strings(self.raw.get("opml"))):
            if is_plain(name):
                feeds += self._outline(dotted(["opml", index]), name)
        return feeds

    def _outline(self, key: str, name: str) -> tuple[Feed, ...]:
        from monitor.sources import opml

        try:
            feeds, problems = opml.read(self._path(name).read_bytes())
        except OSError as error:
            self.found.fault(key, f"{self._path(name)} can't be read: {error.strerror}")
            return ()
        except MonitorError as error:
            self.found.fault(key, f"{name}: {error}")
            return ()
        self.found.notes += [f"{name}: {problem}" for problem in problems]
        return feeds

    # ------------------------------------------------------------ what the environment says

    def _database(self) -> str:
        """Return the address of the database that the environment names, "" if it names none."""
        try:
            given = secret(DATABASE_VARIABLE, self.environ)
            return database_with_password(given.reveal()) if given else ""
        except (OSError, UnicodeDecodeError) as error:
            self.found.fault(DATABASE_VARIABLE, trouble(DATABASE_VARIABLE, error))
        except ValueError as error:
            self.found.fault(DATABASE_VARIABLE, f"{error}; it takes sqlite:///PATH or postgresql+psycopg://…")
        return ""

    def _listen(self) -> str:
        """Return where the environment says to listen, "" if it says nothing."""
        given = self.environ.get(LISTEN_VARIABLE, "")
        try:
            return given and listener(given)
        except ValueError as error:
            self.found.fault(
                f"{LISTEN_VARIABLE} = {shown('listen', given)}", f"{error}; it takes one, such as 0.0.0.0:8080"
            )
        return ""

    def _resolved(self, url: str) -> str:
        """Return the address with a SQLite file's path made absolute."""
        found = _SQLITE.fullmatch(url)
        return f"sqlite:///{self._path(found['path'])}{found['query'] or ''}" if found else url

    def _secret(self, key: str, name: str) -> Secret | None:
        """Return a feed's secret; its absence is a note, since all other feeds can be polled."""
        try:
            if found := secret(name, self.environ):
                return found
            self.found.notes.append(f"{key}: neither {name} nor {name}_FILE is set; polled without credentials")
        except (OSError, UnicodeDecodeError) as error:
            self.found.notes.append(f"{key}: {trouble(name, error)}; polled without credentials")
        return None

    def _optional_secret(self, name: str | None) -> Secret | None:
        try:
            return secret(name, self.environ) if name else None
        except (OSError, UnicodeDecodeError) as error:
            self.found.notes.append(trouble(str(name), error))
            return None

    # ------------------------------------------------------------ nouns

    def _feeds(self, shape: Root, outlines: list[Feed]) -> tuple[Feed, ...]:
        """Return the feeds of the document, then those of OPML files that it does not name itself."""
        own = [self._feed(index, table, shape.polling.full_text) for index, table in enumerate(shape.feeds)]
        listed = [replace(feed, full_text=shape.polling.full_text) for feed in outlines]
        once: dict[str, Feed] = {}
        for feed in own + listed:
            once.setdefault(urls.web_link(feed.url) or feed.url, feed)
        return tuple(once.values())

    def _feed(self, index: int, table: FeedTable, full_text: bool) -> Feed:
        username, password = (
            self._secret(named(self.raw, ["feeds", index, key]), variable) if variable else None
            for key, variable in (("username_env", table.username_env), ("password_env", table.password_env))
        )
        complete = username is not None and password is not None
        return Feed(
            url=urls.web_link(table.url),
            title=table.title,
            language=table.language,
            topics=tuple(dict.fromkeys(table.topics)),
            full_text=full_text if table.full_text is None else table.full_text,
            verify=table.verify,
            username=username if complete else None,
            password=password if complete else None,
        )

    def _recipient(self, name: str, table: RecipientTable, zone: str) -> Recipient:
        channel, addresses, secret_name = self._channel(table)
        return Recipient(
            id=name,
            channel=channel,
            addresses=addresses,
            secret=self._needed_secret(name, secret_name),
            secret_name=secret_name,
            endpoint=table.slack_api if channel == "slack" else "",
            topics=tuple(dict.fromkeys(table.topics)),
            schedule=table.schedule,
            timezone=table.timezone or zone,
            max_stories=table.max_stories,
            when_empty=table.when_empty,
            alerts=table.alerts,
            quiet=table.quiet or "",
        )

    def _channel(self, table: RecipientTable) -> tuple[str, tuple[str, ...], str]:
        """Return a recipient's channel, its addresses, and the name of the variable with its secret.

        Where the address itself is the secret, the variable's name stands for it.
        """
        if table.folder:
            return "folder", (str(self._path(table.folder)),), ""
        if table.email:
            return "email", tuple(dict.fromkeys(table.email)), ""
        if table.webhook:
            return "webhook", (urls.web_link(table.webhook),), table.webhook_secret_env or ""
        if table.apprise_env:
            return "apprise", (table.apprise_env,), table.apprise_env
        if table.slack_webhook_env:
            return "slack_webhook", (table.slack_webhook_env,), table.slack_webhook_env
        return "slack", (table.slack_channel or "",), table.slack_token_env or ""

    def _needed_secret(self, recipient: str, name: str) -> Secret | None:
        """Return the secret that a recipient's channel needs; its absence is a note, since all others can be served."""
        if not name:
            return None
        found = self._optional_secret(name)
        if found is None:
            key = dotted(["recipients", recipient])
            self.found.notes.append(f"{key}: neither {name} nor {name}_FILE is set; nothing is sent to it until then")
        return found

    def _smtp(self, shape: Root) -> Smtp | None:
        if not (table := shape.smtp):
            return None
        secrets = {name: self._optional_secret(name) for name in (table.username_env, table.password_env) if name}
        lacks = ", ".join(name for name, found in secrets.items() if found is None)
        if lacks:
            self.found.notes.append(f"smtp: {lacks} is not set; no mail can be sent until it is")
        username, password = secrets.get(table.username_env or ""), secrets.get(table.password_env or "")
        return Smtp(table.host, table.port, table.security, table.sender, username, password, lacks)

    def _server(self, shape: Root, listen: str) -> Server:
        table = shape.server
        password, signing = self._optional_secret(table.password_env), self._optional_secret(table.secret_env)
        return Server(listen or table.listen, table.public_url, password, signing, tuple(table.allowed_hosts))

    def _language_model(self, shape: Root) -> LanguageModel | None:
        table = shape.language_model
        if not table.url:
            return None
        key = self._optional_secret(table.key_env)
        if table.key_env and key is None:
            lacks = f"neither {table.key_env} nor {table.key_env}_FILE is set"
            self.found.notes.append(f"language_model: {lacks}; there are no summaries until then")
            return None
        return LanguageModel(table.url, table.model, key)


def _missing(shape: Root, feeds: tuple[Feed, ...]) -> list[str]:
    """Say what a configuration lacks before it can do its work."""
    mailed = ", ".join(name for name, table in shape.recipients.items() if table.email)
    lacks = {
        f"smtp: there is no [smtp], so {mailed} can't be sent mail": mailed and shape.smtp is None,
        "feeds: there are none; `monitor feed add ADDRESS` adds one": not feeds,
        "topics: there is none, so nothing can match; write a [topics.NAME] with its seeds": not shape.topics,
        "recipients: there is none, so nobody is told; write a [recipients.NAME]": not shape.recipients,
    }
    return [note for note, lacking in lacks.items() if lacking]


def _topic(name: str, table: TopicTable, seeds: Mapping[str, Seed]) -> Topic:
    return Topic(
        id=name,
        title=table.title or name,
        seeds=tuple(seeds[seed] for seed in dict.fromkeys(table.seeds)),
        scope=table.scope,
        digest_at=DIGEST_AT[table.scope] if table.digest_at is None else table.digest_at,
        alert_at=table.alert_at,
        include=tuple(table.include),
        weights=dict(table.weights),
        exclude=tuple(table.exclude),
        require_any=tuple(table.require_any),
        languages=tuple(table.languages),
        sources=tuple(table.sources),
        mute_sources=tuple(table.mute_sources),
    )
