# syntax=docker/dockerfile:1
FROM python:3.13-slim-trixie AS packages
WORKDIR /app
COPY requirements.txt .
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --require-hashes --requirement requirements.txt

FROM python:3.13-slim-trixie
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
RUN useradd --uid 10001 --create-home studiozens
WORKDIR /app
COPY --from=packages /opt/venv /opt/venv
COPY --chown=studiozens:studiozens . .
# Development keeps its generated secrets, what is uploaded and its moved clock in .data;
# docker-compose.yml shares them between the containers.
RUN mkdir -p .data/secrets .data/media .data/time .data/sandbox .data/metrics && chown -R studiozens:studiozens .data
USER studiozens
# The secrets this step generates are not those of a running system: they go with the step.
RUN python manage.py collectstatic --no-input --verbosity 0 && rm -f .data/secrets/*
# The web server's processes count together.
ENV PROMETHEUS_MULTIPROC_DIR=/app/.data/metrics
EXPOSE 8000
CMD ["sh", "-c", "exec granian --interface wsgi --host 0.0.0.0 --port 8000 --workers \"${WEB_WORKERS:-2}\" --blocking-threads \"${WEB_THREADS:-4}\" --http 1 --no-ws studiozens.wsgi:application"]
