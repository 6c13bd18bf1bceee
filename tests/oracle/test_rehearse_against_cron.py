"""`rehearse --real-cron`: the real daemon, the installed beat and our model, on a night of each kind."""

from pathlib import Path

import pytest

from tests.contract.command_line import CommandLine
from tests.contract.test_cli_rehearse import with_settings
from tests.rehearsed_shop import shop_in

pytestmark = pytest.mark.part("cron", "gcc", "namespaces")


@pytest.mark.parametrize(
    ("window", "starts"),
    [(("2026-03-28", "2026-03-31"), [3, 71, 1]), (("2026-10-24", "2026-10-27"), [3, 73, 1])],
    ids=["spring", "fall"],
)
def test_the_real_daemon_is_a_witness(window: tuple[str, str], starts: list[int], tmp_path: Path) -> None:
    shop: CommandLine = shop_in(tmp_path)
    how = with_settings("exact")
    document = shop.document("rehearse", "--from", window[0], "--to", window[1], "--real-cron", **how)
    found = document["rehearsals"]
    assert [one["real_cron"] for one in found] == [
        {"starts": count, "differing_days": 0, "first": None} for count in starts
    ]
    assert all(one["equal"] for one in found)
