create table if not exists orders (
    id bigint generated always as identity primary key,
    customer text not null,
    placed_at timestamptz not null default now()
);
