# scripts/lib.sh — what the scripts share. Sourced; leaves the shell in the repository's root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
jobs=$(nproc)
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
# Images of containers set it: each process would then compile all of Keras and its backend anew, three seconds and more.
unset PYTHONDONTWRITEBYTECODE
# Equal sources hit the compiler cache in every clone and preset.
export CCACHE_BASEDIR=$root CCACHE_NOHASHDIR=1 CCACHE_SLOPPINESS=include_file_mtime,include_file_ctime
export KERAS_HOME=$root/build/keras TF_CPP_MIN_LOG_LEVEL=2
mkdir -p build/logs

say() { printf '\033[1m── %s\033[0m\n' "$*"; }

fail() {  # fail MESSAGE [REMEDY…]
  printf '\033[1;31merror:\033[0m %s\n' "$1" >&2
  shift
  for remedy in "$@"; do printf '  %s\n' "$remedy" >&2; done
  exit 1
}

# step TITLE REMEDY COMMAND… — the output goes to a log, which is shown if the command fails. On the screen stand one line,
# and below it how far a long step has come.
step() {
  local title=$1 remedy=$2 log status=0 start=$SECONDS ticker
  shift 2
  log=build/logs/$(tr -cs 'a-z0-9\n' - <<<"${title,,}" | sed 's/^-//; s/-$//').log
  say "$title"
  : >"$log"
  tick "$log" &
  ticker=$!
  "$@" >"$log" 2>&1 </dev/null || status=$?
  kill "$ticker" 2>/dev/null || true
  wait "$ticker" 2>/dev/null || true
  if [[ -t 1 ]]; then printf '\r\033[K'; fi
  if [[ $status -ne 0 ]]; then
    tail -n 30 "$log" >&2
    fail "this step failed: $title" "$remedy" "The whole output is in $log."
  fi
  if ((SECONDS - start >= 5)); then printf '   %d s\n' $((SECONDS - start)); fi
}

# tick LOG — the seconds that have passed and the last line of the log: anew each second on a terminal, else every 20 s.
tick() {
  local start=$SECONDS every=20 form='   %d s  %s\n' line
  if [[ -t 1 ]]; then every=1 form='\r\033[K   %d s  %s'; fi
  while sleep 1 >/dev/null 2>&1 && kill -0 $$ 2>/dev/null; do
    (((SECONDS - start) % every)) && continue
    line=$(tail -n 1 "$1" | tr -d '\r' | sed 's/^ *//' | cut -c 1-100)
    # shellcheck disable=SC2059  # the form is one of the two above
    printf "$form" $((SECONDS - start)) "$line"
  done
}

# The digest of files and folders, to know whether a step must run again.
digest() { find "$@" -type f ! -name '*.pyc' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1; }

venv_python() { echo "$root/.venv/$1/bin/python"; }

# XLA compiles each op of Keras' reference for each shape, which is most of what the tests take: compiled cheaply (the older
# emitters take half of the time for one op), and kept.
cheap_xla() {
  export JAX_COMPILATION_CACHE_DIR=$root/build/jax JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS=0
  export JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES=-1 XLA_FLAGS="--xla_backend_optimization_level=0 --xla_cpu_use_fusion_emitters=false ${XLA_FLAGS:-}"
}

# alone WHAT — waits until no other script of this clone is at WHAT, until this shell ends: two at once would write the same
# files. What it calls holds the lock already.
alone() {
  [[ " ${KELT_ALONE:-} " == *" $root:$1 "* ]] && return
  local lock
  exec {lock}>"build/$1.lock"
  flock -n "$lock" || { say "Waiting for another script of this clone ($1)" && flock "$lock"; }
  export KELT_ALONE="${KELT_ALONE:-} $root:$1"
}

# build_wheel [PYTHON] — a wheel of the sources as they stand, in build/dist; only what changed is compiled. It is for the
# environments' Python, or for the one that is named.
build_wheel() (
  alone wheel
  env=build title="The wheel (release build)"
  if [[ $# -gt 0 ]]; then
    export KELT_PYTHON=$1
    env=build-other title="The wheel of $("$1" --version)"
  fi
  scripts/setup system "$env"
  python=$(venv_python "$env")
  digest=$("$python" cmake/build_backend.py digest)
  [[ -e build/dist/sources.sha256 && $(<build/dist/sources.sha256) == "$digest" ]] || rm -rf build/dist
  [[ -n $("$python" cmake/build_backend.py wheel) ]] && return
  command -v ccache >/dev/null && export CMAKE_CXX_COMPILER_LAUNCHER=ccache
  PATH=$root/.venv/$env/bin:$PATH step "$title" "The compiler's message stands above; scripts/build dev shows it sooner." \
    "$python" -m pip wheel . -v --no-deps --no-build-isolation --wheel-dir build/dist --config-settings=cmake.define.KELT_WERROR=ON
  echo "$digest" >build/dist/sources.sha256
  [[ -n $("$python" cmake/build_backend.py wheel) ]] || fail "the sources changed while the wheel was built" "Run this again."
)
