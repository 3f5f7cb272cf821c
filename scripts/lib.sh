# scripts/lib.sh — what the scripts share. Sourced; leaves the shell in the repository's root.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
root=$PWD
jobs=$(nproc)
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
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

# step TITLE REMEDY COMMAND… — one line on the screen; the output goes to a log, which is shown if the command fails.
step() {
  local title=$1 remedy=$2 log
  shift 2
  log=build/logs/$(tr -cs 'a-z0-9\n' - <<<"${title,,}" | sed 's/^-//; s/-$//').log
  say "$title"
  if ! "$@" >"$log" 2>&1 </dev/null; then
    tail -n 30 "$log" >&2
    fail "this step failed: $title" "$remedy" "The whole output is in $log."
  fi
}

# The digest of files and folders, to know whether a step must run again.
digest() { find "$@" -type f ! -name '*.pyc' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -d' ' -f1; }

venv_python() { echo "$root/.venv/$1/bin/python"; }

# XLA compiles each op of Keras' reference for each shape, which is most of what the tests take: compiled cheaply, and kept.
cheap_xla() {
  export JAX_COMPILATION_CACHE_DIR=$root/build/jax JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS=0
  export JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES=-1 XLA_FLAGS="--xla_backend_optimization_level=0 ${XLA_FLAGS:-}"
}
