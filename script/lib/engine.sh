# shellcheck shell=bash
# An engine that answers: the one that is there, or dockerd started here.
#
# The places can be moved, to run a second engine beside another one:
ENGINE_SOCKET=${FLAWLESS_DOCKERD_SOCKET:-/var/run/docker.sock}
ENGINE_PIDFILE=${FLAWLESS_DOCKERD_PIDFILE:-/var/run/docker.pid}
ENGINE_LOG=${FLAWLESS_DOCKERD_LOG:-/var/log/flawless-dockerd.log}
ENGINE_FLAGS=${FLAWLESS_DOCKERD_FLAGS:-} # more flags for dockerd, separated by blanks
ENGINE_WAIT=${FLAWLESS_DOCKERD_WAIT:-60} # seconds

engine_version() { timeout 15 docker version --format '{{.Server.Version}}' 2>>"$LOG"; }

engine_answers() { [[ -n $(engine_version || true) ]]; }

context_name() { docker context inspect --format '{{.Name}}' 2>>"$LOG" || printf 'default\n'; }

# True when the caller points at an engine that is not ours to start.
engine_is_elsewhere() {
  if [[ -n ${DOCKER_HOST:-} ]]; then
    [[ ${DOCKER_HOST#unix://} != "$ENGINE_SOCKET" ]]
  else
    command -v docker >/dev/null && [[ $(context_name) != default ]]
  fi
}

refuse_foreign_engine() {
  if [[ -n ${DOCKER_HOST:-} ]]; then
    give_up "no engine answers at DOCKER_HOST=${DOCKER_HOST##*@}. Start it, or unset DOCKER_HOST to use the engine of this machine."
  fi
  give_up "no engine answers in the docker context '$(context_name)'. Start it, or run: docker context use default"
}

refuse_without_root() {
  if [[ -S $ENGINE_SOCKET && ! -w $ENGINE_SOCKET ]]; then
    give_up "you may not use $ENGINE_SOCKET. Have root run 'usermod -aG docker $(id -un)', log in again, then run this again."
  fi
  give_up "no Docker Engine answers, and only root on Debian or Ubuntu gets one made here. Install Docker Engine and start it ('systemctl start docker', or 'dockerd' as root), then run this again."
}

# dockerd refuses to start when its pid file names any living process, so one left by a killed dockerd must go.
remove_stale_pidfile() {
  local pid
  [[ -s $ENGINE_PIDFILE ]] || return 0
  pid=$(<"$ENGINE_PIDFILE")
  if [[ $(cat "/proc/$pid/comm" 2>/dev/null) != dockerd ]]; then
    rm -f "$ENGINE_PIDFILE"
    return 0
  fi
  return 1
}

launch_dockerd() {
  local flags=()
  if [[ -n ${FLAWLESS_DOCKERD_SOCKET:-} ]]; then flags+=(--host "unix://$ENGINE_SOCKET"); fi
  if [[ -n ${FLAWLESS_DOCKERD_PIDFILE:-} ]]; then flags+=(--pidfile "$ENGINE_PIDFILE"); fi
  # shellcheck disable=SC2206 # the flags are meant to be split
  flags+=($ENGINE_FLAGS)
  setsid nohup dockerd "${flags[@]}" >"$ENGINE_LOG" 2>&1 </dev/null 9>&- &
  DOCKERD_PID=$!
}

# wait_for_engine PID: until it answers; false when the process ends or the time is up.
wait_for_engine() {
  local deadline=$((SECONDS + ENGINE_WAIT))
  while ((SECONDS < deadline)); do
    if engine_answers; then return 0; fi
    [[ -d /proc/$1 ]] || return 1
    sleep 0.3
  done
  return 1
}

start_dockerd() {
  [[ -w $(dirname "$ENGINE_LOG") ]] || ENGINE_LOG=$(mktemp "${TMPDIR:-/tmp}/flawless-dockerd.XXXXXX")
  if ! remove_stale_pidfile; then
    # a dockerd is running: it may still be on its way up
    wait_for_engine "$(<"$ENGINE_PIDFILE")" && return
    remove_stale_pidfile ||
      give_up "dockerd runs as process $(<"$ENGINE_PIDFILE") but does not answer at $ENGINE_SOCKET. Stop that process, then run this again."
  fi
  launch_dockerd
  if wait_for_engine "$DOCKERD_PID"; then return; fi
  if [[ ! -d /proc/$DOCKERD_PID ]] && remove_stale_pidfile; then
    launch_dockerd
    if wait_for_engine "$DOCKERD_PID"; then return; fi
  fi
  [[ -d /proc/$DOCKERD_PID ]] || give_up "dockerd was started but ended before its engine answered." "$ENGINE_LOG"
  give_up "dockerd was started but did not answer within $ENGINE_WAIT s." "$ENGINE_LOG"
}

start_service() {
  quietly 90 systemctl start docker || give_up "'systemctl start docker' failed; see: journalctl -u docker"
  engine_answers || give_up 'the docker service runs but its engine does not answer; see: journalctl -u docker'
}

need_engine() {
  local how=started version
  if command -v docker >/dev/null && version=$(engine_version); then
    ok "engine $version answers"
    return
  fi
  if ! command -v docker >/dev/null && [[ -w $ENGINE_SOCKET ]] && ! can_apt; then
    give_up "there is an engine socket at $ENGINE_SOCKET but no docker command. Install the docker command line client, then run this again."
  fi
  if engine_is_elsewhere; then refuse_foreign_engine; fi
  if ! can_apt; then refuse_without_root; fi
  if ! command -v dockerd >/dev/null || ! command -v docker >/dev/null || ! command -v iptables >/dev/null; then
    apt_install docker.io iptables
    how='installed docker.io and started'
    hash -r
  fi
  if ! engine_answers; then
    if [[ -d /run/systemd/system && -z ${FLAWLESS_DOCKERD_SOCKET:-} ]]; then start_service; else start_dockerd; fi
  fi
  did "$how the engine $(engine_version), log in $ENGINE_LOG"
}
