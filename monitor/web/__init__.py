"""What a browser, a health check and a scraper see: `create_app` makes it, `serving` runs it.

The web room and the service do not know each other: it reads the service's `queue.Pulse` and the database.
"""

from monitor.web.app import Site, Web, create_app
from monitor.web.server import serving

__all__ = ["Site", "Web", "create_app", "serving"]
