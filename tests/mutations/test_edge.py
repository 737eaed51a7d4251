"""The proxy: each defect alone in a clean stack is found by the check meant, and by no other."""

from __future__ import annotations

import datetime
from pathlib import Path

from tests.mutations._clean import Site, certificate_for
from tests.mutations._defects import (
    COMPOSE,
    NGINX,
    Change,
    Defect,
    Twin,
    add,
    all_of,
    each_of,
    edit,
    expect_found,
    expect_nothing,
    of,
)

_WS_HEADERS = """\
            proxy_http_version 1.1;
            proxy_set_header Host $host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection "upgrade";
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Proto $scheme;
"""
_RENEW = "certbot certonly {how} -d shop.example.com {hook}\n"
_HOOK = '--deploy-hook "docker compose exec nginx nginx -s reload"'


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
RENEWAL_PARTS = (
    edit(NGINX, ("root /tmp/acme;", "root /var/www/acme;")),
    edit(
        COMPOSE,
        ("      - ./certs:/etc/shop/certs:ro\n", "      - ./certs:/etc/shop/certs:ro\n      - acme:/var/www/acme:ro\n"),
        (
            "\nnetworks:\n  edge",
            "\n  certbot:\n    <<: *service\n    image: certbot/certbot:v2.11.0@sha256:"
            + "0" * 64
            + "\n    user: '101:101'\n    restart: 'no'\n"
            "    command: [\"renew\"]\n    networks: [edge]\n    volumes: ['acme:/var/www/acme']\n\nnetworks:\n  edge",
        ),
        ("volumes:\n  postgres-data: {}", "volumes:\n  acme: {}\n  postgres-data: {}"),
    ),
)

