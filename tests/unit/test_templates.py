"""Templates of crontabs: what is a placeholder and what is the shell's, cron's or docker's own."""

import datetime as dt

import pytest

from migrator.crontab.templates import read_template
from migrator.schedule.kinds import Undecided
from migrator.sources.inventory import Context, take_inventory
from migrator.sources.job import Inventory, Job
from migrator.sources.source import SourceFile

CONTEXT = Context("UTC", dt.date(2026, 1, 1))


def scan(text: str, path: str = "crontab.tpl") -> Inventory:
    return take_inventory([SourceFile(path, text)], CONTEXT)


def job(line: str, path: str = "crontab.tpl") -> Job:
    [found] = scan(line + "\n", path).jobs
    return found


def message(found: Job, code: str = "CM110") -> str:
    return next(finding.message for finding in found.findings if finding.code == code)


@pytest.mark.parametrize(
    "line",
    [
        "0 5 * * * docker ps --format '{{.ID}}' | xargs -r docker stats",
        r"0 5 * * * date +\%F > /tmp/x",
        "0 5 * * * mail -s 50% root",
        r"0 5 * * * curl -w '\%{http_code}' http://h",
        "0 5 * * * awk '{print}' /etc/passwd",
        "0 5 * * * find . -name '*.pyc' -exec rm {} +",
        "0 5 * * * cp x{,.bak}",
        "0 5 * * * php -r 'require __DIR__ . \"/x.php\";'",
        "0 5 * * * rsync me@host:/x me@host:/y",
        "0 5 * * * echo $HOME ${PATH}",
        "0 5 * * * [ -f x ] && { a; b; }",
        "MAILTO=a@example.org",
        "0 5 * * * find . -name __pycache__ -delete",
    ],
)
def test_ordinary_crontabs_are_no_templates(line: str) -> None:
    assert read_template("crontab", line + "\n") is None


@pytest.mark.parametrize(
    ("path", "line", "placeholders"),
    [
        ("crontab", "0 5 * * * {{ user }} x", ["{{ user }}"]),
        ("crontab", "0 5 * * * {{user}} /home/{{user}}/x", ["{{user}}"]),
        ("crontab", "0 5 * * * <%= dir %>/x", ["<%= dir %>"]),
        ("crontab", "0 5 * * * !!(*= $user *)!! x", ["!!(*= $user *)!!"]),
        ("crontab", "0 5 * * * x __PATH__/y", ["__PATH__"]),
        ("crontab", "0 5 * * * %(user)s %(manage)s x", ["%(user)s", "%(manage)s"]),
        ("crontab", "%{minute} 5 * * * x", ["%{minute}"]),
        ("crontab", "DIR=%{dir}/x", ["%{dir}"]),
        ("crontab", "0 5 * * * %{A:B}/bin/x", ["%{A:B}"]),
        ("crontab", "0 5 * * * @APP@ x", ["@APP@"]),
        ("crontab", "{minute} {hour} * * * {command} --all", ["{minute}", "{hour}", "{command}"]),
        ("cron.in", "0 5 * * * x @prefix@/y", ["@prefix@"]),
        ("cron.tt", "0 5 * * * x [% dir %]/y", ["[% dir %]"]),
        ("cron.tmpl", "0 5 * * * x {{ .Values.dir }}/y", ["{{ .Values.dir }}"]),
        ("cron.template", "0 5 * * * x %%PREFIX%%/y", ["%%PREFIX%%"]),
    ],
)
def test_placeholders(path: str, line: str, placeholders: list[str]) -> None:
    template = read_template(path, line + "\n")
    assert template is not None
    assert list(template.placeholders.values()) == placeholders
    assert template.written(template.text) == line + "\n"


