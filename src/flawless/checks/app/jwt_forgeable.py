"""The application accepts a token that somebody made up.

Then whoever likes is whoever they like. Libraries verify well when they are told the one algorithm and the one key, and
accept ``none``, a public key as a secret, or an expired token when they are left to the token's own words. The genuine
token must be let in, and no token refused, or a refusal would prove nothing.

## Bad (rehearsal)
```json facts.json
{"app-tokens": {"stack": {"forgeries": [{"name": "alg none", "status": 200}, {"name": "a wrong key", "status": 401}]}}}
```

## Bad (rehearsal)
```json facts.json
{"app-tokens": {"stack": {"forgeries": [{"name": "an expired token", "status": 200}]}}}
```

## Good (rehearsal)
```json facts.json
{"app-tokens": {"stack": {"forgeries": [
  {"name": "alg none", "status": 401}, {"name": "an expired token", "status": 403}]}}}
```

## Clean twin (rehearsal)
```json facts.json
{"app-tokens": {"stack": {"reason": "the application's tokens are no JSON Web Tokens"}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.checks.app._told import UNREACHED, good
from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import APP_TOKENS
from flawless.model.observed_app import Forgery, TokenTrial


def judge(view: View) -> Iterator[Finding]:
    """No forged token is let in where the genuine one is."""
    trial = view.get(APP_TOKENS)
    if trial.reason:
        yield view.skip(trial.reason)
        return
    if not good(trial.genuine) or good(trial.without) or not trial.forgeries:
        yield view.unclear(f"{trial.route} answers {trial.genuine} to the genuine token and {trial.without} to none")
        return
    yield from _forgeries(view, trial)
    for what in trial.untried:
        yield view.unclear(f"not tried: {what}")
    if not good(trial.afterwards):
        yield view.unclear(f"{trial.route} answers {trial.afterwards} to the genuine token afterwards")


def _forgeries(view: View, trial: TokenTrial) -> Iterator[Finding]:
    accepted = [each for each in trial.forgeries if good(each.status)]
    yield from (view.fail(f"{trial.route} accepts {each.name} ({each.status})") for each in accepted)
    odd = [each for each in trial.forgeries if not good(each.status) and not _refused(each)]
    yield from (view.unclear(f"{each.name} gets {each.status or 'no answer'}, no refusal") for each in odd)
    refused = len(trial.forgeries) - len(accepted) - len(odd)
    if refused:
        yield view.ok(f"{trial.route} refuses {refused} forged tokens ({trial.algorithm}) and accepts the genuine one")


def _refused(forgery: Forgery) -> bool:
    return 300 <= forgery.status < 500 and (forgery.status not in UNREACHED or forgery.status in (401, 403))


CHECK = Check(
    id="jwt-forgeable",
    title="the application accepts a token that somebody made up",
    severity=Severity.BLOCK,
    items=("S3.1",),
    rules=(Rule(Level.REHEARSAL, judge, scope=Scope.STACK, needs=(APP_TOKENS,)),),
    remedy="verify with a fixed list of one algorithm, your own key, and required exp, aud and iss",
    doc=__doc__ or "",
    reference="RFC 8725; OWASP ASVS 5.0: 9.1.1 to 9.2.4",
)
