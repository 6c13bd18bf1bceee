"""Secrets that are known without a name: by their own shape, their address, or the program they go to."""

from __future__ import annotations

import re

# Secrets that show what they are.
SHAPES = [
    re.compile(rf"(?<![\w-]){shape}")
    for shape in (
        r"()eyJ[\w-]{8,}\.[\w-]{4,}\.[\w-]*",  # JSON Web Tokens
        r"()(?:AKIA|ASIA)[0-9A-Z]{16}(?!\w)",  # Amazon
        r"()(?:gh[pousr]_|github_pat_|glpat-|npm_|pypi-)[\w-]{16,}",
        r"()xox[abeprs]-[\w-]{8,}",  # Slack
        r"()(?:sk|rk|pk)_(?:live|test)_\w{8,}",  # Stripe
        r"()AIza[\w-]{30,}",  # Google
        r"()SG\.[\w-]{16,}\.[\w-]{16,}",  # SendGrid
        r"(Basic[ \t]+)(?=[A-Za-z]*[0-9+/=])[A-Za-z0-9+/]{8,}={0,2}",
        r"(Bearer[ \t]+)(?=[A-Za-z._~-]*[0-9+/=])[\w.~+/=-]{8,}",
        r"(pass:)[^\s\"']{4,}",  # openssl -passin pass:...
        r"(-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----)(?s:.*?)(?=-----END|\Z)",
    )
]
# Addresses whose path is the secret: who knows it may write there.
ADDRESSES = re.compile(
    r"""(
        hooks\.slack\.com/(?:services|workflows|triggers)/
      | discord(?:app)?\.com/api/webhooks/
      | api\.telegram\.org/bot
      | webhook\.office\.com/ | outlook\.office\.com/webhook/ | hooks\.zapier\.com/hooks/catch/
      | maker\.ifttt\.com/trigger/[^\s/"']{0,64}/with/key/
      | hc-ping\.com/ | healthchecks\.io/(?:ping/)? | /ping/(?=[0-9a-f]{8}-)
      | cronitor\.link/(?:p/)? | cronitor\.io/(?:p/)? | nosnch\.in/ | heartbeat\.uptimerobot\.com/
      | /api/push/ | /api/v[12]/heartbeats?/ | ping\.ohdear\.app/ | cronhub\.io/(?:ping|start|finish)/
      | honeybadger\.io/v1/check_in/ | push\.statuscake\.com/\?PK=
      | /api/\d{1,16}/cron/[^\s/"']{1,100}/
      | \b(?:tgram|slack|discord|pover|pbul|prowl|msteams|ifttt|mailgun|sendgrid)://
      | events\.pagerduty\.com/integration/ | /(?:web)?hooks?/(?=[a-z0-9-]{20})
    )[^\s"'?#<>)]++""",
    re.VERBOSE | re.IGNORECASE,
)

