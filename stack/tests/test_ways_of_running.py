"""The ways to run the stack: on its own images, on official ones, for development, with several backends."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from stack.tests.harness import BACKEND_PORT, GENEROUS, STACK, Site, docker, run, until

engine = pytest.mark.engine
LASTING = ("nginx", "frontend", "backend", "postgres", "redis")
JOBS = ("migrate", "backup")


def resolved(*files: str, folder: Path = STACK, **environment: str) -> dict[str, Any]:
    """What Compose makes of the files; of the ones that it finds by itself without any."""
    chosen = [word for file in files for word in ("--file", file)]
    path = {"PATH": "/usr/bin:/bin:/usr/local/bin", "HOME": str(Path.home())}
    output = subprocess.run(
        ("docker", "compose", *chosen, "--profile", "*", "config", "--format", "json"),
        cwd=folder,
        env={**path, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    found: dict[str, Any] = json.loads(output)
    return found


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The stack as a fresh clone has it: without secrets, certificates or an .env."""
    ours = shutil.ignore_patterns(".flawless", "__pycache__", "secrets", "certs", ".env", "tests", "node_modules")
    return Path(shutil.copytree(STACK, tmp_path / "stack", ignore=ours))


@engine
def test_only_the_proxy_is_published_and_only_on_this_machine(checkout: Path) -> None:
    services = resolved(folder=checkout)["services"]
    published = {name: service["ports"] for name, service in services.items() if service.get("ports")}
    assert list(published) == ["nginx"]
    assert {port["host_ip"] for port in published["nginx"]} == {"127.0.0.1"}


@engine
@pytest.mark.parametrize("files", [("compose.yaml",), ("compose.yaml", "compose.official.yaml")])
def test_every_container_is_hardened(checkout: Path, files: tuple[str, ...]) -> None:
    services = resolved(*files, folder=checkout)["services"]
    assert sorted(services) == sorted((*LASTING, *JOBS))
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["stop_grace_period"] == "30s", name
        assert service["logging"]["options"] == {"max-size": "10m", "max-file": "3"}, name
        assert int(service["user"].split(":")[0]) > 0, name
        assert int(service["mem_limit"]) > 0, name
        assert service["pids_limit"] > 0, name
        assert ("healthcheck" in service) is (name in LASTING), name
        assert service["restart"] == ("unless-stopped" if name in LASTING else "no"), name


@engine
def test_official_images_take_the_place_of_our_builds(checkout: Path) -> None:
    services = resolved("compose.yaml", "compose.official.yaml", folder=checkout)["services"]
    assert {name: services[name]["image"] for name in ("nginx", "postgres", "backup", "redis")} == {
        "nginx": "nginx:1.28-bookworm",
        "postgres": "postgres:15-bookworm",
        "backup": "postgres:15-bookworm",
        "redis": "redis:7-bookworm",
    }
    assert [name for name, service in services.items() if "build" in service] == ["backend", "frontend"]
    ours = resolved("compose.yaml", folder=checkout)["services"]
    for name in ("postgres", "redis"):
        assert services[name]["user"] == ours[name]["user"]
        assert services[name]["volumes"] == ours[name]["volumes"]


@engine
def test_development_has_to_be_asked_for(checkout: Path) -> None:
    """A file that Compose reads by itself would be read in production as well."""
    assert not list(checkout.glob("*override*"))
    assert resolved(folder=checkout) == resolved("compose.yaml", folder=checkout)
    development = resolved("compose.yaml", "compose.dev.yaml", folder=checkout)["services"]
    assert {name for name, service in development.items() if service.get("ports")} == {
        "nginx",
        "backend",
        "postgres",
        "redis",
    }
    for service in development.values():
        assert all(port["host_ip"] == "127.0.0.1" for port in service.get("ports", ()))


def setup(folder: Path) -> str:
    """What bin/setup prints."""
    return run((str(folder / "bin" / "setup"),))


def contents(folder: Path) -> dict[str, bytes]:
    """Every secret and certificate."""
    return {str(file): file.read_bytes() for name in ("secrets", "certs") for file in (folder / name).iterdir()}