@pytest.mark.parametrize(
    ("command", "kind", "name", "argv"),
    [
        ("{{ django }} clearsessions", "management", "clearsessions", ()),
        ("%(manage)s poll --all", "management", "poll", ("--all",)),
        ("%(MANAGE_SCRIPT_PATH)s poll", "management", "poll", ()),
        ("{{ python }} manage.py poll", "management", "poll", ()),
        ("{{ python }} -u /srv/manage.py poll", "management", "poll", ()),
        ("{{ nice }} manage.py poll", "management", "poll", ()),
        ("{{ venv }}/bin/python {{ source }}/manage.py poll", "management", "poll", ()),
        ("{{ source }}/manage.py poll {{ n }}", "management", "poll", ("{{ n }}",)),
        ("cd {{ dir }} && {{ python }} -m django poll", "management", "poll", ()),
        ("{{ python }} sync.py", "python", "sync.py", ()),
        ("{{ cron }} poll", "shell", "{{ cron }}", ("poll",)),
        ("{{ django_env }} /bin/x", "shell", "{{ django_env }}", ("/bin/x",)),
        ("{{ dir }}/backup.sh", "shell", "backup.sh", ()),
    ],
)
def test_what_a_placeholder_calls(command: str, kind: str, name: str, argv: tuple[str, ...]) -> None:
    found = job("0 5 * * * " + command)
    step = found.reading.steps[-1]
    assert (step.kind, step.name, step.argv) == (kind, name, argv)
    assert (found.status, found.declared.raw) == ("decide", command)


@pytest.mark.parametrize(
    ("line", "schedule", "command"),
    [
        ("{{ minute }} 5 * * * x", "{{ minute }} 5 * * *", "x"),
        ("{{ m }} {{ h }} * * * x --all", "{{ m }} {{ h }} * * *", "x --all"),
        ("*/{{ step }} * * * * x", "*/{{ step }} * * * *", "x"),
        ("{{ schedule }} /srv/x y", "{{ schedule }}", "/srv/x y"),
        ("{{ time }} * * * x", "{{ time }} * * *", "x"),
        ("@{{ often }} x", "@{{ often }}", "x"),
        (
            "0 {% if night %}3{% else %}13{% endif %} * * * x",
            "0 {% if night %}3{% else %}13{% endif %} * * *",
            "x",
        ),
    ],
)
def test_a_schedule_with_a_placeholder_is_not_known(line: str, schedule: str, command: str) -> None:
    found = job(line)
    assert isinstance(found.schedule, Undecided)
    assert (found.schedule.text, found.declared.raw, found.status) == (schedule, command, "decide")


@pytest.mark.parametrize(
    "line", ["$SCHEDULE ./manage.py x", "${M} 5 * * * ./manage.py x", "$M $H * * * ./manage.py x"]
)
def test_a_variable_in_the_schedule_of_any_crontab_is_a_placeholder(line: str) -> None:
    found = job(line, "crontab")
    assert (found.command, found.status, type(found.schedule)) == ("x", "decide", Undecided)


@pytest.mark.parametrize("line", ["$HOME/bin/x", "$PYTHON manage.py x", "{ a; b; }", "{{ body }} 1 2"])
def test_other_lines_with_a_dollar_stay_unreadable(line: str) -> None:
    found = scan(line + "\n", "cron.sh.txt")
    assert [one.kind for one in found.lines] == ["unreadable"]


def test_a_name_that_says_so_switches_a_line_on_and_its_schedule_is_known() -> None:
    found = job("%{stock_enabled}*/5 4 * * * ./manage.py sync_stock")
    assert (str(found.expression), found.command, found.status) == ("*/5 4 * * *", "sync_stock", "decide")
    assert "%{stock_enabled}" in message(found)


