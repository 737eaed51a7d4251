"""Readers of programs, scripts, settings and what git says, on texts that nobody meant.

With FLAWLESS_FULL=1 each reader gets 100,000 inputs.
"""

from __future__ import annotations

from pathlib import Path

from hypothesis import example, given

from flawless import config
from flawless.checks.edge._renewal import renewal
from flawless.errors import UsageError
from flawless.model.observed_files import SourceLine
from flawless.model.stack import Origin
from flawless.probes.files import (
    _reads_go,
    _reads_js,
    _reads_python,
    _reads_rust,
    _reads_shell,
    _secrets,
    alembic,
    git_history,
    git_state,
    init_scripts,
    operations,
)
from flawless.probes.files._comments import waivers_in
from flawless.probes.files._reads import Found
from flawless.testing import samples
from tests.fuzz.texts import answers, bounded, mangled

RUST = r"""
use std::env::{self, var};
const QUERY: &str = r#"select "a" from b"#;
/* not /* nested */ fn main() {
    let port: u16 = env::var("PORT").unwrap_or_else(|_| "80".into()).parse().expect("PORT");
    let key = std::env::var(format!("{}_KEY", 'a')).ok();
    if let Ok(x) = var("X") { panic!("{x}") } else { env!("BUILT") };
    sqlx::query!("select 1").fetch_one(&pool).await?;
}
#[derive(Parser)] struct Args { #[arg(long, env = "A_URL", default_value = "x")] url: Option<String> }
#[cfg(test)] mod tests { fn t() { env::var("T").unwrap(); } }
"""
GO = r"""
package main // os.Getenv("NO")
type C struct { A string `env:"A,required" envDefault:"x"`; B int `envconfig:"B" required:"true"` }
func main() {
	v, ok := os.LookupEnv("V"); if !ok { log.Fatal("V") }
	if p := os.Getenv("P"); p == "" { panic(`no "P"`) }
	viper.SetEnvPrefix("app"); viper.BindEnv("a", "B"); envconfig.Process("x", &c); os.Environ()
}
"""
JS = r"""
const { A, B: b = "x", ...rest } = process.env; // process.env.NO
const url = import.meta.env.VITE_URL ?? `http://${process.env["HOST"] || 'a'}/`;
if (!process.env.KEY) throw new Error('KEY');
export const env = z.object({ C: z.string().url().optional(), D: z.coerce.number() }).parse(process.env);
const v = process.env[`P_${name}`]; import { E } from "$env/static/private"; /a"b/.test(x); requireEnv('F')
"""
PYTHON = r"""
import os, environ
from pydantic_settings import BaseSettings
class S(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="A_", extra="ignore")
    url: str = Field(validation_alias=AliasChoices("URL", "B"))
    key: SecretStr | None = None
env = environ.Env(DEBUG=(bool, False))
X = os.environ["X"]; Y = os.getenv(f"{X}_Y", "d"); Z = env.str("Z", default=None)
try:
    K = os.environ.get("K") or require_env("K2")
except KeyError: raise SystemExit("K")
"""
SHELL = """\
#!/usr/bin/env bash
set -euo pipefail # ${NO}
: "${A:?must be set}" "${B:-x}" ${C+y}
if [ -z "${D:-}" ]; then echo D >&2; exit 1; fi
export E="$F"; for g in $H; do read -r I; done; printenv | grep J; echo '$K' \\$L "${!M}" <<EOF
"""
ALEMBIC = """\
from alembic import op
import sqlalchemy as sa
revision = "2"
def upgrade() -> None:
    op.create_table("a", sa.Column("b", sa.Integer()))
    op.add_column("c", sa.Column("d", sa.Integer(), nullable=False))
    op.create_index("i", "c", ["d"], postgresql_concurrently=True)
    op.alter_column("c", "d", type_=sa.Text(), new_column_name="e", nullable=False)
def downgrade(): op.drop_table("a")
"""
SQL = """\
create role app login password 'x';
CREATE DATABASE shop OWNER app; select format('create user %I', n) \\gexec
do $$ begin execute 'create role ' || quote_ident(:'who'); end $$;
"""
WAIVERS = """\
USER root  # flawless: allow runs-as-root (ops) until 2030-01-31 -- it has to
-- flawless: allow migration-unsafe until 2030-02-30 (db) -- a - b -- c
// flawless: allow x
#flawless: allow   port-published -- why\r
"""
CRON = """\
# m h dom mon dow command
0 3 * * * root certbot renew --quiet --webroot -w /var/www \\
  --deploy-hook "docker exec nginx nginx -s reload" >> /var/log/x 2>&1
@daily acme.sh --cron --standalone --pre-hook 'docker compose stop nginx'
docker network create edge
authenticator = webroot
webroot_path = /var/www,
renew_hook = systemctl reload nginx
"""
STATUS = (
    "# branch.oid 0123456789abcdef0123456789abcdef01234567\0# branch.head main\0"
    "1 .M N... 100644 100644 100644 0000 0000 a b\0"
    "2 R. N... 100644 100644 100644 0000 0000 R100 new\0old\0"
    "u UU N... 100644 100644 100644 100644 0 0 0 c\0? d\0! e\0"
)
LINES = ".env export DB_PASSWORD='a b' \nTOKEN: x\n-----BEGIN RSA PRIVATE KEY-----\n# KEY=1\nurl=postgres://a:b@c/d\nX=${Y}\n"
LOG = (
    "\x0064c0c14002515d645d6f711ee042e33304b41e0e\n\ndiff --git a/.env b/.env\nnew file mode 100644\n"
    "index 0..1\n--- /dev/null\n+++ b/.env\n@@ -0,0 +1,2 @@\n+A=1\n+DB_PASSWORD=x y\n"
    '\x0028\n\ndiff --git "a/gr\\374.env" "b/gr\\374.env"\n--- "a/gr\\374.env"\n+++ "b/gr\\374.env"\n'
    "@@ -3 +3 @@\n-A=1\n+TOKEN='abcdef'\ndiff --git a/a.p12 b/a.p12\nBinary files /dev/null and b/a.p12 differ\n"
)
TOML = """\
osv_db = "osv"
[roles]
web = "proxy"
[soak]
window = "1m30s"
[[waivers]]
check = "runs-as-root"
reason = "it has to"
owner = "ops"
until = 2030-01-31
[checks.image-oversized]
when_unknown = "warn"
reason = 'x'
"""


