"""PostgreSQL by the programs of its container: what is asked, and what comes of the answers."""

from __future__ import annotations

from typing import Any

import pytest

from flawless.errors import EngineError
from flawless.ports.engine import Duplex
from flawless.ports.postgres import REQUIRED, Postgres, quoted
from flawless.testing.fakes import MemoryEngine
from flawless.testing.streams import Said


class Server(MemoryEngine):
    """An engine whose container answers any program with one text; ``asked`` are the command lines."""

    def __init__(self, output: str, status: int = 0) -> None:
        super().__init__()
        self._output, self._status = output.encode(), status
        self.asked: list[tuple[str, ...]] = []

    async def open(self, ref: str, argv: Any, *, timeout: float) -> Duplex:
        self.asked.append(tuple(argv))
        return Said(self._output, self._status)


async def test_databases_have_owners() -> None:
    assert await Postgres(Server("app|shop\npostgres|postgres\n"), "db").databases() == {
        "app": "shop",
        "postgres": "postgres",
    }


EACH = "\x1eapp\x1f{}\x1epostgres\x1f"


async def test_rows_are_numbers_and_a_bar_in_a_name_is_no_border() -> None:
    said = EACH.format("public.a|3\npublic.odd|name|0\n")
    assert await Postgres(Server(said), "db").rows() == {"app": {"public.a": 3, "public.odd|name": 0}, "postgres": {}}


async def test_columns_have_types_and_say_when_they_must_be_given() -> None:
    said = EACH.format(f"public.a.id|integer {REQUIRED}\npublic.a.name|character varying(10)\n")
    assert (await Postgres(Server(said), "db").columns())["app"] == {
        "public.a.id": f"integer {REQUIRED}",
        "public.a.name": "character varying(10)",
    }


async def test_a_schema_is_without_what_a_dump_says_of_itself() -> None:
    body = "CREATE TABLE t (\n    id integer\n);\n"
    said = EACH.format(f"--\n-- Dumped by pg_dump version 15.14\n\\restrict a1b2\n\n{body}\\unrestrict a1b2\n")
    assert (await Postgres(Server(said), "db").schemas())["app"] == ("CREATE TABLE t (", "    id integer", ");")


async def test_equal_schemas_have_equal_digests_and_others_have_not() -> None:
    one, same, other = (Postgres(Server(EACH.format(text)), "db") for text in ("a\n", "--\na\n\n", "b\n"))
    assert await one.digest() == await same.digest() != await other.digest()


async def test_a_program_that_fails_is_told_with_its_own_error() -> None:
    server = Server("reading\npsql: error: FATAL: no such role\nhint: none", 2)
    with pytest.raises(EngineError, match="psql ended with 2: psql: error: FATAL: no such role"):
        await Postgres(server, "db").ask("select 1")


async def test_no_password_is_on_a_command_line_and_statements_come_by_standard_input() -> None:
    server = Server("")
    postgres = Postgres(server, "db")
    await postgres.apply("alter role shop password 'hunter2-hunter2'")
    await postgres.roles(passwords=True)
    words = " ".join(word for argv in server.asked for word in argv)
    assert "hunter2" not in words
    assert "PGPASSWORD=" in words, "it is read from the container's own environment, inside of it"
    assert "--no-role-passwords" not in words
    await postgres.roles()
    assert "--no-role-passwords" in server.asked[-1]


@pytest.mark.parametrize(("name", "written"), [("app", '"app"'), ('a"b', '"a""b"'), ("A b", '"A b"')])
def test_a_name_is_quoted_as_sql_wants_it(name: str, written: str) -> None:
    assert quoted(name) == written