def test_conditions_are_named_and_their_lines_accounted_for() -> None:
    text = (
        "0 1 * * * root ./a\n{% if mail %}\n0 2 * * * root ./b\n{% else %}\n0 3 * * * root ./c\n"
        "{% endif %}\n0 4 * * * root ./d\n"
    )
    found = scan(text, "cron.j2")
    assert [line.kind for line in found.lines] == ["job", "other", "job", "other", "job", "other", "job"]
    assert all(line.reason for line in found.lines if line.kind == "other")
    assert [one.status for one in found.jobs] == ["stays", "decide", "decide", "stays"]
    assert message(found.jobs[1]) == "the line is there on a condition only: if mail"
    assert message(found.jobs[2]) == "the line is there on a condition only: else of if mail"


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("!!(* if ($h{$x} eq 'a') { *)!!\n0 2 * * * x\n!!(* } *)!!\n", "if ($h{$x} eq 'a')"),
        ("!!(*\n %a = (1);\n unless ($x) {\n  $y = 1;\n*)!!\n0 2 * * * x\n!!(* } *)!!\n", "unless ($x)"),
        ("<% if live? -%>\n0 2 * * * x\n<% end %>\n", "if live?"),
        ("<% jobs.each do |j| %>\n0 2 * * * x\n<% end %>\n", "jobs.each do |j|"),
        ("{% for j in jobs %}\n0 2 * * * x\n{% endfor %}\n", "for j in jobs"),
        ("{%- if x -%}\n0 2 * * * x\n{%- endif %}\n", "if x"),
        ("{{#live}}\n0 2 * * * x\n{{/live}}\n", "#live"),
        ("{{ if .live }}\n0 2 * * * x\n{{ end }}\n", "if .live"),
        ("[% IF live %]\n0 2 * * * x\n[% END %]\n", "IF live"),
        ("% if live:\n0 2 * * * x\n% endif\n", "if live"),
        ("{% if x %}0 2 * * * x{% endif %}\n", "if x"),
    ],
)
def test_a_condition_of_each_language(text: str, condition: str) -> None:
    found = scan(text + "0 3 * * * y\n")
    assert [one.declared.raw for one in found.jobs] == ["x", "y"]
    assert message(found.jobs[0]).endswith(f"on a condition only: {condition}")
    assert found.jobs[1].status == "stays"
    assert {line.kind for line in found.lines} <= {"job", "other"}


@pytest.mark.parametrize("line", ["{{ all_jobs }}", "{% include 'jobs' %}", "<%= lines.join %>"])
def test_a_line_that_may_become_any_lines_blocks(line: str) -> None:
    found = scan(f"0 5 * * * ./manage.py x\n{line}\n")
    assert [(one.code, one.place and one.place.line) for one in found.findings] == [("CM110", 2)]
    assert [one.kind for one in found.lines] == ["job", "other"]


def test_a_doubled_percent_of_a_percent_format_is_one_that_cron_sees() -> None:
    found = job(r"0 5 * * * %(manage)s x --day=$(date +\%%F) --log=%%s", "x.template")
    assert found.declared.stdin == "s\n"
    assert found.reading.steps[0].argv == ("--day=$(date +%F)", "--log=")
    assert found.declared.raw == r"%(manage)s x --day=$(date +\%%F) --log=%%s"


def test_settings_with_placeholders_open_the_jobs_that_use_them() -> None:
    found = scan(
        "PY=%{venv}/bin/python\nMAILTO=%{mail}\n0 5 * * * $PY manage.py a\n0 6 * * * ./manage.py b\n"
    )
    assert [(one.command, one.status) for one in found.jobs] == [("a", "decide"), ("b", "exact")]
    assert found.jobs[0].declared.mail == "%{mail}"
    assert [line.text for line in found.lines][:2] == ["PY=%{venv}/bin/python", "MAILTO=%{mail}"]


def test_a_setting_under_a_condition_holds_where_the_condition_does() -> None:
    found = scan(
        "{% if live %}\nMAILTO=a\nDIR=/live\n0 5 * * * $DIR/manage.py a\n{% else %}\nMAILTO=b\nDIR=/test\n"
        "{% endif %}\n0 6 * * * ./manage.py b\n0 7 * * * $DIR/manage.py c\n"
    )
    assert [one.declared.mail for one in found.jobs] == ["a", None, None]
    assert [one.status for one in found.jobs] == ["decide", "exact", "decide"]
    assert message(found.jobs[2]) == "a template fills in $DIR"


def test_a_private_character_in_the_file_is_itself() -> None:
    found = job("0 5 * * * \U000f0000 {{ a }}")
    assert found.declared.raw == "\U000f0000 {{ a }}"


def test_a_placeholder_in_the_path_of_a_lock_is_shown_as_written() -> None:
    found = job("0 5 * * * flock -n /run/{{ site }}/send.lock python manage.py send")
    assert found.reading.lock is not None
    assert (found.reading.lock.path, found.reading.lock.key) == ("/run/{{ site }}/send.lock", "send")