def test_setup_makes_every_file_that_compose_mounts_and_changes_nothing_when_run_again(checkout: Path) -> None:
    setup(checkout)
    made = contents(checkout)
    lines = (checkout / "compose.yaml").read_text().splitlines()
    mounted = {line.removeprefix("    file: ./") for line in lines if line.startswith("    file: ./secrets/")}
    assert mounted == {f"secrets/{Path(name).name}" for name in made if "/secrets/" in name} - {"secrets/ca_key"}
    assert setup(checkout) == ""
    assert contents(checkout) == made


def test_every_password_is_another_one_with_256_bits(checkout: Path) -> None:
    setup(checkout)
    names = ("database_owner_password", "database_app_password", "database_reader_password", "redis_password")
    values = [(checkout / "secrets" / name).read_text() for name in (*names, "jwt_secret", "admin_password")]
    assert len(set(values)) == len(values)
    assert all(len(bytes.fromhex(value)) == 32 for value in values)


def test_a_password_that_was_deleted_is_made_anew_and_redis_hears_of_it(checkout: Path) -> None:
    setup(checkout)
    before = contents(checkout)
    (checkout / "secrets" / "redis_password").unlink()
    setup(checkout)
    after = contents(checkout)
    changed = {Path(name).name for name in after if after[name] != before.get(name)}
    assert changed == {"redis_password", "redis_acl"}
    assert after[str(checkout / "secrets" / "redis_password")] not in after[str(checkout / "secrets" / "redis_acl")]


def test_a_certificate_of_another_authority_is_left_alone(checkout: Path) -> None:
    setup(checkout)
    certificate = checkout / "certs" / "tls.crt"
    certificate.unlink()
    request = ("req", "-x509", "-new", "-key", str(checkout / "secrets" / "tls_key"), "-days", "1")
    run(("openssl", *request, "-subj", "/CN=another authority", "-out", str(certificate)))
    before = certificate.read_bytes()
    assert setup(checkout) == ""
    assert certificate.read_bytes() == before


def test_a_certificate_that_expires_soon_is_renewed_on_the_same_key(checkout: Path) -> None:
    setup(checkout)
    certificate, key = checkout / "certs" / "tls.crt", (checkout / "secrets" / "tls_key").read_bytes()
    authority = ("-CA", str(checkout / "certs" / "ca.crt"), "-CAkey", str(checkout / "secrets" / "ca_key"))
    request = run(("openssl", "req", "-new", "-key", str(checkout / "secrets" / "tls_key"), "-subj", "/CN=soon"))
    certificate.unlink()
    run(("openssl", "x509", "-req", "-days", "20", *authority, "-out", str(certificate)), feed=request)
    assert "made certs/tls.crt" in setup(checkout)
    assert (checkout / "secrets" / "tls_key").read_bytes() == key
    run(("openssl", "x509", "-in", str(certificate), "-noout", "-checkend", str(80 * 86400)))


def test_the_signing_key_changes_in_two_steps(checkout: Path) -> None:
    setup(checkout)
    present, previous = checkout / "secrets" / "jwt_secret", checkout / "secrets" / "jwt_secret_previous"
    before = present.read_text()
    run((str(checkout / "bin" / "rotate-jwt"),))
    assert previous.read_text() == before
    assert present.read_text() != before
    with pytest.raises(RuntimeError, match="not finished"):
        run((str(checkout / "bin" / "rotate-jwt"),))
    run((str(checkout / "bin" / "rotate-jwt"), "--finish"))
    assert previous.read_text() == ""
    assert setup(checkout) == ""


@pytest.fixture(scope="module")
def replicas(site: Site) -> Iterator[Site]:
    """Two backends behind the proxy, and a low limit for each account; one backend again afterwards."""
    site.override(backend={**GENEROUS, "API_RATE_PER_ACCOUNT": "10/minute"})
    site.up("--no-deps", "--scale", "backend=2", "backend")
    try:
        yield site
    finally:
        site.override(backend=GENEROUS)
        site.up("--no-deps", "--scale", "backend=1", "backend")


