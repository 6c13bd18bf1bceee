"""What is no text, told by how it begins."""

from __future__ import annotations

from migrator.i18n import _

BEGINNINGS = (
    (b"\x7fELF", b"MZ", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\0asm"),
    (
        b"\x1f\x8b",
        b"BZh",
        b"\xfd7zXZ\0",
        b"\x28\xb5\x2f\xfd",
        b"PK\x03\x04",
        b"7z\xbc\xaf\x27\x1c",
        b"!<arch>\n",
    ),
    (b"\x89PNG\r\n", b"\xff\xd8\xff", b"GIF8", b"%PDF-"),
    (b"SQLite format 3\0",),
    (b"\xff\xfe", b"\xfe\xff"),
)
_CONTROLS = bytes({*range(32), 127} - {*b"\t\n\v\f\r\x1b"})
_LOOK, _MOST = 4096, 5  # bytes that are looked at; percent of them that may be control characters
_STRAY = 8  # so many of them say nothing
ANY = tuple(start for kind in BEGINNINGS for start in kind)


def what_it_is(data: bytes) -> str | None:
    """What the bytes are instead of text; None: they may be text.

    A stray NUL does not count: cron reads such a file, and so do we.
    """
    if data[:1] == b"\0" and not data.strip(b"\0"):
        return _("nothing but NULs, as after a power cut")
    if data[257:262] == b"ustar":
        return _("an archive")
    if not data.startswith(ANY):
        return _("binary data") if _is_data(data[:_LOOK]) else None
    kinds = (
        _("a program"),
        _("an archive"),
        _("an image"),
        _("a database"),
        _("UTF-16, which cron cannot read"),
    )
    return next(kind for kind, starts in zip(kinds, BEGINNINGS, strict=True) if data.startswith(starts))


def _is_data(start: bytes) -> bool:
    controls = len(start) - len(start.translate(None, _CONTROLS))
    return controls > _STRAY and controls * 100 > _MOST * len(start)
