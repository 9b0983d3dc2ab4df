# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# clang warns about other things than gcc: every source is read by it once, as
# strictly as configure --enable-werror, whatever compiler the build uses.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
command -v clang >/dev/null || skip_all 'clang is not installed'
[ "${STATESYNC_QUICK:-0}" = 0 ] || skip_all 'STATESYNC_QUICK is set'
case $STATESYNC_BUILDDIR in */sanitize/*) skip_all 'STATESYNC_BUILDDIR is a sanitized build' ;; esac

# flags NAME...: variables of the makefile
flags() {
    local name
    for name; do sed -n "s/^$name = //p" "$STATESYNC_BUILDDIR/Makefile"; done
}

read -r -d '' -a FLAGS < <(flags WARN_CFLAGS GLIB_CFLAGS JSON_CFLAGS LDAP_CFLAGS LIBVIRT_CFLAGS \
    LIBXML_CFLAGS CURL_CFLAGS GNUTLS_CFLAGS ZMQ_CFLAGS MICROHTTPD_CFLAGS CMOCKA_CFLAGS INIPARSER_CFLAGS SYSTEMD_CFLAGS)
FLAGS+=(-Werror -Wno-unknown-warning-option -DHAVE_CONFIG_H -I"$STATESYNC_BUILDDIR"
    -I"$STATESYNC_SRCDIR/src" -I"$STATESYNC_BUILDDIR/src" -I"$STATESYNC_SRCDIR/tests"
    -DSYSCONFDIR='"/etc"' -DLOCALSTATEDIR='"/var"' -DLOCALEDIR='"/usr/share/locale"'
    -DPKGDATADIR='"/usr/share/stoney-statesync"' -DDOCDIR='"/usr/share/doc/stoney-statesync"')

# warnings FILE...: what clang says about them
warnings() {
    printf '%s\0' "$@" | xargs -0 -P "$(nproc)" -n 8 clang -fsyntax-only "${FLAGS[@]}" 2>&1
}

plan 3
mapfile -t files < <(find "$STATESYNC_SRCDIR"/{src,tests,bench} -name '*.c' -not -path '*/corpus/*' |
    sort)
ok 'there are sources' test ${#files[@]} -gt 100
is "$(warnings "${files[@]}" | head -n 40)" '' 'clang warns about nothing'
cat >"$TAP_DIR/bad.c" <<'END'
static char *free_it(char **p);
static char *free_it(char **p) { return *p; }
int f(void);
int f(void) { __attribute__((cleanup(free_it))) char *unused = 0; return 0; }
END
like "$(warnings "$TAP_DIR/bad.c")" 'unused variable' 'finds: what only clang sees'
