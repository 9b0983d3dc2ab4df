# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The daemon shows the status board: as it is now, while its main loop stands
# still, to its own machine alone, and where it is wanted.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/integration/cli-lib.sh"
command -v curl >/dev/null || skip_all 'curl is not installed'

plan 24
site_start overlays=syncprov
LOG=$TAP_DIR/daemon.log

# configure yes|no
configure() {
    config_write '[metrics]' 'listen = 127.0.0.1:0' "board = $1" '[log]' 'level = info' 'target = stderr' \
        '[daemon]' 'coalesce = 0'
}
port_of() { sed -n 's/.*metrics are served.* port=\([0-9]*\).*/\1/p' "$LOG" | tail -n 1; }
has_port() { [ -n "$(port_of)" ]; }
fetch() { curl -sS -m 20 "http://127.0.0.1:$(port_of)$1" "${@:2}"; }
code() { fetch "$1" -o /dev/null -w '%{http_code}' "${@:2}"; }
shows() { fetch / | grep -qE "$1"; }

configure yes
"$PROGRAM" daemon -c "$CONF" >>"$LOG" 2>&1 &
daemon=$!
at_exit "kill -KILL $daemon 2>/dev/null"
ok 'it listens' wait_for 60 has_port
ok 'it shows what runs' wait_for 120 shows 'data-filter="state=Running"><span><span[^>]*>Running</span></span><b>7<'
fetch / -D "$TAP_DIR/head" >"$TAP_DIR/page"
is "$(grep -c '<li><details class="vm"' "$TAP_DIR/page")" 28 'all machines and templates'
like "$(tr -d '\r' <"$TAP_DIR/head")" '^Content-Type: text/html; charset=utf-8$' 'as HTML'
like "$(tr -d '\r' <"$TAP_DIR/head")" "^Content-Security-Policy: default-src 'none'; .*; frame-ancestors 'none'$" \
    'with a policy that forbids frames'
like "$(tr -d '\r' <"$TAP_DIR/head")" '^Cache-Control: no-store$' 'and is kept nowhere'
like "$(cat "$TAP_DIR/page")" '<noscript><meta http-equiv="refresh" content="10">' 'it is made anew without scripts'
like "$(fetch '/?refresh=60')" 'content="60"' 'as often as it is asked to'
not_ok 'or not' grep -q 'http-equiv="refresh"' <<<"$(fetch '/?refresh=0')"
like "$(fetch '/?lang=de')" '<html lang="de">' 'in the language that is asked for'
is "$(code / -I)/$(code / -X POST)" 200/405 'HEAD, but no POST'

# what it wrote is what it knows of the past
row() { fetch '/?lang=en' | sed 's/ data-t="[0-9]*"//g' | grep -F "id=\"vm-11111111-0000-4000-8000-0000000000$1\""; }
like "$(row 01)" '<div class="changes">.*<rect class="up".*<span>status</span>: <span>none</span> &rarr; <b><span>Running</span></b> <span class="quiet"><bdi>running: ' \
    'what was written is shown with its machine'
like "$(fetch '/?lang=en')" '<p class="quiet note"><span[^>]*>What this program wrote is shown with each machine, since' 'and since when'
stopped() { row 03 | grep -q '<span>Stopped</span> &rarr; <b><span>Starting</span></b>'; }
set_value "$(vm 03)" sstVirtualMachineRequestedAction start
ok 'a status that changes, too' wait_for 60 stopped

set_value "$(vm 01)" sstDisplayName '<script>alert(1)</script>'
ok 'a change is shown' wait_for 60 shows '<bdi>&lt;script&gt;alert\(1\)&lt;/script&gt;</bdi>'

# --- more than fit into one part of the copy ---------------------------------------------------------

slapd_search "$(vm 02)" base '(objectClass=*)' '*' |
    sed -E '/^sstVirtualMachine(AllowedAction|One|Requested|Status)|: sstVirtualMachineStatusObject|^sstMigrationNode/d' >"$TAP_DIR/entry"
for i in {100..349}; do
    sed "s/11111111-0000-4000-8000-000000000002/33333333-0000-4000-8000-000000000$i/; s/^dn:.*/&\nchangetype: add/" "$TAP_DIR/entry"
done >"$TAP_DIR/many"
ok 'many more machines' slapd_as_root ldapmodify -f "$TAP_DIR/many"
counts() { [ "$(fetch / | grep -o '<li><details class="vm" id="[^"]*"' | sort -u | wc -l)/$(fetch / | grep -c '<li><details class="vm"')" = "$1/$1" ]; }
ok 'all are shown, each once' wait_for 60 counts 278

# --- while the directory hangs ---------------------------------------------------------------------

slow=0
kill -STOP "$SLAPD_PID"
for _ in {1..10}; do
    ms=$(fetch / -o /dev/null -w '%{time_total}' | awk '{ printf "%d", $1 * 1000 }')
    [ "$ms" -le 1000 ] || slow=$((slow + 1))
done
kill -CONT "$SLAPD_PID"
ok "nobody waits for it ($slow of 10 above 1 s)" test "$slow" -lt 6

# --- to whom ----------------------------------------------------------------------------------------

is "$(code / -H 'Host: evil.example.org')" 403 'not under the name of somebody else'
is "$(code / -H 'Host: localhost')" 200 'under that of this machine'
is "$(code /metrics -H 'Host: evil.example.org')" 200 'the figures are not concerned'

# --- not wanted ----------------------------------------------------------------------------------------

configure no
before=$(grep -c 'metrics are served' "$LOG")
kill -HUP $daemon
again() { [ "$(grep -c 'metrics are served' "$LOG")" -gt "$before" ]; }
ok 'a new configuration' wait_for 60 again
is "$(code /)/$(code /metrics)" 404/200 'without the board'
kill -TERM $daemon
wait $daemon
is "$?" 0 'it ends well'
