"""The shape of `monitor.toml`: every key, its default, and in its description what it takes.

The descriptions complete the sentence "it takes …" of an error message; docs/configuration.md tells the rest.
Values are taken as TOML gives them, never bent: "5" is no number and 1 is no truth.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from monitor.config import times, values

Text = Annotated[str, AfterValidator(values.plain)]
Zone = Annotated[str, AfterValidator(times.timezone)]
Cron = Annotated[str, AfterValidator(times.schedule)]
Quiet = Annotated[str, AfterValidator(times.quiet_hours)]
Link = Annotated[str, AfterValidator(values.web_address)]
Variable = Annotated[str, AfterValidator(values.variable)]
OptionalVariable = Annotated[str, AfterValidator(values.optional(values.variable))]
Cidr = Annotated[str, AfterValidator(values.network)]
OptionalLink = Annotated[str, AfterValidator(values.optional(values.web_address))]
Language = Annotated[str, AfterValidator(values.language)]
OptionalLanguage = Annotated[str, AfterValidator(values.optional(values.language))]
Listen = Annotated[str, AfterValidator(values.listener)]
HeaderText = Annotated[str, AfterValidator(values.header_text)]
DatabaseUrl = Annotated[str, AfterValidator(values.database)]
EncoderName = Annotated[str, AfterValidator(values.encoder)]
Mailbox = Annotated[str, AfterValidator(values.mailbox)]
Days = Annotated[int, Field(ge=1, le=36_500)]
Score = Annotated[float, Field(ge=0, le=100)]
Factor = Annotated[float, Field(ge=0, le=100)]


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class Table(BaseModel):
    """What all tables have in common: no unknown key, no bent value, no infinity."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False, populate_by_name=False)


class DatabaseTable(Table):
    """`[database]`."""

    url: DatabaseUrl = Field(
        default="sqlite:///../var/monitor.db", description="sqlite:///PATH or postgresql+psycopg://…"
    )


class PollingTable(Table):
    """`[polling]`."""

    min_interval_minutes: float = Field(default=15.0, ge=0, le=1440, description="minutes from 0 to 1440 (a day)")
    max_interval_minutes: float = Field(default=720.0, ge=0, le=1440, description="minutes from 0 to 1440 (a day)")
    per_host_gap_seconds: float = Field(default=2.0, ge=0, le=3600, description="seconds from 0 to 3600")
    concurrency: int = Field(default=64, ge=1, le=1000, description="a whole number from 1 to 1000")
    contact: HeaderText = Field(
        default="", max_length=200, description='an address in plain ASCII, such as "ops@example.org"'
    )
    catch_up_days: float = Field(default=7.0, ge=0, le=365, description="days from 0 to 365")
    full_text: bool = Field(default=True, description="true or false")


class NetworkTable(Table):
    """`[network]`."""

    allow_private: list[Cidr] = Field(default=[], description='a list of networks, such as ["10.1.0.0/16", "fd00::/8"]')


class FeedTable(Table):
    """`[[feeds]]`."""

    url: Link = Field(description='an http(s) address, such as "https://example.org/rss.xml"')
    title: str = Field(default="", description="a text")
    language: OptionalLanguage = Field(default="", description='a language tag, such as "en" or "zh-Hant"')
    topics: list[str] = Field(default=[], description='names of topics, such as ["us-dprk-talks"]; [] is all')
    full_text: bool | None = Field(default=None, description="true or false")
    verify: bool = Field(default=True, description="true or false")
    username_env: Variable | None = Field(
        default=None, description="the name of an environment variable with the user name"
    )
    password_env: Variable | None = Field(
        default=None, description="the name of an environment variable with the password"
    )


class MatchingTable(Table):
    """`[matching]`."""

    encoder: EncoderName = Field(default="auto", description='"auto", "none", the name of a model, or a folder')
    story_window_hours: float = Field(default=72.0, gt=0, le=8760, description="hours above 0, up to 8760 (a year)")


class TopicTable(Table):
    """`[topics.NAME]`."""

    title: Text | None = Field(default=None, description="a text")
    seeds: list[Text] = Field(min_length=1, description='one or more files or addresses, such as ["seeds/a.txt"]')
    scope: Literal["story", "event"] = Field(default="story", description='"story" or "event"')
    digest_at: Score | None = Field(default=None, description="a score from 0 to 100")
    alert_at: Score = Field(default=85.0, description="a score from 0 to 100")
    include: list[Text] = Field(default=[], description='a list of terms, such as ["Yongbyon"]')
    weights: dict[str, Factor] = Field(
        default={}, description='terms with factors from 0 to 100, such as { "Yongbyon" = 2.0 }'
    )
    exclude: list[Text] = Field(default=[], description='a list of terms, such as ["horoscope"]')
    require_any: list[Text] = Field(default=[], description='a list of terms, such as ["Pyongyang", "North Korea"]')
    languages: list[Language] = Field(default=[], description='language tags, such as ["en", "ko"]; [] is all')
    sources: list[Text] = Field(default=[], description='domains or titles of feeds, such as ["bbc.co.uk"]; [] is all')
    mute_sources: list[Text] = Field(default=[], description='domains or titles of feeds, such as ["example.org"]')


