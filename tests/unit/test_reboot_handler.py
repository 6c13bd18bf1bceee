"""The handler that the page of CM204 gives: once for each boot, however often a worker starts."""

import re
import subprocess
from pathlib import Path
from typing import Any

from celery.signals import worker_ready

PAGE = Path(__file__).parents[2] / "docs" / "findings" / "CM204.md"
MANAGE = "import sys\nopen('ran', 'a').write(sys.argv[1] + '\\n')\n"


def handler(folder: Path, started: list[Any]) -> Any:
    """The code of the page, for the files of this folder; what it starts is waited for."""
    [code] = re.findall(r"```python\n(.+?)```", PAGE.read_text(), re.DOTALL)
    for written, here in {
        "/proc/sys/kernel/random/boot_id": folder / "boot",
        "/var/lib/shop/boot_id": folder / "seen",
        "/srv/shop": folder,
    }.items():
        code = code.replace(written, str(here))
    names: dict[str, Any] = {}
    exec(compile(code, str(PAGE), "exec"), names)

    class Watched(subprocess.Popen):  # type: ignore[type-arg]
        def __init__(self, *args: Any, **more: Any) -> None:
            super().__init__(*args, **more)
            started.append(self.wait(60))

    names["subprocess"] = type("Module", (), {"Popen": Watched})
    return names["warm_cache_after_a_boot"]


def test_a_worker_does_once_for_each_boot_what_cron_did(tmp_path: Path) -> None:
    started: list[Any] = []
    (tmp_path / "manage.py").write_text(MANAGE)
    (tmp_path / "boot").write_text("first\n")
    connected = handler(tmp_path, started)
    try:
        for _start in range(3):
            worker_ready.send(sender=None)
        (tmp_path / "boot").write_text("second\n")
        worker_ready.send(sender=None)
    finally:
        worker_ready.disconnect(connected)
    assert started == [0, 0]
    assert (tmp_path / "ran").read_text() == "warm_cache\nwarm_cache\n"
