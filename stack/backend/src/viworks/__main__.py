"""Starts the server, after the settings have proved sound."""

import os
import sys

from granian.constants import HTTPModes, Interfaces, Loops
from granian.log import LogLevels
from granian.server import MPServer

from viworks import logs, settings

PORT = 8081


def main() -> int:
    try:
        wanted = settings.load(os.environ)
    except settings.SettingsError as error:
        sys.stderr.write(f"settings: {error}\n")
        return os.EX_CONFIG
    logs.configure(wanted.log_level)
    server(wanted.log_level).serve()
    return os.EX_OK


def server(level: str) -> MPServer:
    return MPServer(
        "viworks.app:build",
        factory=True,
        # Every address: which networks reach this port is Compose's decision.
        address="0.0.0.0",  # noqa: S104
        port=PORT,
        interface=Interfaces.ASGI,
        http=HTTPModes.http1,
        loop=Loops.asyncio,
        websockets=False,
        # Below the container's grace of 30 s: late requests are cut by us, with exit code 0.
        workers_kill_timeout=25,
        log_level=LogLevels(level),
        log_dictconfig=logs.stdlib_config(level),
    )


if __name__ == "__main__":
    sys.exit(main())
