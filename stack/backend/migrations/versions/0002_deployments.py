"""Deployments, and the idempotency keys of the requests that create them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATES = "'planned', 'running', 'succeeded', 'failed', 'cancelled', 'rolled-back'"
NOW = sa.func.now()
GRANTS = (
    "grant select, insert (service, revision, environment, notes, who),"
    " update (state, notes, updated_at, version) on deployments to viworks_app",
    "grant select, insert (account_id, key, request_hash), delete,"
    " update (request_hash, answer, created_at) on idempotency_keys to viworks_app",
    "grant select on deployments, idempotency_keys to viworks_reader",
)


def upgrade() -> None:
    op.create_table(
        "deployments",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("service", sa.Text, nullable=False),
        sa.Column("revision", sa.Text, nullable=False),
        sa.Column("environment", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False, server_default="planned"),
        sa.Column("notes", sa.Text, nullable=False, server_default=""),
        sa.Column("who", sa.Text, sa.ForeignKey("accounts.username"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.Column("version", sa.BigInteger, nullable=False, server_default="1"),
        sa.CheckConstraint("length(service) between 1 and 63", name="deployments_service_length"),
        sa.CheckConstraint("length(revision) between 1 and 64", name="deployments_revision_length"),
        sa.CheckConstraint(
            "environment in ('development', 'staging', 'production')", name="deployments_environment_known"
        ),
        sa.CheckConstraint(f"state in ({STATES})", name="deployments_state_known"),
        sa.CheckConstraint("length(notes) <= 1000", name="deployments_notes_length"),
        sa.CheckConstraint("version >= 1", name="deployments_version_positive"),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("account_id", sa.BigInteger, sa.ForeignKey("accounts.id"), primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("request_hash", sa.LargeBinary, nullable=False),
        sa.Column("answer", JSONB),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.CheckConstraint("length(key) between 1 and 128", name="idempotency_keys_key_length"),
        sa.CheckConstraint("octet_length(request_hash) = 32", name="idempotency_keys_hash_is_sha256"),
    )
    op.create_index("idempotency_keys_by_age", "idempotency_keys", ["created_at"])
    for grant in GRANTS:
        op.execute(grant)


def downgrade() -> None:
    op.drop_table("idempotency_keys")
    op.drop_table("deployments")
