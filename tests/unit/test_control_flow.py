"""The shell around the command: one row, one shape of a line."""

from typing import Any

import pytest

from migrator.crontab.command import read_command
from migrator.crontab.reading import Delay, Lock, OutputMail, Reading, Step

RUN = "./manage.py x"


def after(reading: Reading) -> list[tuple[str, str]]:
    return [(step.name, step.after) for step in reading.steps]


def codes(reading: Reading) -> list[str]:
    return [remark.code for remark in reading.remarks]


@pytest.mark.parametrize(
    ("text", "cwds"),
    [
        ("cd /srv && ./manage.py a && cd app && ./manage.py b", ["/srv", "/srv/app"]),
        ("(cd /srv && ./manage.py a); ./manage.py b", ["/srv", None]),
        ("{ cd /srv && ./manage.py a; }; ./manage.py b", ["/srv", "/srv"]),
        ("cd /srv/app/../lib && ./manage.py a", ["/srv/lib"]),
        ("cd /srv && cd - && ./manage.py a", [None]),
        ("pushd /srv && ./manage.py a; popd; ./manage.py b", ["/srv", None]),
        ("sh -c 'cd /srv && ./manage.py a' && ./manage.py b", ["/srv", None]),
        ("D=/srv; cd $D/app && ./manage.py a", ["/srv/app"]),
        ("cd ${D:-/srv} && ./manage.py a", ["/srv"]),
        ("cd /srv | cat; ./manage.py a", [None]),
    ],
)
def test_the_folder_of_each_step(text: str, cwds: list[str | None]) -> None:
    assert [step.cwd for step in read_command(text, settings={"SHELL": "bash"}).steps] == cwds


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("./manage.py a && date && ./manage.py b", [("a", "always"), ("b", "success")]),
        ("./manage.py a; date && ./manage.py b", [("a", "always"), ("b", "always")]),
        ("./manage.py a || exit 1; ./manage.py b", [("a", "always"), ("b", "success")]),
        ("./manage.py a || { echo no; exit 1; }; ./manage.py b", [("a", "always"), ("b", "success")]),
        ("./manage.py a || (exit 1); ./manage.py b", [("a", "always"), ("b", "always")]),
        ("die() { exit 1; }; ./manage.py a || die; ./manage.py b", [("a", "always"), ("b", "success")]),
        ("set -e; ./manage.py a; ./manage.py b", [("a", "always"), ("b", "success")]),
        ("set -e; ./manage.py a || true; ./manage.py b", [("a", "always"), ("b", "always")]),
        ("if ./manage.py a; then ./manage.py b; fi", [("a", "always"), ("b", "success")]),
        ("if ! ./manage.py a; then ./manage.py b; fi", [("a", "always"), ("b", "failure")]),
        ("bash -ec './manage.py a; ./manage.py b'", [("a", "always"), ("b", "success")]),
        ("./manage.py a && echo ok || mail -s no o@x.org", [("a", "always"), ("mail", "failure")]),
        ("f() { ./manage.py $1; }; f a; f b", [("a", "always"), ("b", "always")]),
        ("exec ./manage.py a; ./manage.py b", [("a", "always")]),
        ("exit 0; ./manage.py a", []),
    ],
)
def test_when_each_step_runs(text: str, rule: list[tuple[str, str]]) -> None:
    reading = read_command(text)
    assert (after(reading), "CM307" in codes(reading)) == (rule, False)


@pytest.mark.parametrize(
    ("text", "forgiven"),
    [
        ("if ./manage.py a; then ./manage.py b; fi", ["a"]),
        ("if ./manage.py a && ./manage.py b; then ./manage.py c; fi", ["a", "b"]),
        ("./manage.py a && if ./manage.py b; then ./manage.py c; fi", ["b"]),
        ("./manage.py a && ./manage.py b", []),
        ("./manage.py a && ./manage.py b || true", []),  # the line hides it, and that is said
    ],
)
def test_what_if_asks_fails_no_job(text: str, forgiven: list[str]) -> None:
    assert [step.name for step in read_command(text).steps if step.forgiven] == forgiven


