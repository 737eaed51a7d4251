"""One index for every set of filters of the two lists, built while the tables are in use.

The filters with few values (environment, state; action, outcome) are part of every index and the list asks for each
of their values; so a set of the other filters needs one index, and time and key are its order.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DEPLOYMENTS = {
    "deployments_list": [],
    "deployments_of_service": ["service"],
    "deployments_of_account": ["who"],
    "deployments_of_both": ["service", "who"],
}
AUDIT_LOG = {
    "audit_log_list": [],
    "audit_log_of_actor": ["actor"],
    "audit_log_of_subject": ["subject"],
    "audit_log_of_both": ["actor", "subject"],
}


def upgrade() -> None:
    with op.get_context().autocommit_block():
        for name, columns in DEPLOYMENTS.items():
            build(name, "deployments", [*columns, "environment", "state", "created_at", "id"])
        for name, columns in AUDIT_LOG.items():
            build(name, "audit_log", [*columns, "action", "outcome", "at", "seq"])


def downgrade() -> None:
    with op.get_context().autocommit_block():
        for name in (*DEPLOYMENTS, *AUDIT_LOG):
            remove(name)


def build(name: str, table: str, columns: list[str]) -> None:
    """A build that was cut short leaves an invalid index behind: away with it first."""
    remove(name)
    op.create_index(name, table, columns, postgresql_concurrently=True)


def remove(name: str) -> None:
    op.drop_index(name, postgresql_concurrently=True, if_exists=True)
