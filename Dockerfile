# The image of the service. `docker build .` makes it; docs/operations.md says how it is run.
#
# Python 3.12: the middle one of the three that the tests run on, with wheels for every dependency and mended until
# October 2028. The tag bears no digest, so that a new build brings the base's security fixes; what stands above the
# base is fixed by version and hash.

FROM python:3.12-slim AS build
# requirements-extras.lock brings Apprise and the Postgres driver too.
ARG LOCK=requirements.lock
WORKDIR /build
COPY requirements.lock requirements-extras.lock ./
# Two environments, so that what builds the package stays behind; neither needs a compiler, every wheel is ready.
RUN python -m venv --without-pip /opt/monitor \
    && python -m venv --without-pip /opt/build \
    && python -m pip --python /opt/monitor/bin/python install --no-cache-dir --require-hashes --only-binary :all: -r "$LOCK" \
    && python -m pip --python /opt/build/bin/python install --no-cache-dir --require-hashes --only-binary :all: -r requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY monitor monitor
RUN python -m pip --python /opt/build/bin/python wheel --no-deps --no-build-isolation --no-cache-dir --wheel-dir /wheel . \
    && python -m pip --python /opt/monitor/bin/python install --no-deps --no-index --no-cache-dir /wheel/*.whl


FROM python:3.12-slim
LABEL org.opencontainers.image.title="monitor" \
      org.opencontainers.image.description="Follows a news story from an example: one seed article in, a digest of what is new out." \
      org.opencontainers.image.licenses="MIT AND CC-BY-SA-4.0"
COPY --from=build /opt/monitor /opt/monitor
# A fixed number, so that the owner of mounted folders can be named before the container is there.
# /srv is laid out like a checkout, so that the shipped configuration's ../var/… lies in the volume.
RUN groupadd --gid 10001 monitor \
    && useradd --uid 10001 --gid monitor --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin monitor \
    && install -d /srv/config \
    && install -d -o monitor -g monitor -m 0750 /srv/var
# Inside a container loopback reaches nobody. Another address than loopback needs MONITOR_PASSWORD, or _FILE.
ENV PATH=/opt/monitor/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MONITOR_CONFIG=/srv/config \
    MONITOR_LISTEN=0.0.0.0:8080
WORKDIR /srv
USER 10001:10001
VOLUME ["/srv/var"]
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import http.client as h, sys; c = h.HTTPConnection('127.0.0.1', 8080, timeout=5); c.request('GET', '/healthz'); sys.exit(c.getresponse().status != 200)"]
ENTRYPOINT ["monitor"]
CMD ["run"]
