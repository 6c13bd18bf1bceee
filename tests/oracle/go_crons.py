"""Go's cron packages: robfig/cron, as Kubernetes calls it, and gorhill/cronexpr in supercronic's loop."""

import os
import subprocess
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Literal

from tests.oracle.virtual_cron import Window

SOURCE = Path(__file__).with_suffix(".go")
REFUSED = [-1]
Package = Literal["robfig", "cronexpr"]


def starts_of(package: Package, texts: Sequence[str], seen: Window) -> dict[str, list[int]]:
    """The instants (epoch seconds) at which the package starts each; REFUSED, if it does or panics."""
    begin, end = (str(int(edge.timestamp())) for edge in (seen.start, seen.end))
    asked = "".join(f"{package}\t{seen.zone}\t{text}\t{begin}\t{end}\n" for text in texts)
    told = subprocess.run([_program()], input=asked, stdout=subprocess.PIPE, text=True, check=True).stdout
    lines = told.splitlines()
    return {
        text: REFUSED if line.startswith(("refused", "panics")) else [int(word) for word in line.split()]
        for text, line in zip(texts, lines, strict=True)
    }


@lru_cache(maxsize=1)
def _program() -> Path:
    """Built once in a process, from Debian's packages alone."""
    folder = Path(mkdtemp(prefix="migrator-go-"))
    environment = {
        **os.environ,
        "GO111MODULE": "off",
        "GOPATH": "/usr/share/gocode",
        "GOCACHE": str(folder / "cache"),
    }
    program = folder / "go_crons"
    subprocess.run(["go", "build", "-o", program, SOURCE], env=environment, check=True)
    return program
