"""Lines go in and come out again, whatever the file around them is like."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migrator.codegen.project.edits import Edit, applied, untouched
from migrator.codegen.project.imports import Import, importing
from migrator.codegen.project.lines import Insertion, inserted
from migrator.codegen.project.python_file import read
from tests.project_edits import SETTINGS, plan

OURS = [("# ours", "X = 1"), ("", "X = 1"), ("X = 1", ""), ("", "# ours", "", "X = 1", "")]
texts = st.lists(st.sampled_from(["a = 1", "", "# ours", "b = 2", "\u00e9"]), max_size=6).flatmap(
    lambda lines: st.sampled_from(["\n", "\r\n"]).map(lambda end: end.join(lines))
)


@given(text=texts, mark=st.booleans(), ours=st.sampled_from(OURS), data=st.data())
def test_what_was_put_in_can_be_taken_out(
    text: str, mark: bool, ours: tuple[str, ...], data: st.DataObject
) -> None:
    before = ("\ufeff" if mark else "") + text
    at = data.draw(st.integers(0, text.count("\n") + 1))
    edit = Edit("x.py", "settings", Insertion(at, ours))
    after = applied("x.py", before, before, [edit]).after
    found = untouched("x.py", after, [edit.region])
    assert (found.text or "", found.disputes) == (before, ())
    assert after.replace("\r\n", "\n").count("\n") == before.replace("\r\n", "\n").count("\n") + len(ours)


@pytest.mark.parametrize("end", ["", "\n", "\n\n\n"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_the_mark_and_the_last_line_stay(end: str, newline: str, mark: str) -> None:
    text = mark + (SETTINGS.rstrip("\n") + "\nUSE_TZ = True" + end).replace("\n", newline)
    [edited] = plan({"shop/settings.py": text}, project=("settings",)).files
    assert edited.after.count("\n") == edited.after.count(newline)
    assert edited.after.startswith(mark + "import os" + newline)
    assert edited.after.endswith(newline) is bool(end)
    assert edited.after.count("\ufeff") == len(mark)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "import os\n\nfrom shop.beat import X\n"),
        ("A = 1\n", "import os\n\nfrom shop.beat import X\n\nA = 1\n"),
        ('"""Doc."""\n', '"""Doc."""\n\nimport os\n\nfrom shop.beat import X\n'),
        ('"""Doc."""\nA = 1\n', '"""Doc."""\n\nimport os\n\nfrom shop.beat import X\n\nA = 1\n'),
        ("# head\nimport sys\n", "# head\nimport os\nimport sys\n\nfrom shop.beat import X\n"),
        ("import environ\n\nA = 1\n", "import os\n\nimport environ\n\nfrom shop.beat import X\n\nA = 1\n"),
        (
            "import __future__\n\nimport sys\n\nfrom . import z\n",
            "import __future__\n\nimport os\nimport sys\n\nfrom shop.beat import X\n\nfrom . import z\n",
        ),
        (
            "from shop.a import (\n    A,\n)\nfrom shop.z import Z\n",
            "import os\n\nfrom shop.a import (\n    A,\n)\nfrom shop.beat import X\nfrom shop.z import Z\n",
        ),
    ],
)
def test_imports_are_put_where_isort_puts_them(before: str, after: str) -> None:
    file = read("shop/settings.py", before)
    assert file is not None
    wanted = [Import("shop.beat", "from shop.beat import X"), Import("os", "import os")]
    assert inserted(before, importing(file, wanted)) == after
