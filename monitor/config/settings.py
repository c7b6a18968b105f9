"""The nouns of a configuration that has been read and checked.

Everything is decided here: paths are absolute, secrets are `Secret`s, defaults are filled in. A section that
is `None` was not written. Feeds, topics and recipients are the nouns of `monitor.model`.
"""

import re
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from urllib.parse import unquote

from monitor.model import Feed, PollingPolicy, Recipient, Secret, Smtp, Topic

Network = IPv4Network | IPv6Network

_PASSWORD = re.compile(r"://[^:/@]*:([^@]+)@|[?&]password=([^&]+)")  # as SQLAlchemy reads it: a slash may be part of it


@dataclass(frozen=True, slots=True)
class Server:
    """Where the dashboard listens, and who may come in."""

    listen: str = "127.0.0.1:8080"
    public_url: str = ""  # "" if it has none
    password: Secret | None = None
    secret: Secret | None = None  # signs links and sessions
    allowed_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Operator:
    """Who hears of trouble."""

    recipient: str = ""  # id of a recipient; "" is nobody
    ping: Secret | None = None  # address that is called after each round


@dataclass(frozen=True, slots=True)
class Backup:
    """Where copies of the database go, and how long they stay."""

    folder: Path
    keep_days: int


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """A language model for summaries and translations."""

    url: str
    model: str
    key: Secret | None = None


@dataclass(frozen=True, slots=True)
class Retention:
    """How long articles are kept."""

    articles_days: int = 180
    rejected_days: int = 30


@dataclass(frozen=True, slots=True)
class Settings:
    """A whole configuration."""

    root: Path  # folder of the file: relative paths start here
    file: Path
    timezone: str  # IANA name
    database_url: str = field(repr=False)  # a Postgres address may hold a password
    polling: PollingPolicy
    allow_private: tuple[Network, ...]
    feeds: tuple[Feed, ...]  # of [[feeds]], then of the OPML files; no address twice
    topics: tuple[Topic, ...]
    recipients: tuple[Recipient, ...]
    opml: tuple[Path, ...] = ()  # the OPML files that were read
    encoder: str = "auto"
    story_window_hours: float = 72.0
    smtp: Smtp | None = None
    server: Server = Server()
    operator: Operator = Operator()
    backup: Backup | None = None
    language_model: LanguageModel | None = None
    retention: Retention = Retention()
    notes: tuple[str, ...] = ()  # what the person should know, one line each
    left_out: tuple[str, ...] = ()  # recipients that were wrong, one line for each fault; only of a lenient reading

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Return every secret that was read, for those who keep them out of logs."""
        feeds = [secret for feed in self.feeds for secret in (feed.username, feed.password)]
        recipients = [recipient.secret for recipient in self.recipients]
        smtp = [self.smtp.username, self.smtp.password] if self.smtp else []
        model = [self.language_model.key] if self.language_model else []
        others = [self.server.password, self.server.secret, self.operator.ping, *_passwords(self.database_url)]
        return tuple(secret for secret in (*feeds, *recipients, *smtp, *model, *others) if secret is not None)


def _passwords(url: str) -> list[Secret]:
    """Return the password in a database's address, which may stand before the host or among the options."""
    return [Secret(unquote(found)) for pair in _PASSWORD.findall(url) for found in pair if found]
