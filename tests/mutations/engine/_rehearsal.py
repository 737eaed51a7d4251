"""What only a boot tells."""

from __future__ import annotations

from tests.mutations.engine._harm import Harm, Twin, edit

REHEARSAL = "rehearsal"
_CODE = "backend/src/viworks"
_LOOK = "            try:\n                found = await self.authenticate("
_ANYBODY = 'Principal(1, "admin", Role.ADMIN, __import__("uuid").UUID(int=0), datetime.max.replace(tzinfo=UTC))'
_READY = "failing = await readiness.failing()"
_LET_IN = f"            if credentials is None:\n                return {_ANYBODY}\n{_LOOK}"
_PINNED = "algorithms=[ALGORITHM],  # pinned: what the header says is never believed"
_FOUND = "            found = await queries.find(connection, number)\n"
_MADE = "        await create_admin(connection, password)\n"
_MIGRATION = "backend/migrations/versions/0003_list_indexes.py"
_BUILT = "def upgrade() -> None:\n"
# Without a schema nothing that needs it starts, and nobody answers.
_NOTHING_BOOTS = frozenset(
    {"service-unhealthy", "backend-unreachable", "proxy-upstream-unreachable", "endpoint-fails"}
    | {"websocket-headers-missing"}
)


def _seeded(conflict: str) -> str:
    key = " primary key" if conflict else ""
    statements = (f"create table if not exists seeds (value int{key})", f"insert into seeds values (1){conflict}")
    lines = (f'        await connection.exec_driver_sql("{each}")\n' for each in statements)
    return f"{_MADE}{''.join(lines)}        await connection.commit()\n"


DEFECTS = (
    Harm("9", "readiness asks nobody", REHEARSAL, edit(f"{_CODE}/state.py", (_READY, "failing: list[str] = []")),
         frozenset({"readiness-lies"}), "went on to say that it is ready with postgres stopped"),
    Harm("39 F31", "who shows no token is let in", REHEARSAL,
         edit(f"{_CODE}/accounts/access.py", (_LOOK, _LET_IN)),
         frozenset({"endpoint-unprotected"}), "without a login"),
    Harm("22", "nobody looks at the signature of a token", REHEARSAL,
         edit(f"{_CODE}/accounts/tokens.py", ('"strict_aud": True}', '"strict_aud": True, "verify_signature": False}')),
         frozenset({"jwt-forgeable"}), "alg none"),
    Harm("F29", "the code reads a table that no migration makes", REHEARSAL,
         edit(f"{_CODE}/deployments/routes.py",
              (_FOUND, f'            await connection.exec_driver_sql("select 1 from rollouts")\n{_FOUND}')),
         frozenset({"endpoint-fails"}), "500"),
    Harm("28 F19 F20", "a seed without a key, at each start", REHEARSAL,
         edit(f"{_CODE}/migrate.py", (_MADE, _seeded(""))),
         frozenset({"migration-not-repeatable"}), "seeds from 1 to 2 rows"),
    Harm("29", "a migration that fails half-way", REHEARSAL,
         edit(_MIGRATION, (_BUILT, f'{_BUILT}    op.execute("select 1/0")\n')),
         frozenset({"migration-fails", "service-not-running"}), "division by zero", also=_NOTHING_BOOTS),
    Harm("4", "a program that ends at once", REHEARSAL,
         edit(f"{_CODE}/server.py", ("        self.should_exit = True\n", '        __import__("os")._exit(0)\n')),
         frozenset({"signals-swallowed"}), "was in flight when SIGTERM came"),
)  # fmt: skip
TWINS = (
    Twin("9", "readiness asks twice", REHEARSAL,
         edit(f"{_CODE}/state.py", (_READY, f"await readiness.failing()\n        {_READY}"))),
    Twin("22", "the algorithm is pinned by its name", REHEARSAL,
         edit(f"{_CODE}/accounts/tokens.py", (_PINNED, 'algorithms=["HS256"],'))),
    Twin("28 F19 F20", "a seed with a key", REHEARSAL,
         edit(f"{_CODE}/migrate.py", (_MADE, _seeded(" on conflict do nothing")))),
)  # fmt: skip
