# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Part of "make check-long": builds the fuzz programs with clang and runs each
# for STATESYNC_FUZZ_SECONDS (60), from a copy of its corpus.  libFuzzer prints
# its seed; an input that breaks a target stays in the build folder.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
command -v clang >/dev/null || skip_all 'clang is not installed'

targets=("$STATESYNC_SRCDIR"/tests/fuzz/fuzz_*.c)
seconds=${STATESYNC_FUZZ_SECONDS:-60}
build=$STATESYNC_BUILDDIR/fuzz-build
plan $((${#targets[@]} + 1))

# Its make is a new one: it must not look for the jobs of the one we run in.
unset MAKEFLAGS MAKELEVEL MFLAGS

build_fuzzers() {
    mkdir -p "$build" && cd "$build" &&
        "$STATESYNC_SRCDIR/configure" -q CC=clang CFLAGS='-g -O1' --enable-fuzzers &&
        make -j2 fuzzers
}
ok 'the fuzz programs build' build_fuzzers || exit 1

for target in "${targets[@]}"; do
    name=$(basename "$target" .c)
    corpus=$TAP_DIR/$name
    cp -r "$STATESYNC_SRCDIR/tests/corpus/${name#fuzz_}" "$corpus" && chmod -R u+w "$corpus"
    if "$build/tests/fuzz/$name.fuzzer" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 \
        -artifact_prefix="$build/$name-" "$corpus" >"$build/$name.log" 2>&1; then
        pass "$name for $seconds s"
    else
        fail "$name for $seconds s"
        diag "$(tail -n 40 "$build/$name.log")"
    fi
    diag "$(grep -aE 'Seed:|Done' "$build/$name.log")"
done
