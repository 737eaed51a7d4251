"""For how long a running nginx keeps the address of a service, from what it prints of its own configuration."""

from __future__ import annotations

import pytest
from msgspec import structs

from flawless.deploy.lookups import Lookup, lookups
from flawless.model.plan import Door
from flawless.model.stack import Attachment, Network, Role
from flawless.ports.engine import ExecResult
from flawless.probes.live._running_nginx import from_dump, running_config
from flawless.testing import samples
from flawless.testing.fakes import MemoryEngine
from flawless.testing.samples import HERE

ON = (Attachment("app", ("api",)),)
STACK = samples.stack(
    samples.service("nginx", role=Role.PROXY, networks=(Attachment("app"),)),
    samples.service("web", role=Role.BACKEND, networks=ON),
    networks=(Network("app", "sample_app", False, False, HERE),),
)
PROXY = STACK.services[0]
SAID = """nginx: the configuration file /etc/nginx/nginx.conf syntax is ok
nginx: configuration file /etc/nginx/nginx.conf test is successful
"""


def dump(http: str, server: str = "") -> str:
    """What ``nginx -T`` prints of a main file and one that it includes."""
    main = f"events {{}}\nhttp {{ {http} include conf.d/*.conf; }}\n"
    site = f"server {{ listen 80; location / {{ {server} }} }}\n"
    return (
        f"{SAID}# configuration file /etc/nginx/nginx.conf:\n{main}\n"
        f"# configuration file /etc/nginx/conf.d/site.conf:\n{site}\n"
    )


def found(http: str, server: str) -> list[Lookup]:
    config = from_dump(dump(http, server))
    assert config is not None
    assert config.problems == ()
    return list(lookups(PROXY, config, STACK))


AGAIN = "set $up web; proxy_pass http://$up:8081;"


@pytest.mark.parametrize(
    ("http", "server", "seconds"),
    [
        ("", "proxy_pass http://web:8081;", None),
        ("resolver 127.0.0.11 valid=1s;", "proxy_pass http://web:8081;", None),
        ("upstream u { server web:8081; }", "proxy_pass http://u;", None),
        (
            "resolver 127.0.0.11 valid=5s; upstream u { zone z 64k; server web:8081 resolve; }",
            "proxy_pass http://u;",
            5,
        ),
        ("resolver 127.0.0.11 valid=1s;", AGAIN, 1.0),
        ("resolver 127.0.0.11 valid=30;", AGAIN, 30.0),
        ("resolver 127.0.0.11 valid=1m30s;", AGAIN, 90.0),
        ("resolver 127.0.0.11;", AGAIN, 600.0),
        ("resolver 127.0.0.11 valid=1s;", f"resolver 127.0.0.11 valid=9s; {AGAIN}", 9.0),
    ],
    ids=["literal", "resolver-unused", "upstream", "resolve", "1s", "number", "minutes", "docker-says", "nearest"],
)
def test_how_long_an_address_is_kept(http: str, server: str, seconds: float | None) -> None:
    assert found(http, server) == [Lookup("nginx", "web", seconds, Door("sample_app", "web", 8081))]


def test_an_alias_is_the_name_that_is_asked_for() -> None:
    (lookup,) = found("", "proxy_pass http://api:8081;")
    assert (lookup.service, lookup.door) == ("web", Door("sample_app", "api", 8081))


def test_what_is_no_service_of_the_stack_concerns_nobody() -> None:
    assert found("", "proxy_pass http://192.0.2.1:80;") == []
    assert found("resolver 127.0.0.11;", "proxy_pass http://$host;") == []
    assert found("", "root /srv;") == []


@pytest.mark.parametrize("answer", [ExecResult(127, "no such file"), ExecResult(1, SAID), ExecResult(0, "")])
async def test_what_is_no_nginx_or_refuses_its_files_tells_nothing(answer: ExecResult) -> None:
    assert await running_config(MemoryEngine([], {"exec x nginx -T": answer}), "x") is None
    assert await running_config(MemoryEngine(), "x") is None


async def test_a_running_nginx_is_asked_itself() -> None:
    answer = ExecResult(0, dump("", "proxy_pass http://web:8081;"))
    config = await running_config(MemoryEngine([], {"exec x nginx -T": answer}), "x")
    assert config is not None
    assert config.files == ("/etc/nginx/nginx.conf", "/etc/nginx/conf.d/site.conf")
    (told,) = config.find("proxy_pass")
    assert told.origin == structs.replace(HERE, file="/etc/nginx/conf.d/site.conf", line=1)
