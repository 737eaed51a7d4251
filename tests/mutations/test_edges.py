"""Images, networks and the proxy: each defect alone in a clean stack is found by the check meant, and by no other.

The numbers are those of the forty defects that a good stack is injected with. Every clean twin looks like one of them,
is right, and raises nothing.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec import Struct

from tests.mutations._clean import Site, certificate_for

Change = Callable[[Site], None]
NGINX, COMPOSE, BACKEND = "nginx/nginx.conf", "compose.yaml", "backend/Dockerfile"
_WS_HEADERS = """\
            proxy_http_version 1.1;
            proxy_set_header Host $host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme;
"""
LINTERS = frozenset({"dockerfile-lint"})  # says the same again, where one is installed
_RENEW = "certbot certonly {how} -d shop.example.com {hook}\n"
_HOOK = '--deploy-hook "docker compose exec nginx nginx -s reload"'


class Defect(Struct, frozen=True):
    """A change of a stack, the checks of block and warn that must fail, and words that one of them must say."""

    name: str
    stack: str
    change: Change
    meant: frozenset[str]
    says: str = ""


class Twin(Struct, frozen=True):
    """A change of a stack that looks like a defect and is none."""

    name: str
    stack: str
    change: Change


def edit(name: str, *pairs: tuple[str, str]) -> Change:
    """Changes of one file."""

    def change(site: Site) -> None:
        for old, new in pairs:
            site.replace(name, old, new)
        site.commit()

    return change


def all_of(*changes: Change) -> Change:
    """Several changes."""

    def change(site: Site) -> None:
        for each in changes:
            each(site)

    return change


def add(name: str, text: str) -> Change:
    """A new file, tracked."""

    def change(site: Site) -> None:
        site.write(name, text)
        site.commit()

    return change


def of(*names: str) -> frozenset[str]:
    """Ids of checks."""
    return frozenset(names)


def served(names: str, **made: float) -> Change:
    """Another certificate, with its own key."""

    def change(site: Site) -> None:
        certificate, key = certificate_for(*names.split(), **{k: datetime.timedelta(days=v) for k, v in made.items()})
        (site.root / "certs" / "tls.crt").write_bytes(certificate)
        (site.root / "secrets" / "tls_key").write_bytes(key)

    return change


def other_key(site: Site) -> None:
    """The key of another certificate."""
    _, key = certificate_for("shop.example.com")
    (site.root / "secrets" / "tls_key").write_bytes(key)


def no_certificate(site: Site) -> None:
    """The file that nginx is told to serve is gone, its folder is there."""
    (site.root / "certs" / "tls.crt").unlink()
    (site.root / "certs" / "old.crt").write_text("")


SOCKETS = edit(
    "backend/src/server.js",
    ('import pg from "pg";\n', 'import pg from "pg";\nimport { WebSocketServer } from "ws";\n'),
    ("server.listen(8081,", 'new WebSocketServer({ server, path: "/live" });\nserver.listen(8081,'),
)
WITHOUT_HEALTH = edit(
    COMPOSE,
    (
        '    healthcheck:\n      test: ["CMD", "shop", "health"]\n      interval: 5s\n'
        "      timeout: 3s\n      retries: 3\n      start_period: 15s\n",
        "",
    ),
    ("      backend: {condition: service_healthy}\n", "      backend: {condition: service_started}\n"),
)
RENEWAL_PARTS = (
    edit(NGINX, ("root /tmp/acme;", "root /var/www/acme;")),
    edit(
        COMPOSE,
        ("      - ./certs:/etc/shop/certs:ro\n", "      - ./certs:/etc/shop/certs:ro\n      - acme:/var/www/acme:ro\n"),
        (
            "\nnetworks:\n  edge",
            "\n  certbot:\n    <<: *service\n    image: certbot/certbot:v2.11.0@sha256:"
            + "0" * 64
            + "\n    user: '101:101'\n"
            "    command: [\"renew\"]\n    networks: [edge]\n    volumes: ['acme:/var/www/acme']\n\nnetworks:\n  edge",
        ),
        ("volumes:\n  postgres-data: {}", "volumes:\n  acme: {}\n  postgres-data: {}"),
    ),
)
SCRIPT = "#!/bin/sh\nset -e\n/usr/bin/shop migrate\n{last}\n"
ENTRYPOINT = edit(
    BACKEND,
    ("USER 10001:10001\n", "COPY --chmod=0755 start /usr/local/bin/start\nUSER 10001:10001\n"),
    ('CMD ["shop"]', 'ENTRYPOINT ["start"]\nCMD ["shop"]'),
)

DEFECTS = (
    Defect("2 no USER", "node", edit(BACKEND, ("USER 1000:1000\n", "")), of("runs-as-root")),
    Defect(
        "2 USER of the builder only",
        "node",
        edit(BACKEND, ("USER 1000:1000\n", ""), ("RUN npm ci", "USER 1000\nRUN npm ci")),
        of("runs-as-root"),
    ),
    Defect(
        "4 no init, a shell in front",
        "node",
        all_of(
            edit(COMPOSE, ("    init: true\n    env_file: [backend.env]", "    env_file: [backend.env]")),
            edit(BACKEND, ('CMD ["node", "src/server.js"]', "CMD node src/server.js")),
        ),
        of("signals-swallowed", "init-missing"),
    ),
    Defect(
        "5 an entrypoint without exec",
        "rust",
        all_of(add("backend/start", SCRIPT.format(last='"$@"')), ENTRYPOINT),
        of("signals-swallowed"),
        "backend/start",
    ),
    Defect("6 no healthcheck", "rust", WITHOUT_HEALTH, of("healthcheck-missing")),
    Defect(
        "8 a pipe hides the answer",
        "rust",
        edit(
            COMPOSE,
            (
                'test: ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:3000/healthz"]',
                "test: wget -qO- http://127.0.0.1:3000/healthz | head -1 || exit 1",
            ),
        ),
        of("healthcheck-cannot-fail"),
    ),
    Defect(
        "11 no time to start",
        "rust",
        edit(COMPOSE, ("      retries: 3\n      start_period: 15s", "      retries: 1\n      start_period: 0s")),
        of("healthcheck-too-tight"),
    ),
    Defect(
        "F08 another port than the program's",
        "rust",
        edit(COMPOSE, ("http://127.0.0.1:3000/healthz", "http://127.0.0.1:3001/healthz")),
        of("healthcheck-wrong-target"),
        "3001",
    ),
    Defect(
        "12 the database on all interfaces",
        "rust",
        edit(
            COMPOSE,
            ('    user: "70:70"\n    stop_signal', "    ports: ['5432:5432']\n    user: \"70:70\"\n    stop_signal"),
        ),
        of("port-published"),
    ),
    Defect(
        "13 the API on all interfaces",
        "rust",
        edit(COMPOSE, ("    build: backend\n", "    build: backend\n    ports: ['8081:8081']\n")),
        of("port-published"),
    ),
    Defect(
        "14 the database on the proxy's network",
        "rust",
        edit(
            COMPOSE,
            ("      POSTGRES_DB: shop\n    networks: [data]", "      POSTGRES_DB: shop\n    networks: [data, app]"),
        ),
        of("network-not-isolated"),
    ),
    Defect(
        "15 the proxy off the inner network",
        "rust",
        edit(COMPOSE, ("networks: [edge, app]", "networks: [edge]")),
        of("proxy-upstream-unreachable", "peers-share-no-network"),
    ),
    Defect(
        "15 a wrong port in the proxy",
        "node",
        edit(NGINX, ("http://$frontend:3000", "http://$frontend:8080")),
        of("proxy-upstream-unreachable"),
        "8080",
    ),
    Defect(
        "16 one network, two descriptions",
        "rust",
        edit(
            COMPOSE,
            ("  data: {internal: true}", "  data: {internal: true, name: shop-data}\n  more: {name: shop-data}"),
            ("networks: [edge, app]", "networks: [edge, app, more]"),
        ),
        of("network-external-missing"),
    ),
    Defect(
        "17 no way out for a caller",
        "rust",
        edit(
            COMPOSE,
            (
                '      BCRYPT_COST: "12"\n',
                '      BCRYPT_COST: "12"\n      PAYMENT_ENDPOINT: https://api.payments.example.com/v1\n',
            ),
        ),
        of("internal-network-needs-outbound"),
    ),
    Defect(
        "31 a location outside its server",
        "rust",
        edit(
            NGINX,
            ("    server {\n        listen 127", "    location /x { return 404; }\n    server {\n        listen 127"),
        ),
        of("proxy-config-invalid"),
    ),
    Defect(
        "31 a directive twice",
        "rust",
        edit(NGINX, ("    proxy_read_timeout 20s;\n", "    proxy_read_timeout 20s;\n    proxy_read_timeout 30s;\n")),
        of("proxy-config-invalid"),
        "twice",
    ),
    Defect(
        "32 an expired certificate",
        "rust",
        served("shop.example.com", begins=-90, ends=-2),
        of("tls-certificate-invalid"),
        "expired",
    ),
    Defect(
        "32 a certificate for another name",
        "rust",
        served("www.example.com"),
        of("tls-certificate-invalid"),
        "www.example.com",
    ),
    Defect("32 another certificate's key", "rust", other_key, of("tls-certificate-invalid"), "belongs to another"),
    Defect("F11 no certificate", "rust", no_certificate, of("tls-certificate-invalid"), "does not exist"),
    Defect(
        "33 the renewal wants the proxy's port",
        "rust",
        add("bin/renew", "#!/bin/sh\n" + _RENEW.format(how="--standalone", hook=_HOOK)),
        of("tls-renewal-broken"),
        "port 80",
    ),
    Defect(
        "33 the proof is served by nobody",
        "rust",
        all_of(
            *RENEWAL_PARTS,
            edit(
                NGINX,
                (
                    "        location ^~ /.well-known/acme-challenge/ {\n            root /var/www/acme;\n        }\n",
                    "",
                ),
            ),
            add("bin/renew", "#!/bin/sh\n" + _RENEW.format(how="--webroot -w /var/www/acme", hook=_HOOK)),
        ),
        of("tls-renewal-broken"),
        "acme-challenge",
    ),
    Defect(
        "33 nobody reloads",
        "rust",
        all_of(
            *RENEWAL_PARTS, add("bin/renew", "#!/bin/sh\n" + _RENEW.format(how="--webroot -w /var/www/acme", hook=""))
        ),
        of("tls-renewal-broken"),
        "reload",
    ),
    Defect(
        "34 a WebSocket route without its headers",
        "node",
        all_of(
            SOCKETS,
            edit(
                NGINX,
                (
                    "        location = /health {",
                    "        location /live {\n            proxy_pass http://$backend:8081;\n        }\n"
                    "        location = /health {",
                ),
            ),
        ),
        of("websocket-headers-missing"),
        "/live",
    ),
    Defect(
        "34 half of the headers",
        "node",
        all_of(
            SOCKETS,
            edit(
                NGINX,
                (
                    "        location = /health {",
                    "        location /live {\n"
                    + _WS_HEADERS.replace('            proxy_set_header Connection "upgrade";\n', "")
                    + "            proxy_pass http://$backend:8081;\n        }\n        location = /health {",
                ),
            ),
        ),
        of("websocket-headers-missing"),
        "Connection",
    ),
    Defect(
        "35 a redirect to the first of three names",
        "rust",
        edit(
            NGINX,
            (
                "server_name shop.example.com;\n        limit",
                "server_name shop.example.com api.example.com admin.example.com;\n        limit",
            ),
            ("https://$host", "https://$server_name"),
        ),
        of("redirect-wrong-host"),
    ),
    Defect(
        "36 no resolver",
        "rust",
        edit(
            NGINX,
            ("    resolver 127.0.0.11 valid=1s ipv6=off;\n", ""),
            ("proxy_pass http://$frontend:3000", "proxy_pass http://frontend:3000"),
            ("http://$backend:8081", "http://backend:8081"),
            ("http://$backend:8081", "http://backend:8081"),
            ("http://$backend:8081", "http://backend:8081"),
        ),
        of("upstream-resolved-once"),
    ),
    Defect(
        "37 a header of one location",
        "rust",
        edit(
            NGINX,
            (
                "        location /api/ {\n",
                "        location /api/ {\n            add_header Cache-Control no-store;\n",
            ),
        ),
        of("headers-lost-in-location"),
    ),
    Defect(
        "38 no limit",
        "rust",
        edit(
            NGINX,
            ("            limit_req zone=login burst=5 nodelay;\n", ""),
            ("        limit_req zone=client burst=100 nodelay;\n        set", "        set"),
        ),
        of("rate-limit-missing"),
    ),
    Defect(
        "38 one limit for everybody",
        "rust",
        edit(NGINX, ("limit_req_zone $binary_remote_addr zone=login", "limit_req_zone $server_addr zone=login")),
        of("rate-limit-missing"),
    ),
    Defect(
        "every origin, with credentials",
        "rust",
        edit(
            NGINX,
            (
                "        set $backend backend;\n",
                "        add_header Access-Control-Allow-Origin $http_origin always;\n"
                "        add_header Access-Control-Allow-Credentials true always;\n        set $backend backend;\n",
            ),
        ),
        of("cors-too-open"),
    ),
)

TWINS = (
    Twin(
        "2 a user by number in an argument",
        "node",
        edit(BACKEND, ("USER 1000:1000\n", "ARG UID=1000\nUSER ${UID}:${UID}\n")),
    ),
    Twin(
        "5 an entrypoint that becomes the program",
        "rust",
        all_of(add("backend/start", SCRIPT.format(last='exec "$@"')), ENTRYPOINT),
    ),
    Twin(
        "8 a pipe that fails as a whole",
        "rust",
        edit(
            COMPOSE,
            (
                'test: ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:3000/healthz"]',
                "test: set -o pipefail; wget -qO- http://127.0.0.1:3000/healthz | head -1",
            ),
        ),
    ),
    Twin(
        "11 patience in place of a start period",
        "rust",
        edit(COMPOSE, ("      retries: 3\n      start_period: 15s", "      retries: 6")),
    ),
    Twin(
        "12 the database for this machine only",
        "rust",
        edit(
            COMPOSE,
            (
                '    user: "70:70"\n    stop_signal',
                "    ports: ['127.0.0.1:5432:5432']\n    user: \"70:70\"\n    stop_signal",
            ),
        ),
    ),
    Twin(
        "15 an alias",
        "rust",
        all_of(
            edit(COMPOSE, ("    networks: [app, data]\n", "    networks: {app: {aliases: [api]}, data: {}}\n")),
            edit(NGINX, ("set $backend backend", "set $backend api")),
        ),
    ),
    Twin(
        "17 the caller has a second network",
        "rust",
        edit(
            COMPOSE,
            ("    networks: [app, data]\n", "    networks: [app, data, out]\n"),
            ("  data: {internal: true}", "  data: {internal: true}\n  out: {}"),
            (
                '      BCRYPT_COST: "12"\n',
                '      BCRYPT_COST: "12"\n      PAYMENT_ENDPOINT: https://api.payments.example.com/v1\n',
            ),
        ),
    ),
    Twin("32 a certificate for all names below", "rust", served("*.example.com")),
    Twin(
        "33 a renewal that fits",
        "rust",
        all_of(
            *RENEWAL_PARTS,
            add("bin/renew", "#!/bin/sh\n" + _RENEW.format(how="--webroot -w /var/www/acme", hook=_HOOK)),
        ),
    ),
    Twin(
        "33 our own authority",
        "rust",
        add("bin/setup", "#!/bin/sh\nopenssl req -x509 -newkey ec -keyout secrets/tls_key -out certs/tls.crt\n"),
    ),
    Twin(
        "34 a WebSocket route with its headers",
        "node",
        all_of(
            SOCKETS,
            edit(
                NGINX,
                (
                    "        location = /health {",
                    "        location /live {\n"
                    + _WS_HEADERS
                    + "            proxy_pass http://$backend:8081;\n        }\n        location = /health {",
                ),
            ),
        ),
    ),
    Twin("35 the one name of the server", "rust", edit(NGINX, ("https://$host", "https://$server_name"))),
    Twin(
        "37 a location without headers of its own",
        "rust",
        edit(NGINX, ("        location /api/ {\n", "        location /api/ {\n            proxy_buffering off;\n")),
    ),
)


def named(each: Defect | Twin) -> object:
    return pytest.param(each, id=re.sub(r"\W+", "-", each.name))


@pytest.mark.parametrize("defect", [named(each) for each in DEFECTS])
def test_a_defect_is_found_by_the_check_meant_and_by_no_other(defect: Defect, tmp_path: Path) -> None:
    site = Site(defect.stack, tmp_path)
    defect.change(site)
    answer = site.check()
    assert answer.failed - LINTERS == defect.meant, answer.told
    assert any(defect.says in line for line in answer.told), answer.told
    assert answer.blocking <= defect.meant
    assert not answer.blocking or answer.exit_code == 1


@pytest.mark.parametrize("twin", [named(each) for each in TWINS])
def test_a_clean_twin_raises_nothing(twin: Twin, tmp_path: Path) -> None:
    site = Site(twin.stack, tmp_path)
    twin.change(site)
    assert site.check().failed == frozenset()


def test_an_external_network_is_told_as_what_must_exist(tmp_path: Path) -> None:
    site = Site("rust", tmp_path)
    site.replace(COMPOSE, "  edge: {}", "  edge: {external: true, name: shop-edge}")
    answer = site.check()
    assert "network-external-missing" in answer.unknown
    assert answer.failed == frozenset()
    site.write("bin/setup", "#!/bin/sh\ndocker network create shop-edge\n")
    assert "network-external-missing" not in site.check().unknown