@pytest.mark.parametrize(
    "text",
    [
        "./manage.py a && { ./manage.py b; ./manage.py c; }",
        "set -e; ./manage.py a && ./manage.py b; ./manage.py c",
        "./manage.py a | grep -q x && ./manage.py b",
    ],
)
def test_what_no_stop_rule_says_is_said(text: str) -> None:
    assert "CM307" in codes(read_command(text))


@pytest.mark.parametrize(
    ("redirects", "output", "errors", "log", "error_log", "remarks"),
    [
        ("", "mailed", "mailed", None, None, []),
        ("> /dev/null", "dropped", "mailed", None, None, []),
        ("> /dev/null 2>&1", "dropped", "dropped", None, None, []),
        ("2>&1 > /dev/null", "dropped", "mailed", None, None, ["CM315"]),
        (">> l 2>&1", "logged", "logged", "l", None, []),
        ("2>&1 >> l", "logged", "mailed", "l", None, ["CM315"]),
        ("2>&1", "mailed", "mailed", None, None, []),
        ("2> e", "mailed", "logged", None, "e", []),
        ("> l 2> e", "logged", "logged", "l", "e", []),
        (">> l 2>&-", "logged", "dropped", "l", None, []),
        ("1>&2", "mailed", "mailed", None, None, []),
        ("2>> l >&2", "logged", "logged", "l", None, []),
        (">> l-`date +%F`.log", "logged", "mailed", "l-`date +%F`.log", None, []),
        ("&> l", "mailed", "mailed", None, None, ["CM302"]),
        ("&>> l", "mailed", "mailed", None, None, ["CM302"]),
        (">& l", "mailed", "mailed", None, None, ["CM302"]),
        ("2>&1 | tee -a l", "logged", "logged", "l", None, ["CM306"]),
        ("| logger -t job", "logged", "mailed", "syslog:job", None, ["CM306"]),
        ("2>&1 | logger --tag=job", "logged", "logged", "syslog:job", None, ["CM306"]),
        ("| grep -v a | grep -v b > l || true", "logged", "mailed", "l", None, ["CM306"]),
        ("|& cat > l", "logged", "logged", "l", None, ["CM316", "CM306"]),
        ("| while read l; do echo `date` $l; done >> l", "logged", "mailed", "l", None, ["CM306"]),
        ("| gzip > f", "piped", "mailed", None, None, ["CM307", "CM306"]),
    ],
)
def test_where_the_output_goes(
    redirects: str, output: str, errors: str, log: str | None, error_log: str | None, remarks: list[str]
) -> None:
    reading = read_command(f"{RUN} {redirects}")
    assert [step.name for step in reading.steps] == ["x"]
    found = (reading.output, reading.errors, reading.log, reading.error_log, codes(reading))
    assert found == (output, errors, log, error_log, remarks)


def test_redirects_of_a_group_hold_for_each_of_its_commands() -> None:
    reading = read_command("{ cd /srv; date; ./manage.py a; } >> log 2>&1")
    assert (reading.log, reading.output, reading.errors, reading.decoration) == (
        "log",
        "logged",
        "logged",
        ["date"],
    )


def test_exec_redirects_what_follows() -> None:
    assert read_command("exec >> log 2>&1; ./manage.py a").log == "log"


