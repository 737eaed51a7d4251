"""What a rehearsal of the migrations showed."""

from __future__ import annotations

from msgspec import Struct


class MigrationPass(Struct, frozen=True):
    """The migration jobs run once, one after the other, on a throwaway database that is ``on``.

    ``on`` is ``empty``, ``again`` (the same one once more) or ``copy`` (of the one that runs). ``job`` is the one that
    failed, "" when all ended with 0; ``status`` is its exit code, None when its time was up; ``output`` its last lines.
    """

    on: str
    seconds: float
    job: str = ""
    status: int | None = 0
    output: tuple[str, ...] = ()


class RowChange(Struct, frozen=True):
    """A table, and how many rows it had after the first and after the second pass."""

    table: str
    before: int
    after: int


class FormerBoot(Struct, frozen=True):
    """The services of the last good release that use the database, started on the schema that the migration leaves.

    ``problem`` says why one did not get healthy, "" when all did. ``control`` is the same on the schema as it is now;
    None: it was not needed. ``misfits`` say of columns that they are gone, of another type, or new and to be given.
    ``moved`` is false, and nothing was started, where the migration leaves the schema as it is.
    """

    release: str
    moved: bool
    services: tuple[str, ...] = ()
    problem: str = ""
    control: str | None = None
    misfits: tuple[str, ...] = ()
    output: tuple[str, ...] = ()

    @property
    def proved(self) -> bool:
        """Whether that release may run on the new schema: nothing moved, or all got healthy and nothing misfits."""
        return not self.moved or bool(self.services and not self.problem and not self.misfits)


class Rehearsal(Struct, frozen=True, kw_only=True):
    """The migration jobs, rehearsed. Without ``jobs`` nothing was, for the ``reason``.

    ``copied`` is how the database that runs was copied: ``data`` (all of it), ``schema`` (no rows but those in which
    the migrations keep their account), or "" (it was not, for the reason ``uncopied``). ``former`` is None for the
    reason ``alone``. ``schema_changes`` are lines of the schema that the second pass added (``+``) or removed (``-``).
    """

    jobs: tuple[str, ...] = ()
    reason: str = ""
    database: str = ""
    version: str = ""
    passes: tuple[MigrationPass, ...] = ()
    schema_changes: tuple[str, ...] = ()
    row_changes: tuple[RowChange, ...] = ()
    copied: str = ""
    uncopied: str = ""
    former: FormerBoot | None = None
    alone: str = ""

    def on(self, name: str) -> MigrationPass | None:
        """The pass on that database, or None when it was not reached."""
        return next((each for each in self.passes if each.on == name), None)


# --- live ------------------------------------------------------------------------------------------
