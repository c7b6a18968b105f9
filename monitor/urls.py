"""Addresses: which are links, which belong together, which name the same thing.

Written over `urllib.parse`. courlan was tried first: its cleaning deletes parameters that tell articles
apart (`gallery_id`, `cid`, `source_id`, a bare `?123`) and unfolds addresses inside addresses, so two
articles became one.
"""

import re
from functools import lru_cache
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit, urlunsplit

MAX_LENGTH = 2_000  # characters; what browsers, mail programs and Slack carry

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
_WHOLE = re.compile(r"https?://[^/?#]", re.IGNORECASE)  # needs no base
_PLAIN = re.compile(r"https?://((?:[a-z0-9-]+\.)+[a-z]+)(/[\w/.~-]*)", re.ASCII)  # most addresses: as they should be
_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;]*", re.IGNORECASE)
_LEADING_WWW = re.compile(r"^(?:www\.)+(?=[^.]+\.)")
_KEPT = "!$&'()*+,;=:@/"  # may stand unescaped in a path (RFC 3986, 3.3)

# Parameters that say how a reader came, never what is read. Names taken from the publishers' own feeds and
# from the documentation of the counting services; a name that could also mean an article stays out.
_TRACKING = re.compile(
    r"(?:utm_|mtm_|hsa_|_hs|__hs|vero_)\w+|hsctatracking|oly_(?:enc|anon)_id|mkt_tok|mc_[ce]id"
    r"|pk_(?:campaign|kwd|keyword|source|medium|content)"
    r"|(?:fb|g|d|y|tw|tt)clid|msclkid|gclsrc|gbraid|wbraid|igshid|igsh|srsltid|_ga|_gl"
    r"|at_(?:medium|campaign|custom\d|bbc_team|format|ptr_name|link_\w+)"  # BBC, France 24
    r"|ns_(?:campaign|mchannel|source|linkname|fee)|ito|xtor|cmpid|cmp|maca|ftag|ocid|smid|smtyp|wprss"
    r"|guccounter|guce_\w+|phpsessid|jsessionid"
)
_CAME_BY_FEED = re.compile(
    r"(?:ref|from|source|src|via|partner|emc|feature|traffic_source|mod|feedtype)=(?:rss|feed|atom)(?:[\d._-].*)?|rss=1"
)

# Fragments that mark a reader's way or a piece of furniture. Others are kept: change logs and live pages give
# all their items one address and tell them apart by the fragment alone.
_IDLE_FRAGMENT = re.compile(
    r"|\d{1,2}|:~:.*|(?:xtor|ref|utm_\w+|at_\w+|echobox)=.*|tk\.\w+|google_vignette"
    r"|(?:comments?(?:-form)?|respond|top|content|main|more|disqus_thread)",
    re.IGNORECASE,
)


def web_link(url: str, base: str = "") -> str:
    """Return `url`, resolved against `base`, if it is a link people may follow, else "".

    A link is http or https, names a host, carries no user name, holds no control characters and has at most
    2,000 characters. What it returns is plain ASCII with everything unusual percent-encoded, so that it can be
    shown, fetched and compared; the host of an international name is in its `xn--` form.
    """
    link = _link(url, base)
    return link if len(link) <= MAX_LENGTH else ""


def host(url: str) -> str:
    """Return the host of an address in lower case, without port, brackets or final dot; "" if it has none."""
    try:
        name = urlsplit(url.strip()).hostname or ""
    except ValueError:
        return ""
    return "" if _CONTROLS.search(name) else name.rstrip(".")


def ascii_name(name: str) -> str:
    """Return a host's name as DNS knows it: one in another script in its `xn--` form (RFC 5890).

    :raises UnicodeError: if it has none
    """
    return name if name.isascii() else name.encode("idna").decode("ascii")


def domain(url: str) -> str:
    """Return the registrable domain of an address: what one owner holds, by the public suffix list.

    `news.example.co.uk` and `example.co.uk` share one, two blogs of `blogspot.com` do not. An IP address, a
    bare name and a name under an unknown suffix are their own domain; "" where there is no host.
    """
    return _registrable(host(url))


