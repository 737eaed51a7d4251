"""Options that plan and deploy share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def deploy_options(command: F) -> F:
    """What to deploy and how: flags, and ``recreate`` and ``only`` as tuples of service names."""
    for option in (
        click.option("--allow-dirty", is_flag=True, help="Deploy uncommitted changes; the report says so."),
        click.option("--no-cache", is_flag=True, help="Build every layer anew."),
        click.option("--force-recreate", is_flag=True, help="Replace every container, changed or not."),
        click.option(
            "--recreate",
            multiple=True,
            metavar="SERVICE",
            help="Allow this database or cache to be recreated (its volumes stay), or volume:NAME to be made anew "
            "(what is in it is lost). May be repeated.",
        ),
        click.option(
            "--maintenance",
            is_flag=True,
            help="Answer 503 with Retry-After while something behind the proxy is away.",
        ),
        click.option(
            "--only",
            multiple=True,
            metavar="SERVICE",
            help="Switch this service only; all others stay as the last good release has them. May be repeated.",
        ),
    ):
        command = option(command)
    return command


class Seconds(click.ParamType[float, str]):
    """A duration: ``90``, ``90s``, ``5m`` or ``1h``."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Seconds; a usage error for anything else."""
        from flawless.config import seconds

        found = seconds(value)
        if found is None:
            self.fail(f"{value!r} is no duration; write 90s, 5m or 1h", param, ctx)
        return found
