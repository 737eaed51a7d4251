"""One JSON object a line on standard output, for our own lines and the server's alike."""

import logging.config
from typing import Any

import structlog


def shared() -> list[Any]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.processors.format_exc_info,
    ]


def stdlib_config(level: str) -> dict[str, Any]:
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(),
        ],
        "foreign_pre_chain": shared(),
    }
    stream = {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": formatter},
        "handlers": {"out": stream},
        "root": {"handlers": ["out"], "level": level.upper()},
        "loggers": {"_granian": {"handlers": ["out"], "propagate": False}},
    }


def configure(level: str) -> None:
    logging.config.dictConfig(stdlib_config(level))
    structlog.configure(
        processors=[*shared(), structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
