"""What an SQL statement writes, read from its first words: the verb, the table, the rows."""

from __future__ import annotations

import re

READING = frozenset(
    (
        *("SELECT", "VALUES", "SHOW", "EXPLAIN", "DESCRIBE", "PRAGMA", "DECLARE", "FETCH", "MOVE", "CLOSE"),
        *("BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "LOCK"),
        *("SET", "RESET", "USE", "DISCARD", "LISTEN", "UNLISTEN", "NOTIFY"),
        *("ANALYZE", "VACUUM", "CHECKPOINT"),
    )
)
_NAME = r'(?:"(?:[^"]|"")+"|`[^`]+`|\[[^\]]+\]|[\w$]+)'
_ON_DUPLICATE = re.compile(r"\bON\s+DUPLICATE\s+KEY\b", re.IGNORECASE)
_QUOTES = str.maketrans("", "", '"`[]')
_FIRST = re.compile(r"(?:\s|/\*.*?\*/|--[^\n]*\n|\()*(\w+)", re.DOTALL)
_TABLE = re.compile(
    rf"""(?:
        (?:INSERT|REPLACE)\s+(?:OR\s+\w+\s+|IGNORE\s+)?INTO
        | UPDATE(?:\s+OR\s+\w+|\s+ONLY)?
        | DELETE\s+FROM(?:\s+ONLY)?
        | MERGE\s+INTO(?:\s+ONLY)?
        | TRUNCATE(?:\s+TABLE)?(?:\s+ONLY)?
    )\s+({_NAME}(?:\.{_NAME})?)""",
    re.IGNORECASE | re.VERBOSE,
)
_WRITES_WITHIN = re.compile(r"\b(?:INSERT|UPDATE|DELETE|MERGE|INTO)\b", re.IGNORECASE)
_TOKENS = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|[()]|\bRETURNING\b""", re.IGNORECASE)
_VALUES = re.compile(r"\)\s*VALUES\s*(?=\()", re.IGNORECASE)
_DO_NOTHING = re.compile(r"\bDO\s+NOTHING\b|\bOR\s+IGNORE\b", re.IGNORECASE)

NOTHING = ""


def written(statement: object) -> str | None:
    """``VERB table`` of a statement that writes, NOTHING for one that reads, None where nobody can say.

    A common table expression may write anywhere, a second statement behind a semicolon anything.
    """
    if not isinstance(statement, str):  # psycopg's composed statements become text only at the server's door
        return None
    first = _FIRST.match(statement)
    if first is None:
        return NOTHING if not statement.strip() else None
    verb = first[1].upper()
    if ";" in statement and ";" in statement.rstrip().rstrip(";"):
        return None
    if verb in READING:
        return None if verb == "EXPLAIN" and _WRITES_WITHIN.search(statement) else NOTHING
    if verb == "WITH":
        return None if _WRITES_WITHIN.search(statement) else NOTHING
    found = _TABLE.match(statement, first.start(1))
    return f"{verb} {found[1].translate(_QUOTES)}" if found else None


def rows_of(statement: str, rowcount: object, *, vendor: str) -> int | None:
    """How many rows a statement wrote.

    sqlite3 knows the rows of a statement with RETURNING only after they have been fetched, and
    Django inserts with RETURNING: there the groups of VALUES are counted instead.
    """
    if vendor == "sqlite" and "RETURNING" in statement:
        return _inserted(statement)
    if vendor == "mysql" and _ON_DUPLICATE.search(statement):  # 1 for a row inserted, 2 for one changed
        return None
    return rowcount if isinstance(rowcount, int) and rowcount >= 0 else None


def _inserted(statement: str) -> int | None:
    values = _VALUES.search(statement)
    if values is None or _DO_NOTHING.search(statement):
        return None
    depth = rows = 0
    for token in _TOKENS.finditer(statement, values.end()):
        if token[0] == "(":
            rows += not depth
            depth += 1
        elif token[0] == ")":
            depth -= 1
        elif token[0].upper() == "RETURNING" and not depth:
            return rows
    return None
