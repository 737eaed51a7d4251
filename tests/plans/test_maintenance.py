"""When a page is shown and when not, and what nginx is given for it."""

from __future__ import annotations

import pytest
from msgspec import structs

from flawless.deploy.maintenance import paused
from flawless.deploy.plan import Options, Situation, Wanted, plan
from flawless.model.observed import ContainerState
from flawless.model.plan import Plan, StepKind
from flawless.model.stack import Port, Role, Stack
from flawless.testing import samples
from flawless.testing.samples import HERE

FIXED = Port(9000, "9000", "127.0.0.1", "tcp", HERE)
BACKEND = samples.service("backend", role=Role.BACKEND, ports=(FIXED,))
NGINX = samples.service("nginx", role=Role.PROXY, image="sample/nginx:1", ports=(Port(443, "443", "", "tcp", HERE),))
STACK = samples.stack(NGINX, BACKEND, samples.service("frontend", role=Role.FRONTEND))


def planned(
    stack: Stack = STACK,
    *,
    changed: tuple[str, ...] = ("backend", "frontend"),
    mounted: bool = True,
    asked: bool = True,
) -> Plan:
    wanted = {each.name: Wanted(f"sha256:{each.name}", "hash", "f") for each in stack.services}
    wanted |= {name: Wanted("sha256:new", "hash", "f") for name in changed}
    containers: dict[str, tuple[ContainerState, ...]] = {
        each.name: (samples.container(each.name),) for each in stack.services
    }
    now = Situation(containers, {"nginx": "f"} if mounted else {})
    return plan(stack, wanted, now, Options(closing=False, maintenance=asked), release="r2", parent="r1")


def test_the_page_is_shown_only_while_something_is_away() -> None:
    assert [step.id for step in planned().steps] == [
        "pause-nginx", "switch-backend", "unpause-nginx", "switch-frontend"
    ]  # fmt: skip
    assert planned().collateral == ()


def test_it_is_shown_only_when_it_is_asked_for() -> None:
    assert {step.kind for step in planned(asked=False).steps} == {StepKind.SWITCH}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (planned(changed=("frontend",)), "nothing behind the proxy stops first"),
        (planned(changed=("nginx",)), "nothing behind the proxy stops first"),
        (planned(mounted=False), "no page can be shown"),
        (planned(changed=("backend", "nginx")), "no page can be shown"),
        (
            planned(samples.stack(structs.replace(NGINX, image="sample/caddy:2"), BACKEND), changed=("backend",)),
            "no page",
        ),
    ],
    ids=["no-gap", "the-proxy-itself", "configuration-in-the-image", "the-proxy-moves-too", "no-nginx"],
)
def test_where_no_page_can_be_shown_the_plan_says_so(found: Plan, said: str) -> None:
    assert {step.kind for step in found.steps} == {StepKind.SWITCH}
    assert said in found.collateral[-1]


SERVERS = """events {}
http {
    upstream app { server backend:9000; }
    # server { in a comment }
    server {
        listen 80;
    }
    server {
        listen [::]:443 ssl;
        listen 443 ssl;
    }
    server {
        listen 127.0.0.1:8079;
    }
}
"""


@pytest.mark.parametrize(
    ("ports", "shown"),
    [([443], [443]), ([80, 443], [80, 443]), ([], [80, 443, 8079]), ([9999], [])],
    ids=["one", "both-published", "none-published", "none-of-them"],
)
def test_only_published_servers_show_the_page_so_that_a_healthcheck_of_its_own_goes_on(
    ports: list[int], shown: list[int]
) -> None:
    blocks = paused(SERVERS, ports).split("server {")[2:]
    assert [port for port, block in zip([80, 443, 8079], blocks, strict=True) if "return 503" in block] == shown


def test_the_page_says_when_to_come_back_and_without_it_the_text_is_the_same() -> None:
    text = paused(SERVERS, [443])
    assert "return 503;\n    add_header Retry-After 30 always;" in text
    assert (
        "".join(text.split(" # flawless: maintenance\n    return 503;\n    add_header Retry-After 30 always;\n"))
        == SERVERS
    )
    assert paused("# nothing here\n", [443]) == "# nothing here\n"


def test_a_server_that_does_not_say_listens_on_80() -> None:
    assert "503" in paused("server {\n  root /x;\n}\n", [80])
    assert "503" not in paused("server {\n  root /x;\n}\n", [443])
