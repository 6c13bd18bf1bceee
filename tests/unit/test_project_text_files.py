"""Requirements, Makefiles and compose files: what is missing, written as their authors write."""

import pytest
import yaml

from tests.project_edits import SETTINGS, added, after, plan


def edited(path: str, text: str, part: str, **generate: object) -> list[str]:
    """The lines that a file gets."""
    texts = {"shop/settings.py": SETTINGS, path: text}
    return added(text, after(texts, plan(texts, project=(part,), **generate))[path])


@pytest.mark.parametrize(
    ("path", "text", "lines"),
    [
        ("requirements.txt", "Django==5.2\n", ["celery==5.6.2", "django-celery-beat==2.8.1"]),
        ("requirements.txt", "Django>=5.2\nxlrd\npip>=1", ["celery>=5.6.2", "django-celery-beat>=2.8.1"]),
        ("requirements.txt", "Django\ncelery[redis]==5.5  # broker\n", ["django-celery-beat==2.8.1"]),
        ("requirements.txt", "", ["celery", "django-celery-beat"]),
        ("requirements.txt", "-r other.txt\n# nothing\n", ["celery", "django-celery-beat"]),
        ("requirements/base.txt", "Django~=5.2\n", ["celery~=5.6.2", "django-celery-beat~=2.8.1"]),
        ("requirements.in", "django\n", ["celery", "django-celery-beat"]),
        (
            "pyproject.toml",
            "[project]\ndependencies = [\n  'django>=5'\n]\n",
            ["  'celery>=5.6.2',", "  'django-celery-beat>=2.8.1',"],
        ),
        (
            "pyproject.toml",
            '[tool.poetry.dependencies]\npython = "^3.12"\nCelery = "*"\n\n[tool.ruff]\n',
            ['django-celery-beat = "^2.8"'],
        ),
    ],
)
def test_requirements_are_written_as_the_others(path: str, text: str, lines: list[str]) -> None:
    assert edited(path, text, "requirements") == lines


def test_a_sorted_list_stays_sorted() -> None:
    texts = {"shop/settings.py": SETTINGS, "requirements.txt": "amqp\nDjango\nzope\n"}
    found = after(texts, plan(texts, project=("requirements",)))["requirements.txt"]
    assert found == "amqp\ncelery\ndjango-celery-beat\nDjango\nzope\n"


def test_no_file_is_made_for_requirements_compose_or_make() -> None:
    assert plan({"shop/settings.py": SETTINGS}, project=("requirements", "compose", "make")).files == ()


def test_beat_is_not_asked_for_where_celery_keeps_the_schedule() -> None:
    assert edited("requirements.txt", "Django\n", "requirements", scheduler="file") == ["celery"]


@pytest.mark.parametrize(
    ("manage", "celery"),
    [
        ("python manage.py", "python -m celery"),
        ("@poetry run python3.12 manage.py", "poetry run python3.12 -m celery"),
        ("$(PYTHON) manage.py", "$(PYTHON) -m celery"),
        ("./manage.py", "celery"),
        ("cd src && python manage.py", "celery"),
    ],
)
def test_targets_call_celery_as_others_call_manage(manage: str, celery: str) -> None:
    lines = edited("Makefile", f"run:\n\t{manage} runserver\n", "make")
    assert f"\t{celery} -A shop worker --loglevel info" in lines


def test_targets_that_are_there_stay_alone() -> None:
    lines = edited("Makefile", "celery-worker celery-purge:\n\tmine\n", "make")
    assert [line for line in lines if line.endswith(":")] == ["celery-beat:", "celery-status:"]
    assert ".PHONY: celery-beat celery-status" in lines


