"""What a scan reads of the paths that were named."""

from pathlib import Path

from migrator.adapters.collect import NoSource, collect
from migrator.adapters.host import collect_host

WRAPPER = '#!/bin/sh\n. /srv/shop/.env\nexec "$@"\n'


def test_a_folder_of_wrappers_is_no_mistake_beside_a_crontab(tmp_path: Path) -> None:
    """CM320 asks for it: the folder that holds a wrapper, which the crontab of another folder calls."""
    for folder in ("etc", "bin", "doc"):
        (tmp_path / folder).mkdir()
    (tmp_path / "etc/crontab").write_text("0 5 * * * bin/with-env python manage.py send\n")
    (tmp_path / "bin/with-env").write_text(WRAPPER)
    (tmp_path / "doc/index.md").write_text("# Shop\n")
    found = collect(["bin", "etc"], tmp_path)
    assert ([file.path for file in found.files], found.problems) == (["bin/with-env", "etc/crontab"], ())
    assert [one.fact for one in collect(["bin"], tmp_path).problems] == ["no crontab found in bin"]
    [problem] = collect(["etc", "doc"], tmp_path).problems
    assert (isinstance(problem, NoSource), problem.fact) == (True, "no crontab found in doc")


def tree(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


SHOP = {
    "manage.py": "",
    "deploy/cron/crontab": "0 5 * * * cd /srv/shop && ops/bin/nightly.sh\n"
    "0 6 * * * ops/with-env python manage.py b\n",
    "ops/bin/nightly.sh": "#!/bin/sh\nops/bin/second.sh\npython manage.py a\n",
    "ops/bin/second.sh": "python manage.py c\n",
    "ops/with-env": WRAPPER,
    "ops/bin/unused.sh": "python manage.py d\n",
    "ops/bin/install.sh": "echo '0 7 * * * x' | crontab -\n",
    ".venv/pyvenv.cfg": "",
    ".venv/bin/nightly.sh": "python manage.py other\n",
}


def test_called_scripts_are_read_wherever_they_lie_in_the_project(tmp_path: Path) -> None:
    tree(tmp_path, SHOP)
    wanted = {"deploy/cron/crontab", "ops/bin/nightly.sh", "ops/bin/second.sh", "ops/with-env"}
    for named in ("deploy/cron/crontab", "deploy/cron"):
        found = collect([named], tmp_path)
        assert ({file.path for file in found.files}, found.problems) == (wanted, ())
    inside = collect(["cron"], tmp_path / "deploy")
    assert {file.path.removeprefix(f"{tmp_path}/") for file in inside.files} == (
        wanted - {"deploy/cron/crontab"} | {"cron/crontab"}
    )


def test_a_script_outside_of_any_project_is_left_alone(tmp_path: Path) -> None:
    tree(tmp_path, {name: text for name, text in SHOP.items() if name != "manage.py"})
    assert [file.path for file in collect(["deploy/cron"], tmp_path).files] == ["deploy/cron/crontab"]


def test_a_called_script_that_installs_a_crontab_is_for_its_reader_to_name(tmp_path: Path) -> None:
    tree(tmp_path, SHOP | {"deploy/cron/crontab": "@reboot root /srv/shop/ops/bin/install.sh\n"})
    assert [file.path for file in collect(["deploy/cron"], tmp_path).files] == ["deploy/cron/crontab"]


def test_a_machine_s_lines_call_scripts_by_their_paths(tmp_path: Path) -> None:
    script = {"srv/shop/bin/nightly.sh": "#!/bin/sh\n./second.sh\npython manage.py a\n"}
    crontab = "0 5 * * * root cd /srv/shop && bin/nightly.sh\n1 5 * * * root /bin/true /srv/nowhere.sh\n"
    tree(tmp_path, {"etc/crontab": crontab, **script})
    (tmp_path / "etc/crontab").chmod(0o644)
    found = collect_host(tmp_path)
    assert [file.path.removeprefix(f"{tmp_path.resolve()}/") for file in found.files] == [
        "etc/crontab",
        "srv/shop/bin/nightly.sh",
    ]
    assert found.problems == ()
