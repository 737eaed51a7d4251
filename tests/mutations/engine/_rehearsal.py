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
)  # fmt: skip
TWINS = (
    Twin("9", "readiness asks twice", REHEARSAL,
         edit(f"{_CODE}/state.py", (_READY, f"await readiness.failing()\n        {_READY}"))),
    Twin("22", "the algorithm is pinned by its name", REHEARSAL,
         edit(f"{_CODE}/accounts/tokens.py", (_PINNED, 'algorithms=["HS256"],'))),
)  # fmt: skip
