"""What is asked of a server, and how far that came."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """One request, whole but for the address it goes to."""

    headers: Mapping[str, str] = field(repr=False)  # they may hold a password
    verify: bool  # whether TLS is verified
    cap: int  # bytes of the answer's body, after decompression
    content: bytes | None = field(default=None, repr=False)  # of a POST; None is a GET

    @property
    def method(self) -> str:
        """Return the HTTP method."""
        return "GET" if self.content is None else "POST"

    def wants_body(self, status: int) -> bool:
        """Tell whether the body of an answer is read: a GET has no use for the page that tells of an error."""
        return self.content is not None or 200 <= status < 300


@dataclass(slots=True)
class Course:
    """How far a request came: the one value that changes in place, for whoever has to tell after it broke off."""

    sent: bool = False  # it may have reached the server whole
    status: int | None = None  # of the answer, once its headers have come
