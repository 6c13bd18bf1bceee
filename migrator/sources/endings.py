"""Names that no crontab has, so that a repository's files need not all be opened."""

from __future__ import annotations

import posixpath

# Nothing of this kind declares a job: images, sounds, fonts, archives, programs, styles, translations.
NEVER = frozenset(
    ending
    for kind in (
        "bmp gif ico jpeg jpg png svg tif tiff webp avif mp3 mp4 ogg wav webm mov pdf psd eot otf ttf woff",
        "woff2 7z br bz2 gz jar tar tgz war whl xz zip zst rar deb rpm iso dmg mo pack idx pkl npy parquet",
        "a bin class dll dylib exe o obj pyc pyd pyo so wasm db sqlite sqlite3 css scss sass less map po pot",
    )
    for ending in kind.split()
)
# Programs, which may declare jobs in another way: crontab2english.pl holds lines of a crontab, and is none.
PROGRAMS = NEVER | frozenset(
    ending
    for kind in (
        "c cc cpp cs cxx dart go h hpp hs java kt lua m ml php pl pm r rb rs scala swift ts tsx vue svelte",
        "jsx js mjs cjs py pyi pyx ipynb",
    )
    for ending in kind.split()
)
# Texts in a syntax of their own.
OTHERS = PROGRAMS | frozenset(
    ending
    for kind in (
        "html htm xhtml xml xsd xsl xslt jinja rst md tex bib lock sum json jsonl geojson toml yaml yml",
        "csv tsv sql proto graphql",
    )
    for ending in kind.split()
)


def declares_nothing(path: str) -> bool:
    """Whether the ending alone says that there is no job in it."""
    return _ending(path) in NEVER


def may_be_a_crontab(path: str) -> bool:
    """Whether the name speaks for a crontab, or at least not against it."""
    ending = _ending(path)
    return ending not in OTHERS or ("cron" in posixpath.basename(path).lower() and ending not in PROGRAMS)


def _ending(path: str) -> str:
    """What follows the last dot of the name, in small letters; empty where there is none."""
    start, dot, ending = path.rpartition(".")
    return "" if "/" in ending or not (start and dot) else ending.lower()