@pytest.mark.parametrize(
    ("call", "status"),
    [
        (
            "docker compose run --rm web",
            "docker compose run --rm celery-worker python -m celery -A shop status",
        ),
        (
            "@docker-compose exec -T web",
            "docker-compose exec -T celery-worker python -m celery -A shop status",
        ),
        (
            "docker compose -f dev.yml run web",
            "docker compose -f dev.yml run celery-worker python -m celery -A shop status",
        ),
        ("docker compose run --rm other", "docker compose run --rm other python -m celery -A shop status"),
    ],
)
def test_targets_run_where_the_broker_is_known(call: str, status: str) -> None:
    texts = {
        "shop/settings.py": SETTINGS,
        "compose.yaml": WEB,
        "Makefile": f"run:\n\t{call} python manage.py migrate\n",
    }
    made = after(texts, plan(texts, project=("compose", "make")))["Makefile"]
    assert f"\t{status}\n" in made + "\n"
    mine = "other" not in call
    assert (" up celery-worker\n" in made, " up celery-beat\n" in made) == (mine, mine)
    alone = after(texts, plan(texts, project=("make",)))["Makefile"]
    assert f"\t{call.removeprefix('@')} python -m celery -A shop status" in alone


@pytest.mark.parametrize(
    ("environment", "found"),
    [
        ("", {"CELERY_BROKER_URL": "amqp://guest:guest@rabbitmq:5672//"}),
        (
            "        environment:\n            A: b\n",
            {"A": "b", "CELERY_BROKER_URL": "amqp://guest:guest@rabbitmq:5672//"},
        ),
        (
            "        environment:\n        - A=b\n",
            ["A=b", "CELERY_BROKER_URL=amqp://guest:guest@rabbitmq:5672//"],
        ),
    ],
)
def test_what_django_delays_gets_to_the_broker(environment: str, found: object) -> None:
    text = WEB + environment + "        tty: true\n"
    assert services(text)["web"]["environment"] == found
    texts = {"shop/settings.py": SETTINGS, "compose.yaml": text}
    first = plan(texts, project=("compose",))
    written = after(texts, first)
    assert plan(written, project=("compose",), remembered=first.regions).files == ()
    undone = plan(written, project=("compose",), remembered=first.regions, settings=None)
    assert after(written, undone)["compose.yaml"] == text


def services(text: str) -> dict[str, dict[str, object]]:
    texts = {"shop/settings.py": SETTINGS, "compose.yaml": text}
    found: dict[str, dict[str, object]] = yaml.safe_load(
        after(texts, plan(texts, project=("compose",)))["compose.yaml"]
    )["services"]
    return found


WEB = "services:\n    web:\n        image: shop:1\n        command: python manage.py runserver\n"


def test_worker_and_beat_are_made_like_the_service_that_runs_django() -> None:
    found = services(
        WEB + '        environment:\n            - A=b\n        env_file: .env\n        ports: ["80:80"]\n'
        "        depends_on:\n            db:\n                condition: service_started\n"
        "    db:\n        image: postgres\n"
    )
    assert list(found) == ["web", "db", "rabbitmq", "celery-worker", "celery-beat"]
    assert found["celery-beat"] == {
        "image": "shop:1",
        "env_file": ".env",
        "environment": ["A=b", "CELERY_BROKER_URL=amqp://guest:guest@rabbitmq:5672//"],
        "depends_on": {"db": {"condition": "service_started"}, "rabbitmq": {"condition": "service_healthy"}},
        "command": "celery -A shop beat --loglevel info --pidfile=",
    }


def test_worker_and_beat_get_what_a_process_of_the_project_needs() -> None:
    shared = {
        "restart": "unless-stopped",
        "secrets": ["token"],
        "configs": ["shop"],
        "extra_hosts": ["pay:10.0.0.1"],
        "init": True,
        "user": "app",
        "logging": {"driver": "journald"},
        "dns": "10.0.0.2",
        "ulimits": {"nofile": 9000},
        "networks": ["back"],
        "x-shop": {"a": 1},
    }
    of_web = {
        "expose": [80],
        "ports": ["80:80"],
        "healthcheck": {"test": "curl localhost"},
        "labels": ["traefik.enable=true"],
        "container_name": "web",
        "hostname": "web",
        "scale": 3,
        "stop_signal": "SIGQUIT",
    }
    deploy = {"replicas": 3, "labels": ["a"], "resources": {"limits": {"memory": "1g"}}, "mode": "global"}
    web = {"image": "shop:1", "command": "gunicorn shop", **shared, **of_web, "deploy": deploy}
    found = services(yaml.safe_dump({"services": {"web": web}}, sort_keys=False))
    made = found["celery-beat"]
    del made["environment"], made["command"]
    resources = {"resources": {"limits": {"memory": "1g"}}}
    assert made == {"image": "shop:1", **shared, "deploy": resources, "depends_on": ["rabbitmq"]}
    assert found["rabbitmq"]["networks"] == ["back"]


