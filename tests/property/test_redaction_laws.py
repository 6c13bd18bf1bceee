"""What redaction may skip: a text in which no rule can find anything."""

from hypothesis import example, given
from hypothesis import strategies as st

from migrator.redaction import by_all_rules, redact
from migrator.redaction.names import ENDINGS, KEYS, SECRET_PARTS
from migrator.redaction.shapes import BY_PROGRAM

NAMES = [*ENDINGS, *SECRET_PARTS, *KEYS, "key", "sig", "signature", "x-amz-signature", "code", "hash", "hmac"]
HOSTS = """
    hooks.slack.com/services/ discordapp.com/api/webhooks/ api.telegram.org/bot webhook.office.com/
    hooks.zapier.com/hooks/catch/ maker.ifttt.com/trigger/x/with/key/ hc-ping.com/ healthchecks.io/ping/
    /ping/0123abcd- cronitor.link/p/ cronitor.io/ nosnch.in/ heartbeat.uptimerobot.com/ /api/push/
    /api/v1/heartbeat/ ping.ohdear.app/ cronhub.io/ping/ honeybadger.io/v1/check_in/
    cronhub.io/start/ healthchecks.io/
    push.statuscake.com/?PK= /hooks/abcdefghij0123456789 outlook.office.com/webhook/ discord.com/api/webhooks/
"""
SHAPES = """
    ghu_0123456789abcdefgh ghs_0123456789abcdefgh
    eyJhbGciOiJ.IUzI1N.iIs AKIA0123456789ABCDEF ASIA0123456789ABCDEF ghp_0123456789abcdefgh
    glpat-0123456789abcdefgh npm_0123456789abcdefgh pypi-0123456789abcdefgh xoxb-12345678
    sk_live_12345678 pk_test_12345678 AIza0123456789abcdefghij0123456789
    SG.0123456789abcdef.0123456789abcdef Basic Bearer Zm9vOmJhcjE= pass:abcd
    github_pat_0123456789abcdefgh rk_live_12345678 gho_0123456789abcdefgh ghr_0123456789abcdefgh
"""
WORDS = [
    *NAMES,
    *HOSTS.split(),
    *SHAPES.split(),
    *BY_PROGRAM,
    "cronitor",
    "dms",
    "exec",
    "curl",
    "Authorization",
]
OPTIONS = sorted({option for options in BY_PROGRAM.values() for option in options} | {"-u", "--user", "--"})
MARKS = [
    "=",
    ":",
    "://",
    "@",
    "?",
    "&",
    ";",
    " ",
    " ",
    " ",
    "\t",
    "\n",
    "-",
    "--",
    "_",
    ".",
    "'",
    '"',
    "\\",
    ",",
]
TYPED = [
    "echo ",
    "printf ",
    "|",
    "<<<",
    "sudo -S",
    "kinit",
    "chpasswd",
    "--password-stdin",
    "--passphrase-fd",
    "send '",
    "\\r",
]
SIGNS = ["=", ": ", " ", "", " -p", " -P ", " -a ", " -w ", " -c ", " -uuid ", "\t-p"]
CASES = [str, str, str.upper, str.title]

pieces = (
    st.sampled_from(MARKS)
    | st.sampled_from(OPTIONS)
    | st.sampled_from(TYPED)
    | st.tuples(st.sampled_from(WORDS), st.sampled_from(CASES)).map(lambda pair: pair[1](pair[0]))
    | st.text("abZ019 /\u0130\u0131\u017f\u212a", max_size=3)
    | st.text(max_size=3)
)
texts = st.lists(pieces, max_size=10).map("".join)
# A word of every rule with a value behind it, as rules find it.
secrets = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "-", "--", "x ", "MY_", "?"]),
    st.sampled_from(WORDS),
    st.sampled_from(SIGNS),
    st.sampled_from(["hunter22", "Zm9vOmJhcjE=", "a b", "user:hunter22"]),
)


@given(st.one_of(texts, secrets, st.tuples(texts, secrets).map("".join)))
@example("curl -uuser:hunter22 host")
@example("curl --USER user:hunter22 host")
@example("https://user:hunter22@host")
@example("echo hunter22 | sudo -S x")
@example("printf hunter22 | kinit bob")
@example("kinit bob <<< hunter22")
@example("send 'hunter22\\r'")
@example("smbclient h -U a%hunter22")
@example("sqlplus a/hunter22@db")
@example("docker login -p hunter22")
@example("curl -su a:hunter22")
@example("coo\N{KELVIN SIGN}ie: abc")
@example("authori\N{LATIN CAPITAL LETTER I WITH DOT ABOVE}zation: abc")
def test_what_redaction_skips_no_rule_would_change(text: str) -> None:
    assert redact(text) == by_all_rules(text)


@given(st.sampled_from(WORDS), st.sampled_from(SIGNS))
def test_every_rule_is_reached_by_its_own_words(word: str, sign: str) -> None:
    for text in (f"{word}{sign}hunter22", f"--{word}{sign}hunter22", f"MY_{word.upper()}{sign}hunter22"):
        assert redact(text) == by_all_rules(text)
