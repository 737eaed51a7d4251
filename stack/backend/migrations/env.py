"""Called by Alembic with the connection that `viworks.migrate` opened.

It holds the lock that lets one migration run at a time, and is in no transaction. Who waits for that lock tries for it
now and then: a statement that waits holds a snapshot, and building an index concurrently waits for every snapshot.
"""

from alembic import context
from sqlalchemy import Connection, text

from viworks.tables import metadata

# A busy table makes a migration fail after seconds; waiting longer would make every request behind it wait too.
LOCK_TIMEOUT = "5s"


def run(connection: Connection) -> None:
    """Each migration in a transaction of its own, so that one of them can build its indexes outside of any."""
    connection.execute(text("select set_config('lock_timeout', :wait, false)"), {"wait": LOCK_TIMEOUT})
    connection.execute(text("select set_config('statement_timeout', '0', false)"))
    connection.commit()
    context.configure(connection=connection, target_metadata=metadata, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