def test_what_a_cluster_is_told_of_replicas_is_of_the_web_alone() -> None:
    found = services(WEB.replace("image:", "deploy:\n            replicas: 2\n        image:"))
    assert "deploy" not in found["celery-worker"]


@pytest.mark.parametrize(
    "key",
    [
        "extends: {file: common.yml, service: app}",
        "image: shop\n        entrypoint: /start.sh",
        "image: shop\n        network_mode: host",
        "image: shop\n        networks: {back: {ipv4_address: 10.0.0.3}}",
        "image: shop\n        deploy: {replicas: 2}",
        "image: shop\n        <<: [*a]",
        "restart: always",
    ],
)
def test_a_service_that_is_not_plain_is_the_users_to_write(key: str) -> None:
    text = WEB.replace("image: shop:1", key)
    texts = {"shop/settings.py": SETTINGS, "compose.yaml": "x-a: &a {init: true}\n" + text}
    found = plan(texts, project=("compose",))
    assert ([one.path for one in found.instructions], found.files) == (["compose.yaml"], ())


def test_a_broker_that_is_there_is_taken() -> None:
    found = services(WEB + "    queue:\n        image: docker.io/library/rabbitmq:4\n")
    assert list(found) == ["web", "queue", "celery-worker", "celery-beat"]
    assert found["celery-worker"]["environment"] == {"CELERY_BROKER_URL": "amqp://guest:guest@queue:5672//"}
    assert found["celery-worker"]["depends_on"] == ["queue"]


def test_a_broker_that_is_named_is_taken() -> None:
    found = services(WEB + "        environment:\n            CELERY_BROKER_URL: redis://cache\n")
    assert list(found) == ["web", "celery-worker", "celery-beat"]
    assert found["celery-worker"]["environment"] == {"CELERY_BROKER_URL": "redis://cache"}
    assert "depends_on" not in found["celery-worker"]


def test_only_what_is_missing_is_added() -> None:
    worker = "    work:\n        image: shop:1\n        command: celery -A shop worker\n"
    found = services(WEB + worker)
    assert list(found) == ["web", "work", "rabbitmq", "celery-beat"]


def test_windows_line_ends_stay_in_every_kind_of_file() -> None:
    texts = {
        "shop/settings.py": SETTINGS,
        "compose.yaml": WEB.replace("\n", "\r\n"),
        "Makefile": "run:\r\n\tpython manage.py runserver\r\n",
        "pyproject.toml": "[project]\r\ndependencies = [\r\n  'django',\r\n]\r\n",
    }
    found = after(texts, plan(texts, project=("compose", "make", "requirements")))
    for path in ("compose.yaml", "Makefile", "pyproject.toml"):
        assert found[path] != texts[path]
        assert found[path].count("\r") == found[path].count("\r\n") == found[path].count("\n")


@pytest.mark.parametrize("odd", ["x-made: 2024-13-45\n", "x-base: &base\n  db: {}\n"])
def test_a_compose_file_that_is_written_otherwise_is_left_to_a_person(odd: str) -> None:
    merged = "  <<: *base\n" if "&base" in odd else ""
    texts = {
        "shop/settings.py": SETTINGS,
        "compose.yml": f"{odd}services:\n{merged}  web:\n    build: .\n    command: ./manage.py runserver\n",
    }
    assert [one.path for one in plan(texts, project=("compose",)).files] == []
