"""Writing a first ``flawless.toml``: every setting with its default, commented, and what was detected."""

from __future__ import annotations

import os
from pathlib import Path

from flawless.config import FILE
from flawless.errors import UsageError
from flawless.model.settings import Settings
from flawless.model.stack import Role, Stack
from flawless.ports.bundle import Ports
from flawless.report.text import one_line


async def write_settings(root: Path, ports: Ports, *, force: bool) -> Path:
    """Write the file for the stack in ``root``; its path. UsageError when it is there already and not ``force``."""
    from flawless.app.observe import read_stack

    path = root / FILE
    _spare(path, force=force)
    stack, _ = await read_stack(root, Settings(), ports)
    ports.files.write(path, settings_text(stack).encode(), 0o644)
    return path


def _spare(path: Path, *, force: bool) -> None:
    if os.path.lexists(path) and not force:
        raise UsageError(f"{FILE} is there already", where=str(path), remedy="edit it, or overwrite it with --force")


def settings_text(stack: Stack) -> str:
    """The whole file: valid, and the same as no file at all until a line is changed."""
    return _TEXT.format(
        name=one_line(stack.name),
        files=", ".join(one_line(file) for file in stack.files),
        roles="\n".join(_role(service.name, service.role) for service in stack.services),
        known=", ".join(Role),
        migrate=_migrate(stack),
    )


def _role(service: str, role: Role) -> str:
    return f"# {quoted(service)} = {quoted(role)}"


def _migrate(stack: Stack) -> str:
    jobs = stack.with_role(Role.JOB)
    return quoted(jobs[0].name if jobs else "")


def quoted(text: str) -> str:
    """Text as a TOML string on one line."""
    escaped = one_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


_TEXT = """\
# Settings of flawless for the stack {name}, read from {files}.
# Every line that begins with # shows a default or what was detected; take the # away to change it.
# A key that flawless does not know is an error. Durations are seconds, or text such as "90s" or "5m".

# A local copy of the OSV advisories, for machines that cannot reach the database.
# osv_db = "/var/lib/osv"

[stack]
# Compose files, profiles and env files; empty means: as Compose itself finds them.
# files = []
# profiles = []
# env_files = []

[roles]
# What each service is for: {known}. Detected:
{roles}

[edge]
# How the stack is reached from outside; empty means: worked out from the proxy's published ports.
# url = "https://www.example.org"
# http_url = "http://www.example.org"
# host = "www.example.org"
# A PEM file that is trusted besides the system's, relative to this folder.
# ca = ""
# Paths that must answer, besides the two below.
# paths = []
# health_path = "/health"
# version_path = "/version"

[app]
# What the application answers; empty means: as its OpenAPI document says, which is looked for at the usual places.
# openapi = "/openapi.json"
# Routes are "METHOD /path", or a path alone for GET: those that need no login, those that do (where no document
# names them), those that the second account must be refused, those that are limited, and those to leave alone.
# public = ["POST /api/login"]
# protected = ["GET /api/orders"]
# restricted = ["GET /api/users"]
# limited = ["POST /api/login"]
# skip = []
# websockets = ["/ws"]
# The origin of pages elsewhere that may call the API.
# origin = "https://www.example.org"
# What answers with the log of who did what, and a change that leaves an entry there.
# audit = "GET /api/audit"
# change = "POST /api/orders"
# change_body = '{{"name": "probe"}}'
# The request that gives a token; empty means: worked out from the OpenAPI document.
# [app.login]
# route = "POST /api/login"
# user_field = "username"
# password_field = "password"
# token_field = "access_token"
# Who can log in. Passwords are never written here: name a variable of the environment, or a file.
# [[app.accounts]]
# name = "admin"
# password_file = "secrets/admin_password"
# The key that signs tokens: with it, expired tokens and those for others can be tried too.
# [app.jwt]
# key_file = "secrets/jwt_secret"

[soak]
# How long restarts and logs are watched after a switch, and how often is looked.
# restarts = "5m"
# logs = "10m"
# interval = "2s"

[migrations]
# The job that migrates the database; empty means: detected.
# service = {migrate}
# Where no service is such a job: a command that runs once in the image of that service, before the switch.
# command = []

[rehearsal]
# What the backends answer with "ready" and "alive"; empty means: detected among the usual ones.
# ready_path = "/health/ready"
# live_path = "/health/live"
# in_flight = "POST /api/orders"  # or "GET /api/report": held while its service is asked to stop
# The throwaway copy of `flawless check --rehearse` reaches nothing outside of itself unless it may.
# outbound = false

[deploy]
# Requests a second that measure the gap while services are switched.
# probe_rate = 20
# Good releases that are kept to go back to.
# keep_releases = 5
# How long a service may take to become healthy; 0 means: worked out from its healthcheck.
# health_timeout = 0

[watch]
# What flawless watch raises an alert for: the share of a memory limit in use, the share of time slices waited in for a
# CPU limit, the share of the engine's disk that is free, seconds of the median request, days of the certificate.
# memory = 0.9
# throttled = 0.5
# disk = 0.1
# slow = 2.0
# certificate_days = 14
# Nobody is told twice of the same thing within this time.
# cooldown = "5m"
# MB of readings that stay in the ledger.
# keep_mb = 100

# Programs of your own around a switch, run here in this folder. One that comes before may stop it.
# pre_build, pre_switch, post_switch, post_promote, on_rollback:
# [hooks.pre_switch]
# run = ["script/announce", "switching now"]
# timeout = "5m"

# A check that could not tell stops the gate, unless it may not:
# [checks.dependency-vulnerable]
# when_unknown = "warn"
# reason = "the advisory database is out of reach from this machine; scanned nightly elsewhere"

# An accepted finding, with its reason, its owner and its last day:
# [[waivers]]
# check = "filesystem-writable"
# subject = "service:backend"
# reason = "uploads move to object storage"
# owner = "operations"
# until = "2030-01-31"
"""