_MYSQL = (
    "mysql",
    "mysqldump",
    "mysqladmin",
    "mysqlimport",
    "mysqlcheck",
    "mariadb",
    "mariadb-dump",
    "mariadb-admin",
    "mariadb-backup",
    "mariadb-check",
    "mariadb-import",
    "mysqlpump",
    "mysqlsh",
    "mysqlshow",
    "mysqlslap",
    "mysql_upgrade",
)
_SNMP = ("snmpget", "snmpgetnext", "snmpwalk", "snmpbulkwalk", "snmpset", "snmptable")
_NCFTP = ("ncftp", "ncftpget", "ncftpput", "ncftpls")
_ARCHIVERS = ("7z", "7za", "7zr", "rar", "unrar")
# Options that hold a password in one program and something else in others.
BY_PROGRAM: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(_MYSQL + _ARCHIVERS, ("-p",)),
    **dict.fromkeys(("mongo", "mongosh", "mongodump", "mongorestore", "mongoexport"), ("-p",)),
    **dict.fromkeys(("ldapsearch", "ldapmodify", "ldapadd", "ldapdelete"), ("-w",)),
    **dict.fromkeys(("zip", "unzip", "sqlcmd", "bcp", "ipmitool"), ("-P",)),
    "sshpass": ("-p",),
    "redis-cli": ("-a",),
    "curl": ("-b", "--cookie"),
    "lftp": ("-u",),
    "openssl": ("-k", "-K"),
    **dict.fromkeys(("sendemail", "sendEmail"), ("-xp",)),
    **dict.fromkeys(("mydumper", "myloader", "rabbitmqadmin", "cqlsh", "smbmap"), ("-p",)),
    **dict.fromkeys(("mosquitto_pub", "mosquitto_sub"), ("-P",)),
    "ssh-keygen": ("-N", "-P"),
    "swaks": ("-ap",),
    "nsupdate": ("-y",),
    "http": ("-a",),
    "https": ("-a",),
    **dict.fromkeys(_NCFTP, ("-p",)),
    **dict.fromkeys(_SNMP, ("-c", "-A", "-X")),
    **dict.fromkeys(("twilio", "twilio-cli", "rdesktop", "cypher-shell", "inadyn", "noip2"), ("-p",)),
    **dict.fromkeys(("megatools", "megaput", "megaget", "megals", "megacopy", "megarm"), ("-p",)),
    **dict.fromkeys(("glab", "doctl", "fly", "flyctl", "vercel", "influx", "gotify", "loggly"), ("-t",)),
    **dict.fromkeys(("pushbullet", "pb", "datadog-ci", "honeybadger", "raygun"), ("-k",)),
    **dict.fromkeys(("pushover", "pushover.sh"), ("-t", "-T", "-u", "-U")),
    "cronitor": ("-k",),
    "sendgrid": ("--api",),
    "ssmtp": ("-ap",),
    "runitor": ("-uuid", "--uuid", "-ping-key", "--ping-key"),
}
# These take it in the same word only: the word behind -p is a database, or a file.
ATTACHED_ONLY = frozenset([*_MYSQL, *_ARCHIVERS])
# And these in the next word only: -key is an option of its own.
NEXT_ONLY = frozenset(["openssl", "sendemail", "sendEmail", "swaks", "http", "https", "nsupdate"])
_WORDS = r"(?:\S+[ \t]+){0,12}?"  # the options and operands between a program and its secret
# What only its place tells: the operand behind others, or the rest of a word.
KEYED = [
    re.compile(rf"(?<![\w.-])({before})(?![-$])[^\s|;&]++")
    for before in (
        r"(?:cronitor[ \t]+(?:-\S+[ \t]+){0,4}exec|dms)[ \t]+(?:-\S+[ \t]+){0,4}",  # the key of a monitor
        rf"(?:docker|podman|nerdctl|az|oc|argocd|cf|helm[ \t]+registry)[ \t]+login[ \t]+{_WORDS}-p[ \t=]*",
        r"vault[ \t]+login[ \t]+(?:-\S+[ \t]+){0,4}",
        r"htpasswd[ \t]+-\w{0,8}b\w{0,8}[ \t]+\S+[ \t]+\S+[ \t]+",
        r"aws[ \t]+configure[ \t]+set[ \t]+aws_(?:secret_access_key|session_token)[ \t]+",
        rf"curl[ \t]+{_WORDS}(?:-E|--cert|--proxy-cert)[ \t=]+[^\s:]{{1,200}}:",
        r"rabbitmqctl[ \t]+(?:-\S+[ \t]+){0,4}(?:add_user|change_password|authenticate_user)[ \t]+\S+[ \t]+",
        r"isql[ \t]+(?:-\S+[ \t]+){0,4}\S+[ \t]+\S+[ \t]+",
        rf"pdftk[ \t]+{_WORDS}(?:input_pw|owner_pw|user_pw)[ \t]+",
        r"ftp[ \t][^|;&\n]{0,100}?\buser[ \t]+\S+[ \t]+",
        rf"(?:smbclient|smbget|rpcclient|winexe|net)[ \t]+{_WORDS}(?:-U[ \t]*|--user[ =])[^\s%]{{1,64}}%",
        r"(?:sqlplus|sqlldr|expdp|impdp|rman)[ \t]+(?:-\S+[ \t]+){0,4}[^\s/@]{1,64}/(?=[^\s@/]+(?:@|\s|$))",
        rf"net(?:\.exe)?[ \t]+use[ \t]+{_WORDS}/user:\S+[ \t]+(?!/)",
        r"net(?:\.exe)?[ \t]+use[ \t]+(?:[a-zA-Z*]:?[ \t]+)?[\"']?(?:\\\\|//)\S+[ \t]+(?!/)",
        r"smbclient[ \t]+(?:-\S+[ \t]+){0,4}[\"']?(?:\\\\|//)\S+[ \t]+",
        r"rclone[ \t]+obscure[ \t]+",
        r"(?:snyk[ \t]+auth|notify-run|mega-login[ \t]+\S+)[ \t]+",
        r"mc(?:li)?[ \t]+(?:alias[ \t]+set|config[ \t]+host[ \t]+add)[ \t]+\S+[ \t]+\S+[ \t]+\S+[ \t]+",
        r"npm[ \t]+config[ \t]+set[ \t]+\S{0,200}?:_(?:authToken|auth|password)[ \t]+",
        r"composer[ \t]+config[ \t]+(?:-\S+[ \t]+){0,4}http-basic\.\S+[ \t]+\S+[ \t]+",
        rf"[\w./-]{{1,200}}\.php[ \t]+{_WORDS}(?:--)?key=",
        rf"(?:xfreerdp|wlfreerdp|rdesktop)[ \t]+{_WORDS}/p:",
    )
]
_NAMES = "|".join(map(re.escape, sorted(BY_PROGRAM, key=len, reverse=True)))
PROGRAM = re.compile(rf"(?<![\w.-])({_NAMES})(?=[ \t])([^|;&\n]{{0,1000}})")
