"""The clean stacks, each in a repository of its own with secrets and a certificate, and what the real check says."""

from __future__ import annotations

import datetime
import io
import ipaddress
import json
import secrets
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from msgspec import Struct

STACKS = Path(__file__).resolve().parents[1] / "stacks"
ECOSYSTEMS = ("PyPI", "npm", "crates.io")
_GIT = ("git", "-c", "user.name=t", "-c", "user.email=t@example.test", "-c", "commit.gpgsign=false")


class Answer(Struct, frozen=True):
    """What a check of a whole stack said; ``failed`` are the ids of block and warn, ``told`` all its failures."""

    exit_code: int
    failed: frozenset[str]
    unknown: frozenset[str]
    told: tuple[str, ...]

    @property
    def blocking(self) -> frozenset[str]:
        """Ids of the blocking checks that failed."""
        return frozenset(line.split(" ", 2)[1] for line in self.told if line.startswith("block "))


class Site:
    """A copy of a clean stack below a folder."""

    def __init__(self, name: str, folder: Path) -> None:
        self.root = folder / "stack"
        shutil.copytree(STACKS / name, self.root)
        _private_files(self.root)
        _run(("git", "init", "-q"), self.root)
        self.commit()
        self._osv = _advisories(folder)

    def text(self, name: str) -> str:
        """What a file holds."""
        return (self.root / name).read_text()

    def write(self, name: str, text: str) -> None:
        """Put a file in its place."""
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text)

    def replace(self, name: str, old: str, new: str) -> None:
        """Change one place of a file; it must be there."""
        text = self.text(name)
        assert old in text, f"{name} does not hold {old}"
        self.write(name, text.replace(old, new, 1))

    def commit(self, *forced: str) -> None:
        """Everything that is not ignored, and the paths that are forced in."""
        _run((*_GIT, "add", "-A"), self.root)
        if forced:
            _run((*_GIT, "add", "-f", "--", *forced), self.root)
        _run((*_GIT, "commit", "-q", "--allow-empty", "-m", "one"), self.root)

    def forget(self, *names: str) -> None:
        """Git tracks those files no more; they stay where they are."""
        _run(("git", "rm", "-q", "--cached", "--ignore-unmatch", "--", *names), self.root)

    def configure(self, name: str, value: str) -> None:
        """A setting of the repository."""
        _run(("git", "config", name, value), self.root)

    def check(self, *options: str) -> Answer:
        """What ``flawless check`` says of the files as they are."""
        report = self.root.parent / "report.json"
        argv: tuple[str, ...] = (sys.executable, "-m", "flawless", "check", str(self.root), "--osv-db", str(self._osv))
        argv += ("--format", "json", "--output", str(report), *options)
        done = subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False)
        assert report.is_file(), done.stderr
        verdicts = json.loads(report.read_text())["verdicts"]
        return Answer(
            done.returncode,
            _ids(verdicts, "fail", ("block", "warn")),
            _ids(verdicts, "unknown", ("block", "warn", "info")),
            tuple(_told(verdicts)),
        )


def _ids(verdicts: Iterable[dict[str, Any]], outcome: str, severities: tuple[str, ...]) -> frozenset[str]:
    return frozenset(
        each["check"]
        for each in verdicts
        if each["severity"] in severities and (outcome in {found["outcome"] for found in each["findings"]})
    )


def _told(verdicts: Iterable[dict[str, Any]]) -> Iterable[str]:
    for each in verdicts:
        for found in each["findings"]:
            if found["outcome"] in {"fail", "error"}:
                yield f"{each['severity']} {each['check']} {found['subject']}: {found['message']}"


def _run(argv: tuple[str, ...], folder: Path) -> None:
    subprocess.run(argv, cwd=folder, check=True, capture_output=True, timeout=60)


def _private_files(root: Path) -> None:
    """What the stack mounts and git never holds."""
    password = secrets.token_hex(32)
    texts = {name: secrets.token_hex(32) for name in ("database_password", "jwt_secret", "admin_password")}
    for name, text in {**texts, "redis_password": password, "redis_auth": f"requirepass {password}"}.items():
        (root / "secrets").mkdir(exist_ok=True)
        (root / "secrets" / name).write_text(f"{text}\n")
    certificate, key = certificate_for("shop.example.com")
    (root / "certs").mkdir()
    (root / "certs" / "tls.crt").write_bytes(certificate)
    (root / "secrets" / "tls_key").write_bytes(key)


def certificate_for(
    *names: str,
    begins: datetime.timedelta = datetime.timedelta(days=-1),
    ends: datetime.timedelta = datetime.timedelta(days=80),
) -> tuple[bytes, bytes]:
    """A certificate for the names that signed itself, and its key, both PEM; its dates as seen from now."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + begins)
        .not_valid_after(now + ends)
        .add_extension(x509.SubjectAlternativeName([_name(name) for name in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return made.public_bytes(serialization.Encoding.PEM), private


def _name(text: str) -> Any:
    """An address of a certificate's, by number or by name."""
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def _advisories(folder: Path) -> Path:
    """An advisory database that knows of one package that nobody here uses."""
    entry = {"id": "TEST-1", "affected": [{"package": {"ecosystem": "npm", "name": "nobody-uses-this"}}]}
    for ecosystem in ECOSYSTEMS:
        place = folder / "osv" / ecosystem
        place.mkdir(parents=True)
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w") as archive:
            archive.writestr("TEST-1.json", json.dumps(entry))
        (place / "all.zip").write_bytes(content.getvalue())
    return folder / "osv"
