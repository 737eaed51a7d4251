"""The certificate cannot be renewed, or nobody notices that it was.

It works today and is dead in three months at most. A tool that listens on port 80 itself cannot while the proxy holds
it; one that edits the nginx of the machine does not reach the one in the container; one that leaves its proof in a
folder needs a location that serves that folder, and a mount that both share; and nginx keeps the old certificate until
it is reloaded. A private authority, or a script that makes certificates without asking anybody, is none of this check's
business.

## Bad
```yaml compose.yaml
services:
  nginx:
    image: nginx:1.27
    ports: ["80:80", "443:443"]
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro", "/etc/letsencrypt:/etc/letsencrypt:ro"]
```
```nginx nginx.conf
events {}
http {
  server { listen 80; return 308 https://$host$request_uri; }
  server {
    listen 443 ssl;
    ssl_certificate /etc/letsencrypt/live/shop.example.com/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/shop.example.com/privkey.pem;
  }
}
```
```sh bin/renew
#!/bin/sh
certbot certonly --standalone -d shop.example.com --deploy-hook "docker compose exec nginx nginx -s reload"
```

## Good
```yaml compose.yaml
services:
  nginx:
    image: nginx:1.27
    ports: ["80:80", "443:443"]
    volumes:
      - ./nginx.conf:/etc/nginx/nginx.conf:ro
      - ./letsencrypt:/etc/letsencrypt:ro
      - acme:/var/www/acme:ro
  certbot:
    image: certbot/certbot:v2.11.0
    command: ["renew", "--webroot", "-w", "/var/www/acme"]
    volumes: ["./letsencrypt:/etc/letsencrypt", "acme:/var/www/acme"]
volumes: {acme: {}}
```
```nginx nginx.conf
events {}
http {
  server {
    listen 80;
    location /.well-known/acme-challenge/ { root /var/www/acme; }
    location / { return 308 https://$host$request_uri; }
  }
  server {
    listen 443 ssl;
    ssl_certificate /etc/letsencrypt/live/shop.example.com/fullchain.pem;
    ssl_certificate_key /etc/letsencrypt/live/shop.example.com/privkey.pem;
  }
}
```
```sh bin/renew
#!/bin/sh
docker compose run --rm certbot renew && docker compose exec nginx nginx -s reload
```

## Clean twin
Our own authority signs a certificate on this machine.
```yaml compose.yaml
services:
  nginx:
    image: nginx:1.27
    ports: ["443:443"]
    volumes: ["./nginx.conf:/etc/nginx/nginx.conf:ro", "./certs:/etc/certs:ro"]
```
```nginx nginx.conf
events {}
http {
  server {
    listen 443 ssl;
    ssl_certificate /etc/certs/tls.crt;
    ssl_certificate_key /etc/certs/tls.key;
  }
}
```
```sh bin/setup
#!/bin/sh
openssl req -x509 -newkey ec -keyout certs/tls.key -out certs/tls.crt
```
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from flawless.checks.edge._renewal import Renewal, Step, renewal
from flawless.checks.edge._served import challenged, root_of, source_of
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.keys import OPERATIONS, PROXY_CONFIG
from flawless.model.nginx import NginxConfig
from flawless.model.stack import Role, Service

_PUBLIC = "/letsencrypt/live/"


def judge(view: View) -> Iterator[Finding]:
    """The proof of ownership reaches the authority, and the proxy takes the new certificate."""
    config = view.get(PROXY_CONFIG)
    operations = view.get(OPERATIONS)
    found = renewal(view.stack, operations)
    public = next((line for line in config.find("ssl_certificate") if _PUBLIC in " ".join(line.args)), None)
    if not found.steps and public is None:
        yield view.skip("no certificate of a public authority is renewed here")
        return
    if not found.steps:
        said = f"{public.args[0] if public else ''} is renewed by nothing in these files"
        yield view.unclear(said, at=public.origin if public else None, remedy="keep the renewal with the stack")
        return
    faults = list(_faults(view, config, found))
    yield from faults
    if not faults:
        yield view.ok(f"the renewal ({found.steps[0].origin}) fits the proxy", at=found.steps[0].origin)


def _faults(view: View, config: NginxConfig, found: Renewal) -> Iterator[Finding]:
    if (step := found.standalone) and not found.other_way and (owner := _owner_of_80(view)):
        yield view.fail(f"standalone needs port 80, which {owner.name} holds ({owner.at('ports')})", at=step.origin)
    elif (step := found.plugin) and not found.other_way and not _inside(view, step) and (owner := _owner_of_80(view)):
        said = f"the nginx plugin edits an nginx where it runs; port 80 is held by {owner.name} ({owner.at('ports')})"
        yield view.fail(said, at=step.origin)
    elif found.webroot and not found.other_way:
        yield from _webroot(view, config, *found.webroot)
    if found.hook is None:
        yield view.fail(
            "nothing reloads the proxy after a renewal: it keeps the old certificate", at=found.steps[0].origin
        )


def _owner_of_80(view: View) -> Service | None:
    holders = (each for each in view.stack.services if any(port.published == "80" for port in each.ports))
    return next(holders, view.service if view.service.network_mode == "host" else None)


def _inside(view: View, step: Step) -> bool:
    """Whether a step runs in the proxy's own container."""
    executed = rf"\bexec\s+(?:-\S+\s+)*{re.escape(view.service.name)}\s+\S*(?:certbot|acme\.sh|lego|dehydrated)\b"
    return step.service == view.service.name or bool(re.search(executed, step.text))


def _webroot(view: View, config: NginxConfig, step: Step, folder: str) -> Iterator[Finding]:
    served = list(challenged(config))
    if not served:
        yield view.fail("no server for plain HTTP serves /.well-known/acme-challenge/", at=step.origin)
        return
    roots = [root for spot in served if (root := root_of(spot))]
    if folder and roots and not any(_shared(view, step, folder, root) for root in roots):
        said = f"the proof is put into {folder}, and the proxy serves {', '.join(roots)}, which is another folder"
        yield view.fail(said, at=step.origin)


def _shared(view: View, step: Step, folder: str, root: str) -> bool:
    """Whether both paths are one place: of the tool's container, or of the host when a script runs the tool."""
    tool = view.stack.service(step.service) if step.service else _tool(view)
    served, wanted = source_of(view.service, root), posixpath.normpath(folder)
    if served is None or tool is None:
        return served is not None and served.endswith(wanted)
    return source_of(tool, wanted) == served


def _tool(view: View) -> Service | None:
    """The service that a script runs certbot with, if the stack has one."""
    return next((each for each in view.stack.services if "certbot" in each.image or each.name == "certbot"), None)


CHECK = Check(
    id="tls-renewal-broken",
    title="the certificate cannot be renewed",
    severity=Severity.BLOCK,
    items=("V3.4",),
    rules=(Rule(Level.FILES, judge, needs=(PROXY_CONFIG, OPERATIONS), roles=(Role.PROXY,)),),
    remedy="use --webroot with a folder that the proxy serves under /.well-known/acme-challenge/, and "
    '--deploy-hook "docker compose exec nginx nginx -s reload"',
    doc=__doc__ or "",
    reference="RFC 8555, section 8.3; https://eff-certbot.readthedocs.io/en/stable/using.html#webroot",
)
