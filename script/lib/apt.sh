# shellcheck shell=bash
# Debian and Ubuntu packages, for root only: nobody is asked for a password.

can_apt() { ((EUID == 0)) && command -v apt-get >/dev/null; }

apt_lists_empty() { ! compgen -G '/var/lib/apt/lists/*_Packages*' >/dev/null; }

apt_update() { quietly 300 apt-get update -q || true; } # one broken source must not stop the others

apt_try() {
  DEBIAN_FRONTEND=noninteractive quietly 600 \
    apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=120 "$@"
}

# apt_install PACKAGE...: install, with fresh package lists when there are none or when they are out of date.
apt_install() {
  if ! can_apt; then
    give_up "missing: $*. Install it (as root on Debian or Ubuntu: apt-get install $*), then run this again."
  fi
  if apt_lists_empty; then apt_update; fi
  apt_try "$@" && return
  apt_update
  apt_try "$@" || give_up "apt-get could not install: $*. Its own words are below."
}

# The small tools that the tests call.
need_tools() {
  local missing=()
  command -v openssl >/dev/null || missing+=(openssl)
  command -v git >/dev/null || missing+=(git)
  if ((${#missing[@]} == 0)); then
    ok 'openssl and git are here'
  else
    apt_install "${missing[@]}"
    did "installed ${missing[*]}"
  fi
}

# The browser that the reference stack's pages are tested in.
need_browser() {
  local name
  for name in chromium chromium-browser google-chrome; do
    if command -v "$name" >/dev/null; then
      ok "$name is here"
      return
    fi
  done
  apt_install chromium
  did 'installed chromium'
}

# The ssh server with which the tests reach an engine as if it were elsewhere. It is not started as a service.
need_sshd() {
  if [[ -x /usr/sbin/sshd ]]; then
    ok 'sshd is here'
    return
  fi
  local policy=/usr/sbin/policy-rc.d
  if [[ -e $policy ]]; then
    policy=
  elif can_apt; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
  fi
  apt_install openssh-server openssh-client
  if [[ -n $policy ]]; then rm -f "$policy"; fi
  did 'installed openssh-server, and did not start it'
}
