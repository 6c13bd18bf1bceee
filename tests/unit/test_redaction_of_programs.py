"""Passwords of known programs stay hidden, however the line is wrapped and the password quoted."""

from itertools import product

import pytest

from migrator.redaction import redact

SECRET = "S3cr3tXyz"
TOLD = """
mysql -uroot -pSECRET db < f
mysqldump --password=SECRET db
mysqlsh -u u -pSECRET
mariadb-backup -pSECRET --backup
mydumper -p SECRET
PGPASSWORD=SECRET pg_dump db
psql postgres://u:SECRET@h/db
sshpass -p SECRET rsync a b
curl -u user:SECRET http://x
curl -s --user user:SECRET http://x
curl -E cert.pem:SECRET https://x
curl -H X-Api-Key:SECRET http://x
wget --http-passwd SECRET http://x
redis-cli -a SECRET ping
redis-cli -aSECRET ping
mongodump -u u -p SECRET
rabbitmqadmin -u u -p SECRET list
rabbitmqctl change_password u SECRET
ldapsearch -w SECRET -D x
zip -P SECRET a.zip b
7z a -pSECRET x
gpg --passphrase SECRET -d x
docker run -e DB_PASSWORD=SECRET img
smbclient //h/s -U u%SECRET
winexe -U u%SECRET //h cmd
isql dsn u SECRET
pdftk a input_pw SECRET output b
mosquitto_pub -u u -P SECRET -t x
ssh-keygen -N SECRET -f x
cqlsh -u u -p SECRET h
sqlcmd -S h -U u -P SECRET
sendEmail -xu u -xp SECRET
snmpwalk -v2c -c SECRET h
python manage.py sync --api-key SECRET
python manage.py sync --credentials SECRET
python sync.py -u bob -p SECRET
net use Z: //srv/share /user:bob SECRET
net use //srv/share SECRET /user:bob
net rpc user -U admin%SECRET -S srv
smbclient //h/s SECRET -U bob
twilio login -u AC1 -p SECRET
msmtp --passwordeval=$(echo SECRET) -t
curl -u :SECRET https://x
curl -s http://x/cron.php?cron_key=SECRET
influx query -t SECRET x
doctl -t SECRET x
glab auth login -t SECRET
cf login -u x -p SECRET
helm registry login -u x -p SECRET
mc alias set m http://h AK SECRET
snyk auth SECRET
rclone obscure SECRET
npm config set //r/:_authToken SECRET
composer config http-basic.h u SECRET
impdp u/SECRET
php cron.php key=SECRET
mega-login u SECRET
megaput -u a -p SECRET
pushbullet -k SECRET
pushover -u x -t SECRET
cronitor -k SECRET exec a x
tailscale up --authkey SECRET
STRIPE_KEY=SECRET python manage.py sync
yes SECRET | passwd b
""".strip().splitlines()
WRAPPED = (
    "{}",
    "cd /srv && {} >> log 2>&1",
    'bash -c "{}"',
    "sh -c '{} && echo done'",
    'flock -n /run/l -c "{}"',
    'ssh host "{}"',
    "timeout 5m {} | logger -t x",
    'su -c "{}" www',
)
QUOTED = ("{}", "'{}'", '"{}"', '\\"{}\\"')


@pytest.mark.parametrize("line", TOLD)
def test_no_wrapper_and_no_quote_brings_a_password_to_light(line: str) -> None:
    for wrapper, quote in product(WRAPPED, QUOTED):
        mark = quote[:-2].replace("{", "")
        if mark and mark in wrapper:
            continue  # the same quote inside ends the text: a shell would see another line
        text = wrapper.format(line.replace("SECRET", quote.format(SECRET)))
        assert SECRET not in redact(text), text


@pytest.mark.parametrize(
    "line",
    [
        "curl -u SECRET: https://x",
        "curl https://SECRET:@api.example.org/v1",
        "git clone https://SECRET@example.org/x",
        "pip install git+https://SECRET@example.org/x",
        "apprise -t a tgram://SECRET/123",
        "curl https://x/api/1/cron/nightly/SECRET/",
        "apprise slack://T/SECRET",
        "curl https://user:SECRET@example.org/x",
        "pip install --index-url https://SECRET@example.org/simple x",
    ],
)
def test_no_wrapper_brings_a_key_in_an_address_to_light(line: str) -> None:
    *words, last = line.split()
    words, address = (words, last) if "://" in last else ([*words, last], "")
    for wrapper, quote in product(WRAPPED, ("{}", "'{}'", '"{}"')):
        text = wrapper.format(" ".join([*words, quote.format(address)]).replace("SECRET", SECRET))
        assert SECRET not in redact(text), text


@pytest.mark.parametrize(
    "text",
    [
        "python manage.py x -p 8000 --pages 5",
        "mkdir -p /var/x && ssh -p 22 host && rsync -e 'ssh -p 2222' a b",
        "docker run -p 80:80 img",
        "mysql -p db < f",
        "psql -p 5433 db",
        "redis-cli -p 6379 ping",
        "ftp -n host < commands",
        "bash -c \"python manage.py x --password-file /x --to 'a b'\"",
        "curl -E cert.pem https://x",
        "sudo -u www-data python manage.py x",
        "git clone https://bob@example.org/x && rsync deploy1@host:/a b",
        "curl -u bob: https://x",
        "mysql -u root -p db < f",
        "docker run -u 1000 -p 80:80 img",
        "sudo -u bob -p ask x",
        "nc -u h -p 53",
        "net use Z: /delete; net use",
        "msmtp --passwordeval 'gpg -d /etc/pw.gpg' -t",
        "influx -t",
        "php cron.php --quiet",
        "pull auth:latest && rake db:password",
    ],
)
def test_what_is_no_password_is_shown(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('mysqldump -h db "-pS3cr3tXyz" x "y"', 'mysqldump -h db "-p***" x "y"'),
        ('curl --user bob:"S3cr3tXyz" "http://x"', 'curl --user bob:*** "http://x"'),
        ('http POST x Authorization:"Token S3cr3tXyz" a=b', "http POST x Authorization:*** a=b"),
    ],
)
def test_only_the_password_is_hidden(text: str, shown: str) -> None:
    assert redact(text) == shown