@pytest.mark.parametrize(
    ("text", "noted"),
    [
        (
            f"{RUN} | mail -s 'a b' o@x.org",
            {"output_mail": OutputMail("mail -s 'a b' o@x.org", ("o@x.org",), "a b", "always")},
        ),
        (
            f"{RUN} | ifne mail o@x.org",
            {"output_mail": OutputMail("ifne mail o@x.org", ("o@x.org",), None, "output")},
        ),
        (f"{RUN} | grep -v a", {"filters": ["grep -v a"]}),
        (f"echo y | {RUN}", {"stdin": "y\n"}),
        (f"yes | {RUN}", {"stdin": "y\n"}),
        (f"printf 'a\\nb' | {RUN}", {"stdin": "a\nb"}),
        (f"cat f | {RUN}", {"stdin": None}),
        (f"{RUN} < f", {"stdin": None}),
        (f"{RUN} <<< a", {"stdin": "a\n"}),
        (f"cat <<X | {RUN}\na\nX\n", {"stdin": "a\n"}),
        (f". ./.env; {RUN}", {"environment_files": ["./.env"]}),
        (f"set -a; . ./.env; set +a; {RUN}", {"environment_files": ["./.env"]}),
        (f"export $(grep -v '^#' .env | xargs) && {RUN}", {"environment_files": [".env"]}),
        (f"eval $(sed 's/^/export /' /etc/e) && {RUN}", {"environment_files": ["/etc/e"]}),
        (f"source venv/bin/activate; workon a; conda activate b; {RUN}", {"environment_files": []}),
        (f"A=b; {RUN}", {"environment": {}}),
        (f"A=b; export A; {RUN}", {"environment": {"A": "b"}}),
        (f"PATH=/bin; {RUN}", {"environment": {"PATH": "/bin"}}),
        (f"A=b true; {RUN}", {"environment": {}}),
        (f"echo a; {RUN}", {"decoration": ["echo a"], "exit_masked": False}),
        (f"{RUN}; echo a", {"decoration": ["echo a"], "exit_masked": True}),
        (f"{RUN} || true", {"exit_masked": True}),
        (f"{RUN} && echo a", {"exit_masked": False}),
        (f"bash -c 'set -o pipefail; {RUN} | cat'", {"exit_masked": False}),
        (f"{RUN} &", {"exit_masked": True}),
        (f"(flock -n 9 || exit 1; {RUN}) 9> /run/a.lock", {"lock": Lock("a", False)}),
        (f"lockfile -r0 /run/a.lock && ({RUN}; rm -f /run/a.lock)", {"lock": Lock("a", False)}),
        (f"echo 'cd /srv && {RUN}' | sh", {"cwd": "/srv"}),
    ],
)
def test_what_stands_around_it(text: str, noted: dict[str, Any]) -> None:
    reading = read_command(text)
    assert [step.name for step in reading.steps] == ["x"]
    assert {key: getattr(reading, key) for key in noted} == noted


