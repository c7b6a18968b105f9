"""Pages from templates: one look, written into each page, and known to the browser by its hash."""

from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse

if TYPE_CHECKING:
    from jinja2 import Environment


def page(template: str, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any) -> HTMLResponse:
    """Return the page that `template` makes of `values`, each of which is escaped."""
    return HTMLResponse(_templates().get_template(template).render(values), status, headers)


@cache
def style() -> str:
    """Return the style sheet."""
    return files("monitor.web").joinpath("templates", "page.css").read_text("utf-8")


@cache
def style_hash() -> str:
    """Return how a Content-Security-Policy names the style sheet."""
    return f"sha256-{b64encode(sha256(style().encode()).digest()).decode('ascii')}"


@cache
def _templates() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    templates = Environment(
        loader=PackageLoader("monitor.web"), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    templates.globals["style"] = Markup(style())  # noqa: S704 - our own file
    return templates
