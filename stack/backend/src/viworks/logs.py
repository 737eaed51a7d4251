"""One JSON object a line on standard output, for our own lines and the server's alike.

Nothing here ever gets a header, a body or a query: there is no secret to take out again.
"""

import logging.config
from typing import Any

import structlog


def shared() -> list[Any]:
    """What every line goes through, whoever wrote it."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.processors.format_exc_info,
    ]


def stdlib_config(level: str) -> dict[str, Any]:
    """The same for what libraries write through `logging`, as a dictConfig."""
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(),
        ],
        "foreign_pre_chain": [structlog.stdlib.ExtraAdder(allow=()), *shared()],
    }
    stream = {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": formatter},
        "handlers": {"out": stream},
        "root": {"handlers": ["out"], "level": level.upper()},
    }


def configure(level: str) -> None:
    """Sets up both kinds. `level` is debug, info, warning or error."""
    logging.config.dictConfig(stdlib_config(level))
    structlog.configure(
        processors=[*shared(), structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
