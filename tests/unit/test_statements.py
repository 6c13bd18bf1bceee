"""What a statement writes, told from its text."""

import pytest

from migrator.comparison.statements import NOTHING, rows_of, written


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        pytest.param('INSERT INTO "shop_order" ("a") VALUES (%s)', "INSERT shop_order", id="django"),
        pytest.param("insert or ignore into shop_order values (1)", "INSERT shop_order", id="sqlite-ignores"),
        pytest.param("INSERT IGNORE INTO `shop_order` VALUES (1)", "INSERT shop_order", id="mysql-ignores"),
        pytest.param('UPDATE "shop_order" SET "a" = 1', "UPDATE shop_order", id="update"),
        pytest.param("UPDATE ONLY shop.order SET a = 1", "UPDATE shop.order", id="schema"),
        pytest.param('DELETE FROM "shop"."or""der"', "DELETE shop.order", id="quoted-twice"),
        pytest.param("/* who */ -- why\n DELETE FROM [order]", "DELETE order", id="comments"),
        pytest.param("REPLACE INTO t VALUES (1)", "REPLACE t", id="replace"),
        pytest.param('TRUNCATE "a", "b"', "TRUNCATE a", id="truncate"),
        pytest.param("MERGE INTO t USING s ON true", "MERGE t", id="merge"),
        pytest.param("SELECT 'INSERT INTO t'", NOTHING, id="select"),
        pytest.param("(SELECT 1) UNION (SELECT 2)", NOTHING, id="union"),
        pytest.param("  ", NOTHING, id="empty"),
        pytest.param("SAVEPOINT s1", NOTHING, id="savepoint"),
        pytest.param("SELECT 1;", NOTHING, id="semicolon-at-the-end"),
        pytest.param("WITH x AS (SELECT 1) SELECT * FROM x", NOTHING, id="cte-reads"),
        pytest.param("WITH x AS (DELETE FROM t RETURNING 1) SELECT * FROM x", None, id="cte-writes"),
        pytest.param("SELECT 1; DELETE FROM t", None, id="two-statements"),
        pytest.param("EXPLAIN ANALYZE DELETE FROM t", None, id="explain-executes"),
        pytest.param("CREATE TABLE t (a int)", None, id="ddl"),
        pytest.param("CALL nightly()", None, id="procedure"),
        pytest.param(b"DELETE FROM t", None, id="no-text"),
    ],
)
def test_the_verb_and_the_table(statement: object, name: str | None) -> None:
    assert written(statement) == name


@pytest.mark.parametrize(
    ("statement", "rowcount", "rows"),
    [
        pytest.param("UPDATE t SET a = 1", 7, 7, id="as-the-driver-says"),
        pytest.param("TRUNCATE t", -1, None, id="the-driver-does-not-know"),
        pytest.param('INSERT INTO "t" ("a") VALUES (%s) RETURNING "id"', 0, 1, id="one"),
        pytest.param('INSERT INTO "t" ("a") VALUES (f(1, 2)), (\')(\'), (3) RETURNING 1', 0, 3, id="three"),
        pytest.param("INSERT INTO t(a) VALUES (1) ON CONFLICT DO NOTHING RETURNING a", 0, None, id="perhaps"),
        pytest.param("INSERT INTO t (a) SELECT 1 RETURNING a", 0, None, id="from-a-query"),
        pytest.param("DELETE FROM t RETURNING a", 0, None, id="delete-returning"),
    ],
)
def test_the_rows_where_sqlite_has_not_counted_them_yet(
    statement: str, rowcount: int, rows: int | None
) -> None:
    assert rows_of(statement, rowcount, vendor="sqlite") == rows


def test_mysql_counts_a_changed_row_twice_so_that_nobody_can_say() -> None:
    changed = "INSERT INTO `t` (a) VALUES (%s) ON DUPLICATE KEY UPDATE `a` = VALUES(`a`)"
    assert rows_of(changed, 2, vendor="mysql") is None
    assert rows_of("INSERT INTO `t` (a) VALUES (%s)", 1, vendor="mysql") == 1


def test_other_databases_know_the_rows_at_once() -> None:
    assert rows_of("DELETE FROM t RETURNING a", 4, vendor="postgresql") == 4
