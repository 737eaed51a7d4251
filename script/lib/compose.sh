# shellcheck shell=bash
# Docker Compose 2.20 or newer as a plugin of the docker command: the system's, or the copy from the lock.

PLUGIN=${DOCKER_CONFIG:-$HOME/.docker}/cli-plugins/docker-compose
PLUGIN_MARK=$CACHE/compose-plugin.sha256 # says which file there is ours
COMPOSE_LEAST=2.20.0

compose_version() { timeout 15 docker compose version --short 2>>"$LOG"; }

# at_least VERSION LEAST, with or without a leading v
at_least() { [[ $(printf '%s\n%s\n' "${1#v}" "$2" | sort -V | head -n 1) == "$2" ]]; }

digest_of() { sha256sum "$1" | cut -d' ' -f1; }

plugin_is_ours() { [[ -f $PLUGIN_MARK && $(digest_of "$PLUGIN") == "$(<"$PLUGIN_MARK")" ]]; }

# Only a dangling link, an older copy of ours, or nothing at all gives way.
refuse_foreign_plugin() {
  if [[ -e $PLUGIN ]] && ! plugin_is_ours; then
    give_up "$PLUGIN is older than Compose $COMPOSE_LEAST or does not run, and was not put there by this script. Update or remove it, then run this again."
  fi
}

# A copy, not a link: it must work on when this checkout is gone.
copy_plugin() {
  local binary=$ROOT/.venv/bin/docker-compose
  [[ -x $binary ]] || give_up "no Compose in .venv: run 'script/bootstrap python' first."
  refuse_foreign_plugin
  mkdir -p "$(dirname "$PLUGIN")"
  rm -f "$PLUGIN.new"
  cp "$binary" "$PLUGIN.new"
  chmod 0755 "$PLUGIN.new"
  mv -f "$PLUGIN.new" "$PLUGIN"
  digest_of "$PLUGIN" >"$PLUGIN_MARK"
}

need_compose() {
  local version
  version=$(compose_version || true)
  if [[ -n $version ]] && at_least "$version" "$COMPOSE_LEAST"; then
    ok "Compose ${version#v}"
    return
  fi
  copy_plugin
  version=$(compose_version || true)
  [[ -n $version ]] || give_up "the Compose plugin was copied to $PLUGIN but 'docker compose version' does not run it."
  at_least "$version" "$COMPOSE_LEAST" ||
    give_up "'docker compose' is $version and the newer copy in $PLUGIN is not used. Update Docker's Compose plugin to $COMPOSE_LEAST or newer."
  did "copied Compose ${version#v} to $PLUGIN"
}