class RecipientTable(Table):
    """`[recipients.NAME]`."""

    folder: Text | None = Field(default=None, description='a folder, such as "../var/digests"')
    email: Annotated[list[Mailbox], Field(min_length=1), BeforeValidator(_listed)] | None = Field(
        default=None, description="an e-mail address, or a list of them"
    )
    slack_webhook_env: Variable | None = Field(
        default=None, description="the name of an environment variable with the webhook"
    )
    slack_token_env: Variable | None = Field(
        default=None, description="the name of an environment variable with the token"
    )
    slack_channel: Text | None = Field(default=None, description='a channel, such as "#news"')
    slack_api: Link = Field(default="https://slack.com/api/", description="an http(s) address")
    webhook: Link | None = Field(default=None, description='an http(s) address, such as "https://example.org/hook"')
    webhook_secret_env: Variable | None = Field(
        default=None, description="the name of an environment variable with the secret"
    )
    apprise_env: Variable | None = Field(
        default=None, description="the name of an environment variable with the address"
    )
    topics: list[str] = Field(min_length=1, description='one or more names of topics, such as ["us-dprk-talks"]')
    schedule: Cron = Field(description='five-field cron, such as "30 8 * * mon-fri"')
    timezone: Zone | None = Field(default=None, description='a time zone, such as "Asia/Seoul"')
    quiet: Quiet | None = Field(default=None, description='a start and an end, such as "22:00-07:00"')
    alerts: bool = Field(default=False, description="true or false")
    max_stories: int = Field(default=15, ge=1, le=10_000, description="a whole number from 1 to 10,000")
    when_empty: Literal["skip", "send"] = Field(default="skip", description='"skip" or "send"')


class SmtpTable(Table):
    """`[smtp]`."""

    host: Text = Field(description='the name of a mail server, such as "smtp.example.org"')
    port: int = Field(default=587, ge=1, le=65535, description="a port from 1 to 65535")
    security: Literal["starttls", "tls", "none"] = Field(default="starttls", description='"starttls", "tls" or "none"')
    username_env: Variable | None = Field(
        default=None, description="the name of an environment variable with the user name"
    )
    password_env: Variable | None = Field(
        default=None, description="the name of an environment variable with the password"
    )
    sender: Text = Field(alias="from", description='a sender, such as "News monitor <monitor@example.org>"')


class ServerTable(Table):
    """`[server]`."""

    listen: Listen = Field(default="127.0.0.1:8080", description='HOST:PORT, such as "127.0.0.1:8080"')
    public_url: OptionalLink = Field(default="", description='an http(s) address, or ""')
    password_env: Variable = Field(default="MONITOR_PASSWORD", description="the name of an environment variable")
    secret_env: Variable = Field(default="MONITOR_SECRET", description="the name of an environment variable")
    allowed_hosts: list[Text] = Field(default=[], description='a list of host names, such as ["monitor.example.org"]')


class OperatorTable(Table):
    """`[operator]`."""

    recipient: str = Field(default="", description="the name of a recipient")
    ping_env: Variable = Field(default="MONITOR_PING_URL", description="the name of an environment variable")


class BackupTable(Table):
    """`[backup]`."""

    folder: Text = Field(default="../var/backups", description='a folder, such as "../var/backups"')
    keep_days: Days = Field(default=14, description="a whole number of days, 1 or more")


class LanguageModelTable(Table):
    """`[language_model]`."""

    url: OptionalLink = Field(default="", description='an http(s) address, or "" for none')
    model: str = Field(default="", description="the name of a model")
    key_env: OptionalVariable = Field(default="", description='the name of an environment variable, or ""')


class RetentionTable(Table):
    """`[retention]`."""

    articles_days: Days = Field(default=180, description="a whole number of days, 1 or more")
    rejected_days: Days = Field(default=30, description="a whole number of days, 1 or more")


class Root(Table):
    """The whole file."""

    timezone: Zone = Field(default="UTC", description='a time zone, such as "Europe/Stockholm"')
    opml: list[Text] = Field(default=[], description='a list of files, such as ["feeds.opml"]')
    database: DatabaseTable = Field(default=DatabaseTable(), description="a table headed [database]")
    polling: PollingTable = Field(default=PollingTable(), description="a table headed [polling]")
    network: NetworkTable = Field(default=NetworkTable(), description="a table headed [network]")
    feeds: list[FeedTable] = Field(default=[], description="tables, each headed [[feeds]] and with a url")
    matching: MatchingTable = Field(default=MatchingTable(), description="a table headed [matching]")
    topics: dict[str, TopicTable] = Field(default={}, description="tables headed [topics.NAME]")
    recipients: dict[str, RecipientTable] = Field(default={}, description="tables headed [recipients.NAME]")
    smtp: SmtpTable | None = Field(default=None, description="a table headed [smtp]")
    server: ServerTable = Field(default=ServerTable(), description="a table headed [server]")
    operator: OperatorTable = Field(default=OperatorTable(), description="a table headed [operator]")
    backup: BackupTable | None = Field(default=None, description="a table headed [backup]")
    language_model: LanguageModelTable = Field(
        default=LanguageModelTable(), description="a table headed [language_model]"
    )
    retention: RetentionTable = Field(default=RetentionTable(), description="a table headed [retention]")
