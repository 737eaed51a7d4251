-- Which queries are slow is a question for the server itself; only a superuser can install this.
create extension if not exists pg_stat_statements;
