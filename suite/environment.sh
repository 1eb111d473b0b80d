# Sourced by ./run and ./test: finds Python, makes .venv with what is locked, installs the services as packages.
# A second start compares one stamp and goes on at once. Expects $here to be the project's folder.

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

supported='import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'

find_python() {
    for python in python3.13 python3.12 python3.11 python3 python; do
        if "$python" -c "$supported" >/dev/null 2>&1; then
            return 0
        fi
    done
    return 1
}

# Everything that decides what is installed: the lock, the distributions' own files, the place of this folder.
stamp_of() {
    { cat "requirements/$1.txt" shared/pyproject.toml suite/pyproject.toml services/*/pyproject.toml; printf '%s' "$here"; } | cksum
}

# Runs a long command with its output in a log and the seconds on the screen; stops it when we are stopped.
step() {
    title=$1
    shift
    "$@" >>.venv/install.log 2>&1 &
    child=$!
    trap 'kill "$child" 2>/dev/null; say ""; say "Stopped."; exit 143' INT TERM HUP
    seconds=0
    [ -t 2 ] || say "  $title …"
    while kill -0 "$child" 2>/dev/null; do
        [ ! -t 2 ] || printf '\r  %s … %s s ' "$title" "$seconds" >&2
        sleep 1
        seconds=$((seconds + 1))
    done
    wait "$child" && status=0 || status=$?
    trap - INT TERM HUP
    [ ! -t 2 ] || say ""
    if [ "$status" -ne 0 ]; then
        tail -n 15 .venv/install.log >&2
        fail "That failed (status $status). The whole log is in $here/.venv/install.log; run the same command again to retry."
    fi
}

make_venv() {
    if [ -x .venv/bin/python ] && .venv/bin/python -c "$supported" 2>/dev/null; then
        if [ -n "$uv" ] || .venv/bin/python -c 'import pip' 2>/dev/null; then
            return 0
        fi
    fi
    if ! find_python; then
        [ -n "$uv" ] || fail "Yizhan needs Python 3.11, 3.12 or 3.13, and none was found on PATH: install one (for example: apt-get install python3 python3-venv) and start again."
        python='>=3.11,<3.14'
    fi
    if [ -n "$uv" ]; then
        "$uv" venv --quiet --allow-existing --python "$python" .venv || fail "uv could not make .venv with Python $python."
    else
        "$python" -c 'import venv, ensurepip' 2>/dev/null ||
            fail "$python has no venv or ensurepip module: install it (on Debian and Ubuntu: apt-get install python3-venv) and start again."
        "$python" -m venv --clear .venv || fail "$python could not make the environment .venv."
    fi
}

# prepare run | prepare test: the environment for ./run, or for ./test, which needs more.
prepare() {
    stamp=$(stamp_of "$1")
    if [ -x .venv/bin/python ] && [ "$(cat ".venv/ready-for-$1" 2>/dev/null)" = "$stamp" ]; then
        return 0
    fi
    uv=$(command -v uv || true)
    say "Making the Python environment in .venv (once; about 15 seconds with packages near by):"
    make_venv
    rm -f .venv/ready-for-*
    : >.venv/install.log
    distributions="-e shared -e suite"
    for folder in services/*/; do
        distributions="$distributions -e ${folder%/}"
    done
    # pip refuses hashes and editables together, hence two steps; the build back end is in the lock.
    # shellcheck disable=SC2086
    if [ -n "$uv" ]; then
        step "installing what is locked in requirements/$1.txt" \
            "$uv" pip install --python .venv --compile-bytecode --require-hashes -r "requirements/$1.txt"
        step "installing the services as packages" \
            "$uv" pip install --python .venv --no-deps --no-build-isolation $distributions
    else
        step "installing what is locked in requirements/$1.txt" \
            .venv/bin/python -m pip install --disable-pip-version-check --no-input --require-hashes -r "requirements/$1.txt"
        step "installing the services as packages" \
            .venv/bin/python -m pip install --disable-pip-version-check --no-input --no-deps --no-build-isolation $distributions
    fi
    printf '%s' "$stamp" >".venv/ready-for-$1"
    # What ./test needs contains what ./run needs.
    [ "$1" != test ] || stamp_of run >.venv/ready-for-run
}
