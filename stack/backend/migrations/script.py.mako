"""${message}.

A migration runs while the last release still works: it adds, and takes away only what no running release reads.
An index on a table that has rows is built concurrently, in `op.get_context().autocommit_block()`.
"""

from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
