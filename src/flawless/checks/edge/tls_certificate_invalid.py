"""The certificate does not hold.

Expired, not yet valid, for another name, or signed by nobody the client trusts: browsers stop at each of them.
Under seven days (or under a third of a short-lived certificate's life) the renewal has failed already.

## Bad (live)
```json facts.json
{"tls": {"stack": {"verified": false, "verify_error": "certificate has expired", "not_after": 1799900000}}}
```

## Good (live)
```json facts.json
{"tls": {"stack": {"not_after": 1806900000}}}
```

## Clean twin (live)
A certificate of six days that was renewed yesterday is no certificate in trouble.
```json facts.json
{"tls": {"stack": {"not_before": 1799913600, "not_after": 1800432000}}}
```
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import TLS
from flawless.model.observed import TlsFacts

DAY = 86_400.0
_FAILED = 7 * DAY
_SOON = 21 * DAY


def judge(view: View) -> Iterator[Finding]:
    """The certificate is trusted, names the host and has days left."""
    tls = view.get(TLS)
    faults = list(_faults(tls))
    for fault in faults:
        yield view.fail(f"{tls.host}:{tls.port}: {fault}")
    if not faults:
        yield view.ok(f"{tls.subject} from {tls.issuer}: trusted, {_left(tls)}")


def _faults(tls: TlsFacts) -> Iterator[str]:
    left = tls.not_after - tls.now
    if left <= 0:
        yield f"the certificate expired {-left / DAY:.0f} days ago"
    elif tls.now < tls.not_before:
        yield f"the certificate is not valid for another {(tls.not_before - tls.now) / DAY:.1f} days"
    elif left < _limit(tls, _FAILED, 3):
        yield f"the certificate ends in {left / DAY:.1f} days: its renewal has not worked"
    if not tls.names:
        yield "the certificate names no host (no subject alternative name)"
    elif not _is_address(tls.host) and not any(_covers(name, tls.host) for name in tls.names):
        yield f"the certificate is for {', '.join(tls.names)}, not for {tls.host}"
    if not tls.verified:
        yield f"the certificate is not trusted: {tls.verify_error or 'no reason was given'}"


def _limit(tls: TlsFacts, usual: float, share: int) -> float:
    return min(usual, (tls.not_after - tls.not_before) / share)


def _left(tls: TlsFacts) -> str:
    left = tls.not_after - tls.now
    days = f"{left / DAY:.0f} days left"
    if left < _limit(tls, _SOON, 2):
        return f"only {days}: look now whether the renewal works"
    return days


def _covers(name: str, host: str) -> bool:
    """Whether a certificate's name covers a host; ``*`` stands for one whole label (RFC 6125, 6.4.3)."""
    name, host = name.lower(), host.lower().rstrip(".")
    return name == host or (name.startswith("*.") and host.partition(".")[2] == name[2:])


def _is_address(host: str) -> bool:
    """An address may be reached under another name; verification has judged the name then."""
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


CHECK = Check(
    id="tls-certificate-invalid",
    title="the certificate is expired, untrusted or for another name",
    severity=Severity.BLOCK,
    items=("V3.4", "C3.3", "S2.3", "F7"),
    rules=(Rule(Level.LIVE, judge, scope=Scope.STACK, needs=(TLS,)),),
    remedy="renew the certificate and reload the proxy; for a private authority set `ca` under [edge] in flawless.toml",
    doc=__doc__ or "",
)
