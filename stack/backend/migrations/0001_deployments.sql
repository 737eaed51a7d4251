create table if not exists deployments (
    id bigint generated always as identity primary key,
    service text not null check (length(service) between 1 and 63),
    revision text not null check (length(revision) between 1 and 64),
    environment text not null check (environment in ('development', 'staging', 'production')),
    created_at timestamptz not null default now()
);
