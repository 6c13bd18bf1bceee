"""Files: read with a plain error, written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from migrator.errors import Cannot
from migrator.i18n import _


class NotWritten(Cannot):
    """The system refuses to write a file, which is as it was; ``reason``: the system's own error."""

    def __init__(self, path: Path, reason: OSError) -> None:
        super().__init__(
            _("cannot write {path}: {reason}").format(path=path, reason=reason.strerror or reason),
            hint=_to_write(reason),
        )
        self.reason = reason


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what the system says against writing there into one line with a remedy."""
    try:
        yield
    except OSError as error:
        raise NotWritten(path, error) from None


def _to_write(reason: OSError) -> str:
    match reason.errno:
        case errno.ENOSPC | errno.EDQUOT | errno.EFBIG:
            return _("make room on its disk and run the command again: the file is as it was")
        case errno.EROFS:
            return _("its file system is read-only: mount it for writing, or edit what the file is made from")
        case errno.EBUSY:
            return _("it is mounted by itself, as into a container: edit it where it comes from")
        case _:
            return _("check who owns the folder")


def read_bytes(path: Path, *, most: int = -1) -> bytes:
    """The bytes of a regular file, or the first ``most`` of them; raises Cannot with the reason."""
    try:
        _require_regular(path, path.stat())  # before it is opened: a device may act on that alone
        # a pipe that took the file's place since then is not waited for
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            _require_regular(path, os.fstat(handle))
            return file.read(most)
    except (OSError, ValueError) as error:
        raise cannot_read(path, error) from None


def _require_regular(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        kinds = {stat.S_IFDIR: _("a folder"), stat.S_IFIFO: _("a pipe"), stat.S_IFSOCK: _("a socket")}
        kind = kinds.get(stat.S_IFMT(status.st_mode), _("a device"))
        raise Cannot(
            _("{path} is not a regular file, but {kind}").format(path=path, kind=kind),
            hint=_("name a file or a folder, or pipe it in: migrator scan - < FILE"),
        )


def cannot_read(path: Path, error: OSError | ValueError) -> Cannot:
    """What to tell the user when the system refuses a path; ValueError: it is no path at all."""
    reason = error.strerror if isinstance(error, OSError) else str(error)
    if isinstance(error, FileNotFoundError) and path.is_symlink():
        reason = _("it is a link to {target}, which is not there").format(target=path.readlink())
    return Cannot(_("cannot read {path}: {reason}").format(path=path, reason=reason), hint=_remedy(error))


def read_text(path: Path) -> str:
    """The text of a UTF-8 file."""
    try:
        return read_bytes(path).decode()
    except UnicodeDecodeError:
        raise Cannot(_("{path} is not UTF-8 text").format(path=path)) from None


def _remedy(error: OSError | ValueError) -> str:
    if isinstance(error, FileNotFoundError):
        return _("check the path, or run `migrator init` to find the sources")
    if isinstance(error, PermissionError):
        return _("run as its owner or as root, or pipe it in: sudo cat FILE | migrator scan -")
    return _("check the file and its folder")


def write_atomically(path: Path, data: bytes, *, expected: bytes | object | None = ...) -> None:
    """Replace the file in one step, with its mode and owner kept and its bytes read back.

    Raises NotWritten where the system refuses. ``expected``: what the file must still hold
    (None: must not exist), so that nobody's edit in between is lost.
    """
    if path.is_symlink():
        path = path.resolve()  # the link stays a link
    if expected is not ...:
        require(path, expected)
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = staged(path, data)
        try:
            temporary.replace(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    settle(path.parent)
    if path.read_bytes() != data:
        raise Cannot(_("{path} does not hold what was written").format(path=path))


def staged(path: Path, data: bytes, draft: Path | None = None) -> Path:
    """A file beside ``path`` that holds the data, ready to take its place; ``draft``: its name."""
    if draft is None:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        temporary = Path(name)
    else:
        handle = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        temporary = draft
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _like_the_original(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def settle(folder: Path) -> None:
    """See a rename to the disk: after a power cut the file before it must not be back."""
    with suppress(OSError):  # a folder that we may write to and not read, or a file system that cannot
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def remove(path: Path, *, expected: bytes | None) -> None:
    """Take a file away that still holds ``expected``."""
    require(path, expected)
    try:
        path.unlink()
    except OSError as error:
        raise _cannot_remove(path, error) from None


def _cannot_remove(path: Path, error: OSError) -> Cannot:
    return Cannot(
        _("cannot remove {path}: {reason}").format(path=path, reason=error.strerror),
        hint=_("check who owns the folder"),
    )


def require(path: Path, expected: object) -> None:
    """Raise Cannot unless the file holds those bytes; None: unless it is not there."""
    present = read_bytes(path) if path.exists() else None
    if present != expected:
        raise Cannot(
            _("{path} has changed since it was read").format(path=path),
            hint=_("run the command again and look at the new plan"),
        )


def _like_the_original(temporary: Path, path: Path) -> None:
    if path.exists():
        status = path.stat()
        temporary.chmod(status.st_mode & 0o7777)
        if os.geteuid() == 0:
            os.chown(temporary, status.st_uid, status.st_gid)
    else:
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