DEFECTS = (
    Defect(
        "31 F10",
        "a location outside its server",
        "rust",
        edit(
            NGINX,
            ("    server {\n        listen 127", "    location /x { return 404; }\n    server {\n        listen 127"),
        ),
        of("proxy-config-invalid"),
    ),
    Defect(
        "31 F10",
        "a directive twice",
        "rust",
        edit(NGINX, ("    proxy_read_timeout 20s;\n", "    proxy_read_timeout 20s;\n    proxy_read_timeout 30s;\n")),
        of("proxy-config-invalid"),
        "twice",
    ),
    Defect(
        "32",
        "an expired certificate",
        "rust",
        served("shop.example.com", begins=-90, ends=-2),
        of("tls-certificate-invalid"),
        "expired",
    ),
    Defect(
        "32",
        "a certificate for another name",
        "rust",
        served("www.example.com"),
        of("tls-certificate-invalid"),
        "www.example.com",
    ),
    Defect("32", "another certificate's key", "rust", other_key, of("tls-certificate-invalid"), "belongs to another"),
    Defect("F11", "no certificate", "rust", no_certificate, of("tls-certificate-invalid"), "does not exist"),
    Defect(
        "33 F34",
        "the renewal wants the proxy's port",
        "rust",
        add("bin/renew", "#!/bin/sh\n" + _RENEW.format(how="--standalone", hook=_HOOK)),
        of("tls-renewal-broken"),
        "port 80",
    ),
    Defect(
        "33 F34",
        "the proof is served by nobody",
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
        "33 F34",
        "nobody reloads",
        "rust",
        all_of(
            *RENEWAL_PARTS, add("bin/renew", "#!/bin/sh\n" + _RENEW.format(how="--webroot -w /var/www/acme", hook=""))
        ),
        of("tls-renewal-broken"),
        "reload",
    ),
    Defect(
        "34 F32",
        "a WebSocket route without its headers",
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
        "34 F32",
        "half of the headers",
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
        "35",
        "a redirect to the first of three names",
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
        "36",
        "no resolver",
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
        "37",
        "a header of one location",
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
        "38",
        "no limit",
        "rust",
        edit(
            NGINX,
            ("            limit_req zone=login burst=5 nodelay;\n", ""),
            ("        limit_req zone=client burst=100 nodelay;\n        set", "        set"),
        ),
        of("rate-limit-missing"),
    ),
    Defect(
        "38",
        "one limit for everybody",
        "rust",
        edit(NGINX, ("limit_req_zone $binary_remote_addr zone=login", "limit_req_zone $server_addr zone=login")),
        of("rate-limit-missing"),
    ),
    Defect(
        "F30",
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
    Defect(
        "F33",
        "the renewal edits an nginx of the host",
        "rust",
        add("bin/renew", "#!/bin/sh\ncertbot --nginx -d shop.example.com\n"),
        of("tls-renewal-broken"),
        "nginx plugin",
    ),
)

TWINS = (
    Twin(
        "31 F10",
        "a directive again, one level below",
        "rust",
        edit(NGINX, ("        location /api/ {\n", "        location /api/ {\n            proxy_read_timeout 30s;\n")),
    ),
    Twin(
        "F11",
        "certificates in another folder, on both sides",
        "rust",
        all_of(
            edit(COMPOSE, ("./certs:/etc/shop/certs:ro", "./certs:/etc/shop/tls:ro")),
            edit(NGINX, ("/etc/shop/certs/tls.crt", "/etc/shop/tls/tls.crt")),
        ),
    ),
    Twin(
        "36",
        "an upstream that is looked up again",
        "rust",
        edit(
            NGINX,
            (
                "    server {\n        listen 8080;",
                "    upstream panel {\n        zone panel 64k;\n        server frontend:3000 resolve;\n    }\n\n"
                "    server {\n        listen 8080;",
            ),
            ("proxy_pass http://$frontend:3000", "proxy_pass http://panel"),
        ),
    ),
    Twin(
        "38",
        "one limit for all servers",
        "rust",
        edit(
            NGINX,
            ("        limit_req zone=client burst=100 nodelay;\n        set", "        set"),
            ("        limit_req zone=client burst=100 nodelay;\n\n        location", "        location"),
            (
                "    limit_req_status 429;\n",
                "    limit_req_status 429;\n    limit_req zone=client burst=100 nodelay;\n",
            ),
        ),
    ),
    Twin(
        "F30",
        "the one origin that is meant, with credentials",
        "rust",
        edit(
            NGINX,
            (
                "        set $backend backend;\n",
                "        add_header Access-Control-Allow-Origin https://shop.example.com always;\n"
                "        add_header Access-Control-Allow-Credentials true always;\n        set $backend backend;\n",
            ),
        ),
    ),
    Twin(
        "33 F33",
        "a renewal that has its answer in DNS",
        "rust",
        add(
            "bin/renew",
            "#!/bin/sh\ncertbot certonly --dns-route53 -d shop.example.com "
            '--deploy-hook "docker compose exec nginx nginx -s reload"\n',
        ),
    ),
    Twin("32", "a certificate for all names below", "rust", served("*.example.com")),
    Twin(
        "33 F34",
        "a renewal that fits",
        "rust",
        all_of(
            *RENEWAL_PARTS,
            add("bin/renew", "#!/bin/sh\n" + _RENEW.format(how="--webroot -w /var/www/acme", hook=_HOOK)),
        ),
    ),
    Twin(
        "33 F34",
        "our own authority",
        "rust",
        add("bin/setup", "#!/bin/sh\nopenssl req -x509 -newkey ec -keyout secrets/tls_key -out certs/tls.crt\n"),
    ),
    Twin(
        "34 F32",
        "a WebSocket route with its headers",
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
    Twin("35", "the one name of the server", "rust", edit(NGINX, ("https://$host", "https://$server_name"))),
    Twin(
        "37",
        "a location without headers of its own",
        "rust",
        edit(NGINX, ("        location /api/ {\n", "        location /api/ {\n            proxy_buffering off;\n")),
    ),
)


@each_of("defect", DEFECTS)
def test_a_defect_is_found_by_the_check_meant_and_by_no_other(defect: Defect, tmp_path: Path) -> None:
    expect_found(defect, tmp_path)


@each_of("twin", TWINS)
def test_a_clean_twin_raises_nothing(twin: Twin, tmp_path: Path) -> None:
    expect_nothing(twin, tmp_path)
