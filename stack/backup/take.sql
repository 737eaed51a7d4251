-- The dump and what is said about it come from one snapshot: what changes meanwhile is in neither.
begin isolation level repeatable read read only;
set local idle_in_transaction_session_timeout = 0;
select pg_export_snapshot() as snapshot
\gset
\setenv BACKUP_SNAPSHOT :snapshot
\o :manifest
\ir :content
\o
-- pg_dump's exit code does not come back: a dump that failed leaves no file.
\! pg_dump --snapshot="$BACKUP_SNAPSHOT" --format=custom --lock-wait-timeout=30s --file="$BACKUP_DUMP" || rm -f "$BACKUP_DUMP"
commit;
