# shellcheck shell=bash
# The image that stacks are built on. Where no image registry can be reached, one is made from Debian's
# packages that trusts what this machine trusts and gets its packages where this machine gets them.
# Such an image is for this machine only; its label flawless.base=local says so.

BASE_IMAGE=${FLAWLESS_BASE_IMAGE:-debian:bookworm-slim}
BASE_RECIPE=1 # raise it when the recipe changes
CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt
LOCAL_CAS=/usr/local/share/ca-certificates

# Never keep an address that may hold a name and a password.
without_credentials() { grep -v '@' || true; }

image_labels() { timeout 15 docker image inspect --format '{{json .Config.Labels}}' "$BASE_IMAGE" 2>>"$LOG"; }

# A registry that does not answer at once is given up; one that answers may take its time.
pull_base() {
  local said
  said=$(timeout 20 docker pull "$BASE_IMAGE" 2>&1 </dev/null 9>&-) && return
  printf '%s\n' "$said" >>"$LOG"
  case $said in
    *'Pulling from'*) quietly 300 docker pull "$BASE_IMAGE" ;;
    *) return 1 ;;
  esac
}

# "deb ADDRESS SUITE main" for the suites this machine's Debian uses, moved to bookworm.
apt_sources() {
  # shellcheck disable=SC2016 # apt's own variables
  apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(CODENAME)' 'Created-By: Packages' 2>>"$LOG" |
    without_credentials | awk '
      $1 == "Debian" && $2 ~ /^https?:/ && $3 ~ /^[a-z]+(-updates|-security)?$/ {
        sub(/^[a-z]+/, "bookworm", $3)
        if (!seen[$3]++) print "deb", $2, $3, "main"
      }' | sort
}

apt_options() {
  apt-config dump | without_credentials |
    grep -E '^Acquire::(https?::Proxy |Check-Valid-Until |Check-Date |Retries )' || true
}

pip_index() {
  local index
  index=${PIP_INDEX_URL:-$("$ROOT/.venv/bin/python" -m pip config get global.index-url 2>/dev/null || true)}
  case $index in http*://*) printf '%s\n' "$index" | without_credentials ;; esac
}

# The changes that docker import makes to the image's settings, one a line.
image_settings() {
  local index
  index=$(pip_index)
  printf '%s\n' 'CMD ["bash"]' 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' 'LABEL flawless.base=local' "ENV PIP_CERT=$CA_BUNDLE" "ENV NODE_EXTRA_CA_CERTS=$CA_BUNDLE"
  if [[ -n $index ]]; then printf 'ENV PIP_INDEX_URL=%s\n' "$index"; fi
}

tree_digest() {
  {
    printf '%s\n' "$BASE_RECIPE" "$(apt_sources)" "$(apt_options)" "$(uname -m)"
    cat "$CA_BUNDLE"
    cat "$LOCAL_CAS"/*.crt 2>/dev/null || true
  } | sha256sum | cut -c1-16
}

# build_tree FILE: a minimal Debian 12 as a tar file.
build_tree() {
  local work=$1.work flags=(--variant=minbase --include=ca-certificates) sources authorities
  rm -rf "$work"
  mkdir -p "$work"
  apt_options >"$work/apt.conf"
  if [[ -s $work/apt.conf ]]; then flags+=("--aptopt=$work/apt.conf"); fi
  mapfile -t sources < <(apt_sources)
  mapfile -t authorities < <(compgen -G "$LOCAL_CAS/*.crt")
  if ((${#authorities[@]} > 0)); then
    flags+=("--customize-hook=copy-in ${authorities[*]@Q} $LOCAL_CAS") # they outlive update-ca-certificates
  fi
  flags+=("--customize-hook=upload $CA_BUNDLE $CA_BUNDLE")
  if quietly 400 mmdebstrap "${flags[@]}" bookworm "$work/tree.tar" "${sources[@]}"; then
    mv -f "$work/tree.tar" "$1"
  fi
  rm -rf "$work"
  [[ -s $1 ]]
}

make_tree() {
  if ! can_apt; then
    give_up "the image $BASE_IMAGE is missing and cannot be pulled. Only root on Debian or Ubuntu gets one made here: load one with 'docker load', then run this again."
  fi
  command -v mmdebstrap >/dev/null || apt_install mmdebstrap
  [[ -f /usr/share/keyrings/debian-archive-keyring.gpg ]] || apt_install debian-archive-keyring
  [[ -f $CA_BUNDLE ]] || apt_install ca-certificates
  build_tree "$1" || give_up "the image $BASE_IMAGE could not be pulled, and mmdebstrap could not make one. Its own words are below."
}

import_tree() {
  local line changes=()
  while IFS= read -r line; do changes+=(--change "$line"); done < <(image_settings)
  quietly 120 docker import "${changes[@]}" "$1" "$BASE_IMAGE" || give_up "docker could not import $1 as $BASE_IMAGE."
}

need_base_image() {
  local labels tree how='from the cache'
  if labels=$(image_labels); then
    case $labels in
      *'"flawless.base":"local"'*) ok "$BASE_IMAGE is here, made on this machine" ;;
      *) ok "$BASE_IMAGE is here" ;;
    esac
    return
  fi
  if pull_base; then
    did "pulled $BASE_IMAGE"
    return
  fi
  if can_apt && [[ ! -f $CA_BUNDLE ]]; then apt_install ca-certificates; fi
  tree=$CACHE/base-$(tree_digest).tar
  if [[ ! -s $tree ]]; then
    make_tree "$tree"
    how='from Debian packages'
    find "$CACHE" -maxdepth 1 -name 'base-*.tar' ! -name "${tree##*/}" -delete
  fi
  import_tree "$tree"
  did "$BASE_IMAGE cannot be pulled: made it here, $how"
}
