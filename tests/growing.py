"""Lines and crontabs that can be as long as one likes, for what is to grow with its input and no faster."""

from collections.abc import Callable

Shape = str | tuple[str, str, str] | Callable[[int], str]


def _numbered(piece: str) -> Callable[[int], str]:
    return lambda times: "".join(piece.replace("#", str(number)) for number in range(times))


# A piece again and again, alone or between a beginning and an end; ``#`` is the number of the repetition.
SHAPES: dict[str, Shape] = {
    "folders": "cd a && x; ",
    "commands": "./manage.py x; ",
    "and": ("", "x && ", "y"),
    "or": ("", "x || ", "y"),
    "and, or": "x && y || z; ",
    "quotes": ("x ", '"a \'b\' \\"c\\"" ', ""),
    "touching quotes": ("x ", "'a'\"b\"", ""),
    "pipes": ("", "x | ", "y"),
    "pipes of jobs": "./manage.py x | logger -t a; ",
    "filters": ("x", " | grep a", ""),
    "other filters": _numbered("x | grep a#; "),
    "groups": "{ x; }; ",
    "subshells": "(cd a && ./manage.py x); ",
    "variables and subshells": _numbered("A#=b; (x); "),
    "variables and shells": _numbered("export A#=b; sh -c x; "),
    "prefixes": ("", "A=b ", "x"),
    "prefixes of jobs": _numbered("A#=b ./manage.py x; "),
    "exports": _numbered("export A#=b; ./manage.py x; "),
    "redirects": ("x ", "> f ", ""),
    "redirects of jobs": _numbered("./manage.py x >> f# 2>&1; "),
    "descriptors": _numbered("exec 9> f#; "),
    "comment": ("x # ", "a b ", ""),
    "variables": ("x ", "$A ", ""),
    "known variables": ("x ", "$K ", ""),
    "quoted variables": ('x "', "$A ", '"'),
    "defaults": ("x ", "${A:-b} ", ""),
    "a variable that grows": "A=${A}b; ",
    "substitutions": ("x ", "$(y) ", ""),
    "jobs in substitutions": "x $(./manage.py y); ",
    "here-texts": "x <<< a; ",
    "guards": "[ a ] && x; ",
    "guards that stay": "[ a ] || exit 1; x; ",
    "conditions": _numbered("if [ a# ]; then ./manage.py x; fi; "),
    "loops": "for i in a b; do x; done; ",
    "functions": _numbered("f#() { x; }; f#; "),
    "calls": ("f() { ./manage.py x; }; ", "f; ", ""),
    "background": "./manage.py x & ",
    "negations": "! x; ",
    "broken redirects": "x > l 2&1; ",
    "shells": "sh -c 'cd a && ./manage.py x'; ",
    "locks": _numbered("flock l# ./manage.py x; "),
    "a lock again": "flock 9; ./manage.py x; ",
    "held locks": _numbered("lockfile l#; ./manage.py x; rm -f l#; "),
    "limits": "timeout 5 ./manage.py x; ",
    "containers": "docker compose exec web ./manage.py x; ",
    "braces": ("x ", "{a,b} ", ""),
    "files of variables": _numbered(". ./a#; ./manage.py x; "),
    "mails": "./manage.py x | mail -s a b; ",
    "loaded variables": "eval $(x) && y; ",
    "lines": "x\n",
    "placeholders": "{{ a }} ./manage.py x; ",
}

# One line of a crontab again and again.
LINES: dict[str, str] = {
    "jobs": "{minutes} ./manage.py job{n}",
    "equal lines": "0 5 * * * ./manage.py x",
    "one command, many schedules": "{minutes} ./manage.py x",
    "one command, many arguments": "0 5 * * * ./manage.py x --n={n}",
    "other programs": "{minutes} /usr/bin/x{n} a",
    "a setting again": "TZ=UTC",
    "a setting before each": "A=b{n}\n{minutes} ./manage.py job{n}",
    "labels": "# label {n}\n{minutes} ./manage.py job{n}",
    "disabled": "# {minutes} ./manage.py job{n}",
    "unreadable": "61 5 * * * ./manage.py job{n}",
    "one lock": "{minutes} flock -n /l ./manage.py job{n}",
    "many locks": "{minutes} flock -n /l{n} ./manage.py job{n}",
    "chains": "{minutes} cd /a{n} && ./manage.py x{n} && ./manage.py y{n}",
    "input": "{minutes} ./manage.py x{n} %a%b",
    "addresses": "{minutes} curl http://example.org/{n}",
    "secrets": "{minutes} ./manage.py x --password=a{n}",
}


def text_of(shape: str, times: int) -> str:
    """A command with so many repetitions."""
    made = SHAPES[shape]
    if callable(made):
        return made(times)
    before, piece, after = made if isinstance(made, tuple) else ("", made, "")
    return before + piece * times + after


def crontab(shape: str, times: int) -> str:
    """A crontab with so many of such lines, each with its number and with minutes of its own."""
    return lines(LINES[shape], times)


def lines(line: str, times: int) -> str:
    """A line over and over, each time with its number and with minutes of its own."""
    minutes = (f"{n % 60} {n // 60 % 24} {n // 1440 % 28 + 1} * *" for n in range(times))
    return "".join(line.format(n=n, minutes=one) + "\n" for n, one in enumerate(minutes))
