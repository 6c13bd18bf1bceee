"""What a scan reads of the paths that were named."""

from pathlib import Path

from migrator.adapters.collect import NoSource, collect

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
