"""Gathers the texts of migrator/, brings the Polish catalogue up to date, and compiles it.

`python make/messages.py` writes; `--check` writes nothing and says what is missing: a text
without a translation, a translation without a text, a placeholder that got lost.
"""

from __future__ import annotations

import inspect
import io
import os
import re
import sys
from collections.abc import Iterator
from gettext import GNUTranslations
from importlib import import_module
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from migrator.i18n import ADMIN, speaking

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "migrator"
CATALOGUES = PACKAGE / "locale"
METHODS = [("**.py", "python"), ("**.j2", "jinja2")]
OPTIONS = {"**.j2": {"trimmed": "true", "silent": "false"}}


def gathered() -> Catalog:
    """Every text in the code and the templates, the help of the verbs, the names of tables and columns."""
    texts = Catalog(project="migrator", fuzzy=False)
    for path, _line, message, _comments, context in extract_from_dir(
        PACKAGE, METHODS, OPTIONS, keywords={"_": None, "marked": None, "ngettext": (1, 2)}
    ):
        if message:
            texts.add(message, locations=[(f"migrator/{path}", 0)], context=context)
    for path, text in helps():
        texts.add(text, locations=[(path, 0)])
    for path, name in tables():
        texts.add(name, locations=[(path, 0)], context=ADMIN)
    return texts


def helps() -> Iterator[tuple[str, str]]:
    """What ``--help`` says of each verb: click shows docstrings, which no extractor finds."""
    import click

    from migrator.cli import VERBS, program

    sys.path.insert(0, str(ROOT))
    context = click.Context(program)
    verbs = [command for verb in VERBS if (command := program.get_command(context, verb))]
    for command in [program, *verbs]:
        for one in (command, *getattr(command, "commands", {}).values()):
            source = Path(inspect.getfile(one.callback)) if one.callback else PACKAGE / "cli/__init__.py"
            for text in (one.help, one.short_help):
                if text:
                    yield source.relative_to(ROOT).as_posix(), text


def tables() -> Iterator[tuple[str, str]]:
    """What the admin calls the ledger's tables and columns: Django makes most of it of their names."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings.testing"
    import django
    from django.apps import apps

    from migrator.contrib.django.labels import names

    django.setup()
    with speaking("en"):
        for name in names(apps.get_app_config("migrator").get_models()):
            yield "migrator/contrib/django/models.py", name


def updated(language: str) -> Catalog:
    """The catalogue of a language with today's texts; those that are gone are dropped."""
    path = source_of(language)
    known = read_po(io.BytesIO(path.read_bytes()), locale=language) if path.exists() else Catalog(language)
    fresh = Catalog(language, project="migrator", fuzzy=False)
    for message in gathered():
        if message.id:
            old = known.get(message.id, message.context)
            said_before = old.string if old else None
            added = fresh.add(message.id, said_before, message.locations, context=message.context)
            added.locations = [(name, 0) for name in sorted({name for name, _line in message.locations})]
    return fresh


def text_of(catalogue: Catalog) -> str:
    """The catalogue as a .po file: sorted, no dates and line numbers, so that only the texts change it."""
    out = io.BytesIO()
    write_po(out, catalogue, width=100, sort_output=True, include_lineno=False, omit_header=True)
    head = {
        "Language": catalogue.locale,
        "Content-Type": "text/plain; charset=utf-8",
        "Plural-Forms": catalogue.plural_forms,
    }
    lines = ['msgid ""', 'msgstr ""', *(f'"{name}: {value}\\n"' for name, value in head.items()), "", ""]
    return "\n".join(lines) + out.getvalue().decode()


def compiled(po: str, language: str) -> bytes:
    """The .mo file of a .po file."""
    out = io.BytesIO()
    write_mo(out, read_po(io.BytesIO(po.encode()), locale=language))
    return out.getvalue()


def said(binary: bytes) -> dict[str, str]:
    """What a .mo file says, without its header, which names the hour and the compiler."""
    texts = GNUTranslations(io.BytesIO(binary))._catalog  # type: ignore[attr-defined]
    return {key: text for key, text in texts.items() if key}


def compile_to(path: Path, binary: bytes) -> None:
    """Write what is compiled, where it says something new."""
    if not path.exists() or said(path.read_bytes()) != said(binary):
        path.write_bytes(binary)


def faults(catalogue: Catalog) -> Iterator[str]:
    """Texts without a translation, and translations that lost a placeholder."""
    for message in catalogue:
        if message.id:
            strings = message.string if isinstance(message.string, tuple) else (message.string,)
            if not all(strings) or (message.pluralizable and len(strings) != catalogue.num_plurals):
                yield f"not translated: {_first(message)!r}"
            elif any(_placeholders(string) - _all_placeholders(message) for string in strings):
                yield f"unknown placeholder: {_first(message)!r}"
            elif any(
                _placeholders(_first(message)) - _placeholders(string) - {"count"} for string in strings
            ):
                yield f"lost placeholder: {_first(message)!r}"


def _first(message: Message) -> str:
    return message.id[0] if isinstance(message.id, (tuple, list)) else message.id


def _all_placeholders(message: Message) -> set[str]:
    texts = message.id if isinstance(message.id, (tuple, list)) else (message.id,)
    return {name for text in texts for name in _placeholders(text)}


def _placeholders(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def schedules(*, check: bool) -> Iterator[str]:
    """The words of cron-descriptor, which has no Polish: written by hand, compiled here."""
    for source in sorted((CATALOGUES / "cron_descriptor").glob("*.po")):
        binary, target = compiled(source.read_text(), source.stem), source.with_suffix(".mo")
        if not check:
            compile_to(target, binary)
        elif not target.exists() or said(target.read_bytes()) != said(binary):
            yield f"{target.name} of cron_descriptor is not up to date"


def source_of(language: str) -> Path:
    return CATALOGUES / language / "LC_MESSAGES" / "migrator.po"


def main(arguments: list[str]) -> int:
    language = "pl"
    path = source_of(language)
    catalogue = updated(language)
    text = text_of(catalogue)
    binary = compiled(text, language)
    wrong = list(faults(catalogue))
    check = "--check" in arguments
    wrong += schedules(check=check)
    if check:
        if not path.exists() or path.read_text() != text:
            wrong.append("the catalogue is not up to date")
        elif said(path.with_suffix(".mo").read_bytes()) != said(binary):
            wrong.append("the compiled catalogue is not up to date")
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        compile_to(path.with_suffix(".mo"), binary)
    for line in wrong:
        print(line)
    print(f"{len(catalogue)} texts, {len(wrong)} to mend" + (": run make messages" if wrong else ""))
    return 1 if wrong else 0


if __name__ == "__main__":
    import_module("migrator")
    sys.exit(main(sys.argv[1:]))
