# Two steps: fetch and check everything against the lock; then install only what runs.
FROM python:3.13-slim AS wheels
WORKDIR /src
COPY requirements.lock ./
RUN pip wheel --no-cache-dir --require-hashes --no-deps --wheel-dir /wheels --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY bot bot
COPY commands commands
COPY storage storage
RUN pip install --no-cache-dir --no-index --find-links /wheels setuptools \
    && pip wheel --no-cache-dir --no-index --no-deps --no-build-isolation --wheel-dir /wheels .

FROM python:3.13-slim
RUN --mount=type=bind,from=wheels,source=/wheels,target=/wheels \
    pip install --no-cache-dir --no-index --find-links /wheels emaildomain
# Nothing is ever written but the database: run it with --read-only.
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 HOME=/data
RUN install --directory --owner=nobody --group=nogroup --mode=0700 /data
USER 65534:65534
WORKDIR /data
VOLUME /data
EXPOSE 3000
HEALTHCHECK CMD python -c "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ.get(\"PORT\", 3000)}/healthz')"
ENTRYPOINT ["emaildomain"]
CMD ["run"]
