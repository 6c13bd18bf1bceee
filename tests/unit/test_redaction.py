"""Secrets are masked, their neighbours are not."""

import pytest

from migrator.redaction import redact, redact_setting


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgres://app:s3cret@db/x", "postgres://app:***@db/x"),
        ("redis://:s3cret@db:6379/0", "redis://:***@db:6379/0"),
        ("amqp://a:p@ss@h", "amqp://a:***@h"),
        ("https://ghp_0123456789abcdef@github.com/x", "https://***@github.com/x"),
        ("curl -H 'Authorization: Bearer abc.def' u", "curl -H 'Authorization: Bearer ***' u"),
        ('curl -H "X-Api-Key: abc" u', 'curl -H "X-Api-Key: ***" u'),
        ("curl -u bob:s3cret u", "curl -u bob:*** u"),
        ("-u bob:s3cret", "-u bob:***"),
        ("curl --user 'bob:s3cret' u", "curl --user 'bob:***' u"),
        ("API_TOKEN=abc ./x", "API_TOKEN=*** ./x"),
        ("DB_PASSWORD='a b' ./x", "DB_PASSWORD=*** ./x"),
        ("x --password abc y", "x --password *** y"),
        ("x --api-key=abc y", "x --api-key=*** y"),
        ("https://h/ping?token=abc&n=1", "https://h/ping?token=***&n=1"),
        ("x --password\n0 12 * * * y", "x --password\n0 12 * * * y"),
    ],
)
def test_secrets(text: str, shown: str) -> None:
    assert redact(text) == shown
    assert redact(shown) == shown


@pytest.mark.parametrize(
    "text",
    [
        "python manage.py send_password_reset --author me --limit=5",
        "python manage.py clear_expired_tokens now",
        "http://h:8000/a@b",
        "mail it@example.org",
        "sort -u names",
        "0 12 * * * x",
        "authors: me",
    ],
)
def test_other_texts_stay(text: str) -> None:
    assert redact(text) == text


def test_a_setting_is_masked_by_its_name() -> None:
    assert redact_setting("AWS_SECRET_KEY", "abc") == "***"
    assert redact_setting("MAILTO", "it@example.org") == "it@example.org"
    assert redact_setting("TOKEN", "") == ""
