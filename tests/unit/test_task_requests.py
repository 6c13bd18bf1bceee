"""A line that calls an address, as the request that the http runner sends; what it refuses is named."""

import pytest

from migrator.codegen.http_request import Request, request_of
from migrator.crontab.command import read_command


@pytest.mark.parametrize(
    ("line", "request_"),
    [
        (
            "curl -fsSL https://x.example/a",
            Request("https://x.example/a", strict=True, follow=True),
        ),
        (
            "curl -s -X PUT -d a=1 -d b=2 -H 'X-A: b' -m 5 https://x.example/a -o /dev/null",
            Request("https://x.example/a", 5, "PUT", "a=1&b=2", {"X-A": "b"}),
        ),
        (
            "wget -q -O - --post-data=x https://x.example/a",
            Request("https://x.example/a", 900, data="x", follow=True, strict=True),
        ),
        (
            "wget --spider https://x.example/a",
            Request("https://x.example/a", 900, "HEAD", follow=True, strict=True),
        ),
        ("curl -o /srv/file https://x.example/a", "curl -o /srv/file is not understood: let a shell run it"),
        ("curl -d @file https://x.example/a", "curl -d @file is not understood: let a shell run it"),
        (
            "curl https://x.example/a https://x.example/b",
            "curl https://x.example/b is not understood: let a shell run it",
        ),
        ("curl $URL", "curl asks for no address that begins with http"),
    ],
)
def test_a_web_call_as_a_request(line: str, request_: Request | str) -> None:
    [step] = read_command(line).steps
    assert request_of(step) == request_
