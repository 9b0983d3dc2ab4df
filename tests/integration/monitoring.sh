# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Alert rules and dashboard: valid, and every metric they name is one we have.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"

SERVER=$STATESYNC_BUILDDIR/tests/integration/http_server
ETC=$STATESYNC_SRCDIR/etc
[ -x "$SERVER" ] || skip_all "$SERVER is not built"
command -v curl >/dev/null || skip_all 'curl is not installed'
plan 10

# The names of all series.
coproc SERVE { "$SERVER"; }
at_exit "eval 'exec ${SERVE[1]}>&-'; wait $SERVE_PID"
read -r port <&"${SERVE[0]}" || exit 1
curl -sS -m 10 "http://127.0.0.1:$port/metrics" | sed -n 's/^\([a-z_]*\)[{ ].*/\1/p' |
    LC_ALL=C sort -u >"$TAP_DIR/names"
ok 'the server has metrics' grep -qx statesync_build_info "$TAP_DIR/names"

# unknown FILE: names that look like a metric and are none.
unknown() {
    grep -oE '\b(statesync|process)_[a-z_]+' "$1" | LC_ALL=C sort -u | LC_ALL=C comm -23 - "$TAP_DIR/names"
}
# expressions FILE: the queries of a dashboard, one a line.
expressions() {
    perl -MJSON::PP -0777 -ne 'print "$_->{expr}\n" for map { @{$_->{targets}} } @{decode_json($_)->{panels}}' "$1"
}

if expressions "$ETC/grafana-dashboard.json" >"$TAP_DIR/expressions"; then
    pass 'the dashboard is JSON'
else
    fail 'the dashboard is JSON'
fi
ok 'it has queries' test "$(wc -l <"$TAP_DIR/expressions")" -gt 20
is "$(unknown "$TAP_DIR/expressions")" '' 'it shows metrics that exist'
is "$(grep 'expr' -A2 "$ETC/prometheus-alerts.yml" >"$TAP_DIR/alerts"; unknown "$TAP_DIR/alerts")" '' 'alerts look at metrics that exist'
echo 'rate(statesync_passes[5m])' >"$TAP_DIR/bad"
is "$(unknown "$TAP_DIR/bad")" statesync_passes 'finds: a metric that does not exist'
# every metric of ours is shown; buckets stand for their histogram
is "$(grep ^statesync "$TAP_DIR/names" | grep -vE '_seconds_(sum|count)$' |
    while read -r name; do grep -q "\b$name\b" "$TAP_DIR/expressions" || echo "$name"; done)" '' \
    'every metric of ours is on the dashboard'

if command -v promtool >/dev/null; then
    ok 'promtool: the rules are valid' promtool check rules "$ETC/prometheus-alerts.yml"
    { # the dashboard's queries as if they were rules
        printf 'groups:\n  - name: dashboard\n    rules:\n'
        sed "s/\$__rate_interval/5m/g; s/'/''/g; s/.*/      - {record: x, labels: {n: '@'}, expr: '&'}/" \
            "$TAP_DIR/expressions" | awk '{ sub(/@/, NR); print }'
    } >"$TAP_DIR/dashboard.yml"
    ok 'promtool: the queries of the dashboard are valid' promtool check rules "$TAP_DIR/dashboard.yml"
    ok 'promtool: they fire when they should' promtool test rules "$ETC/prometheus-alerts-test.yml"
else
    pass 'promtool: the rules are valid # SKIP promtool is not installed (Debian: prometheus)'
    pass 'promtool: the queries of the dashboard are valid # SKIP promtool is not installed (Debian: prometheus)'
    pass 'promtool: they fire when they should # SKIP promtool is not installed (Debian: prometheus)'
fi
