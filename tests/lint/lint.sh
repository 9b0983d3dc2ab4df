# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Holds the tree to docs/architecture.md and CONTRIBUTING.md.  Each check is
# tried on a bad sample too: one that cannot fail is worth nothing.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/lint/checks.sh"

plan 36
bad=$TAP_DIR/bad

# clean NAME COMMAND...: prints nothing.
clean() {
    local name=$1 out
    shift
    out=$("$@" 2>&1)
    is "$out" '' "$name"
}

# finds NAME REGEX COMMAND...: the bad sample is found.
finds() {
    local name=$1 regex=$2
    shift 2
    like "$("$@" 2>&1)" "$regex" "finds: $name"
}

# sample FILE TEXT: one more file of the bad tree.
sample() {
    mkdir -p "$(dirname "$bad/$1")"
    printf '%s\n' "$2" >"$bad/$1"
}

# compile NAME TEXT: an archive with one bad object; prints its path.
compile() {
    printf '%s\n' "$2" >"$TAP_DIR/$1.c"
    ${CC:-cc} -c -O0 -o "$TAP_DIR/$1.o" "$TAP_DIR/$1.c" &&
        ar cr "$TAP_DIR/$1.a" "$TAP_DIR/$1.o" && echo "$TAP_DIR/$1.a"
}

archives=("$STATESYNC_BUILDDIR"/src/*/lib*.a)
core=$STATESYNC_BUILDDIR/src/core/libcore.a

clean 'rooms include only what they may' lint_includes "$STATESYNC_SRCDIR"
sample src/core/a.c '#include <glib.h>'
sample src/core/b.c '#include "engine/entry.h"'
sample src/core/c.c '#include <time.h>'
sample src/directory/d.c '#include "engine/engine.h"'
sample src/hypervisor/e.c '# include <ldap.h>'
sample src/log/f.c '#include "config/conf.h"'
sample src/attic/g.c '#include <stdio.h>'
sample src/cli/h.c '#include "h.h"'
sample src/daemon/i.c '#include "cli/sync.h"'
sample src/cli/j.c '#include "daemon/http.h"'
sample src/opennebula/k.c '#include "hypervisor/queue.h"
#include <curl/curl.h>
#include "hypervisor/worker.h"'
finds 'GLib in core' 'src/core/a.c: may not include glib.h' lint_includes "$bad"
finds 'engine in core' 'src/core/b.c: may not include engine/entry.h' lint_includes "$bad"
finds 'a clock in core' 'src/core/c.c: may not include time.h' lint_includes "$bad"
finds 'behaviour of engine in an adapter' 'src/directory/d.c: may not' lint_includes "$bad"
finds 'ldap in hypervisor' 'src/hypervisor/e.c: may not include ldap.h' lint_includes "$bad"
finds 'config in log' 'src/log/f.c: may not' lint_includes "$bad"
finds 'a room without a rule' 'src/attic: no rule' lint_includes "$bad"
finds 'a command in the daemon' 'src/daemon/i.c: may not include cli/sync.h' lint_includes "$bad"
finds 'the inside of the daemon in cli' 'src/cli/j.c: may not include daemon/http.h' lint_includes "$bad"
finds 'another adapter than its queue' 'src/opennebula/k.c: may not include hypervisor/worker.h' \
    lint_includes "$bad"
is "$(lint_includes "$bad" | grep -c 'opennebula/k.c')" 1 'the queue is shared'
finds 'an include without its room' 'src/cli/h.c: may not include h.h' lint_includes "$bad"

clean 'core calls nothing but memory and text functions' lint_core_symbols "$core"
finds 'output in core' 'core calls puts' \
    lint_core_symbols "$(compile puts '#include <stdio.h>
void f(void); void f(void) { puts("x"); }')"
finds 'a clock in core' 'core calls time' \
    lint_core_symbols "$(compile time '#include <time.h>
long f(void); long f(void) { return time(0); }')"

clean 'R15: the program calls nothing that deletes, changes a domain, sleeps or exits' \
    lint_forbidden_calls "${archives[@]}"
finds 'an LDAP delete' 'calls ldap_delete_ext_s' \
    lint_forbidden_calls "$(compile del 'int ldap_delete_ext_s(void); int f(void); int f(void) { return ldap_delete_ext_s(); }')"
finds 'a libvirt call that changes a domain' 'calls virDomainDestroy' \
    lint_forbidden_calls "$(compile destroy 'int virDomainDestroy(void); int f(void); int f(void) { return virDomainDestroy(); }')"
finds 'a sleep in a room' 'calls usleep' \
    lint_forbidden_calls "$(compile nap "int u""sleep(unsigned); int f(void); int f(void) { return u""sleep(1); }")"

clean 'no file has more than 600 lines' lint_sizes "$STATESYNC_SRCDIR"
sample src/core/long.c "$(seq 601)"
finds 'a long file' 'src/core/long.c: 601 lines' lint_sizes "$bad"

clean 'every function has less than 60 lines' lint_functions "$STATESYNC_SRCDIR"
sample src/core/wide.c "void
f(void)
{
$(seq 60)
}"
finds 'a long function' 'src/core/wide.c:3: a function of 60 lines' lint_functions "$bad"

clean 'every source names its licence' lint_licence "$STATESYNC_SRCDIR"
finds 'a source without licence' 'src/core/a.c: no SPDX' lint_licence "$bad"

clean 'nothing was put off' lint_markers "$STATESYNC_SRCDIR"
sample tests/late.c "/* TO""DO: later */"
finds 'a marker' 'tests/late.c:1:' lint_markers "$bad"

clean 'nothing sleeps' lint_sleeps "$STATESYNC_SRCDIR"
sample tests/nap.sh "sle""ep 1"
finds 'a sleep in a test' 'tests/nap.sh:1:' lint_sleeps "$bad"

clean 'every source of a room is in its local.mk' lint_listed "$STATESYNC_SRCDIR"
sample src/core/local.mk 'SOURCES = src/core/a.c'
finds 'a source nobody builds' 'src/core/b.c: not in core/local.mk' lint_listed "$bad"

clean 'each requirement has a row, and a test named after it' lint_requirements "$STATESYNC_SRCDIR"
sample tests/README.md '| R1 | words | `no_such_test` |'
finds 'a requirement without a test' 'R1: no test is named after it' lint_requirements "$bad"

clean 'every warning says what happens next' lint_log_lines "$STATESYNC_SRCDIR"
sample src/log/mute.c 'log_event(LOG_LEVEL_WARNING,
    "the tree " "fell", NULL); log_event(LOG_LEVEL_ERROR, "the tree fell, it is left there", NULL);'
is "$(lint_log_lines "$bad")" 'src/log/mute.c: "the tree fell" does not say what happens next' \
    'finds: a warning that does not'
