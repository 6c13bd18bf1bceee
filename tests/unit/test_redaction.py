"""Secrets are masked, their neighbours are not."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.redaction import redact, redact_arguments, redact_line, redact_part, redact_setting

SECRET = st.text("abcdefXYZ0123456789._~+-", min_size=8, max_size=40).map(lambda text: f"q{text}7")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgres://app:s3cret@db/x", "postgres://app:***@db/x"),
        ("redis://:s3cret@db:6379/0", "redis://:***@db:6379/0"),
        ("amqp://a:p@ss@h", "amqp://a:***@h"),
        ("postgres://app:p/s#s@db/x", "postgres://app:***@db/x"),
        ("https://ghp_0123456789abcdef@github.com/x", "https://***@github.com/x"),
        ("curl -H 'Authorization: Bearer abc.def' u", "curl -H 'Authorization: Bearer ***' u"),
        ("curl -H 'authorization: Basic YTpi' u", "curl -H 'authorization: Basic ***' u"),
        ("curl -H Authorization:abc u", "curl -H Authorization:*** u"),
        ("curl -H 'Cookie: a=b; c=d' u", "curl -H 'Cookie: ***' u"),
        ('curl -H "X-Api-Key: abc" u', 'curl -H "X-Api-Key: ***" u'),
        ("curl -H 'X-Auth-Token:abc' u", "curl -H 'X-Auth-Token:***' u"),
        ("curl -u bob:s3cret u", "curl -u bob:*** u"),
        ("-u bob:s3cret", "-u bob:***"),
        ("curl --user 'bob:s3cret' u", "curl --user 'bob:***' u"),
        ("API_TOKEN=abc ./x", "API_TOKEN=*** ./x"),
        ("PGPASSWORD=abc psql", "PGPASSWORD=*** psql"),
        ("MYSQL_PWD=abc mysql", "MYSQL_PWD=*** mysql"),
        ("DB_PASSWORD='a b' ./x", "DB_PASSWORD=*** ./x"),
        ("DB_PASSWORD=a\"b c\"'d' ./x", "DB_PASSWORD=*** ./x"),
        ('sh -c "x --password \\"a b\\" y"', 'sh -c "x --password *** y"'),
        ("x --password abc y", "x --password *** y"),
        ("x --api-key=abc y", "x --api-key=*** y"),
        ("x '--token=abc' -n 3 --name 'x y'", "x '--token=***' -n 3 --name 'x y'"),
        ("x '--token=abc' --secret-key 'S3' -n 3", "x '--token=***' --secret-key *** -n 3"),
        ('sh -c "x --password abc" && y "z w"', 'sh -c "x --password ***" && y "z w"'),
        ("f('--token=abc', '-n 3')", "f('--token=***', '-n 3')"),
        ("x 'TOKEN=abc'\ny 'z w'", "x 'TOKEN=***'\ny 'z w'"),
        ("x '--token=a b' y", "x '--token=***' y"),
        ("OPTS='--token=abc -n 3' x 'y z'", "OPTS='--token=*** -n 3' x 'y z'"),
        ("x '--password abc -n 3' 'y z'", "x '--password *** -n 3' 'y z'"),
        # Where the quotes do not tell where the secret ends, more is hidden.
        ("x '--token=abc'd'e f' y", "x '--token=*** y"),
        ("x '--token=abc'd y", "x '--token=*** y"),
        ("it's TOKEN=abc' d' y", "it's TOKEN=*** y"),
        ("it's TOKEN='a b' y", "it's TOKEN=*** y"),
        ("it's TOKEN=a\"b' c\" y", "it's TOKEN=*** y"),
        ("x --password=a,b y", "x --password=*** y"),
        ('call_command("x", "--token", "abc")', 'call_command("x", "--token", "***")'),
        ("f(token=abc, y=1)", "f(token=***, y=1)"),
        ('curl -d \'{"token": "abc", "n": 1}\' u', 'curl -d \'{"token": ***, "n": 1}\' u'),
        ("https://h/ping?token=abc&n=1", "https://h/ping?token=***&n=1"),
        ("https://h/b?sv=2&sig=a%2Fb&n=1", "https://h/b?sv=2&sig=***&n=1"),
        ("https://h/maps?key=abc", "https://h/maps?key=***"),
        ("mysqldump -ps3cret --all", "mysqldump -p*** --all"),
        ("mysql -h db -u root -ps3cret shop", "mysql -h db -u root -p*** shop"),
        ("sshpass -p s3cret ssh h", "sshpass -p *** ssh h"),
        ("redis-cli -a s3cret ping", "redis-cli -a *** ping"),
        ("curl -s -b 'session=abc' u", "curl -s -b *** u"),
        ("lftp -u bob,s3cret ftp://h", "lftp -u *** ftp://h"),
        ("https://hc-ping.com/5bf66975-d4c7-4bf5-bcc8-b8d8a82ea278/start", "https://hc-ping.com/***"),
        ("https://hooks.slack.com/services/T0/B0/xyz", "https://hooks.slack.com/services/***"),
        ("https://discord.com/api/webhooks/1/abc", "https://discord.com/api/webhooks/***"),
        ("https://api.telegram.org/bot1:abc/sendMessage", "https://api.telegram.org/bot***"),
        ("cronitor exec d3x0c1 ./x", "cronitor exec *** ./x"),
        ("x eyJhbGciOiJI.eyJzdWIiOiIx.abc-_9 y", "x *** y"),
        ("x AKIAIOSFODNN7EXAMPLE y", "x *** y"),
        ("x --password\n0 12 * * * y", "x --password\n0 12 * * * y"),
        ("openssl enc -k abcde -in a", "openssl enc -k *** -in a"),
        ("openssl enc -pass pass:abcde -in a", "openssl enc -pass *** -in a"),
        ("curl -sSu bob:s3cret u", "curl -sSu bob:*** u"),
        ("curl -U bob:s3cret u", "curl -U bob:*** u"),
        ("SSHPASS='abc' sshpass -e ssh h", "SSHPASS=*** sshpass -e ssh h"),
        ("https://h/?pw=abc", "https://h/?pw=***"),
        ("docker login -u bob -p abc h", "docker login -u bob -p *** h"),
        ("vault login abc", "vault login ***"),
        ("htpasswd -b f bob abc", "htpasswd -b f bob ***"),
        ("smbclient //h/s -U bob%abc -c ls", "smbclient //h/s -U bob%*** -c ls"),
        ("sqlplus bob/abc@db @x.sql", "sqlplus bob/*** @x.sql"),
        ("xfreerdp /u:bob /p:abc /v:h", "xfreerdp /u:bob /p:*** /v:h"),
        ("aws configure set aws_secret_access_key abc", "aws configure set aws_secret_access_key ***"),
        ("snmpget -v2c -c abc h oid", "snmpget -v2c -c *** h oid"),
        (
            "https://events.pagerduty.com/integration/abc/enqueue",
            "https://events.pagerduty.com/integration/***",
        ),
        ("https://h/webhook/0123456789abcdef0123", "https://h/webhook/***"),
        ("echo abc | sudo -S ./x", "echo *** | sudo -S ./x"),
        ("echo 'a b' | sudo -u www -S ./x", "echo '***' | sudo -u www -S ./x"),
        ("printf 'abc\\n' | kinit bob", "printf '***' | kinit bob"),
        ("echo bob:abc | /usr/sbin/chpasswd", "echo *** | /usr/sbin/chpasswd"),
        (
            "echo abc | docker login -u bob --password-stdin",
            "echo *** | docker login -u bob --password-stdin",
        ),
        ("kinit bob <<< 'a b' && x", "kinit bob <<< '***' && x"),
        ("expect -c 'send \"abc\\r\"'", "expect -c 'send \"***\\r\"'"),
        ('TOKEN="a\nb" x', "TOKEN=*** x"),
        ("TOKEN='abc\nx", "TOKEN=***\nx"),
        ("it's TOKEN='abc\nx", "it's TOKEN=***\nx"),
        ("token: don't\n it's all", "token: ***'t\n it's all"),
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
        "python manage.py prune --token-limit 5 --max-tokens=7 --token-age 30",
        "python manage.py createsuperuser --no-password-prompt bob",
        "python manage.py dumpdata auth_user auth.group --exclude auth.permission",
        "python manage.py x --keyword shoes --sort-key name --password-file /run/pw",
        "x --token $API_TOKEN",
        'x --token "${API_TOKEN}"',
        "USE_TOKEN=1 PASSWORD_RESET_TIMEOUT=3600 AUTH_USER_MODEL=shop.User ./x",
        "rake auth:cleanup",
        "docker run -u 1000:1000 registry/auth:1.2 x",
        "docker exec -u www:www web x",
        "mkdir -p /srv/x && mysql -p shop",
        "http://h:8000/a@b",
        "mail it@example.org",
        "sort -u names",
        "0 12 * * * x",
        "authors: me",
        "PWD=/srv OLDPWD=/ x",
        "openssl req -key a.pem -keyout b.pem",
        "echo started | sudo tee /var/log/x",
        'echo "$PASSWORD" | sudo -S ./x',
        "docker run -p 80:80 login",
        "./x --bypass all",
        '+ input("Password: ")\n+ y = "b"',
        'print("token=" + x)\ny = "z"',
        "tar --one-file-system -cpf a:b c",
    ],
)
def test_other_texts_stay(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    ("program", "arguments", "shown"),
    [
        ("x", ["--password", "abc", "-v"], ["--password", "***", "-v"]),
        ("x", ["--password=abc"], ["--password=***"]),
        ("x", ["--token-limit", "5"], ["--token-limit", "5"]),
        ("x", ["--token", "$TOKEN"], ["--token", "$TOKEN"]),
        ("curl", ["-u", "bob:abc", "http://h"], ["-u", "bob:***", "http://h"]),
        ("curl", ["-H", "Authorization: Bearer a b"], ["-H", "Authorization: Bearer ***"]),
        ("sshpass", ["-p", "abc", "ssh"], ["-p", "***", "ssh"]),
        ("/usr/bin/mysqldump", ["-pabc", "shop"], ["-p***", "shop"]),
        ("mysql", ["-p", "shop"], ["-p", "shop"]),
        ("mkdir", ["-p", "shop"], ["-p", "shop"]),
    ],
)
def test_arguments_are_masked_by_the_option_before_them(
    program: str, arguments: list[str], shown: list[str]
) -> None:
    assert redact_arguments(program, arguments) == shown


def test_arguments_are_masked_by_the_line_around_them() -> None:
    line = "echo 'h u n t' | sudo -S ./x"
    assert redact_arguments("echo", ["h u n t"], line=line) == ["***"]
    assert redact_part("h u n t\n", line) == "***\n"
    assert redact_part("h u n t\n", "echo 'h u n t'") == "h u n t\n"


@pytest.mark.parametrize(
    ("text", "before", "after", "shown"),
    [
        ("  value: abc", "- name: DB_PASSWORD", "", "  value: ***"),
        ('  "value": "a b"', '- "name": "API_TOKEN",', "", '  "value": ***'),
        ("- value: abc", "", "  name: API_TOKEN", "- value: ***"),
        ("  value: fast", "- name: MODE", "- name: API_TOKEN", "  value: fast"),
        ("  value: $TOKEN", "- name: API_TOKEN", "", "  value: $TOKEN"),
        ("- {name: TOKEN, value: abc}", "", "", "- {name: TOKEN, value: ***}"),
        ("- {name: MODE, value: abc}", "", "", "- {name: MODE, value: abc}"),
    ],
)
def test_a_line_is_masked_by_its_neighbour(text: str, before: str, after: str, shown: str) -> None:
    assert redact_line(text, before, after) == shown


def test_a_setting_is_masked_by_its_name() -> None:
    assert redact_setting("AWS_SECRET_KEY", "abc") == "***"
    assert redact_setting("MAILTO", "it@example.org") == "it@example.org"
    assert redact_setting("TOKEN", "") == ""


POSITIONS = [
    "postgres://app:{}@db.example.org/shop",
    "curl -H 'Authorization: Bearer {}' https://h/x",
    'curl -H "X-Api-Key: {}" https://h/x',
    "curl -u bob:{} https://h/x",
    "curl 'https://h/x?page=1&access_token={}&n=2'",
    "https://h/x?sig={}",
    "PGPASSWORD={} pg_dump shop",
    "DJANGO_SECRET_KEY='{}' ./manage.py x",
    "./manage.py x --password {} --all",
    "./manage.py x --api-key={}",
    "sh -c './manage.py x --token {}'",
    "mysqldump -p{} shop",
    "sshpass -p {} ssh h",
    "curl https://hc-ping.com/{}",
    "curl -X POST https://hooks.slack.com/services/T0/{}",
    "curl https://api.telegram.org/bot1:{}/getMe",
    "cronitor exec {} ./manage.py x",
    'curl -d \'{{"password": "{}"}}\' https://h/x',
]


@pytest.mark.parametrize("position", POSITIONS)
@given(secret=SECRET)
def test_a_secret_never_survives(position: str, secret: str) -> None:
    assert secret not in redact(position.format(secret))


PIECES = [*"ab \"'\\=:/@.-_?&;#\n", "token", "--", "://", "***", "mysql -p", "-u ", "Bearer ", "hc-ping.com/"]


@given(st.lists(st.sampled_from(PIECES)))
def test_what_is_masked_stays_as_it_is(pieces: list[str]) -> None:
    once = redact("".join(pieces))
    assert redact(once) == once


@given(
    st.text("abcXYZ019 -_.,=:;|&", min_size=8).map(lambda text: f"q{text}7"),
    st.sampled_from(["-n", "x", "y"]),
)
def test_an_argument_is_masked_whole_and_alone(secret: str, beside: str) -> None:
    """However shlex quotes the argument, and however often its line is redacted."""
    words = ["./x", f"--token={secret}", beside, "x y", "--secret-key", secret, "-n", "a b"]
    shown = redact(shlex.join(words))
    assert shlex.split(shown) == ["./x", "--token=***", beside, "x y", "--secret-key", "***", "-n", "a b"]
    assert redact(shown) == shown
    assert redact_arguments("./x", words[1:]) == shlex.split(shown)[1:]
