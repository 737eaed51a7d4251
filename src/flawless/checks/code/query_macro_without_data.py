"""A query is checked against the database while the program is compiled, and the build has neither it nor its data.

sqlx's ``query!`` and its kin ask the database at DATABASE_URL, or read what ``cargo sqlx prepare`` saved in ``.sqlx``.
On the developer's machine the database runs; in the image's build nothing does, so the build fails, mostly on the
server and after the old release is gone.

## Bad
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM rust:1.88
COPY Cargo.toml Cargo.lock ./
COPY src src
RUN cargo build --release --locked
```
```toml Cargo.toml
[package]
name = "app"
[dependencies]
sqlx = "0.8"
```
```rust src/main.rs
async fn users(pool: &sqlx::PgPool) -> i64 {
    sqlx::query_scalar!("select count(*) from users").fetch_one(pool).await.unwrap().unwrap()
}
```

## Good
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM rust:1.88
COPY Cargo.toml Cargo.lock ./
COPY .sqlx .sqlx
COPY src src
RUN SQLX_OFFLINE=true cargo build --release --locked
```
```toml Cargo.toml
[package]
name = "app"
[dependencies]
sqlx = "0.8"
```
```rust src/main.rs
async fn users(pool: &sqlx::PgPool) -> i64 {
    sqlx::query_scalar!("select count(*) from users").fetch_one(pool).await.unwrap().unwrap()
}
```
```json .sqlx/query-1f.json
{"db_name": "PostgreSQL"}
```

## Clean twin
The functions of the same names ask the database when they run.
```yaml compose.yaml
services:
  app:
    build: .
```
```dockerfile Dockerfile
FROM rust:1.88
COPY Cargo.toml Cargo.lock ./
COPY src src
RUN cargo build --release --locked
```
```toml Cargo.toml
[package]
name = "app"
[dependencies]
sqlx = "0.8"
```
```rust src/main.rs
// not query!("select 1")
async fn users(pool: &sqlx::PgPool) -> i64 {
    sqlx::query_scalar("select count(*) from users").fetch_one(pool).await.unwrap()
}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope, service_subject
from flawless.model.keys import SOURCES
from flawless.model.observed_files import Source

_OFFLINE = "SQLX_OFFLINE"


def judge(view: View) -> Iterator[Finding]:
    """Every build with such macros has the prepared data, or a database to ask."""
    concerned = [source for source in view.get(SOURCES) if source.queries]
    for source in concerned:
        yield _answer(view, source)
    if not concerned:
        yield view.skip("no source that is built here has a query that is checked when it is compiled")


def _answer(view: View, source: Source) -> Finding:
    first, number = source.queries[0], len(source.queries)
    subject = service_subject(source.services[0])
    if source.query_data:
        return view.ok(
            f"{number} checked quer{'y' if number == 1 else 'ies'}, {source.query_data} reaches the build",
            subject=subject,
        )
    why = f"; {_OFFLINE} is set and there is nothing to read" if _OFFLINE in source.at_build else ""
    message = f"{first} is checked when it is compiled, and no .sqlx reaches the build of {source.dockerfile}{why}"
    return view.fail(message, at=first, subject=subject)


CHECK = Check(
    id="query-macro-without-data",
    title="a query cannot be checked when the image is built",
    severity=Severity.WARN,
    items=("P1.4",),
    rules=(Rule(Level.FILES, judge, Scope.STACK, needs=(SOURCES,)),),
    remedy="run `cargo sqlx prepare --workspace`, commit .sqlx, and COPY it before the build with SQLX_OFFLINE=true",
    doc=__doc__ or "",
    reference="https://github.com/launchbadge/sqlx/blob/main/sqlx-cli/README.md",
)
