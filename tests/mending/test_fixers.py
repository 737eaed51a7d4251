"""Each fix: what it writes where, and where it leaves alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from .made import fixes_of, mended, resolved

RUST = """\
FROM rust:1.83 AS build
WORKDIR /app
COPY Cargo.toml ./
RUN mkdir src && echo "fn main() {}" > src/main.rs && cargo build --release
COPY src src
RUN --mount=type=cache,target=/cargo cargo build --release
FROM debian:bookworm-slim
COPY --from=build /app/target/release/app /usr/local/bin/
CMD ["app"]
"""
PROXY = 'services:\n  proxy:\n    image: nginx:1.27\n    ports: ["80:80"]\n'
MOUNT = "    volumes: ['./nginx.conf:/etc/nginx/nginx.conf:ro']\n"
COPIES = "FROM x\nCOPY . /\n"
PASS = "location / {\n      proxy_pass http://backend:80;\n    }"
BACKEND = "  backend:\n    image: example/backend:1\n"


def nginx(location: str) -> str:
    return f"events {{}}\nhttp {{\n  server {{\n    listen 80;\n    {location}\n  }}\n}}\n"


def service(*lines: str) -> dict[str, str]:
    return {"compose.yaml": "services:\n  app:\n" + "".join(f"    {line}\n" for line in lines)}


# check, files, the lines that are put in.
MADE = [
    ("logs-unbounded", service("image: x"), ["logging:", "driver: json-file", "options:", "max-size: 10m"]),
    ("logs-unbounded", service("image: x", "logging:", "  driver: json-file"), ["options:", "max-size: 10m"]),
    ("logs-unbounded", service("image: x", "logging:", "  options:", "    max-file: '2'"), ["max-size: 10m"]),
    ("init-missing", service("image: x", "entrypoint: ['sh', '-c', 'a; b']"), ["init: true"]),
    ("capabilities-excessive", service("image: redis:7"), ["security_opt:", "- no-new-privileges:true"]),
    (
        "capabilities-excessive",
        service("image: redis:7", "security_opt:", "  - label:disable"),
        ["- no-new-privileges:true"],
    ),
    ("healthcheck-missing", service("image: postgres:16-alpine"), ["healthcheck:", "interval: 10s"]),
    ("healthcheck-missing", service("image: docker.io/library/redis"), ["healthcheck:", "interval: 10s"]),
    (
        "healthcheck-missing",
        {"compose.yaml": PROXY + MOUNT, "nginx.conf": nginx("location = /healthz { return 200; }")},
        ["""test: ["CMD-SHELL", 'curl -fsS -o /dev/null http://127.0.0.1:80/healthz']"""],
    ),
    ("port-published", service("image: postgres", "ports:", "  - '1:5432' # db"), ["- '127.0.0.1:1:5432' # db"]),
    ("port-published", service("image: redis", "ports: [63, '0.0.0.0:1:2']"), ["[127.0.0.1::63, '127.0.0.1:1:2']"]),
    ("port-published", service("image: redis:7", "ports: ['${P:-1}:6379']"), ["ports: ['127.0.0.1:${P:-1}:6379']"]),
    ("port-published", service("image: redis", "ports:", "- target: 63", "  published: 1"), ["host_ip: 127.0.0.1"]),
    ("port-published", {"compose.yaml": PROXY + BACKEND + "    ports: ['1:1']\n"}, ["ports: ['127.0.0.1:1:1']"]),
    ("stub-build-shipped", {**service("build: ."), "Dockerfile": RUST}, ["exec touch {} + && cargo build --release"]),
    ("dockerignore-missing", {**service("build: ."), "Dockerfile": COPIES, ".env": "A=b"}, [".git", ".env"]),
    (
        "dockerignore-missing",
        {**service("build: ."), "Dockerfile": "FROM x\nCOPY . /\n", "a.pem": "", ".dockerignore": "b"},
        ["a.pem"],
    ),
    (
        "upstream-resolved-once",
        {"compose.yaml": PROXY + MOUNT + BACKEND, "nginx.conf": nginx(PASS)},
        ["resolver 127.0.0.11", "set $upstream_backend_80 http://backend:80;", "proxy_redirect http://backend:80/ /;"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("check", "files", "lines"), MADE)
def test_the_fix_puts_these_lines_in_and_then_the_check_is_content(
    tmp_path: Path, check: str, files: dict[str, str], lines: list[str]
) -> None:
    done = mended(tmp_path, files, check)
    added = [line[1:] for change in done.changes for line in change.diff.splitlines() if line[:1] == "+"]
    assert [line for line in lines if not any(line in each for each in added)] == []
    assert fixes_of(tmp_path, check).changes == ()


# check, files, a part of the reason.
LEFT = [
    ("logs-unbounded", {"compose.yaml": "services: {app: {image: x}}\n"}, "one line"),
    ("logs-unbounded", {"compose.yaml": "services:\n  app: {image: x}\n"}, "one line"),
    (
        "capabilities-excessive",
        {"compose.yaml": "x-o: &o\n  security_opt: ['a:b']\nservices:\n  app:\n    <<: *o\n    image: redis\n"},
        "anchor",
    ),
    (
        "logs-unbounded",
        {"compose.yaml": "services:\n  app: &a\n    image: x\n  b:\n    <<: *a\n    logging: {driver: local}\n"},
        "anchor",
    ),
    ("capabilities-excessive", service("image: redis:7", "security_opt: ['a:b']"), "no plain list"),
    (
        "capabilities-excessive",
        {
            "compose.yaml": "x-o: &o\n  - label:disable\nservices:\n"
            "  a:\n    image: redis\n    security_opt: *o\n  b:\n    image: redis\n    security_opt: *o\n"
        },
        "no plain list",
    ),
    ("capabilities-excessive", service("image: example/app:1"), "not known"),
    (
        "capabilities-excessive",
        {**service("build: ."), "Dockerfile": "FROM debian\nRUN apt-get install sudo\n"},
        "may need new privileges",
    ),
    ("init-missing", service("image: x", "entrypoint: ['node', 'a.js']"), "no shell"),
    ("healthcheck-missing", service("image: postgres:16", "command: postgres -p 6000"), "move its port"),
    ("healthcheck-missing", service("image: redis:7", "command: redis-server /x/redis.conf"), "move its port"),
    ("healthcheck-missing", service("image: redis:7", "healthcheck: {disable: true}"), "on purpose"),
    ("healthcheck-missing", service("image: nginx:1.27"), "no location"),
    (
        "healthcheck-missing",
        {
            "compose.yaml": PROXY + MOUNT,
            "nginx.conf": nginx("location /health { return 200; }").replace("80;", "443 ssl;"),
        },
        "no location",
    ),
    ("port-published", service("image: example/app:1", "ports: ['1:1']"), "way in"),
    (
        "stub-build-shipped",
        {**service("build: ."), "Dockerfile": RUST.replace("RUN --mount", "RUN \\\n  --mount")},
        "begins",
    ),
    (
        "dockerignore-missing",
        {
            **service("build: ."),
            "Dockerfile": "FROM node\nCOPY . /\nRUN npm run build\n",
            ".env.production": "",
            ".dockerignore": "b",
        },
        "may ask for",
    ),
    (
        "upstream-resolved-once",
        {
            "compose.yaml": PROXY + MOUNT + BACKEND,
            "nginx.conf": nginx("location /a/ {\n      proxy_pass http://backend:80/;\n    }"),
        },
        "no plain proxy_pass",
    ),
    (
        "upstream-resolved-once",
        {
            "compose.yaml": PROXY + MOUNT + BACKEND,
            "nginx.conf": nginx("location / {\n      proxy_pass http://up;\n    }").replace(
                "  server {\n", "  upstream up {\n    server backend:80;\n  }\n  server {\n"
            ),
        },
        "no plain proxy_pass",
    ),
    ("logs-unbounded", {"compose.yaml": "services:\n  app:\n    image: x\r\n    labels: {a: b}\n"}, "mixes line ends"),
]


@pytest.mark.parametrize(("check", "files", "reason"), LEFT)
def test_where_it_is_not_certain_nothing_is_changed_and_the_reason_is_told(
    tmp_path: Path, check: str, files: dict[str, str], reason: str
) -> None:
    done = mended(tmp_path, files, check)
    assert done.changes == ()
    assert any(reason in left.reason for left in done.left), done.left


def test_a_text_of_several_lines_stays_whole_when_it_ends_a_service(tmp_path: Path) -> None:
    compose = "services:\n  a:\n    image: x\n    command: |\n      one\n\n      two\n  b:\n    image: y\n"
    mended(tmp_path, {"compose.yaml": compose}, "logs-unbounded")
    lines = iter((tmp_path / "compose.yaml").read_text().splitlines())
    assert all(line in lines for line in ("  a:", "    logging:", "      two", "  b:", "    image: y", "    logging:"))
    assert resolved(tmp_path)["services"]["a"]["command"] == ["one", "two"]


def test_what_an_override_sets_is_left_to_it(tmp_path: Path) -> None:
    files = {
        **service("image: redis:7"),
        "compose.override.yaml": "services:\n  app:\n    security_opt: ['label:disable']\n",
    }
    (left,) = mended(tmp_path, files, "capabilities-excessive").left
    assert "compose.override.yaml" in left.reason


def test_what_is_waived_is_not_mended(tmp_path: Path) -> None:
    files = service("image: x")
    files["compose.yaml"] = files["compose.yaml"].replace(
        "  app:", "  # flawless: allow logs-unbounded -- short\n  app:"
    )
    assert mended(tmp_path, files, "logs-unbounded").changes == ()


def test_a_file_outside_the_folder_is_not_changed(tmp_path: Path) -> None:
    (tmp_path / "stack").mkdir()
    (tmp_path / "real.yaml").write_text(service("image: x")["compose.yaml"])
    (tmp_path / "stack" / "compose.yaml").symlink_to(tmp_path / "real.yaml")
    done = mended(tmp_path / "stack", {}, "logs-unbounded")
    assert done.changes == () and "outside" in done.left[0].reason


def test_mode_and_line_ends_stay(tmp_path: Path) -> None:
    path = tmp_path / "compose.yaml"
    path.write_bytes(b"services:\r\n  app:\r\n    image: x")
    path.chmod(0o640)
    mended(tmp_path, {}, "logs-unbounded")
    content = path.read_bytes()
    assert content.count(b"\n") == content.count(b"\r\n") == 7
    assert path.stat().st_mode & 0o777 == 0o640


def test_services_that_share_a_dockerfile_have_it_changed_once(tmp_path: Path) -> None:
    compose = "services:\n  a:\n    build: .\n  b:\n    build: .\n"
    mended(tmp_path, {"compose.yaml": compose, "Dockerfile": RUST}, "stub-build-shipped")
    assert (tmp_path / "Dockerfile").read_text().count("exec touch") == 1
