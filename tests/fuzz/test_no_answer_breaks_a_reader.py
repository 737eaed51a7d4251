"""Readers of other tools' output, advisories, certificates and saved facts, on answers that nobody documented.

With FLAWLESS_FULL=1 each reader gets 100,000 inputs.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import tempfile
import zipfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from hypothesis import example, given
from hypothesis import strategies as st

from flawless.app.judge import FACTS_SCHEMA, SavedFacts
from flawless.app.rejudge import rejudge
from flawless.errors import FlawlessError, UsageError
from flawless.judging.catalogue import catalogue
from flawless.model.facts import Fact
from flawless.model.observed_files import Package
from flawless.model.settings import Settings
from flawless.model.stack import Build, Origin, Role
from flawless.ports.bundle import Target
from flawless.ports.mask import Masker
from flawless.ports.shell import CommandResult
from flawless.probes.files import advisories
from flawless.probes.files.certificates import _key_state, _traits, _unreadable
from flawless.probes.images import _layers
from flawless.probes.images.image_config import image_facts
from flawless.probes.tools import betterleaks, compilers, hadolint, shellcheck, squawk
from flawless.probes.tools._tool import MALFORMED
from flawless.report.as_json import to_json
from flawless.testing import samples
from flawless.testing.fakes import RecordedShell, fake_ports
from tests.fuzz.texts import answers, bent, bounded, mangled
from tests.probes.images import archives

HERE = Origin("a", 1)
HIT = {"file": "Dockerfile", "line": 3, "column": 1, "level": "warning", "code": "DL3003", "message": "use WORKDIR"}
HADOLINT = [HIT, {**HIT, "code": "DL1000"}]
SHELLCHECK = {"comments": [{**HIT, "file": "a.sh", "code": 2164, "endLine": 3, "fix": None}]}
SQUAWK = [
    {"file": "m.sql", "line": 0, "level": "Warning", "message": "locks", "help": "later", "rule_name": "ban-drop-table"}
]
LEAK = {
    "finding": {
        "rule_id": "github-pat",
        "attributes": {"git.sha": "280eb957"},
        "location": {"path": "s/c.py", "start_line": 2},
    }
}
SCAN = {"scan": {"state": "complete"}}
RUSTC = {
    "reason": "compiler-message",
    "message": {
        "level": "warning",
        "message": "m",
        "code": {"code": "c"},
        "spans": [{"file_name": "a", "line_start": 2}],
    },
}
RUFF = [{"filename": "a.py", "code": "F401", "message": "unused", "location": {"row": 1}}]
MYPY = {"file": "a.py", "line": 4, "severity": "error", "code": "x", "message": "m"}
ESLINT = [{"filePath": "a.ts", "messages": [{"ruleId": "x", "severity": 2, "line": 1, "message": "m"}]}]
TSC = "src/a.ts(3,5): error TS2322: Type 'x' is not assignable.\nnoise\n"
ADVISORY = {
    "id": "GHSA-1",
    "aliases": ["CVE-1"],
    "database_specific": {"severity": "HIGH"},
    "affected": [
        {
            "package": {"ecosystem": "PyPI", "name": "requests"},
            "versions": ["2.31.0"],
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.32.0-rc.1"}]}],
        }
    ],
}
PACKAGES = tuple(
    Package(ecosystem, "requests", version, HERE)
    for ecosystem in ("PyPI", "npm")
    for version in ("2.31.0", "not a version")
)


def said(seed: object) -> st.SearchStrategy[str]:
    """A tool's JSON with other parts than documented, or no JSON at all."""
    return bent(seed).map(json.dumps) | mangled(json.dumps(seed))


def gathered(probe: Any, tool: str, output: str, target: Target) -> None:
    """The probe's answer to what its tool says: facts, or a reason."""
    shell = RecordedShell({tool: (0, output, "")})
    ports = msgspec.structs.replace(target.ports, shell=shell)
    facts: list[Iterable[Fact]] = []
    looked = msgspec.structs.replace(target, ports=ports)
    answers(lambda: facts.append(asyncio.run(probe.gather(looked))), FlawlessError)


