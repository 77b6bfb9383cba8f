# One image for every role. Nothing is built from the project: its code is copied, its dependencies
# are the ones in requirements.runtime.lock, each checked against its hash.
FROM python:3.13-slim AS environment
COPY requirements.runtime.lock /
RUN python -m venv /venv \
 && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps --require-hashes \
      -r /requirements.runtime.lock

FROM python:3.13-slim
RUN groupadd --gid 10001 mirage \
 && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin mirage \
 && install -d -o mirage -g mirage /var/lib/mirage/evidence \
 && install -d -m 0700 -o mirage -g mirage /var/lib/mirage/keys
COPY --from=environment /venv /venv
COPY pyproject.toml schema.graphql /app/
COPY cypher /app/cypher
COPY graph /app/graph
COPY collectors /app/collectors
COPY server /app/server
ENV PATH=/venv/bin:$PATH PYTHONPATH=/app PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    MIRAGE_HOME=/var/lib/mirage MIRAGE_EVIDENCE_FOLDER=/var/lib/mirage/evidence
WORKDIR /var/lib/mirage
# A number, so that "runs as somebody but root" can be checked without the image's list of users.
USER 10001:10001
# -P keeps the working folder off the import path.
ENTRYPOINT ["python", "-P", "-m", "server.cli"]
CMD ["--help"]
