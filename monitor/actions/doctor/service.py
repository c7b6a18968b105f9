"""Looks at what the service needs beside feeds and recipients: an operator, backups, a shut door."""

from datetime import datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from monitor.actions.doctor.check import Check, fault, fine
from monitor.config import Settings
from monitor.urls import host

FRESH = timedelta(hours=48)  # of the last backup: they are made each night, and a machine may sleep through one


def operator(settings: Settings) -> Check:
    """Return who hears of trouble, and by what other way if that one is the trouble."""
    named = next((each for each in settings.recipients if each.id == settings.operator.recipient), None)
    if named is None:
        fix = f'set [operator] recipient in {settings.file}, such as "{_first(settings)}"'
        return fault("operator", "nobody is told of trouble", fix)
    others = [each.id for each in settings.recipients if each.channel != named.channel]
    told = f"{named.id} is told of trouble by {named.channel}"
    if others:
        return fine("operator", f"{told}; by another channel: {', '.join(others)}")
    return fine("operator", f"{told}; no recipient has another channel to tell it when that one fails")


def backup(settings: Settings, now: datetime) -> Check:
    """Return whether backups are made, and how old the last one is."""
    if settings.backup is None:
        fix = f'add [backup] with folder = "../var/backups" to {settings.file}'
        return fault("backup", "no backups are made", fix)
    folder = settings.backup.folder
    try:
        made = max((file.stat().st_mtime for file in folder.iterdir() if file.is_file()), default=None)
    except FileNotFoundError:
        made = None
    except OSError as error:
        return fault("backup", f"{folder}: {error.strerror}", "make the folder readable and writable for this user")
    if made is None:
        return fine("backup", f"{folder} holds none yet: the service makes one each night")
    return _aged(folder, timedelta(seconds=now.timestamp() - made))


def server(settings: Settings) -> list[Check]:
    """Return whether whoever must not come in can't, and whether links lead over https."""
    place, _, _ = settings.server.listen.rpartition(":")
    return [_door(settings, place.strip("[]")), _public(settings.server.public_url)]


def _aged(folder: Path, age: timedelta) -> Check:
    detail = f"the last one in {folder} is {age.total_seconds() / 3600:.0f} h old"
    if age > FRESH:
        return fault("backup", detail, f"make one with: monitor backup {folder}/now.db, and see that monitor run is up")
    return fine("backup", detail)


def _door(settings: Settings, place: str) -> Check:
    listen = settings.server.listen
    if _is_loopback(place):
        return fine("server", f"{listen} is reached from this machine only")
    if settings.server.password is None:
        fix = "set the variable that [server] password_env names, or listen at 127.0.0.1"
        return fault("server", f"{listen} is reached from other machines, and there is no password", fix)
    return fine("server", f"{listen} is reached from other machines, with a password")


def _public(url: str) -> Check:
    if not url:
        return fine("public address", "there is none: digests carry no links to this machine")
    if url.startswith("https://") or _is_loopback(host(url)):
        return fine("public address", url)
    return fault("public address", f"{url} is not https, so that links can be read on their way", "give it https")


def _is_loopback(place: str) -> bool:
    try:
        return ip_address(place).is_loopback
    except ValueError:
        return place == "localhost"


def _first(settings: Settings) -> str:
    return settings.recipients[0].id if settings.recipients else "me"
