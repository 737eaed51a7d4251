-- The roles and who owns the database. Runs once in an empty volume, and again at any time through
-- bin/database-roles: it ends in the same state whatever it finds. None of the three is a superuser.
--
-- viworks_owner   owns the database, its schema and tables; runs migrations
-- viworks_app     the backend: what the migrations grant, nothing else
-- viworks_reader  reads: the backup, and people with a question
--
-- The passwords are in this session's statements: no log and no statistic may keep them.
set log_statement = 'none';
set log_min_duration_statement = -1;
set log_min_error_statement = 'panic';
set pg_stat_statements.track_utility = off;

-- bin/database-roles sets them before this file; at the first start the files are read.
\if :{?owner_password}
\else
    \set owner_password `cat /run/secrets/database_owner_password`
    \set app_password `cat /run/secrets/database_app_password`
    \set reader_password `cat /run/secrets/database_reader_password`
\endif

select format('create role %I', name)
from unnest(array['viworks_owner', 'viworks_app', 'viworks_reader']) as name
where not exists (select from pg_roles where rolname = name)
\gexec

-- Connections: three backends of 15 (two, and one that is just being replaced), a migration, a backup,
-- a person; max_connections is 60.
alter role viworks_owner with login nosuperuser nocreatedb nocreaterole noreplication nobypassrls
    connection limit 4 password :'owner_password';
alter role viworks_app with login nosuperuser nocreatedb nocreaterole noreplication nobypassrls
    connection limit 45 password :'app_password';
alter role viworks_reader with login nosuperuser nocreatedb nocreaterole noreplication nobypassrls
    connection limit 6 password :'reader_password';
alter role viworks_reader set default_transaction_read_only = on;

-- A database that another role owned until now changes hands, and that role can log in no more.
select format('reassign owned by %1$I to viworks_owner; alter role %1$I nologin', owner.rolname)
from pg_database join pg_roles as owner on owner.oid = pg_database.datdba
where datname = current_database() and owner.rolname <> 'viworks_owner' and not owner.rolsuper
\gexec

select format('alter database %I owner to viworks_owner', current_database())
\gexec
select format('revoke all on database %I from public', current_database())
\gexec
select format('grant connect on database %I to viworks_app, viworks_reader', current_database())
\gexec

alter schema public owner to viworks_owner;
revoke all on schema public from public;
grant usage on schema public to viworks_app, viworks_reader;

-- The server's own superuser has no password: it is reached only from inside the container, by its socket.
alter role postgres with password null;
