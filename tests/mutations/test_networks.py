"""Ports and networks: each defect alone in a clean stack is found by the check meant, and by no other."""

from __future__ import annotations

from pathlib import Path

from tests.mutations._clean import Site
from tests.mutations._defects import (
    COMPOSE,
    NGINX,
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

DEFECTS = (
    Defect(
        "12",
        "the database on all interfaces",
        "rust",
        edit(
            COMPOSE,
            ('    user: "70:70"\n    stop_signal', "    ports: ['5432:5432']\n    user: \"70:70\"\n    stop_signal"),
        ),
        of("port-published"),
    ),
    Defect(
        "13",
        "the API on all interfaces",
        "rust",
        edit(COMPOSE, ("    build: backend\n", "    build: backend\n    ports: ['8081:8081']\n")),
        of("port-published"),
    ),
    Defect(
        "14",
        "the database on the proxy's network",
        "rust",
        edit(
            COMPOSE,
            ("      POSTGRES_DB: shop\n    networks: [data]", "      POSTGRES_DB: shop\n    networks: [data, app]"),
        ),
        of("network-not-isolated"),
    ),
    Defect(
        "15",
        "the proxy off the inner network",
        "rust",
        edit(COMPOSE, ("networks: [edge, app]", "networks: [edge]")),
        of("proxy-upstream-unreachable", "peers-share-no-network"),
    ),
    Defect(
        "15",
        "a wrong port in the proxy",
        "node",
        edit(NGINX, ("http://$frontend:3000", "http://$frontend:8080")),
        of("proxy-upstream-unreachable"),
        "8080",
    ),
    Defect(
        "16 F18",
        "one network, two descriptions",
        "rust",
        edit(
            COMPOSE,
            ("  data: {internal: true}", "  data: {internal: true, name: shop-data}\n  more: {name: shop-data}"),
            ("networks: [edge, app]", "networks: [edge, app, more]"),
        ),
        of("network-external-missing"),
    ),
    Defect(
        "17",
        "no way out for a caller",
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
        "F12",
        "the proxy asks for a container that was made by hand",
        "rust",
        edit(NGINX, ("set $backend backend", "set $backend shop-backend-new")),
        of("proxy-upstream-unreachable"),
        "shop-backend-new",
    ),
    Defect(
        "F17",
        "the backend off the database's network",
        "rust",
        edit(COMPOSE, ("    networks: [app, data]\n", "    networks: [app]\n")),
        of("peers-share-no-network", "database-url-host-unknown"),
        "postgres",
    ),
)

TWINS = (
    Twin(
        "13",
        "the API for this machine only",
        "rust",
        edit(COMPOSE, ("    build: backend\n", "    build: backend\n    ports: ['127.0.0.1:8081:8081']\n")),
    ),
    Twin(
        "14 F17",
        "the database on two networks without the proxy",
        "rust",
        edit(
            COMPOSE,
            ("      POSTGRES_DB: shop\n    networks: [data]", "      POSTGRES_DB: shop\n    networks: [data, more]"),
            ("    networks: [app, data]\n", "    networks: [app, data, more]\n"),
            ("  data: {internal: true}", "  data: {internal: true}\n  more: {internal: true}"),
        ),
    ),
    Twin(
        "16 F18",
        "an external network that a script makes",
        "rust",
        all_of(
            edit(COMPOSE, ("  edge: {}", "  edge: {external: true, name: shop-edge}")),
            add("bin/setup", "#!/bin/sh\ndocker network create shop-edge\n"),
        ),
    ),
    Twin(
        "12",
        "the database for this machine only",
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
        "15 F12",
        "an alias",
        "rust",
        all_of(
            edit(COMPOSE, ("    networks: [app, data]\n", "    networks: {app: {aliases: [api]}, data: {}}\n")),
            edit(NGINX, ("set $backend backend", "set $backend api")),
        ),
    ),
    Twin(
        "17",
        "the caller has a second network",
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
)


@each_of("defect", DEFECTS)
def test_a_defect_is_found_by_the_check_meant_and_by_no_other(defect: Defect, tmp_path: Path) -> None:
    expect_found(defect, tmp_path)


@each_of("twin", TWINS)
def test_a_clean_twin_raises_nothing(twin: Twin, tmp_path: Path) -> None:
    expect_nothing(twin, tmp_path)


def test_an_external_network_is_told_as_what_must_exist(tmp_path: Path) -> None:
    site = Site("rust", tmp_path)
    site.replace(COMPOSE, "  edge: {}", "  edge: {external: true, name: shop-edge}")
    answer = site.check()
    assert "network-external-missing" in answer.unknown
    assert answer.failed == frozenset()
    site.write("bin/setup", "#!/bin/sh\ndocker network create shop-edge\n")
    assert "network-external-missing" not in site.check().unknown
