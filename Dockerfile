# One image, two commands: `bridge serve` (the default) and `bridge migrate`. Runs as uid 65532 with
# a read-only root; the first stage makes a virtual environment, the second is the base plus that.
#
# Any base with Python 3.11 or newer and its venv module will do.
ARG BASE=python:3.13-slim-bookworm

FROM ${BASE} AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_NO_COMPILE=1 \
    PIP_ROOT_USER_ACTION=ignore

# pip stays here; the environment that is shipped has none.
RUN python3 -m venv /build/tools && python3 -m venv --without-pip /opt/bridge

# Dependencies first: this layer stays while only the source changes. Wheels only, so that nothing
# of theirs runs during the build.
COPY requirements/build.txt requirements/runtime.txt /build/requirements/
RUN /build/tools/bin/pip install --require-hashes --only-binary :all: \
        -r /build/requirements/build.txt \
    && /build/tools/bin/pip --python /opt/bridge/bin/python install --require-hashes \
        --only-binary :all: -r /build/requirements/runtime.txt

COPY pyproject.toml README.md /build/source/
COPY src /build/source/src
COPY sql /build/source/sql
COPY migrations /build/source/migrations
# Bytecode that is trusted without a look at its source: copies of layers may change times, and
# nothing could be written anew on a read-only root.
RUN /build/tools/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /build/wheel \
        /build/source \
    && /build/tools/bin/pip --python /opt/bridge/bin/python install --no-deps --no-index \
        /build/wheel/*.whl \
    && /opt/bridge/bin/python -m compileall -q --invalidation-mode unchecked-hash -j 0 /opt/bridge


FROM ${BASE}

LABEL org.opencontainers.image.title="Trading Bridge" \
      org.opencontainers.image.description="Keeps the definitions of trading bots in PostgreSQL and drives them on a Hummingbot API server."

COPY --from=build /opt/bridge /opt/bridge

# HOME is nowhere on purpose: the uid has no entry in passwd, and nothing is to be kept.
ENV PATH=/opt/bridge/bin:$PATH \
    HOME=/nonexistent \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOST=:: \
    PORT=8000

USER 65532:65532
WORKDIR /
EXPOSE 8000

# No HEALTHCHECK: it would judge `bridge migrate` too, and orchestrators ask /health/live and
# /health/ready themselves; compose.yaml shows how.
ENTRYPOINT ["bridge"]
CMD ["serve"]
