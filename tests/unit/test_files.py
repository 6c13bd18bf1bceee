"""Files: read with a plain error, replaced whole or not at all."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from migrator.adapters.files import read_bytes, read_text, remove, write_atomically
from migrator.adapters.virtual_cron import unshared
from migrator.errors import Cannot


def test_a_file_is_replaced_with_its_mode_kept_and_nothing_left_beside(tmp_path: Path) -> None:
    path = tmp_path / "crontab"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write_atomically(path, b"new", expected=b"old")
    assert (path.read_bytes(), path.stat().st_mode & 0o777, list(tmp_path.iterdir())) == (
        b"new",
        0o640,
        [path],
    )


@pytest.mark.parametrize("expected", [None, b"other"])
def test_somebody_elses_edit_is_never_lost(tmp_path: Path, expected: bytes | None) -> None:
    path = tmp_path / "crontab"
    path.write_bytes(b"theirs")
    with pytest.raises(Cannot, match="has changed since it was read"):
        write_atomically(path, b"ours", expected=expected)
    with pytest.raises(Cannot, match="has changed since it was read"):
        remove(path, expected=expected)
    assert path.read_bytes() == b"theirs"


def test_a_new_file_gets_its_folders(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a" / "b", b"x", expected=None)
    assert (tmp_path / "a" / "b").read_bytes() == b"x"


def test_a_folder_in_the_way_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Cannot, match="not a regular file"):
        read_bytes(tmp_path)
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Cannot, match="cannot write"):
        write_atomically(tmp_path / "file" / "below", b"x")


@pytest.mark.parametrize("name", ["absent", "a\0b", "x" * 300])
def test_what_cannot_be_read_is_told_with_a_remedy(tmp_path: Path, name: str) -> None:
    with pytest.raises(Cannot, match="cannot read") as caught:
        read_bytes(tmp_path / name)
    assert caught.value.hint


def test_only_so_many_bytes_are_read(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abcdef")
    assert read_bytes(tmp_path / "file", most=3) == b"abc"


def test_text_is_utf_8(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"\xff")
    with pytest.raises(Cannot, match="not UTF-8"):
        read_text(tmp_path / "file")


def test_a_replacement_outlasts_a_power_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rename is on the disk once its folder is: a slot table that comes back would double a run."""
    synced = []

    def fsync(handle: int, really: Callable[[int], None] = os.fsync) -> None:
        synced.append((os.fstat(handle).st_ino, (tmp_path / "table").exists()))
        really(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    write_atomically(tmp_path / "table", b"new")
    assert synced[-1] == (tmp_path.stat().st_ino, True)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    real.write_bytes(b"before")
    link.symlink_to(real)
    write_atomically(link, b"after", expected=b"before")
    assert link.is_symlink()
    assert real.read_bytes() == b"after"


def _mounted(folder: Path, options: str, code: str) -> str:
    """What Python says in a mount namespace in which that folder is a disk of its own."""
    script = 'mount -t tmpfs -o "$1" none "$2" && exec "$3" -c "$4"'
    words = unshared("sh", "-c", script, "sh", options, folder, sys.executable, code)
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


@pytest.mark.part("namespaces")
def test_a_full_disk_is_told_and_the_file_is_as_it_was(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from migrator.adapters.files import NotWritten, write_atomically\n"
        f"path = Path({str(tmp_path / 'crontab')!r}); path.write_bytes(b'old')\n"
        "try: write_atomically(path, b'x' * 100_000, expected=b'old')\n"
        "except NotWritten as problem: print(problem, path.read_bytes(), len(list(path.parent.iterdir())))\n"
    )
    said = _mounted(tmp_path, "size=16k", code)
    assert f"cannot write {tmp_path / 'crontab'}: No space left on device" in said
    assert "make room on its disk" in said
    assert said.endswith("b'old' 1\n")


@pytest.mark.part("namespaces")
def test_a_read_only_file_system_is_told(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from migrator.adapters.files import NotWritten, write_atomically\n"
        f"try: write_atomically(Path({str(tmp_path / 'crontab')!r}), b'x')\n"
        "except NotWritten as problem: print(problem)\n"
    )
    said = _mounted(tmp_path, "ro", code)
    assert "Read-only file system\nhint: its file system is read-only" in said
