"""What is wrong with a certificate: its dates, its names, its key. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.observed import TlsFacts
from flawless.model.observed_files import CertificateFile

DAY = 86_400.0
_FAILED = 7 * DAY
_SOON = 21 * DAY


def file_faults(each: CertificateFile) -> Iterator[str]:
    """What is wrong with a certificate and its key as they lie in files; nothing for those that are elsewhere."""
    if each.state == "missing":
        yield f"{each.path} does not exist where the container would have it from"
    elif each.state == "broken":
        yield f"{each.path}: {each.detail}"
    elif each.state == "here":
        yield from time_faults(each)
        yield from _name_faults(each)
    if each.key == "missing" and each.state != "missing":
        yield f"the key of {each.path} does not exist where the container would have it from"
    elif each.key in ("differs", "broken"):
        yield f"the key of {each.path} " + ("belongs to another certificate" if each.key == "differs" else "is no key")


def _name_faults(each: CertificateFile) -> Iterator[str]:
    """Names of servers that the certificate does not cover; patterns and the server for all names have none."""
    asked = [name.removeprefix(".") for name in each.servers if name not in ("_", "", "localhost") and name[0] != "~"]
    asked = [name for name in asked if "." in name and "$" not in name and not name.endswith(".*")]
    missed = [name for name in asked if not any(covers(own, name) for own in each.names)]
    if missed:
        yield f"{each.path} is for {', '.join(each.names) or 'no name'}, not for {', '.join(missed)}"


def time_faults(of: TlsFacts | CertificateFile) -> Iterator[str]:
    """What its dates say: over, not begun, or so near the end that the renewal must have failed."""
    left = of.not_after - of.now
    if left <= 0:
        yield f"the certificate expired {-left / DAY:.0f} days ago"
    elif of.now < of.not_before:
        yield f"the certificate is not valid for another {(of.not_before - of.now) / DAY:.1f} days"
    elif left < _limit(of, _FAILED, 3):
        yield f"the certificate ends in {left / DAY:.1f} days: its renewal has not worked"


def _limit(tls: TlsFacts | CertificateFile, usual: float, share: int) -> float:
    return min(usual, (tls.not_after - tls.not_before) / share)


def left(tls: TlsFacts | CertificateFile) -> str:
    """The days that are left, with a warning when they are few."""
    rest = tls.not_after - tls.now
    days = f"{rest / DAY:.0f} days left"
    if rest < _limit(tls, _SOON, 2):
        return f"only {days}: look now whether the renewal works"
    return days


def covers(name: str, host: str) -> bool:
    """Whether a certificate's name covers a host; ``*`` stands for one whole label (RFC 6125, 6.4.3)."""
    name, host = name.lower(), host.lower().rstrip(".")
    return name == host or (name.startswith("*.") and host.partition(".")[2] == name[2:])
