"""Starts the server, after the settings have proved sound and the database has answered.

Ends with 78 for a wrong setting, with 69 when the database cannot be reached, with 0 after SIGTERM or SIGINT.
"""

import asyncio
import os
import sys

import uvloop

from viworks import app, logs, readiness, server, settings

PORT = 8081


def main() -> int:
    """The exit code."""
    try:
        wanted = settings.load(os.environ)
        port = settings.port(os.environ, PORT)
    except settings.SettingsError as error:
        return complain(f"settings: {error}", os.EX_CONFIG)
    logs.configure(wanted.log_level)
    return uvloop.run(run(wanted, port))


async def run(wanted: settings.Settings, port: int) -> int:
    """Serves until told to end; the exit code."""
    if reason := await readiness.unreachable(wanted.database_dsn):
        return complain(f"database: cannot reach {settings.place(wanted.database_dsn)}: {reason}", os.EX_UNAVAILABLE)
    draining = asyncio.Event()
    # Every address: which networks reach this port is Compose's decision.
    with server.bind("0.0.0.0", port) as bound:  # noqa: S104
        await server.serve(app.build(wanted, draining), bound, draining)
    return os.EX_OK


def complain(line: str, code: int) -> int:
    """One line for the operator, and the exit code."""
    sys.stderr.write(f"{line}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