@pytest.mark.parametrize(
    ("text", "guard", "said"),
    [
        (f"[ -f /a ] && {RUN}", "[ -f /a ]", ""),
        (f"[ -f /a ] || exit 0; {RUN}", "[ -f /a ]", ""),
        (f"[ -f /a ] && exit; {RUN}", "! [ -f /a ]", ""),
        (f"[ -f /a ] && cd /srv && {RUN}", "[ -f /a ]", ""),
        (f"if [ -f /a ]; then {RUN}; fi", "[ -f /a ]", ""),
        (f"if pgrep a; then echo busy; exit 1; fi; {RUN}", "! pgrep a", ""),
        (f"! pgrep a && {RUN}", "! pgrep a", ""),
        (f"! pgrep a || exit; {RUN}", "! pgrep a", ""),
        (f"pgrep a || {RUN}", "! pgrep a", ""),
        (f"ps ax | grep a | grep -q b || {RUN}", "! ps ax | grep a | grep -q b", ""),
        (f"command -v a > /dev/null && {RUN}", "command -v a", ""),
        (f"mountpoint -q /m && {RUN}", "mountpoint -q /m", ""),
        (f"false && {RUN}", "false", ""),
        (f"[ `date +%m` -le 7 ] && {RUN}", "[ `date +%m` -le 7 ]", "months 1-7"),
        (f"[ 9 -gt $(date +%m) ] && {RUN}", "[ 9 -gt $(date +%m) ]", "months 1-8"),
        (f"[ $(date +%u) = 1 ] || exit; {RUN}", "[ $(date +%u) = 1 ]", "weekdays 1, 1 is Monday"),
        (f"[ $(date +%a) = Sat ] && {RUN}", "[ $(date +%a) = Sat ]", "weekdays 6, 1 is Monday"),
        (f"test $(date +%d) -le 7 && {RUN}", "test $(date +%d) -le 7", "days 1-7"),
        (f'[ "$(date +%H)" != 3 ] && {RUN}', '[ "$(date +%H)" != 3 ]', "hours 0-2,4-23"),
        (
            f"[ $(date -d tomorrow +%d) = 01 ] && {RUN}",
            "[ $(date -d tomorrow +%d) = 01 ]",
            "the last day of the month",
        ),
        (f"[ $(date +%m) != $(date -d +1day +%m) ] && {RUN}", "[ $(date +%m) != $(date -d +1day +%m) ]", ""),
        (
            f"[ $(($(date +%s) / 604800 % 2)) -eq 0 ] && {RUN}",
            "[ $(($(date +%s) / 604800 % 2)) -eq 0 ]",
            "every second",
        ),
    ],
)
def test_guards(text: str, guard: str, said: str) -> None:
    reading = read_command(text)
    assert [(step.name, step.guard) for step in reading.steps] == [("x", guard)]
    assert reading.guard == guard
    [remark] = [one for one in reading.remarks if one.code == "CM304"]
    assert said in (remark.hint or "")


def test_a_guard_holds_for_its_chain_only() -> None:
    reading = read_command("[ -f /a ] && ./manage.py a; ./manage.py b")
    assert [step.guard for step in reading.steps] == ["[ -f /a ]", None]


def test_a_guard_of_what_is_no_step_is_none() -> None:
    assert read_command(f"[ -f v/bin/activate ] && . v/bin/activate; {RUN}").guard is None


@pytest.mark.parametrize(
    ("delay", "seconds"),
    [
        ("sleep 30", Delay(30, 30)),
        ("sleep 1m 30s", Delay(90, 90)),
        ("sleep 30; sleep 30", Delay(60, 60)),
        ("sleep $((RANDOM % 600))", Delay(0, 599)),
        ("sleep $[ $RANDOM % 60 ]", Delay(0, 59)),
        ("sleep $(( ( RANDOM % 60 ) + 10 ))", Delay(10, 69)),
        ("sleep `expr $RANDOM % 60`", Delay(0, 59)),
        ("sleep ${RANDOM:0:2}", Delay(0, 99)),
        ("sleep $(shuf -i 5-9 -n 1)", Delay(5, 9)),
        ("sleep $RANDOM", Delay(0, 32767)),
        ("sleep $X", Delay(0, None)),
        ("perl -e 'sleep rand 600'", Delay(0, 599)),
        ("perl -e 'sleep int(rand(60))'", Delay(0, 59)),
        ("python3 -c 'import time, random; time.sleep(random.randint(1, 9))'", Delay(1, 9)),
    ],
)
def test_delays(delay: str, seconds: Delay) -> None:
    reading = read_command(f"{delay}; {RUN}", settings={"SHELL": "/bin/bash"})
    assert (reading.delay, set(codes(reading)), after(reading)) == (seconds, {"CM314"}, [("x", "always")])


def test_a_pause_between_commands_is_no_delay() -> None:
    reading = read_command("./manage.py a; sleep 5; ./manage.py b")
    assert (reading.delay, codes(reading)) == (None, ["CM314"])


