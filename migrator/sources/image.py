"""What the image of a Dockerfile gives to a script that it holds: the variables of its ENV."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from functools import lru_cache

from migrator.sources.dockerfile_text import as_script, at_start, may_be
from migrator.sources.shell.walk import installing
from migrator.sources.source import SourceFile


def image_of(path: str, files: Mapping[str, SourceFile]) -> dict[str, str]:
    """The variables that a script has in its image, by the Dockerfiles that name the script.

    A name on which two Dockerfiles differ is left out: which image is meant, no file says.
    """
    named = re.compile(rf"(?<![\w.-]){re.escape(posixpath.basename(path))}(?![\w.-])")
    images = [
        _declared(file.text) for file in files.values() if may_be(file.path) and named.search(file.text)
    ]
    names = {name for image in images for name in image}
    return {name: images[0][name] for name in names if len({image.get(name) for image in images}) == 1}


@lru_cache(maxsize=64)
def _declared(text: str) -> Mapping[str, str]:
    return installing(as_script(text), {}, interprets=True, at_start=at_start(text)).declared
