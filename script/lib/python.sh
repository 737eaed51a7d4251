# shellcheck shell=bash
# .venv with the locked packages (hashes checked) and flawless itself, editable.

VENV=$ROOT/.venv
LOCK=$ROOT/requirements/dev.lock
STAMP=$VENV/.flawless-stamp

recent_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

# One that is not in .venv itself, which may be what is made anew: whoever activated it has it on PATH.
find_python() {
  local name PATH=":$PATH:"
  PATH=${PATH//":$VENV/bin:"/:}
  PATH=${PATH#:} PATH=${PATH%:}
  for name in python3 python3.14 python3.13 python3.12 python3.11; do
    if recent_enough "$name"; then
      command -v "$name"
      return
    fi
  done
  return 1
}

need_python() {
  local python
  if ! python=$(find_python); then
    if can_apt; then apt_install python3 python3-venv; fi
    python=$(find_python) || give_up 'no Python 3.11 or newer: install one (Debian: python3 and python3-venv), then run this again.'
  fi
  if ! "$python" -c 'import ensurepip, venv' >/dev/null 2>&1; then
    apt_install "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
  fi
  PYTHON=$python
}

# What the venv must match: the lock, the project file, the interpreter and the place it is installed from.
venv_digest() {
  {
    cat "$LOCK"
    if [[ -f $ROOT/pyproject.toml ]]; then cat "$ROOT/pyproject.toml"; fi
    "$PYTHON" -VV
    printf '%s\n' "$ROOT"
  } | sha256sum | cut -d' ' -f1
}

venv_works() { [[ -x $VENV/bin/python ]] && "$VENV/bin/python" -c 'pass' >/dev/null 2>&1; }

venv_same_python() {
  [[ $("$VENV/bin/python" -c 'import sys; print(sys.version)') == $("$PYTHON" -c 'import sys; print(sys.version)') ]]
}

make_venv() {
  if venv_works && venv_same_python; then return; fi
  rm -rf "$VENV"
  quietly 120 "$PYTHON" -m venv "$VENV" || give_up "$PYTHON could not make $VENV. Its own words are below."
}

# uv does not read pip's settings; these are the ones that decide whether it can reach the packages at all.
export_uv_settings() {
  local index
  index=${PIP_INDEX_URL:-$("$VENV/bin/python" -m pip config get global.index-url 2>/dev/null || true)}
  case $index in http*://*) export UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-$index} ;; esac
  if [[ -n ${PIP_CERT:-} ]]; then
    export SSL_CERT_FILE=${SSL_CERT_FILE:-$PIP_CERT}
  elif [[ -z ${SSL_CERT_FILE:-} ]]; then
    export UV_SYSTEM_CERTS=${UV_SYSTEM_CERTS:-1}
  fi
  export UV_NO_CONFIG=1 UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=${UV_LINK_MODE:-hardlink}
}

# uv comes first, by pip, from its own lines of the lock: it installs the rest three times faster than pip.
install_uv() {
  local lines=$VENV/uv.lock
  if [[ -x $VENV/bin/uv ]]; then return; fi
  awk '/^uv==/ { on = 1 } on { print } on && !/\\$/ { exit }' "$LOCK" >"$lines"
  [[ -s $lines ]] || return 1
  quietly 300 "$VENV/bin/python" -m pip install --no-compile --require-hashes -r "$lines"
}

install_locked() {
  export_uv_settings
  if install_uv && quietly 600 "$VENV/bin/uv" pip sync --compile-bytecode --python "$VENV/bin/python" --require-hashes "$LOCK"; then
    return
  fi
  printf 'uv could not install the packages; trying pip\n' >>"$LOG"
  quietly 900 "$VENV/bin/python" -m pip install --no-compile --require-hashes -r "$LOCK" ||
    give_up 'the locked packages could not be installed. Check that the package index can be reached; the last words are below.'
}

# No network here: hatchling, the build backend, is already in the venv.
install_flawless() {
  [[ -f $ROOT/pyproject.toml ]] || return 0
  local installer=("$VENV/bin/python" -m pip install)
  if [[ -x $VENV/bin/uv ]]; then installer=("$VENV/bin/uv" pip install --python "$VENV/bin/python"); fi
  quietly 120 "${installer[@]}" --no-deps --no-build-isolation -e "$ROOT" ||
    give_up 'flawless itself could not be installed from this checkout; the last words are below.'
}

# The relay's compiler is in the venv; nothing happens when the binary is there and as recorded.
build_relay() {
  quietly 600 "$VENV/bin/python" -m flawless.relay.build ||
    give_up 'the probe relay could not be compiled; the last words are below.'
}

need_venv() {
  need_python
  local digest version
  digest=$(venv_digest)
  if venv_works && [[ -f $STAMP && $(<"$STAMP") == "$digest" ]]; then
    build_relay
    ok '.venv matches the lock'
    return
  fi
  make_venv
  rm -f "$STAMP"
  install_locked
  install_flawless
  build_relay
  printf '%s\n' "$digest" >"$STAMP"
  version=$("$VENV/bin/python" -c 'import platform; print(platform.python_version())')
  did "made .venv with Python $version and $(grep -c '==' "$LOCK") locked packages"
}
