"""Accounts with their sessions, and the audit log.

The role viworks_app gets what the backend uses; viworks_reader reads everything but hashes of passwords and tokens.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

NOW = sa.func.now()

# A field of the hashed text is its length in bytes, a colon and the value; "-" is null. So no two entries have the
# same text. `viworks.audit.verify` builds the same text from what it reads.
AUDIT_FIELD = """
create function audit_field(value text) returns text
language sql immutable parallel safe set search_path = pg_catalog, pg_temp
return case when value is null then '-' else octet_length(value) || ':' || value end
"""
AUDIT_HASH = """
create function audit_hash(entry audit_log) returns bytea
language sql immutable parallel safe set search_path = pg_catalog, pg_temp
return sha256(entry.prev_hash || convert_to(
    audit_field(entry.seq::text)
    || audit_field(to_char(entry.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))
    || audit_field(entry.actor)
    || audit_field(entry.address)
    || audit_field(entry.action)
    || audit_field(entry.subject)
    || audit_field(entry.outcome)
    || audit_field(entry.details::text)
    || audit_field(entry.request_id),
    'UTF8'))
"""
# The lock is held to the end of the transaction: the next writer sees the head that this one leaves behind.
# Times never run backwards, so the order of time is the order of the chain.
AUDIT_CHAIN = """
create function audit_chain() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    head public.audit_head;
begin
    perform pg_advisory_xact_lock(7846002);
    select * into strict head from public.audit_head;
    new.seq := head.seq + 1;
    new.at := greatest(clock_timestamp(), head.at);
    new.prev_hash := head.hash;
    new.hash := public.audit_hash(new);
    update public.audit_head set seq = new.seq, at = new.at, hash = new.hash;
    return new;
end
$$
"""
AUDIT_REFUSE = """
create function audit_refuse() returns trigger
language plpgsql set search_path = pg_catalog, pg_temp as $$
begin
    raise insufficient_privilege using message = format('audit_log is append-only: %s is refused', tg_op);
end
$$
"""
AUDIT_TRIGGERS = (
    "create trigger audit_chain before insert on audit_log for each row execute function audit_chain()",
    "create trigger audit_refuse before update or delete or truncate on audit_log"
    " for each statement execute function audit_refuse()",
    # Also in a session that calls itself a replica, where ordinary triggers are off.
    "alter table audit_log enable always trigger audit_chain",
    "alter table audit_log enable always trigger audit_refuse",
)
GRANTS = (
    "grant select, insert (username, password_hash, role),"
    " update (password_hash, role, disabled, updated_at) on accounts to viworks_app",
    "grant select, insert (id, account_id, address, user_agent, expires_at),"
    " update (used_at, revoked_at), delete on sessions to viworks_app",
    "grant select, insert (token_hash, session_id), update (used_at) on refresh_tokens to viworks_app",
    "grant select, insert (actor, address, action, subject, outcome, details, request_id) on audit_log to viworks_app",
    "grant select on audit_head to viworks_app",
    "grant select on sessions, audit_log, audit_head, alembic_version to viworks_reader",
    "grant select (id, username, role, disabled, created_at, updated_at) on accounts to viworks_reader",
    "grant select (session_id, created_at, used_at) on refresh_tokens to viworks_reader",
)


def upgrade() -> None:
    # Functions of the owner are nobody else's to call, unless a grant says so.
    run("alter default privileges revoke execute on functions from public")
    create_accounts()
    create_sessions()
    create_audit_tables()
    for statement in (AUDIT_FIELD, AUDIT_HASH, AUDIT_CHAIN, AUDIT_REFUSE, *AUDIT_TRIGGERS, *GRANTS):
        run(statement)
    run("insert into audit_head (seq, at, hash) values (0, 'epoch', decode(repeat('00', 32), 'hex'))")


def downgrade() -> None:
    for function in ("audit_chain()", "audit_refuse()", "audit_hash(audit_log)", "audit_field(text)"):
        run(f"drop function {function} cascade")
    for table in ("audit_head", "audit_log", "refresh_tokens", "sessions", "accounts"):
        op.drop_table(table)
    run("alter default privileges grant execute on functions to public")


def run(statement: str) -> None:
    """As it stands: a colon in it is no parameter."""
    op.get_bind().exec_driver_sql(statement)


def create_accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("username", sa.Text, nullable=False, unique=True),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.CheckConstraint("length(username) between 1 and 64", name="accounts_username_length"),
        sa.CheckConstraint("role in ('admin', 'operator', 'viewer')", name="accounts_role_known"),
    )
    able = sa.text("role = 'admin' and disabled is false")
    op.create_index("accounts_admins", "accounts", ["id"], postgresql_where=able)


def create_sessions() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("account_id", sa.BigInteger, sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("user_agent", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("length(user_agent) <= 512", name="sessions_user_agent_length"),
    )
    op.create_index("sessions_of_account", "sessions", ["account_id", "created_at"])
    ended = sa.text("revoked_at is not null")
    op.create_index("sessions_ended", "sessions", ["revoked_at"], postgresql_where=ended)
    op.create_table(
        "refresh_tokens",
        sa.Column("token_hash", sa.LargeBinary, primary_key=True),
        sa.Column("session_id", sa.Uuid, sa.ForeignKey("sessions.id", ondelete="CASCADE"), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=NOW),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("octet_length(token_hash) = 32", name="refresh_tokens_hash_is_sha256"),
    )
    op.create_index("refresh_tokens_of_session", "refresh_tokens", ["session_id"])


def create_audit_tables() -> None:
    op.create_table(
        "audit_log",
        sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.Text),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
        sa.Column("details", JSONB, nullable=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("prev_hash", sa.LargeBinary, nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.CheckConstraint("length(actor) between 1 and 64", name="audit_log_actor_length"),
        sa.CheckConstraint("length(address) <= 64", name="audit_log_address_length"),
        sa.CheckConstraint("length(action) between 1 and 64", name="audit_log_action_length"),
        sa.CheckConstraint("length(subject) <= 128", name="audit_log_subject_length"),
        sa.CheckConstraint("outcome in ('success', 'failure')", name="audit_log_outcome_known"),
        sa.CheckConstraint("octet_length(details::text) <= 8192", name="audit_log_details_size"),
        sa.CheckConstraint("length(request_id) <= 128", name="audit_log_request_id_length"),
    )
    op.create_table(
        "audit_head",
        sa.Column("single", sa.Boolean, primary_key=True, server_default=sa.true()),
        sa.Column("seq", sa.BigInteger, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hash", sa.LargeBinary, nullable=False),
        sa.CheckConstraint("single", name="audit_head_has_one_row"),
        # Rewritten with every entry: room on its page keeps that in place.
        postgresql_with={"fillfactor": 10},
    )
