# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# /metrics, /healthz and /readyz as curl and as clients that send garbage see
# them, with a main thread that does nothing.  promtool has no remark.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
command -v curl >/dev/null || skip_all 'curl is not installed'

SERVER=$STATESYNC_BUILDDIR/tests/integration/http_server
[ -x "$SERVER" ] || skip_all "$SERVER is not built"
plan 22

coproc SERVE { "$SERVER" "$TAP_DIR/statesync.prom"; }
at_exit "eval 'exec ${SERVE[1]}>&-'; wait $SERVE_PID"
read -r PORT <&"${SERVE[0]}" || exit 1
URL=http://127.0.0.1:$PORT

# fetch PATH OPTION...: curl with a limit.
fetch() {
    curl -sS -m 10 "${@:2}" "$URL$1"
}
# code PATH OPTION...: the status alone.
code() {
    fetch "$1" -o /dev/null -w '%{http_code}' "${@:2}" 2>/dev/null
}
# raw: sends what comes on the standard input; prints the first line of the answer.
raw() {
    local line=
    exec 9<>"/dev/tcp/127.0.0.1/$PORT" || return
    cat >&9 2>/dev/null
    read -rt 10 line <&9
    exec 9>&-
    tr -d '\r' <<<"$line"
}
# fds: how many descriptors the server has, the one of this question included.
fds() {
    fetch /metrics | sed -n 's/^process_open_fds //p'
}

like "$(fetch /metrics)" '^statesync_node_up\{node="vm-node-01.example.org"\} 1$' 'the metrics'
is "$(code /metrics)/$(code /healthz)/$(code /readyz)/$(code /)" 200/200/503/404 'status of each page'
like "$(fetch /readyz)" '^not ready: not connected to the directory$' 'why it is not ready'
is "$(code /metrics -I)" 200 'HEAD'
is "$(code /metrics -X POST)/$(code /metrics -d body)/$(code /metrics -X DELETE)" 405/405/405 'other methods'
before=$(fds)

big=$(head -c 20000 /dev/zero | tr '\0' x)
like "$(printf 'GET /metrics HTTP/1.1\r\nHost: x\r\nX: %s\r\n\r\n' "$big" | raw)" '^(HTTP/1.[01] (431|413|400).*)?$' 'a header that is too long'
like "$(printf 'GET /%s HTTP/1.1\r\nHost: x\r\n\r\n' "$big" | raw)" '^(HTTP/1.[01] (414|431|400).*)?$' 'a path that is too long'
like "$(head -c 65536 /dev/urandom | raw)" '^(HTTP/1.[01] [45].*)?$' 'noise'
like "$(printf '\0\0\0\0\r\n\r\n' | raw)" '^(HTTP/1.[01] [45].*)?$' 'zeros'
like "$(printf 'GET /metrics HTTP/9.9\r\nHost: x\r\n\r\n' | raw)" '^(HTTP/1.[01] [45].*)?$' 'a version from the future'
like "$(printf 'GET /metrics HTTP/1.1\r\n\r\n' | raw)" '^(HTTP/1.[01] 400.*)?$' 'no host'
like "$(printf 'GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n' | raw)" '^(HTTP/1.[01] 4.*)?$' 'a negative length'
like "$(printf 'POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\nx' | raw)" '^(HTTP/1.[01] 4.*)?$' 'an endless body'
is "$(printf 'GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello' | raw)" '' 'a body of a GET ends the connection'
is "$(printf 'GET /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n' | raw)" '' 'so does one in pieces'
is "$(printf 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' | raw)" 'HTTP/1.1 200 OK' 'two requests at once'

# As many clients as are let in, and more, who say half a request and wait.
for i in {1..40}; do
    exec {fd}<>"/dev/tcp/127.0.0.1/$PORT" && idle+=("$fd")
    printf 'GET /metr' >&"$fd"
done 2>/dev/null
is "${#idle[@]}" 40 'forty clients are connected'
ok 'they keep nobody out for longer than the time of silence' wait_for 20 fetch /healthz -f
for fd in "${idle[@]}"; do
    exec {fd}>&-
done
all_closed() { [ "$(fds)" = "$before" ]; }
ok 'nothing of them is left' wait_for 20 all_closed

if command -v promtool >/dev/null; then
    is "$(fetch /metrics | promtool check metrics 2>&1)" '' 'promtool has no remark'
    is "$(promtool check metrics <"$TAP_DIR/statesync.prom" 2>&1)" '' 'nor about the text file'
    like "$(fetch /metrics | sed 's/^# HELP statesync_paused.*//; s/decisions_total/decisions/' | promtool check metrics 2>&1)" \
        'statesync_paused|decisions' 'it would have some'
else
    for name in 'promtool has no remark' 'nor about the text file' 'it would have some'; do
        pass "$name # SKIP promtool is not installed (Debian: prometheus)"
    done
fi
