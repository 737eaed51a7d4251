"""The tables as SQLAlchemy Core sees them. The migrations make them; a test compares the two."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    FetchedValue,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

metadata = MetaData()


def created(name: str = "created_at") -> Column[Any]:
    """A time with its offset that the database sets when the row is made."""
    return Column(name, DateTime(timezone=True), nullable=False, server_default=func.now())


def moment(name: str, *, nullable: bool = False) -> Column[Any]:
    """A time with its offset."""
    return Column(name, DateTime(timezone=True), nullable=nullable)


accounts = Table(
    "accounts",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("username", Text, nullable=False, unique=True),  # never changes: deployments and audit_log name it
    Column("password_hash", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("disabled", Boolean, nullable=False, server_default=text("false")),
    created(),
    created("updated_at"),
)
Index(
    "accounts_admins",
    accounts.c.id,
    postgresql_where=(accounts.c.role == text("'admin'")) & accounts.c.disabled.is_(False),
)

# A session is one login and the family of refresh tokens that grew out of it.
sessions = Table(
    "sessions",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", BigInteger, ForeignKey("accounts.id"), nullable=False),
    Column("address", Text, nullable=False),
    Column("user_agent", Text, nullable=False),
    created(),
    created("used_at"),
    moment("expires_at"),
    moment("revoked_at", nullable=True),
    Index("sessions_of_account", "account_id", "created_at"),
)
Index("sessions_ended", sessions.c.revoked_at, postgresql_where=sessions.c.revoked_at.is_not(None))

# Used tokens stay until their session goes: one that comes a second time is known by its row.
refresh_tokens = Table(
    "refresh_tokens",
    metadata,
    Column("token_hash", LargeBinary, primary_key=True),
    Column("session_id", Uuid, ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
    created(),
    moment("used_at", nullable=True),
    Index("refresh_tokens_of_session", "session_id"),
)

deployments = Table(
    "deployments",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("service", Text, nullable=False),
    Column("revision", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("state", Text, nullable=False, server_default=text("'planned'")),
    Column("notes", Text, nullable=False, server_default=text("''")),
    Column("who", Text, ForeignKey("accounts.username"), nullable=False),
    created(),
    created("updated_at"),
    Column("version", BigInteger, nullable=False, server_default=text("1")),
    Index("deployments_list", "environment", "state", "created_at", "id"),
    Index("deployments_of_service", "service", "environment", "state", "created_at", "id"),
    Index("deployments_of_account", "who", "environment", "state", "created_at", "id"),
    Index("deployments_of_both", "service", "who", "environment", "state", "created_at", "id"),
)

idempotency_keys = Table(
    "idempotency_keys",
    metadata,
    Column("account_id", BigInteger, ForeignKey("accounts.id"), primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request_hash", LargeBinary, nullable=False),
    Column("answer", JSONB, nullable=True),  # empty only inside the transaction that fills it
    created(),
    Index("idempotency_keys_by_age", "created_at"),
)

# The trigger of migration 0001 sets seq, at, prev_hash and hash; nobody else can.
audit_log = Table(
    "audit_log",
    metadata,
    Column("seq", BigInteger, FetchedValue(), primary_key=True, autoincrement=False),
    moment("at"),
    Column("actor", Text, nullable=True),
    Column("address", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("details", JSONB, nullable=False),
    Column("request_id", Text, nullable=False),
    Column("prev_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Index("audit_log_list", "action", "outcome", "at", "seq"),
    Index("audit_log_of_actor", "actor", "action", "outcome", "at", "seq"),
    Index("audit_log_of_subject", "subject", "action", "outcome", "at", "seq"),
    Index("audit_log_of_both", "actor", "subject", "action", "outcome", "at", "seq"),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("single", Boolean, primary_key=True, server_default=text("true")),
    Column("seq", BigInteger, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
