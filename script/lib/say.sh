# shellcheck shell=bash
# One line for each part; what the commands print goes to a log, shown only when something fails.

LOG=$(mktemp "${TMPDIR:-/tmp}/flawless-bootstrap.XXXXXX")
PART=start
PART_BEGAN=${EPOCHREALTIME/[.,]/}

if [[ -t 1 && -z ${NO_COLOR:-} ]]; then
  GREEN=$'\e[32m' YELLOW=$'\e[33m' RED=$'\e[31m' PLAIN=$'\e[0m'
else
  GREEN='' YELLOW='' RED='' PLAIN=''
fi

elapsed() {
  local tenths=$(((${EPOCHREALTIME/[.,]/} - PART_BEGAN) / 100000))
  printf '%d.%d s' $((tenths / 10)) $((tenths % 10))
}

# part NAME FUNCTION: run one part; the function says how it ended with `ok` or `did`.
part() {
  PART=$1
  PART_BEGAN=${EPOCHREALTIME/[.,]/}
  "$2"
}

ok() { printf '%sok    %s%-8s %s (%s)\n' "$GREEN" "$PLAIN" "$PART" "$1" "$(elapsed)"; }
did() { printf '%sdid   %s%-8s %s (%s)\n' "$YELLOW" "$PLAIN" "$PART" "$1" "$(elapsed)"; }

# give_up SENTENCE [LOGFILE]: say what is wrong and what to do about it, show the end of the log, stop.
give_up() {
  local log=${2:-$LOG}
  printf '%sfail  %s%-8s %s\n' "$RED" "$PLAIN" "$PART" "$1" >&2
  if [[ -s $log ]]; then
    printf '      the end of %s:\n' "$log" >&2
    tail -n 15 "$log" | sed 's/^/      | /' >&2
  fi
  exit 1
}

# quietly SECONDS COMMAND...: run with a time limit, its output to the log.
# The bootstrap lock (descriptor 9) is closed: a child that lives on must not hold it.
quietly() {
  local limit=$1
  shift
  timeout --kill-after=10 "$limit" "$@" >>"$LOG" 2>&1 </dev/null 9>&-
}

drop_log_on_success() {
  local status=$?
  ((status != 0)) || rm -f "$LOG"
}
trap drop_log_on_success EXIT