@pytest.mark.parametrize(
    "word", ["$(date +%F)", "`hostname`", "$UNSET", "$1", "$$", "~/f", "*.csv", "a-`date`.csv"]
)
def test_what_the_shell_computes_stays_text(word: str) -> None:
    reading = read_command(f"{RUN} {word}")
    assert (reading.steps[0].argv, codes(reading)) == ((word,), ["CM312"])


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ('"$(date +%F)"', "$(date +%F)"),
        ('"$(date "+%F")"', '$(date "+%F")'),
        ('--day="$(date +%F)"', "--day=$(date +%F)"),
        ('"$HOST"', "$HOST"),
        ("""'a b'-"it's $HOST\"""", "a b-it's $HOST"),
        ('"`id -u`"', "`id -u`"),
        ('"${A:-"x y"}$B"', '${A:-"x y"}$B'),
    ],
)
def test_the_quotes_around_what_the_shell_computes_are_undone(word: str, shown: str) -> None:
    reading = read_command(f"{RUN} {word}")
    assert (reading.steps[0].argv, codes(reading)) == ((shown,), ["CM312"])


@pytest.mark.parametrize(
    "text",
    [
        "X='./manage.py x'; $X --all",
        "P=./manage.py; $P x ${A:---all}",
        "A=--all; ./manage.py x $A $EMPTY",
        "./manage.py x $HOME_OPTION",
    ],
)
def test_variables_are_split_as_the_shell_splits_them(text: str) -> None:
    settings = {"EMPTY": "", "HOME_OPTION": "--all"}
    assert read_command(text, settings=settings).steps == [
        Step("management", "x", ("--all",), text=text.rpartition("; ")[2])
    ]


@pytest.mark.parametrize(
    "text",
    [
        "for a in 1 2; do ./manage.py x; done",
        "while true; do flock -n l ./manage.py x; done",
        "case $a in b) ./manage.py x;; esac",
        "if [ a ]; then ./manage.py x; else echo; fi",
        "( ./manage.py x",
        'echo "$(./manage.py x)" | mail o@x.org',
    ],
)
def test_a_management_command_is_found_in_what_is_not_taken_apart(text: str) -> None:
    reading = read_command(text)
    assert ("management", "x") in [(step.kind, step.name) for step in reading.steps]
    assert "CM307" in codes(reading)


@pytest.mark.parametrize(
    "text", ["[[ a ]] && ./manage.py x", "source a; ./manage.py x", "./manage.py x <<< a"]
)
def test_words_of_bash_under_another_shell(text: str) -> None:
    assert "CM316" in codes(read_command(text))
    assert "CM316" not in codes(read_command(text, settings={"SHELL": "/bin/bash"}))


def test_settings_of_django_are_told_of() -> None:
    reading = read_command(f"SECRET_KEY=a DJANGO_SETTINGS_MODULE=b C=d {RUN}")
    [remark] = reading.remarks
    assert remark.message == "the line sets SECRET_KEY, DJANGO_SETTINGS_MODULE for Django itself"


@pytest.mark.parametrize(
    "text",
    [
        "if [ -f /x ]; then ./manage.py a; exit 0; fi; ./manage.py b",
        "[ -f /x ] && { ./manage.py a; exit 0; }; ./manage.py b",
        "[ -f /x ] || { ./manage.py a; exit 1; }; ./manage.py b",
    ],
)
def test_a_test_between_two_jobs_loses_none(text: str) -> None:
    reading = read_command(text)
    assert [step.name for step in reading.steps] == ["a", "b"]
    assert {remark.code for remark in reading.remarks} >= {"CM304", "CM307"}


def test_a_failure_that_exits_is_no_guard() -> None:
    reading = read_command("if [ -f /x ]; then ./manage.py a || { echo failed; exit 1; }; fi")
    assert [(step.name, step.guard) for step in reading.steps] == [("a", "[ -f /x ]")]


