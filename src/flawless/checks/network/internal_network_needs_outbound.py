"""A service that calls the internet has no way out.

An internal network has no gateway. Mail, payment and telemetry then time out, one call after the other, while every
healthcheck is green. Counted are addresses of public hosts in the environment that a program calls; the stack's own
public addresses, such as allowed origins and links in mails, are for others to call.

## Bad
```yaml compose.yaml
services:
  backend:
    image: shop/backend:1
    networks: [app]
    environment:
      PAYMENT_API_URL: https://api.payments.example.com/v1
networks:
  app: {internal: true}
```

## Good
```yaml compose.yaml
services:
  backend:
    image: shop/backend:1
    networks: [app, out]
    environment:
      PAYMENT_API_URL: https://api.payments.example.com/v1
networks:
  app: {internal: true}
  out: {}
```

## Clean twin
These say how the stack is called from outside, and the mail goes through a relay of the stack.
```yaml compose.yaml
services:
  backend:
    image: shop/backend:1
    networks: [app]
    environment:
      CORS_ORIGINS: https://shop.example.com
      FRONTEND_URL: https://shop.example.com
      SMTP_HOST: relay
  relay:
    image: shop/relay:1
    networks: [app, out]
networks:
  app: {internal: true}
  out: {}
```
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.stack import EnvVar, Service

# How the stack itself is called by others: nobody inside calls it.
_ITS_OWN = re.compile(
    r"PUBLIC|ORIGIN|CORS|ALLOWED|TRUSTED|CSRF|VITE_|REACT_APP_|NUXT_|CALLBACK|REDIRECT|ISSUER|DOMAIN|LINK|REFERRER"
    r"|SCHEMA|NAMESPACE|AUDIENCE|INSTANCE|CANONICAL|EXTERNAL"
    r"|^(?:(?:NEXTAUTH|BETTER|AUTH|SERVER|SITE|WEB|WEBSITE|APP|BASE|ROOT|FRONTEND|FRONT|END|HOME|PAGE|ADMIN|PANEL|SELF"
    r"|DASHBOARD|SERVICE|BACKEND|API|WS|LOGIN|LOGOUT|HOSTNAME|ASSETS?|STATIC|MEDIA|CDN|DOCS?|HELP|TERMS|PRIVACY"
    r"|SUPPORT)_?)+(?:URL|URI|HOST|ADDRESS)?$"
)
_HOST_NAME = re.compile(r"(?:^|_)(?:HOST|SERVER|ENDPOINT|RELAY)$")
_PUBLIC = re.compile(r"^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}$")
_PRIVATE_ENDS = (".local", ".internal", ".localhost", ".lan", ".home", ".corp", ".intranet", ".invalid", ".test")
_WAYS_OUT = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy", "http_proxy", "all_proxy")


def judge(view: View) -> Iterator[Finding]:
    """A service with addresses of public hosts is on a network with a way out, or has a proxy for it."""
    service = view.service
    called = [(var, host) for var in service.env if (host := _outside(view, var))]
    if not called:
        yield view.skip("its environment names no host outside")
    elif not _shut_in(view, service):
        yield view.ok(f"it can reach {called[0][1]}", at=service.at("networks"))
    elif any(service.variable(name) for name in _WAYS_OUT):
        yield view.ok("it has a proxy for what lies outside", at=service.at("environment"))
    else:
        where = ", ".join(attachment.network for attachment in view.stack.attached(service))
        for var, host in called:
            yield view.fail(f"{var.name} names {host}, and {where} has no way out", at=var.origin)


def _outside(view: View, var: EnvVar) -> str:
    """The public host that a variable tells its service to call, or ""."""
    if _ITS_OWN.search(var.name.upper()):
        return ""
    host = var.url.host if var.url else var.value.partition(":")[0] if _HOST_NAME.search(var.name.upper()) else ""
    if not _PUBLIC.match(host) or host.lower().endswith(_PRIVATE_ENDS) or _is_address(host):
        return ""
    return "" if view.stack.named(host, view.service) else host


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _shut_in(view: View, service: Service) -> bool:
    """Whether every network of the service is one of ours and internal."""
    if service.network_mode and not service.lender:
        return service.network_mode == "none"
    networks = [view.stack.network(attachment.network) for attachment in view.stack.attached(service)]
    return bool(networks) and all(each is not None and each.internal and not each.external for each in networks)


CHECK = Check(
    id="internal-network-needs-outbound",
    title="a service that calls the internet has no way out",
    severity=Severity.WARN,
    items=("V2.3",),
    rules=(Rule(Level.FILES, judge),),
    remedy="put the service on a second network that is not internal, or give it HTTPS_PROXY",
    doc=__doc__ or "",
    reference="https://docs.docker.com/reference/compose-file/networks/#internal",
)