def _told(found: Found, text: str) -> None:
    """Every reading stands on a line of the text."""
    last = text.count("\n") + 1
    assert all(0 < read.line <= last for read in found.reads)
    assert all(0 < line <= last for _, line in found.untold)


@given(mangled(RUST))
@bounded
def test_the_reader_of_names_in_rust(text: str) -> None:
    _told(_reads_rust.read(text), text)
    list(_reads_rust.queries(text))


@given(mangled(GO))
@bounded
def test_the_reader_of_names_in_go(text: str) -> None:
    _told(_reads_go.read(text), text)


@given(mangled(JS))
@bounded
def test_the_reader_of_names_in_javascript(text: str) -> None:
    _told(_reads_js.read(text), text)


@given(mangled(PYTHON))
@bounded
def test_the_reader_of_names_in_python(text: str) -> None:
    found = _reads_python.read(text)
    assert all(read.line > 0 for read in found.reads)


@given(mangled(SHELL))
@example('\f\x1e#!/bin/sh\nexec app "$A"\n')
@bounded
def test_the_reader_of_names_in_shell(text: str) -> None:
    _told(_reads_shell.read(text), text)


@given(mangled(ALEMBIC))
@bounded
def test_the_reader_of_alembic_migrations(text: str) -> None:
    assert all(hit.message and hit.origin.line > 0 for hit in alembic.read(text, "a.py"))


@given(mangled(SQL))
@bounded
def test_the_reader_of_sql_that_makes_roles(text: str) -> None:
    init_scripts._MAKES.search(text)
    init_scripts._BY_VARIABLE.search(text)


@given(mangled(WAIVERS))
@bounded
def test_the_reader_of_waivers_in_comments(text: str) -> None:
    lines = len(text.split("\n"))
    assert all(0 <= each.line <= lines and (each.reason or each.problem) for each in waivers_in(text, "a"))


@given(mangled(CRON))
@bounded
def test_the_reader_of_crontabs_and_renewals(text: str) -> None:
    lines = [SourceLine(said, Origin("a", line)) for line, said in operations._joined(text)]
    asked = [line for line in lines if operations._ASKED_FOR.search(line.text) or operations._RENEWAL.match(line.text)]
    found = renewal(samples.stack(), asked)
    assert (found.standalone, found.webroot, found.hook, found.other_way) is not None


@given(mangled(STATUS), mangled("/a/b", "/a"))
@bounded
def test_the_reader_of_what_git_says(text: str, place: str) -> None:
    root = Path("/", place.replace("\0", ""))
    assert all(isinstance(each, str) for each in git_state._changed(text, root, root))
    git_state._revision(text)
    for name in text.split("\0"):
        _secrets.suspect(name)


@given(mangled(LOG))
@example('\x00c0ffee\n\ndiff --git "a/b\\')
@example('\x00c0ffee\n\ndiff --git a/x b/x\n--- "a/x"\n+++ "b/x\\"\n@@ -0,0 +1 @@\n+A_PASSWORD=abcdef\n')
@bounded
def test_the_reader_of_git_s_log(text: str) -> None:
    assert all(each.path and each.line >= 0 and each.kind for each in git_history.secrets_in(text))


@given(mangled(LINES))
@bounded
def test_the_search_for_secrets_in_files(text: str) -> None:
    for name in (".env", "secrets/a", "a.jks"):
        assert all(line >= 0 and kind for line, kind in _secrets.in_content(name, text.encode("utf-8", "replace")))


@given(mangled(TOML))
@bounded
def test_the_reader_of_settings(text: str) -> None:
    answers(lambda: config.load(text, "flawless.toml", ("runs-as-root",)), UsageError)
