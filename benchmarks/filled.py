"""A running reference stack with a million deployments and a hundred thousand audit entries in it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from stack.tests.harness import Site

DEPLOYMENTS, AUDIT_ENTRIES = 1_000_000, 100_000
ACCOUNTS, SERVICES, DAYS = 20, 200, 730
# Triggers and foreign keys are off for the rows that nobody made: they are valid, and there is no one to tell.
ROWS = f"""
set session_replication_role = replica;
insert into accounts (username, password_hash, role)
    select 'bench-' || n, '-', 'operator' from generate_series(0, {ACCOUNTS - 1}) n;
insert into deployments (service, revision, environment, state, notes, who, created_at, updated_at, version)
    select 'service-' || (n::bigint * 7919) % {SERVICES},
        md5(n::text),
        (array['development', 'development', 'development', 'staging', 'staging', 'production'])[1 + n % 6],
        (array['succeeded', 'succeeded', 'succeeded', 'succeeded', 'failed', 'rolled-back', 'cancelled'])[1 + n % 7],
        repeat('what was done and why. ', n % 8),
        'bench-' || (n::bigint * 104729) % {ACCOUNTS},
        now() - interval '{DAYS} days' * ({DEPLOYMENTS} - n) / {DEPLOYMENTS},
        now() - interval '{DAYS} days' * ({DEPLOYMENTS} - n) / {DEPLOYMENTS},
        3
    from generate_series(1, {DEPLOYMENTS}) n;
"""
# The chain holds for these too: its trigger makes them, a few at a time, as the backend does.
ENTRIES = f"""
do $$ begin
    for part in 0..{AUDIT_ENTRIES // 500 - 1} loop
        insert into audit_log (actor, address, action, subject, outcome, details, request_id)
            select 'bench-' || n % {ACCOUNTS}, '198.18.0.' || n % 250,
                (array['deployment.create', 'deployment.transition', 'login', 'refresh'])[1 + n % 4],
                'deployment:' || n, case when n % 10 = 0 then 'failure' else 'success' end,
                '{{"from": "planned", "to": "running"}}', md5(n::text)
            from generate_series(part * 500 + 1, part * 500 + 500) n;
        commit;
    end loop;
end $$;
"""
# Buffers of a fixed size are full after a day of work; while they fill, memory grows and nothing leaks.
BUFFERED = "create extension pg_prewarm; select pg_prewarm('deployments'), pg_prewarm('audit_log')"


@contextmanager
def filled(folder: Path, project: str) -> Iterator[Site]:
    """The site, healthy, filled, its statistics fresh; all of it is gone afterwards."""
    site = Site(folder, project)
    try:
        print("building and filling the stack", file=sys.stderr)
        site.up("--build")
        site.psql(ROWS)
        site.psql(ENTRIES)
        site.psql("vacuum (analyze) deployments, audit_log, accounts; checkpoint")
        site.psql(BUFFERED)
        yield site
    finally:
        site.remove()