def ask(site: Site, number: int, method: str, path: str, token: str) -> httpx2.Response:
    """Ask one of the backends."""
    address = f"http://{site.address('backend', number)}:{BACKEND_PORT}{path}"
    return httpx2.request(method, address, headers={"authorization": f"Bearer {token}"}, timeout=30)


@engine
def test_the_proxy_finds_a_second_backend_without_a_reload_and_shares_the_work(replicas: Site) -> None:
    addresses = {f"{replicas.address('backend', number)}:{BACKEND_PORT}" for number in (0, 1)}

    def seen() -> bool:
        assert replicas.request("GET", "/health").status_code == 200
        lines = replicas.compose("logs", "--no-color", "--no-log-prefix", "--tail", "100", "nginx").splitlines()
        return addresses <= {json.loads(line)["upstream"] for line in lines if line.startswith("{")}

    until(seen, 20, "both backends answer through the proxy")


@engine
def test_a_session_is_known_to_both_and_ends_at_both(replicas: Site) -> None:
    login = replicas.new_account("viewer")
    assert [ask(replicas, number, "GET", "/api/auth/me", login.token).status_code for number in (0, 1)] == [200, 200]
    assert ask(replicas, 0, "POST", "/api/auth/logout", login.token).status_code == 204
    assert [ask(replicas, number, "GET", "/api/auth/me", login.token).status_code for number in (0, 1)] == [401, 401]


@engine
def test_both_count_the_same_limit(replicas: Site) -> None:
    login = replicas.new_account("viewer")
    statuses = [ask(replicas, turn % 2, "GET", "/api/auth/me", login.token).status_code for turn in range(12)]
    assert statuses[:10] == [200] * 10
    assert statuses[10:] == [429] * 2


@engine
def test_what_is_written_at_one_is_read_at_the_other_and_told_by_both(replicas: Site) -> None:
    operator = replicas.new_account("operator")
    body = {"service": "backend", "revision": "r1", "environment": "staging"}
    address = f"http://{replicas.address('backend', 0)}:{BACKEND_PORT}/api/deployments"
    made = httpx2.post(address, json=body, headers=operator.bearer, timeout=30)
    assert made.status_code == 201
    assert ask(replicas, 1, "GET", f"/api/deployments/{made.json()['id']}", operator.token).json() == made.json()


@engine
def test_every_container_of_ours_runs_as_the_files_say(site: Site) -> None:
    for service in LASTING:
        (container,) = json.loads(docker("inspect", site.containers(service)[0]))
        assert container["HostConfig"]["ReadonlyRootfs"], service
        assert container["HostConfig"]["CapDrop"] == ["ALL"], service
        effective = site.compose("exec", "-T", service, "grep", "CapEff", "/proc/1/status")
        assert effective.split() == ["CapEff:", "0000000000000000"], service
        assert site.compose("exec", "-T", service, "id", "-u") != "0", service


@engine
def test_a_new_signing_key_logs_nobody_out_and_the_old_one_is_forgotten_in_the_end(site: Site) -> None:
    before = site.new_account("viewer")
    rotate(site)
    assert site.request("GET", "/api/auth/me", login=before).status_code == 200
    after = site.new_login(before.user["username"], before.password)
    rotate(site, "--finish")
    site.sessions.clear()
    assert site.request("GET", "/api/auth/me", login=before).status_code == 401
    assert site.request("GET", "/api/auth/me", login=after).status_code == 200
    cookies = "; ".join(f"{name}={value}" for name, value in before.cookies.items())
    headers = {"cookie": cookies, "origin": site.origin}
    assert site.request("POST", "/api/auth/refresh", headers=headers).status_code == 200


def rotate(site: Site, *words: str) -> None:
    """The signing key changes, as README.md says."""
    run((str(site.stack / "bin" / "rotate-jwt"), *words), env=site.environment)
    site.compose("up", "--detach", "--no-deps", "--force-recreate", "--wait", "backend")
