# web, worker and beat share the image "app"; "legacy-cron" is the same with the old cron in it
FROM python:3.12-slim AS app

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1

# `manage.py dbshell` calls psql
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /code

# what changes seldom comes first, so that a change of code installs nothing anew
COPY pyproject.toml requirements.lock README.md LICENSE ./
COPY migrator ./migrator
RUN pip install --no-cache-dir -e '.[reference]' -c requirements.lock

COPY . .

RUN useradd --system --create-home poradnia
USER poradnia

EXPOSE 8000
CMD ["python", "manage.py", "runserver", "0.0.0.0:8000"]


FROM app AS legacy-cron

# cron itself must be root
USER root
RUN apt-get update \
    && apt-get install -y --no-install-recommends cron tzdata \
    && rm -rf /var/lib/apt/lists/*

CMD ["cron", "-f"]
