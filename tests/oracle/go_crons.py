"""Go's cron packages: robfig/cron, as Kubernetes calls it, and gorhill/cronexpr in supercronic's loop."""

import os
import subprocess
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from tests.oracle.virtual_cron import Window

SOURCE = Path(__file__).with_suffix(".go")
REFUSED = [-1]
Package = Literal["robfig", "cronexpr"]


def starts_of(package: Package, texts: Sequence[str], seen: Window) -> dict[str, list[int]]:
    """The instants (epoch seconds) at which the package starts each; REFUSED, if it does or panics."""
    begin, end = (str(int(edge.timestamp())) for edge in (seen.start, seen.end))
    asked = "".join(f"{package}\t{seen.zone}\t{text}\t{begin}\t{end}\n" for text in texts)
    program = Path(_folder().name, SOURCE.stem)
    told = subprocess.run([program], input=asked, stdout=subprocess.PIPE, text=True, check=True).stdout
    lines = told.splitlines()
    return {
        text: REFUSED if line.startswith(("refused", "panics")) else [int(word) for word in line.split()]
        for text, line in zip(texts, lines, strict=True)
    }


@lru_cache(maxsize=1)
def _folder() -> TemporaryDirectory[str]:
    """Where the program is, built once in a process from Debian's packages alone."""
    folder = TemporaryDirectory(prefix="migrator-go-")
    environment = {
        **os.environ,
        "GO111MODULE": "off",
        "GOPATH": "/usr/share/gocode",
        "GOCACHE": f"{folder.name}/cache",
    }
    subprocess.run(["go", "build", "-o", folder.name, SOURCE], env=environment, check=True)
    return folder
