# shellcheck shell=bash
#
# What the scripts of this folder have in common: long steps
# that tell little while they work and all when they fail.  Sourced; sets
# `checkout`.

# shellcheck disable=SC2034  # for those who source this
checkout=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
program=${0##*/}
step_child=

# To standard error: standard output is for results.
say() { printf '%s: %s\n' "$program" "$*" >&2; }

# die [--usage] MESSAGE
die() {
  local code=1
  if [[ $1 == --usage ]]; then
    code=2
    shift
  fi
  printf '%s: error: %s\n' "$program" "$1" >&2
  ((code != 2)) || printf 'Try scripts/%s --help.\n' "$program" >&2
  exit "$code"
}

# A step runs in the background, so that a signal is heard while it works.
# Ninja ends its compilers when it is ended.
# shellcheck disable=SC2317  # called by the traps
interrupted() {
  trap '' HUP INT TERM
  if [[ -n $step_child ]]; then
    kill -TERM "$step_child" 2>/dev/null || true
    wait "$step_child" 2>/dev/null || true
  fi
  printf '\n' >&2
  say "interrupted"
  exit "$1"
}
trap 'interrupted 129' HUP
trap 'interrupted 130' INT
trap 'interrupted 143' TERM

# How far a step is: the last line of its log.  On a terminal it is rewritten
# in place, elsewhere only now and then.
show_progress() {
  local log=$1 pause=15 line last="" next=$((SECONDS + 15))
  [[ ! -t 2 ]] || pause=0
  while kill -0 "$step_child" 2>/dev/null; do
    sleep 0.2
    ((pause == 0 || SECONDS >= next)) || continue
    line=$(tail -n 1 -- "$log" 2>/dev/null || true)
    [[ $line == "["*"] "* && $line != "$last" ]] || continue
    last=$line
    next=$((SECONDS + pause))
    if ((pause == 0)); then
      printf '\r\e[K  %s' "${line:0:75}" >&2
    else
      printf '  %s\n' "$line" >&2
    fi
  done
  [[ -z $last || $pause != 0 ]] || printf '\r\e[K' >&2
}

# step LOG COMMAND… - its output is of interest only if it fails.
step() {
  local log=$1 code=0
  shift
  mkdir -p -- "$(dirname -- "$log")"
  printf '+ %s\n' "$*" >"$log"
  "$@" >>"$log" 2>&1 </dev/null &
  step_child=$!
  show_progress "$log"
  wait "$step_child" || code=$?
  step_child=
  ((code == 0)) && return
  say "failed with $code: $*"
  printf 'The end of %s:\n' "$log" >&2
  tail -n 40 -- "$log" | sed 's/^/  | /' >&2
  exit 1
}

# In the foreground: it may have to ask for a password.
set_up() {
  say "setting up"
  "$checkout/scripts/setup" >&2 || die "the machine could not be set up"
}

# Two runs that build the same files at one time would disturb each other.
lock_build() {
  mkdir -p -- "$checkout/build"
  exec {build_lock}>"$checkout/build/lock"
  flock --nonblock "$build_lock" && return
  say "waiting for another run, which is building"
  flock "$build_lock"
}
unlock_build() { exec {build_lock}>&-; }

# configure PRESET [OPTION…]
configure() {
  local preset=$1 folder=$checkout/build/$1 launcher=()
  shift
  [[ -z $(command -v ccache) ]] || launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
  say "configuring $preset"
  cd -- "$checkout" || exit # where CMake looks for presets
  step "$folder/log/configure.log" cmake --preset "$preset" "${launcher[@]}" "$@"
}

# build PRESET [TARGET…]
build() {
  local preset=$1 folder=$checkout/build/$1
  shift
  say "building $preset; the first time this takes minutes"
  step "$folder/log/build.log" ninja -C "$folder" "$@"
}

# accept_option USAGE_FILE OPTION - wrong options are refused here, before minutes are spent on building; their values by
# the program itself, which has that usage.
accept_option() { grep -q -- "^  $2 " "$1" || die --usage "unknown option $2"; }

# Where a program is to leave its figures: its own --save, or else FILE.
#   saved_to FILE [argument…]
saved_to() {
  local file=$1
  while (($# > 1)); do
    [[ $1 != --save ]] || file=$2
    shift
  done
  printf '%s\n' "$file"
}

# picture_path PATH - absolute, because a script may leave the folder in which it is called.
picture_path() {
  [[ $1 == *.png || $1 == *.svg ]] || die --usage "--picture: expected a file that ends in .png or .svg"
  realpath -m -- "$1"
}

# draw NAME FIGURES PICTURE - by scripts/draw/NAME.py, with Debian's Python: only that has Debian's matplotlib.
draw() {
  /usr/bin/python3 "$checkout/scripts/draw/$1.py" "$2" "$3"
  say "$3 shows it"
}

# A cache for the compiler needs a place, and a home is where it looks for one.
if [[ -z ${HOME:-} ]]; then
  export CCACHE_DIR=${CCACHE_DIR:-$checkout/build/ccache}
fi
# Descriptor 0 must not be closed: the next file that is opened would take it.
{ : <&0; } 2>/dev/null || exec </dev/null