@cache
def world() -> Target:
    """A stack in a folder that has a Dockerfile, a script and a migration."""
    root = Path(tempfile.mkdtemp(prefix="flawless-fuzz-"))
    (root / "a.sh").write_text("#!/bin/sh\n")
    (root / "migrations").mkdir()
    (root / "migrations" / "1.sql").write_text("select 1;\n")
    build = Build(str(root), str(root / "Dockerfile"), "", (), HERE)
    services = (
        samples.service("app", build=build),
        samples.service("db", image="postgres:16", role=Role.DATABASE),
    )
    stack = msgspec.structs.replace(samples.stack(*services), root=str(root))
    return Target(stack, Settings(), fake_ports())


@given(said(HADOLINT))
@example("[{}]")
@example("[" * 100_000)
@bounded
def test_the_reader_of_hadolint(text: str) -> None:
    gathered(hadolint, "hadolint", text, world())


@given(said(SHELLCHECK))
@example('{"comments": [null]}')
@example("[]")
@bounded
def test_the_reader_of_shellcheck(text: str) -> None:
    gathered(shellcheck, "shellcheck", text, world())


@given(said(SQUAWK))
@example('[{"rule_name": "ban-drop-table"}]')
@bounded
def test_the_reader_of_squawk(text: str) -> None:
    gathered(squawk, "squawk", text, world())


@given(said(LEAK) | said(SCAN) | st.builds("{}\n{}".format, said(LEAK), st.just(json.dumps(SCAN))))
@bounded
def test_the_reader_of_betterleaks(text: str) -> None:
    result = CommandResult((), 0, text, "", 0.0, 0.0)
    answers(lambda: betterleaks.secrets_in(result, "s/"), FlawlessError)


@given(st.sampled_from(compilers.TOOLS), said(RUSTC) | said(RUFF) | said(MYPY) | said(ESLINT) | mangled(TSC))
@bounded
def test_the_readers_of_compilers(tool: compilers.Tool, text: str) -> None:
    result = CommandResult(tool.argv, 0, text, "", 0.0, 0.0)
    answers(lambda: list(tool.hits(result, Path("/s"))), FlawlessError, RecursionError, *MALFORMED)  # told by _run


def archive(*contents: bytes) -> bytes:
    """A zip of the OSV data dumps' form."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as opened:
        for number, content in enumerate(contents):
            opened.writestr(f"{number}.json", content)
    return whole.getvalue()


def _cut(content: bytes, start: int, length: int, put: bytes) -> bytes:
    start %= len(content) + 1
    return content[:start] + put + content[start + length :]


ARCHIVE = archive(json.dumps(ADVISORY).encode())
broken = st.builds(_cut, st.just(ARCHIVE), st.integers(0), st.integers(0, 64), st.binary(max_size=8))


@given(said(ADVISORY).map(lambda text: archive(text.encode("utf-8", "surrogatepass"))) | broken)
@example(archive(json.dumps({**ADVISORY, "affected": [None]}).encode()))
@bounded
def test_the_reader_of_advisory_databases(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for ecosystem in ("PyPI", "npm"):
            place = Path(folder, ecosystem, "all.zip")
            place.parent.mkdir()
            place.write_bytes(content)
        answers(lambda: list(advisories._local(Path(folder), PACKAGES)), FlawlessError)


WHOLE = archives.old({"app/.env": b"TOKEN=abcdef\n"}, {"app/.wh..env": b"", "usr/bin/gcc": b"", "a.rs": b""})
PACKED = archives.oci({"app/a.key": b"-----BEGIN PRIVATE KEY-----\n"}, {"usr/bin/node": b""}, packed=True)


@given(st.builds(_cut, st.sampled_from((WHOLE, PACKED)), st.integers(0), st.integers(0, 600), st.binary(max_size=8)))
@bounded
def test_the_reader_of_image_archives(content: bytes) -> None:
    answers(lambda: _layers.read(io.BytesIO(content)), _layers.UnreadableError)


IMAGE: dict[str, Any] = {
    "Id": "sha256:a",
    "Size": 1,
    "Config": {"User": "", "Entrypoint": ["a"], "Cmd": None, "Env": ["A=b", "B_TOKEN=c"], "Labels": {"a": "b"}},
}
LAYERS: list[dict[str, Any]] = [{"CreatedBy": "/bin/sh -c A_PASSWORD=x true", "Size": 1}, {"CreatedBy": None}]


@given(st.sampled_from(("Env", "Entrypoint", "Cmd", "User")), mangled("A=b", "B_TOKEN='c d'", "postgres://a:b@c/d"))
@bounded
def test_the_reader_of_image_configurations(part: str, text: str) -> None:
    """The engine keeps the shapes; what stands in them is anybody's."""
    config = {**IMAGE["Config"], part: text if part == "User" else [text]}
    facts = image_facts({**IMAGE, "Config": config}, [*LAYERS, {"CreatedBy": text}], Masker(["abcdefgh"]).mask)
    assert facts.id == "sha256:a"


