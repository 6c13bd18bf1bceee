"""A plain text is read without the grammar to the tree that the grammar gives."""

import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st

from migrator.crontab.plain_shell import plain_shell
from migrator.crontab.shell_builder import parse_with_grammar

_PIECES = """
    cd /srv/app flock -n /run/x.lock ./manage.py send-mails --days=3 --n 2 -1 10 1 2 0x1F a=b =b
    a+=b == , -- - . : %d @daily x@host user:group http://host:80/x?y=1 2026-01-01 +%F a.b,c ../x ~
    ~/x true false exit return [ ] [[ ! { } ( ) test export declare local readonly unset typeset
    time function if then fi for in do done while until case esac select coproc let eval exec echo
    nohup sudo $X ${X} "a_b" 'a' \\% * # #x a#b 2>&1 1>&2 >&2 &> &>> > >> < <<< 2> 2>> >/dev/null
    2>/dev/null 1>>x 3>x 9>x >x >>x 2>&- >&x >&1 >>&1 & && || ; ;; | |& a; a;b a&&b a>b 1>b b2>x
    12>x é ^ +x %x
"""
PIECES = _PIECES.split()
BLANKS = [" ", " ", " ", " ", "  ", "\t", "", "\n"]
COMMANDS = ["cd /srv", "python manage.py x --y=1", "flock -n /l ./x 3", "a, b:c", "exit 0", "echo -n", "- 5"]
ENDS = ["", " >> /l", " > x 2>&1", " 2>&1 >x", " >x", " 2>/dev/null", " >&2", " 1>>x 2>>y", " > x y", " 3>x"]


@given(st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(BLANKS)), max_size=9))
@example([("a", " "), (">", " "), ("b", ""), (";", " "), ("c", " ")])
def test_pieces_of_shell(pieces: list[tuple[str, str]]) -> None:
    same_tree("".join(piece + blank for piece, blank in pieces))


@given(st.text("ab1=.-:,@%+/ ;>&|2\t", max_size=14))
def test_letters_of_shell(text: str) -> None:
    same_tree(text)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(COMMANDS), st.sampled_from(ENDS), st.sampled_from([" && ", " || ", "; ", " ; "])
        ),
        min_size=1,
        max_size=12,
    )
)
def test_lists_of_commands(parts: list[tuple[str, str, str]]) -> None:
    text = "".join(command + end + joiner for command, end, joiner in parts)
    same_tree(text[: -len(parts[-1][2])])


def same_tree(text: str) -> None:
    plain = plain_shell(text)
    event("plain" if plain is not None else "left to the grammar")
    if plain is not None:
        parsed = parse_with_grammar(text, {"HOME": "/root", "X": "1"})
        assert (plain, (), {}) == (
            parsed.shell,
            parsed.substituted,
            parsed.variables,
        )


@pytest.mark.parametrize(
    "text",
    [
        "python manage.py send-mails",
        "cd /srv/app && ./manage.py clearsessions --days=3 >> /var/log/x.log 2>&1",
        "cd /srv; flock -n /run/x.lock /srv/bin/python manage.py x 5 || true",
    ],
)
def test_usual_lines_are_plain(text: str) -> None:
    assert plain_shell(text) == parse_with_grammar(text).shell
