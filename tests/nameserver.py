"""A name server of a test's own: UDP on loopback, answering from a dict.

    with NameServer({("example.org", "TXT"): ['"v=spf1 -all"']}) as names:
        Records(["127.0.0.1"], names.port)

A name that the dict does not know at all does not exist; `silent=True` answers nothing.
"""

import threading
from collections.abc import Mapping, Sequence
from socketserver import BaseRequestHandler, UDPServer
from types import TracebackType
from typing import Self

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

from monitor.net.dns import Records


class NameServer:
    """Answer questions about names until the end of its `with` block."""

    def __init__(self, zone: Mapping[tuple[str, str], Sequence[str]], *, silent: bool = False) -> None:
        self.zone = dict(zone)  # (name, type) → records as a zone file writes them
        self.silent = silent
        self.asked: list[tuple[str, str]] = []

    @property
    def port(self) -> int:
        """Return the UDP port it listens on."""
        return self._server.server_address[1]

    def records(self, seconds: float = 5.0) -> Records:
        """Return what asks this server."""
        return Records(["127.0.0.1"], self.port, seconds)

    def answer(self, wire: bytes) -> bytes:
        """Return the answer to one question."""
        query = dns.message.from_wire(wire)
        (question,) = query.question
        name, kind = question.name.to_text().rstrip(".").lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        response = dns.message.make_response(query, recursion_available=True)
        if records := self.zone.get((name, kind)):
            response.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", kind, records))
        elif not any(known == name for known, _ in self.zone):
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response.to_wire()

    def __enter__(self) -> Self:
        site = self

        class Handler(BaseRequestHandler):
            def handle(self) -> None:
                data, sock = self.request
                if not site.silent:
                    sock.sendto(site.answer(data), self.client_address)

        self._server = UDPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