@cache
def pair() -> tuple[bytes, bytes]:
    """A certificate and its key, in DER."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    certificate, key = made()
    return certificate.public_bytes(Encoding.DER), key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


@cache
def made() -> tuple[Any, Any]:
    """A certificate with names of both kinds, and its key: the same in every run."""
    import datetime as dt
    import ipaddress

    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.x509.oid import NameOID

    key = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a.test")])
    names = [x509.DNSName("a.test"), x509.DNSName("*.a.test"), x509.IPAddress(ipaddress.ip_address("10.0.0.1"))]
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 7, now, now + dt.timedelta(days=90))
    return builder.add_extension(x509.SubjectAlternativeName(names), False).sign(key, None), key


def pem(label: str, der: bytes) -> bytes:
    """The armour around a DER text."""
    return f"-----BEGIN {label}-----\n".encode() + base64.encodebytes(der) + f"-----END {label}-----\n".encode()


def armoured(label: str, which: int) -> st.SearchStrategy[bytes]:
    """The certificate or the key with some bytes changed, or with its armour broken."""
    inside = st.builds(_cut, st.just(pair()[which]), st.integers(0), st.integers(0, 4), st.binary(max_size=4))
    whole = st.just(pem(label, pair()[which]))
    outside = st.builds(_cut, whole, st.integers(0), st.integers(0, 40), st.binary(max_size=8))
    return inside.map(lambda der: pem(label, der)) | outside


def another_kind(label: str, which: int) -> bytes:
    """The same with a kind of key that nobody knows."""
    return pem(label, pair()[which].replace(b"\x06\x03\x2b\x65\x70", b"\x06\x03\x2b\x65\x00"))


@given(armoured("CERTIFICATE", 0), armoured("PRIVATE KEY", 1))
@example(another_kind("CERTIFICATE", 0), another_kind("PRIVATE KEY", 1))
@bounded
def test_the_reader_of_certificates(certificate: bytes, key: bytes) -> None:
    answers(lambda: _traits(certificate), *_unreadable())
    assert _key_state(key, made()[0]) in {"here", "differs", "broken", "elsewhere"}


@cache
def saved() -> dict[str, Any]:
    """The facts of a healthy stack as a run keeps them."""
    stack = samples.stack()
    levels = tuple((check.id, rule.level) for check in catalogue().values() for rule in check.rules[-1:])
    facts = samples.healthy_facts(stack).to_json()
    whole = SavedFacts(
        schema=FACTS_SCHEMA,
        stack=stack,
        settings=Settings(),
        phase="check",
        now=samples.NOW,
        levels=levels,
        facts=facts,
    )
    plain: dict[str, Any] = json.loads(msgspec.json.encode(whole))
    return plain


@given(st.deferred(lambda: said(saved())))
@example(json.dumps({**saved(), "now": 1e308}))
@bounded
def test_the_reader_of_saved_facts(text: str) -> None:
    answers(lambda: to_json(rejudge(text, "facts.json", ())), UsageError)
