# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Called by "make check-sanitize" in the build folder.  Builds twice below
# ./sanitize and runs the tests there, without real guests and with small samples.
#
# SRCDIR, MAKE, CC, THREAD_TESTS and THREAD_PROGRAMS come from the makefile.
set -u

top=$PWD
status=0
export STATESYNC_NO_QEMU=1 STATESYNC_QUICK=1
export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1:abort_on_error=1
export LSAN_OPTIONS=suppressions=$SRCDIR/tests/lsan.supp:print_suppressions=0
export UBSAN_OPTIONS=print_stacktrace=1
# libvirt, GnuTLS and GLib are not built for ThreadSanitizer.
export TSAN_OPTIONS=ignore_noninstrumented_modules=1:halt_on_error=1:second_deadlock_stack=1

# build NAME SANITIZERS
build() {
    echo "== $1: $2"
    mkdir -p "$top/sanitize/$1" && cd "$top/sanitize/$1" || exit 1
    if [ ! config.status -nt "$SRCDIR/configure" ]; then
        "$SRCDIR/configure" -q --enable-werror --enable-sanitizers="$2" CC="$CC" CFLAGS='-g -O1' \
            >configure.out || { cat configure.out; exit 1; }
    fi
    $MAKE all || exit 1
}

# Both at once: tests wait a lot.  What the second one says comes when it is done.
mkdir -p sanitize || exit 1
(
    build tsan thread
    # GLib's slices pass memory from thread to thread unseen.
    export G_SLICE=always-malloc
    # Address space layouts that ThreadSanitizer of gcc 12 does not know are avoided.
    setarch -R $MAKE check TESTS="$THREAD_TESTS" check_PROGRAMS="$THREAD_PROGRAMS"
) >sanitize/tsan.log 2>&1 &
tsan=$!
(
    build asan address,undefined
    $MAKE check
) || status=1
wait "$tsan" || status=1
cat sanitize/tsan.log
exit "$status"