@pytest.mark.parametrize(
    "mailer",
    [
        "msmtp --passwordeval 'cat /etc/pw' -a work it@example.org",
        "mail -s nightly -r cron@example.org it@example.org",
        "mailx -Es nightly -S smtp=h it@example.org",
        "sendmail -f cron@example.org it@example.org",
    ],
)
def test_what_an_option_takes_is_no_address(mailer: str) -> None:
    mail = read_command(f"./manage.py x | {mailer}").output_mail
    assert mail is not None
    assert mail.to == ("it@example.org",)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("./manage.py a && ./manage.py b $(./manage.py c); ./manage.py d", ["a", "c", "b", "d"]),
        ("A=$(./manage.py a); ./manage.py b $A", ["a", "b"]),
        ("A=`./manage.py a` ./manage.py b", ["a", "b"]),
        ('./manage.py a "$(./manage.py b $(./manage.py c))"', ["c", "b", "a"]),
        ("for i in 1 2; do ./manage.py a $(./manage.py b); done", ["b", "a"]),
        ("logger $(./manage.py a)", ["a"]),
        ("/usr/bin/x $(./manage.py a)", ["a", "x"]),
    ],
)
def test_what_a_command_takes_from_another_one_runs_before_it(text: str, names: list[str]) -> None:
    reading = read_command(text)
    assert [step.name for step in reading.steps] == names
    assert "CM307" in [remark.code for remark in reading.remarks]


@pytest.mark.parametrize(
    ("text", "shell", "told"),
    [
        ("time A=b ./manage.py x", "/bin/sh", ["CM316"]),
        ("time -p A=b ./manage.py x", "/bin/sh", ["CM316"]),
        ("time A=b ./manage.py x", "/bin/bash", []),
        ("/usr/bin/time A=b ./manage.py x", "/bin/bash", ["CM316"]),
        ("time ./manage.py x a=b", "/bin/sh", []),
    ],
)
def test_time_of_dash_takes_no_assignment(text: str, shell: str, told: list[str]) -> None:
    """dash 0.5.12 has no word time: time(1) says "cannot run A=b: No such file or directory"."""
    reading = read_command(text, settings={"SHELL": shell})
    assert [remark.code for remark in reading.remarks] == told


def test_a_folder_that_no_system_has_is_none_to_work_in() -> None:
    """dash 0.5.12 keeps its folder where the path that it asks for is too long."""
    reading = read_command("cd a; " * 5000 + "./manage.py x")
    assert reading.cwd == "/".join(["a"] * 2048)


def test_a_guard_that_holds_already_is_told_once() -> None:
    reading = read_command(
        "[ a ] || exit 1; ./manage.py x; [ b ] && ./manage.py y; [ a ] || exit 1; ./manage.py z"
    )
    assert [step.guard for step in reading.steps] == ["[ a ]", "[ a ] && [ b ]", "[ a ]"]
    assert reading.guard == "[ a ] && [ b ]"


@pytest.mark.parametrize(
    ("text", "environment"),
    [
        ("declare A=1; ./manage.py x", {}),
        ("declare -rx A=1; typeset B=2; readonly C=3; ./manage.py x", {"A": "1"}),
        ("A=1; B=2; declare A; declare -x B; ./manage.py x", {"B": "2"}),
        ("export A=1; readonly A; ./manage.py x", {"A": "1"}),
    ],
)
def test_what_is_declared_goes_to_a_program_where_it_is_exported(
    text: str, environment: dict[str, str]
) -> None:
    assert dict(read_command(text, settings={"SHELL": "bash"}).environment) == environment


@pytest.mark.parametrize("options", ["-e", "-euo pipefail", "-O extglob", "+x -o noclobber", "--norc", "--"])
def test_a_script_stands_behind_the_options_of_its_shell(options: str) -> None:
    reading = read_command(f"bash {options} bin/x.sh", scripts={"bin/x.sh": "#!/bin/sh\n./manage.py x\n"})
    assert [step.name for step in reading.steps] == ["x"]


def test_a_shell_that_reads_its_input_runs_no_script() -> None:
    reading = read_command("bash -s bin/x.sh", scripts={"bin/x.sh": "#!/bin/sh\n./manage.py x\n"})
    assert [step.name for step in reading.steps] == ["bash"]
