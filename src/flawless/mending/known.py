"""Images whose insides are known well enough to change how they are run."""

from __future__ import annotations

from flawless.checks.images._shared import image_name, official

# Official images that start as root, change the user with setuid(2) themselves and hold no setuid program that they
# need: no-new-privileges takes nothing from them.
NEEDS_NO_PRIVILEGES = frozenset(
    {"postgres", "redis", "valkey", "mysql", "mariadb", "mongo", "rabbitmq", "memcached", "nginx", "httpd", "haproxy"}
    | {"traefik", "caddy", "registry", "nats", "eclipse-mosquitto", "influxdb"}
)


def official_name(image: str) -> str:
    """The name of an official image; empty for any other."""
    return image_name(image) if image and official(image) else ""
