"""What the engine and the edge of a running stack tell, each with a world in which it is otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec import structs

from flawless.model.facts import STACK
from flawless.model.settings import EdgeSettings, Settings
from flawless.model.stack import Attachment, Service, Stack
from flawless.ports.bundle import Ports
from flawless.probes.images import image_config
from flawless.probes.live import (
    containers,
    foreign,
    host,
    inside,
    isolation,
    logs,
    processes,
    routes,
    tls,
    usage,
    version,
)

from .shop import Bench, Shop, reading, reason

pytestmark = pytest.mark.engine


def changed(stack: Stack, name: str, **changes: Any) -> Stack:
    """The stack with one service changed in the files, not in reality."""

    def other(service: Service) -> Service:
        return structs.replace(service, **changes) if service.name == name else service

    return structs.replace(stack, services=tuple(map(other, stack.services)))


async def test_running_containers_are_seen_with_their_health(shop: Shop, ports: Ports) -> None:
    facts = await containers.gather(shop.target(ports))
    [backend] = reading(facts, "service:backend")
    assert (backend.name, backend.state, backend.health) == (f"{shop.name}-backend-1", "running", "healthy")
    assert (backend.read_only, backend.cap_drop, backend.memory) == (True, ("ALL",), 256 * 1024 * 1024)
    [job] = reading(facts, "service:migrate")
    assert (job.state, job.exit_code) == ("exited", 0)


async def test_containers_of_another_project_are_not_seen(bench: Bench) -> None:
    facts = await containers.gather(bench.target)
    assert reading(facts, "service:backend") == ()


async def test_a_crashed_container_is_seen_with_its_exit_code(bench: Bench) -> None:
    ref = await bench.container("backend", run=["sh", "-c", "exit 3"])
    await bench.ports.engine.wait(ref, 20)
    [crashed] = reading(await containers.gather(bench.target), "service:backend")
    assert (crashed.state, crashed.exit_code, crashed.health) == ("exited", 3, "none")


async def test_a_run_of_a_service_by_hand_is_left_out(bench: Bench) -> None:
    await bench.container("backend")
    labels = {"com.docker.compose.oneoff": "True", "com.docker.compose.project": bench.stack.name}
    await bench.container("backend", Labels={**labels, "com.docker.compose.service": "backend"})
    assert len(reading(await containers.gather(bench.target), "service:backend")) == 1


async def test_every_process_has_its_real_user(shop: Shop, bench: Bench) -> None:
    seen = reading(await processes.gather(shop.target(bench.ports)), "service:backend")
    assert seen
    assert {process.uid for process in seen} == {10001}
    await bench.container("backend", run=["sleep", "60"])
    [root] = reading(await processes.gather(bench.target), "service:backend")
    assert (root.uid, root.command) == (0, "sleep 60")


async def test_usage_is_seen_against_its_limits(shop: Shop, ports: Ports) -> None:
    facts = await usage.gather(shop.target(ports))
    [database] = reading(facts, "service:postgres")
    assert 1024 * 1024 < database.memory < database.memory_limit == 384 * 1024 * 1024
    assert 0 <= database.cpu < 2
    assert (database.cpu_limit, database.pids_limit) == (1.0, 128)
    assert 2 <= database.pids < 128
    assert reading(facts, "service:migrate") == ()


async def test_a_busy_container_uses_its_cpu(bench: Bench) -> None:
    await bench.container("backend", run=["sh", "-c", "while :; do :; done"])
    [busy] = reading(await usage.gather(bench.target), "service:backend")
    assert busy.cpu > 0.1


async def test_error_lines_are_found_in_the_logs(shop: Shop, bench: Bench) -> None:
    quiet = reading(await logs.gather(shop.target(bench.ports)), "service:redis")
    assert quiet.lines > 0
    assert quiet.errors == ()
    said = "echo started; echo 'ERROR pool 1 timed out' >&2; echo 'ERROR pool 2 timed out' >&2"
    ref = await bench.container("backend", run=["sh", "-c", said])
    await bench.ports.engine.wait(ref, 20)
    loud = reading(await logs.gather(bench.target), "service:backend")
    assert (loud.lines, [(entry.template, entry.count) for entry in loud.errors]) == (
        3,
        [("ERROR pool <n> timed out", 2)],
    )


async def test_a_service_without_a_container_has_no_known_log(bench: Bench) -> None:
    assert "no container" in reason(await logs.gather(bench.target), "service:backend")


async def test_a_foreign_container_that_holds_a_name_is_seen(shop: Shop, ports: Ports) -> None:
    assert reading(await foreign.gather(shop.target(ports)), STACK) == ()
    name = f"{shop.name}-frontend-2"  # the next one that Compose would make
    ref = await ports.engine.create({"Image": "debian:bookworm-slim", "Cmd": ["true"]}, name)
    try:
        [holder] = reading(await foreign.gather(shop.target(ports)), STACK)
    finally:
        await ports.engine.remove(ref, force=True)
    assert (holder.name, holder.service, holder.owner) == (name, "frontend", "no Compose project")


async def test_the_host_tells_its_versions_and_room(shop: Shop, ports: Ports) -> None:
    seen = reading(await host.gather(shop.target(ports)), STACK)
    assert seen.engine
    assert seen.compose[:1].isdigit()
    assert seen.cpus >= 1
    assert seen.disk_free is None or 0 < seen.disk_free < (seen.disk_total or 0)


async def test_the_backend_answers_from_inside(shop: Shop, ports: Ports) -> None:
    answers = reading(await inside.gather(shop.target(ports)), STACK)
    assert {(answer.caller, answer.url, answer.status) for answer in answers} == {
        ("nginx", "http://backend:8081/health", 200),
        ("frontend", "http://backend:8081/health", 200),
    }


@pytest.mark.parametrize(
    ("expose", "path", "status", "words"),
    [((9,), "/health", 0, "refused from the network"), ((8081,), "/no-such-page", 404, "")],
)
async def test_a_backend_that_answers_wrongly_inside_is_told(
    shop: Shop, ports: Ports, expose: tuple[int, ...], path: str, status: int, words: str
) -> None:
    settings = structs.replace(shop.settings, edge=EdgeSettings(health_path=path))
    target = shop.target(ports, settings, changed(shop.stack, "backend", expose=expose))
    for answer in reading(await inside.gather(target), STACK):
        assert (answer.status, words in answer.message) == (status, True)


async def test_stores_are_closed_to_the_edge_and_open_to_themselves(shop: Shop, ports: Ports) -> None:
    reaches = reading(await isolation.gather(shop.target(ports)), STACK)
    stores = {"postgres", "redis"}
    assert {reach.caller for reach in reaches} == stores | {"nginx", "frontend"}
    assert all((reach.state == "open") == (reach.caller in stores) for reach in reaches)
    tried_by_address = [reach for reach in reaches if reach.host not in stores]
    assert {reach.network for reach in tried_by_address} == {"edge", "app"}


async def test_a_proxy_on_the_stores_network_reaches_them(shop: Shop, ports: Ports) -> None:
    stack = changed(shop.stack, "nginx", networks=(Attachment("edge"), Attachment("data")))
    reaches = reading(await isolation.gather(shop.target(ports, stack=stack)), STACK)
    opened = {(reach.host, reach.port) for reach in reaches if reach.caller == "nginx" and reach.state == "open"}
    assert opened >= {("postgres", 5432), ("redis", 6379)}


async def test_isolation_that_its_control_does_not_prove_is_unknown(shop: Shop, ports: Ports) -> None:
    stack = changed(shop.stack, "postgres", networks=(Attachment("edge"),))
    facts = await isolation.gather(shop.target(ports, stack=stack))
    assert "a closed port would prove nothing" in reason(facts, STACK)


async def test_pages_answer_through_the_proxy(shop: Shop, ports: Ports) -> None:
    answers = reading(await routes.gather(shop.target(ports)), STACK)
    seen = {(answer.url.partition(":")[0], answer.path): answer.status for answer in answers}
    assert seen == {
        ("https", "/"): 200,
        ("https", "/health"): 200,
        ("https", "/version"): 200,
        ("https", routes.MISSING): 404,
        ("http", "/"): 308,
    }
    assert all("content-security-policy" in answer.headers for answer in answers)


async def test_a_stopped_upstream_is_a_bad_gateway(shop: Shop, ports: Ports) -> None:
    shop.compose("stop", "frontend")
    try:
        answers = reading(await routes.gather(shop.target(ports)), STACK)
    finally:
        shop.compose("up", "-d", "--wait", "--no-recreate", "frontend")
    assert {answer.path: answer.status for answer in answers if answer.url.startswith("https")}["/"] in (502, 504)


async def test_a_proxy_that_is_not_there_gives_the_reason(bench: Bench) -> None:
    stopped = changed(bench.stack, "nginx", ports=_on_port(bench.stack, "9"))
    target = bench.shop.target(bench.ports, stack=stopped)
    for answer in reading(await routes.gather(target), STACK):
        assert (answer.status, "Connection refused" in answer.error) == (0, True)
    assert "no TLS handshake" in reason(await tls.gather(target), STACK)
    assert "Connection refused" in reason(await version.gather(target), STACK)


def _on_port(stack: Stack, port: str) -> tuple[Any, ...]:
    nginx = stack.service("nginx")
    assert nginx is not None
    return tuple(structs.replace(each, published=port) for each in nginx.ports)


async def test_a_stack_that_publishes_nothing_is_unknown(bench: Bench) -> None:
    target = bench.shop.target(bench.ports, stack=changed(bench.stack, "nginx", ports=()))
    gathers: list[Callable[..., Any]] = [routes.gather, tls.gather, version.gather]
    for gather in gathers:
        assert "publishes a port" in reason(await gather(target), STACK)


async def test_the_proxys_certificate_is_seen(shop: Shop, ports: Ports) -> None:
    seen = reading(await tls.gather(shop.target(ports)), STACK)
    assert (seen.verified, seen.protocols) == (True, ("TLSv1.2", "TLSv1.3"))
    assert "127.0.0.1" in seen.names
    assert seen.now < seen.not_after


async def test_a_certificate_of_an_unknown_authority_is_not_verified(shop: Shop, ports: Ports) -> None:
    seen = reading(await tls.gather(shop.target(ports, Settings())), STACK)
    assert (seen.verified, bool(seen.verify_error)) == (False, True)


async def test_the_application_tells_its_revision(shop: Shop, ports: Ports) -> None:
    assert reading(await version.gather(shop.target(ports)), STACK)


async def test_a_version_page_without_a_revision_is_unknown(shop: Shop, ports: Ports) -> None:
    settings = Settings(edge=EdgeSettings(ca="certs/ca.crt", version_path="/health"))
    assert "without a revision" in reason(await version.gather(shop.target(ports, settings)), STACK)


async def test_images_are_seen_with_their_user(shop: Shop, ports: Ports) -> None:
    seen = reading(await image_config.gather(shop.target(ports)), "service:backend")
    assert (seen.user, seen.secrets) == ("10001:10001", ())
    assert seen.size > 1024 * 1024


async def test_an_image_that_is_not_there_is_unknown(shop: Shop, ports: Ports) -> None:
    stack = changed(shop.stack, "backend", image="flawless-test/none:1")
    assert "does not have the image" in reason(
        await image_config.gather(shop.target(ports, stack=stack)), "service:backend"
    )
