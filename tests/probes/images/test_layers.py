"""What is read from an image's archive: final programs and sources, secrets of every layer, and what cannot be read."""

from __future__ import annotations

import io

import pytest

from flawless.model.observed import ImageFiles
from flawless.probes.images._layers import UnreadableError, read

from . import archives
from .archives import Files

KEY = b"-----BEGIN PRIVATE KEY-----\n"
BASE: Files = {"usr/bin/apt-get": b"", "usr/share/doc/x/test.key": KEY, "etc/passwd": b"root"}


def files(*layers: Files) -> ImageFiles:
    return read(io.BytesIO(archives.old(*layers)))


def secrets(found: ImageFiles) -> list[str]:
    return [f"{hit.path}:{hit.line} {hit.kind}" for hit in found.secrets]


@pytest.mark.parametrize("packed", [False, True])
def test_both_layouts_say_the_same(packed: bool) -> None:
    layers: tuple[Files, ...] = (BASE, {"usr/bin/gcc": b"", "app/.env": b"A_TOKEN=CANARY\n"}, {"app/.wh..env": b""})
    assert read(io.BytesIO(archives.oci(*layers, packed=packed))) == files(*layers)


def test_compilers_and_managers_are_those_that_a_container_finds() -> None:
    found = files(BASE, {"usr/bin/gcc": b"", "usr/local/bin/npm": b"", "opt/go/bin/go": b"", "app/gcc": b""}, {})
    assert found.compilers == ("opt/go/bin/go", "usr/bin/gcc")
    assert found.managers == ("usr/bin/apt-get", "usr/local/bin/npm")
    assert found.layers == 3


@pytest.mark.parametrize("gone", [{"usr/bin/.wh.gcc": b""}, {"usr/.wh.bin": b""}, {"usr/bin/.wh..wh..opq": b""}])
def test_what_a_later_layer_takes_away_no_container_finds(gone: Files) -> None:
    assert files(BASE, {"usr/bin/gcc": b""}, gone).compilers == ()
    assert files(BASE, {"usr/bin/gcc": b""}, gone, {"usr/bin/gcc": b""}).compilers == ("usr/bin/gcc",)


def test_a_secret_that_a_later_layer_deletes_is_in_the_image_all_the_same() -> None:
    put = {"app/.env": b"LOG_LEVEL=info\nDB_PASSWORD=CANARY-1\n", "root/.ssh/id_rsa": KEY}
    found = files(BASE, put, {"app/.wh..env": b""})
    assert secrets(found) == [
        "app/.env:2 the value of DB_PASSWORD, which a later layer deletes",
        "root/.ssh/id_rsa:1 a private key",
    ]
    assert "CANARY" not in repr(found)


def test_examples_test_keys_of_packages_and_settings_are_no_secrets() -> None:
    found = files(
        {
            "app/.env.example": b"DB_PASSWORD=CANARY\n",
            "app/.env": b"LOG_LEVEL=info\nDB_PASSWORD=${FROM_OUTSIDE}\n",
            "opt/venv/lib/python3.12/site-packages/x/tests/a.key": KEY,
            "app/node_modules/x/test/server.key": KEY,
            "etc/ssl/private/ssl-cert-snakeoil.key": KEY,
            "etc/ssl/certs/ca.pem": b"-----BEGIN CERTIFICATE-----\n",
        }
    )
    assert found.secrets == ()


def test_sources_are_those_of_compiled_languages_and_of_bundles_without_a_runtime() -> None:
    theirs = {"usr/include/a.c": b"", "usr/src/linux-headers/a.c": b""}
    program = {**theirs, "app/src/main.rs": b"", "usr/src/app/b.go": b""}
    assert files(program).sources == ("app/src/main.rs", "usr/src/app/b.go")
    bundle = {"usr/share/nginx/html/src/app.tsx": b"", "usr/share/nginx/html/index.js": b""}
    assert files(bundle).sources == ("usr/share/nginx/html/src/app.tsx",)
    assert files(bundle, {"usr/local/bin/node": b""}).sources == ()
    assert files({"app/main.py": b"", "app/types.d.ts": b""}).sources == ()


def test_the_same_layer_twice_is_one_link() -> None:
    twice: Files = {"app/main.go": b""}
    assert files(BASE, twice, twice).layers == 3


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "cannot be read"),
        (b"no tar at all" * 100, "cannot be read"),
        (archives.layer({"a": b""}), "it names no layer"),
        (
            archives.layer({"manifest.json": b'[{"Layers": ["a/layer.tar"]}]'}),
            "its layer a/layer.tar is of no known",
        ),
        (archives.layer({"manifest.json": b"{}"}), "cannot be read"),
        (archives.old(BASE, b"\x28\xb5\x2f\xfd zstd, which is none of the forms" * 50), "is of no known form"),
        (archives.old(BASE)[:3_000], "cannot be read"),
    ],
)
def test_what_cannot_be_read_is_told(content: bytes, words: str) -> None:
    with pytest.raises(UnreadableError, match=words):
        read(io.BytesIO(content))