@lru_cache(maxsize=20_000)  # the addresses of a digest are compared for each of its recipients
def canonical(url: str) -> str:
    """Return the identity of an address, for comparing and never for fetching; "" if it is no web link.

    Left out is what does not say *which* page: scheme, `www.`, default port, session, tracking parameters,
    the order of parameters, a final slash and an idle fragment. `m.` and `amp.` stay: they often lead elsewhere.
    """
    link = _link(url)
    if not link:
        return ""
    if plain := _PLAIN.fullmatch(link):
        return f"https://{_LEADING_WWW.sub('', plain[1])}{plain[2].rstrip('/') or '/'}"
    parts = urlsplit(link)
    path = _SESSION.sub("", _plain_escapes(parts.path)).rstrip("/") or "/"
    query = "&".join(sorted(filter(None, map(_plain_escapes, _without_tracking(parts.query)))))
    fragment = _plain_escapes(parts.fragment)
    return urlunsplit(("https", _bare_host(parts), path, query, "" if _IDLE_FRAGMENT.fullmatch(fragment) else fragment))


def untracked(url: str) -> str:
    """Return the same address without its tracking parameters, for showing to people; all else stays as it is."""
    head, hash_mark, fragment = url.partition("#")
    address, question_mark, query = head.partition("?")
    kept = "&".join(_without_tracking(query))
    return address + (question_mark if kept else "") + kept + hash_mark + fragment


def _link(url: str, base: str = "") -> str:
    raw = url.strip().replace("&amp;", "&")  # some feeds escape twice
    if len(raw) <= 4 * MAX_LENGTH and _PLAIN.fullmatch(raw):
        return raw
    if not raw or len(raw) > 4 * MAX_LENGTH or _CONTROLS.search(raw):
        return ""
    try:
        return _encoded(urlsplit(raw if _WHOLE.match(raw) else urljoin(base, raw)))
    except ValueError:  # an impossible port, bracket or international name
        return ""


def _encoded(parts: SplitResult) -> str:
    if parts.scheme not in ("http", "https") or not parts.hostname or re.search(r"[@\\%\s]", parts.netloc):
        return ""
    name = ascii_name(parts.hostname)
    name = f"[{name}]" if ":" in name else name
    port = "" if parts.port is None else f":{parts.port}"
    return urlunsplit(
        (parts.scheme, name + port, _quoted(parts.path), _quoted(parts.query, "?"), _quoted(parts.fragment, "?"))
    )


def _quoted(text: str, also: str = "") -> str:
    """Percent-encode what may not stand in an address; escapes that are there already stay."""
    return quote(_STRAY_PERCENT.sub("%25", text), safe=_KEPT + also + "%~")


def _plain_escapes(text: str) -> str:
    """Write each escape in one way: letters, digits and `-._~` plain, others in upper case (RFC 3986, 6.2.2)."""
    return _ESCAPE.sub(_plain_escape, text)


def _plain_escape(escape: re.Match[str]) -> str:
    char = chr(int(escape[0][1:], 16))
    return char if char.isascii() and (char.isalnum() or char in "-._~") else escape[0].upper()


def _bare_host(parts: SplitResult) -> str:
    name = _LEADING_WWW.sub("", (parts.hostname or "").rstrip("."))
    name = f"[{name}]" if ":" in name else name
    return name if parts.port in (None, 80, 443) else f"{name}:{parts.port}"


def _without_tracking(query: str) -> list[str]:
    return [pair for pair in query.split("&") if not _is_tracking(pair)]


def _is_tracking(pair: str) -> bool:
    plain = unquote(pair).lower()
    name = plain.partition("=")[0]
    return bool(_TRACKING.fullmatch(name) or _CAME_BY_FEED.fullmatch(plain))


@lru_cache(maxsize=20_000)
def _registrable(name: str) -> str:
    # The list takes 40 ms to read: only when first asked. Private suffixes (blogspot.com, github.io) count,
    # because their customers are strangers to each other.
    from tld import get_fld

    if not name or ":" in name:
        return name
    return get_fld(f"https://{name}/", fail_silently=True, search_private=True) or name
