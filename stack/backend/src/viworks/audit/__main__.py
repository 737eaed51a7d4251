"""`python -m viworks.audit verify [--noted SEQ:HASH]`

Ends with 0 and prints the head when the audit log is unbroken, with 1 and the first broken entry when it is not, with
69 when the database cannot be asked, with 78 for a wrong setting. Reads DATABASE_URL and DATABASE_PASSWORD_FILE.
"""

import argparse
import asyncio
import os
import sys

import asyncpg  # type: ignore[import-untyped,unused-ignore]

from viworks import settings
from viworks.audit.verify import BrokenChainError, Link, link, verify
from viworks.database import connect


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(prog="python -m viworks.audit")
    command = parser.add_subparsers(required=True, metavar="verify").add_parser("verify", help="recompute the chain")
    command.add_argument("--noted", type=link, metavar="SEQ:HASH", help="an entry that must be in it, noted before")
    noted = parser.parse_args().noted
    try:
        head = asyncio.run(run(settings.database_dsn(os.environ), noted))
    except settings.SettingsError as error:
        return complain(f"settings: {error}", os.EX_CONFIG)
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return complain(f"database: {error or type(error).__name__}", os.EX_UNAVAILABLE)
    except BrokenChainError as error:
        return complain(f"audit: {error}", 1)
    sys.stdout.write(f"audit: {head.seq} entries, unbroken; head {head}\n")
    return os.EX_OK


async def run(dsn: str, noted: Link | None) -> Link:
    """Verifies over a connection of its own."""
    connection = await connect(dsn, "viworks-audit")
    try:
        return await verify(connection, noted)
    finally:
        await connection.close()


def complain(line: str, code: int) -> int:
    """One line for the operator, and the exit code."""
    sys.stderr.write(f"{line}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
