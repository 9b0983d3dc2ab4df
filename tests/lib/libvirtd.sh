#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A private libvirtd, as root, without systemd: own mount and host name namespaces (the host's
# /run/libvirt, /var/lib/libvirt and so on stay untouched), sockets and files below one directory,
# TCP and TLS on free ports of 127.0.0.1.  Sourced by shell tests, run as a command by C tests:
#
#   libvirtd.sh start DIR [OPTION...]  starts, waits until it answers, prints KEY=VALUE lines
#   libvirtd.sh env DIR                prints them again
#   libvirtd.sh stop DIR...            ends daemon and guests, waits for them; also a frozen one,
#                                      and what is left where its keeper was killed
#   libvirtd.sh kill DIR               kill -9 of the daemon alone; guests live on
#   libvirtd.sh restart DIR            starts it again (same ports), ends it first if it runs
#   libvirtd.sh freeze DIR, thaw DIR   SIGSTOP, SIGCONT of the daemon
#   libvirtd.sh pki DIR                makes the certificates alone
#   libvirtd.sh freeports N            prints N TCP ports on which nobody listens
#   libvirtd.sh check [--qemu]         0 when it can work here; else 1 and the reason on stdout
#
# Sourced, the same are functions: libvirtd_start, libvirtd_env, libvirtd_stop ...
#
# Options of start:
#   --owner PID        everything ends when this process ends, even by kill -9: give your own
#   --name NAME        host name and, derived from it, host UUID (default: node1)
#   --qemu             with the QEMU driver (default: only what libvirtd has built in, such as the
#                      test driver: starts in a tenth of a second)
#   --pki DIR          certificates (default: DIR/pki); made when missing; share it between daemons
#   --cert KIND        server certificate: good, expired, wrong-name, wrong-ca
#   --host ADDRESS     where TCP and TLS are listened for (127.0.0.1)
#   --no-tcp, --no-tls no such listener; --no-tls makes no certificates either
#   --auth-tcp KIND    none (default) or sasl: no client gets in, there is no mechanism or account
#   --refuse-dn        TLS clients need a name that no certificate has
#   --set 'KEY = VALUE'  any line of libvirtd.conf, may be repeated
#   --prefix P         put before each KEY printed: eval "$(libvirtd_start "$dir" --prefix A_)"
#   --limit MS         time to get ready (default 120000)
#
# Keys: PID (daemon), KEEPER, DIR, NAME, SOCKET, RO_SOCKET, TCP_PORT, TLS_PORT, PKI (client side:
# ?pkipath=), URI_UNIX, URI_TCP, URI_TLS (the shared test driver), QEMU_URI_UNIX, QEMU_URI_TCP,
# QEMU_URI_TLS, LOG.  The test driver behind a daemon lives as long as one connection holds it open.
#
# PKI/client, client-expired, client-wrong-ca (server must refuse it), client-distrust (client
# refuses a good server): one directory each for pkipath.
#
# Environment: SUBREAPER (the program; else found beside the build, else compiled),
# STATESYNC_LAB_CACHE (QEMU capabilities are kept here between starts: seconds become 0.2 s;
# default ~/.cache/statesync-lab; nothing is kept when there is no home).

libvirtd_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

libvirtd_fail() {
    echo "libvirtd.sh: $*" >&2
    return 1
}

# 0 if private daemons can work on this machine, else 1 and the reason on stdout.
libvirtd_check() {
    local tool
    [ "$(id -u)" = 0 ] || { echo "private libvirtd needs root"; return 1; }
    for tool in libvirtd virsh openssl unshare; do
        PATH=$PATH:/usr/sbin command -v "$tool" >/dev/null || { echo "$tool is not installed"; return 1; }
    done
    unshare -m -u true 2>/dev/null || { echo "no own mount namespace here"; return 1; }
    [ "${1-}" = --qemu ] || return 0
    case ${STATESYNC_NO_QEMU:-0} in
    0) ;;
    *) echo "STATESYNC_NO_QEMU is set"; return 1 ;;
    esac
    command -v qemu-system-i386 >/dev/null || { echo "qemu-system-i386 is not installed"; return 1; }
    command -v qemu-img >/dev/null || { echo "qemu-img is not installed"; return 1; }
    [ -e "$(libvirtd_drivers)/libvirt_driver_qemu.so" ] || {
        echo "libvirt's QEMU driver is not installed"
        return 1
    }
}

libvirtd_drivers() {
    local d
    for d in /usr/lib/*/libvirt/connection-driver /usr/lib64/libvirt/connection-driver \
        /usr/lib/libvirt/connection-driver; do
        [ -d "$d" ] && { echo "$d"; return 0; }
    done
    echo /nonexistent
}

# Sets SUBREAPER to the built program; compiles it once per user if no build has it.
libvirtd_subreaper() {
    local candidate
    [ -n "${SUBREAPER-}" ] && [ -x "$SUBREAPER" ] && return 0
    for candidate in "${STATESYNC_BUILDDIR:+$STATESYNC_BUILDDIR/tests/lib/subreaper}" \
        ./tests/lib/subreaper "$libvirtd_here/subreaper"; do
        [ -n "$candidate" ] && [ -x "$candidate" ] && { SUBREAPER=$(realpath "$candidate"); return 0; }
    done
    [ -n "$(libvirtd_cache)" ] || { libvirtd_fail "the program subreaper is not built (make check builds it)"; return 1; }
    SUBREAPER=$(libvirtd_cache)/subreaper-$(cksum <"$libvirtd_here/subreaper.c" | tr ' ' -)
    [ -x "$SUBREAPER" ] && return 0
    mkdir -p "$(dirname "$SUBREAPER")" && "${CC:-cc}" -O1 -o "$SUBREAPER.$$" "$libvirtd_here/subreaper.c" &&
        mv "$SUBREAPER.$$" "$SUBREAPER"
}

libvirtd_cache() { # nothing, when there is no place that is ours alone
    if [ -n "${STATESYNC_LAB_CACHE-}" ]; then
        echo "$STATESYNC_LAB_CACHE"
    elif [ -d "${HOME-}" ] && [ -w "${HOME-}" ]; then
        echo "${XDG_CACHE_HOME:-$HOME/.cache}/statesync-lab"
    fi
}

# libvirtd_freeports N: one port per line
libvirtd_freeports() {
    libvirtd_subreaper && "$SUBREAPER" ports "${1:-1}"
}

# pki_sign CA NAME SUBJECT EXTENSIONS [NOT_BEFORE NOT_AFTER]: NAME.key and NAME.pem in the directory
pki_sign() {
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "$3" -keyout "$2.key" \
        -out "$2.csr" 2>/dev/null || return 1
    printf '[v3]\nbasicConstraints=critical,CA:FALSE\n%s\n' "$4" >"$2.ext"
    : >index.txt
    printf '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nnew_certs_dir=.\nrand_serial=yes\npolicy=p\n[p]\ncommonName=supplied\n' >ca.conf
    openssl ca -batch -notext -config ca.conf -md sha256 -cert "$1.pem" -keyfile "$1.key" -in "$2.csr" -out "$2.pem" \
        -extfile "$2.ext" -extensions v3 -startdate "${5:-20200101000000Z}" \
        -enddate "${6:-20491231235959Z}" 2>/dev/null || return 1
    rm -f "$2.csr" "$2.ext" index.txt* ca.conf ./*.attr
    find . -maxdepth 1 -name '*[0-9A-F].pem' -size -4k -regex '\./[0-9A-F]*\.pem' -delete
}

pki_client() { # CA-TO-TRUST NAME
    mkdir -p "$2" && cp "$1.pem" "$2/cacert.pem" && cp "$2.pem" "$2/clientcert.pem" && cp "$2.key" "$2/clientkey.pem"
}

# libvirtd_pki DIR: two authorities, server and client certificates of every kind.  Idempotent.
libvirtd_pki() (
    [ -e "$1/complete" ] && return 0
    umask 077
    mkdir -p "$1" && cd "$1" || return 1
    exec 9>lock && flock 9
    [ -e complete ] && return 0
    usage='keyUsage=critical,digitalSignature,keyEncipherment'
    server="$usage
extendedKeyUsage=serverAuth
subjectAltName=IP:127.0.0.1,DNS:localhost"
    client="$usage
extendedKeyUsage=clientAuth"
    past="20200101000000Z 20210101000000Z"
    for ca in ca other-ca; do
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 3650 -subj "/CN=test $ca" \
            -addext keyUsage=critical,keyCertSign,cRLSign -keyout $ca.key -out $ca.pem 2>/dev/null || return 1
    done
    # shellcheck disable=SC2086 # the two dates are two words
    pki_sign ca server-good /CN=127.0.0.1 "$server" &&
        pki_sign ca server-expired /CN=127.0.0.1 "$server" $past &&
        pki_sign ca server-wrong-name /CN=elsewhere.test "${server%IP:*}DNS:elsewhere.test" &&
        pki_sign other-ca server-wrong-ca /CN=127.0.0.1 "$server" &&
        pki_sign ca client /CN=statesync-test "$client" &&
        pki_sign ca client-expired /CN=statesync-test "$client" $past &&
        pki_sign other-ca client-wrong-ca /CN=statesync-test "$client" || return 1
    cp client-wrong-ca.pem client-distrust.pem && cp client-wrong-ca.key client-distrust.key
    cat ca.pem other-ca.pem >both.pem # a client checks its own certificate before it connects
    pki_client ca client && pki_client ca client-expired && pki_client both client-wrong-ca &&
        pki_client other-ca client-distrust && touch complete
)

libvirtd_write_conf() { # uses the variables of libvirtd_start
    cat <<C
listen_tcp = $tcp
listen_tls = $tls
listen_addr = "$host"
tcp_port = "$tcp_port"
tls_port = "$tls_port"
unix_sock_dir = "$dir/sock"
auth_unix_ro = "none"
auth_unix_rw = "none"
auth_tcp = "$auth_tcp"
auth_tls = "none"
key_file = "$pki/server-$cert.key"
cert_file = "$pki/server-$cert.pem"
ca_file = "$pki/ca.pem"
tls_no_sanity_certificate = 1
$refuse_dn
host_uuid = "$(libvirtd_uuid "$name")"
max_clients = 500
max_anonymous_clients = 500
log_outputs = "3:file:$dir/log/libvirtd.log"
$more
C
}

# A UUID that depends on the text alone.
libvirtd_uuid() {
    local h
    h=$(printf '%s' "$1" | md5sum)
    printf '%s-%s-4%s-8%s-%s\n' "${h:0:8}" "${h:8:4}" "${h:13:3}" "${h:17:3}" "${h:20:12}"
}

libvirtd_qemu_user() {
    getent passwd libvirt-qemu >/dev/null && return 0
    echo "libvirtd.sh: adding the system user libvirt-qemu, without which the QEMU driver does not start" >&2
    getent group libvirt-qemu >/dev/null || groupadd --system libvirt-qemu || return 1
    useradd --system -g libvirt-qemu -d /var/lib/libvirt -M -s /usr/sbin/nologin libvirt-qemu
}

libvirtd_write_qemu_conf() {
    cat >"$1/etc/qemu.conf" <<'C'
user = "root"
group = "root"
security_driver = "none"
cgroup_controllers = []
namespaces = []
stdio_handler = "file"
remember_owner = 0
seccomp_sandbox = 0
C
}

# The QEMU driver asks the emulator for its abilities once and keeps the answer, a file for each
# emulator.  They are copied in and out, never shared: several daemons may write at once.
libvirtd_cache_in() {
    local cache to=$1/varcache/libvirt/qemu/capabilities
    cache=$(libvirtd_cache)
    mkdir -p "$to"
    [ -z "$cache" ] || find "$cache/capabilities" -maxdepth 1 -name '*.xml' -exec cp -pt "$to" {} + 2>/dev/null
    return 0
}

# Asking for the version makes it find out what it did not know.
libvirtd_cache_out() {
    local cache from=$1/varcache/libvirt/qemu/capabilities file new
    cache=$(libvirtd_cache)
    virsh -c "qemu+unix:///system?socket=$1/sock/libvirt-sock" version >/dev/null || return 1
    [ -n "$cache" ] && mkdir -p "$cache/capabilities" || return 0
    for file in "$from"/*.xml; do
        cmp -s "$file" "$cache/capabilities/${file##*/}" && continue
        new=$cache/capabilities/new.$BASHPID
        cp -p "$file" "$new" && mv "$new" "$cache/capabilities/${file##*/}" || rm -f "$new"
    done
    return 0
}

libvirtd_write_env() { # uses the variables of libvirtd_start
    local at=$host tls_query="pkipath=$pki/client" sock="socket=$dir/sock/libvirt-sock"
    cat <<E
DIR=$dir
NAME=$name
SOCKET=$dir/sock/libvirt-sock
RO_SOCKET=$dir/sock/libvirt-sock-ro
TCP_PORT=$tcp_port
TLS_PORT=$tls_port
PKI=$pki/client
URI_UNIX=test+unix:///default?$sock
URI_TCP=test+tcp://$at:$tcp_port/default
URI_TLS=test+tls://$at:$tls_port/default?$tls_query
QEMU_URI_UNIX=qemu+unix:///system?$sock
QEMU_URI_TCP=qemu+tcp://$at:$tcp_port/system
QEMU_URI_TLS=qemu+tls://$at:$tls_port/system?$tls_query
LOG=$dir/log/libvirtd.log
E
}

# libvirtd_env DIR [--prefix P]
libvirtd_env() {
    local prefix=''
    [ "${2-}" = --prefix ] && prefix=$3
    {
        echo "PID=$(cat "$1/daemon.pid" 2>/dev/null)"
        echo "KEEPER=$(cat "$1/keeper.pid" 2>/dev/null)"
        cat "$1/env"
    } | sed "s|^|$prefix|"
}

# Sets the variables of libvirtd_start from its options.
libvirtd_options() {
    while [ $# -gt 0 ]; do
        case $1 in
        --qemu) qemu=1 ;;
        --no-tcp) tcp=0 ;;
        --no-tls) tls=0 ;;
        --refuse-dn) refuse_dn='tls_allowed_dn_list = ["CN=nobody"]' ;;
        --owner | --name | --pki | --cert | --auth-tcp | --set | --prefix | --limit | --host)
            [ $# -ge 2 ] || { libvirtd_fail "$1 needs a value"; return 2; }
            case $1 in
            --owner) owner=$2 ;;
            --name) name=$2 ;;
            --pki) pki=$2 ;;
            --cert) cert=$2 ;;
            --auth-tcp) auth_tcp=$2 ;;
            --set) more="$more$2"$'\n' ;;
            --prefix) prefix=$2 ;;
            --limit) limit=$2 ;;
            --host) host=$2 ;;
            esac
            shift
            ;;
        *) libvirtd_fail "unknown option $1"; return 2 ;;
        esac
        shift
    done
}

# Folders, certificates, capabilities; uses the variables of libvirtd_start.
libvirtd_prepare() {
    case $dir/ in
    /run/* | /var/run/* | /var/lib/* | /var/cache/* | /var/log/*)
        libvirtd_fail "$dir is hidden from the private daemon: use a directory elsewhere"; return 1 ;;
    esac
    if libvirtd_pid "$dir" keeper >/dev/null; then
        libvirtd_fail "$dir: already started"; return 1
    fi
    libvirtd_end_orphans "$dir" || return 1
    mkdir -p "$dir"/{sock,log,etc/qemu/autostart,run/libvirt,varlib/libvirt/qemu} \
        "$dir"/{varcache/libvirt,varlog/libvirt/qemu,no-drivers} || return 1
    [ "$tls" = 0 ] || libvirtd_pki "$pki" || { libvirtd_fail "$pki: cannot make certificates"; return 1; }
    libvirtd_write_qemu_conf "$dir"
    [ "$qemu" = 0 ] || { libvirtd_qemu_user && libvirtd_cache_in "$dir"; }
}

libvirtd_start() {
    local dir=${1:?directory} name=node1 owner='' qemu=0 pki='' cert=good tcp=1 tls=1 auth_tcp=none
    local refuse_dn='' more='' prefix='' limit=120000 host=127.0.0.1 tcp_port tls_port attempt
    shift
    libvirtd_options "$@" && libvirtd_subreaper && dir=$(realpath -m "$dir") || return
    pki=$(realpath -m "${pki:-$dir/pki}")
    libvirtd_prepare || return 1
    for attempt in 1 2 3; do
        { read -r tcp_port; read -r tls_port; } < <(libvirtd_freeports 2)
        libvirtd_write_conf >"$dir/libvirtd.conf"
        libvirtd_write_env >"$dir/env"
        : >"$dir/log/libvirtd.log"
        if libvirtd_keep; then
            [ "$qemu" = 0 ] || libvirtd_cache_out "$dir" || return 1
            libvirtd_env "$dir" --prefix "$prefix"
            return 0
        fi
        grep -q 'in use' "$dir/log/libvirtd.log" || break # another test was quicker: other ports
    done
    tail -n 20 "$dir/log/keeper.log" "$dir/log/libvirtd.log" >&2
    libvirtd_fail "$dir: libvirtd did not start (attempt $attempt)"
}

libvirtd_keep() { # uses the variables of libvirtd_start
    local drivers=$dir/no-drivers listen=()
    [ "$qemu" = 0 ] || drivers=$(libvirtd_drivers)
    [ "$tcp$tls" = 00 ] || listen=(-l)
    LIBVIRT_DRIVER_DIR=$drivers PATH=$PATH:/usr/sbin "$SUBREAPER" keep ${owner:+-o "$owner"} -l "$limit" \
        -n "$name" -b "$dir/run:/run" -b "$dir/varlib:/var/lib" -b "$dir/varcache:/var/cache" \
        -b "$dir/varlog:/var/log" -b "$dir/etc:/etc/libvirt" -d "$dir" \
        -- libvirtd "${listen[@]}" -f "$dir/libvirtd.conf" -p "$dir/libvirtd.pid"
}

# The pid of its keeper or daemon, where that lives: a file may be older than the process that has
# its number now.
libvirtd_pid() { # DIR keeper|daemon
    local pid
    pid=$(cat "$1/$2.pid" 2>/dev/null) && [ "/proc/$pid/root/run" -ef "$1/run" ] && echo "$pid"
}

# Keeper, daemon, guests: all processes that see its run folder as /run.
libvirtd_processes() { # DIR
    local process
    [ -d "$1/run" ] && [ ! "$1/run" -ef /run ] || return 0
    for process in /proc/[0-9]*; do
        [ ! "$process/root/run" -ef "$1/run" ] || echo "${process#/proc/}"
    done
}

# Ends what a keeper that was killed has left behind.
libvirtd_end_orphans() { # DIR
    local pids
    [ -e "$1/keeper.pid" ] || return 0
    while mapfile -t pids < <(libvirtd_processes "$1") && [ ${#pids[@]} -gt 0 ]; do
        kill -KILL "${pids[@]}" 2>/dev/null
        "$SUBREAPER" wait -l 60000 "${pids[@]}" || { libvirtd_fail "$1: ${pids[*]} do not end"; return 1; }
    done
    rm -f "$1"/{keeper.pid,daemon.pid,ready,notify}
}

# libvirtd_stop DIR...: nothing of it is left when this returns; no error when it does not run
libvirtd_stop() {
    local dir pid result=0
    libvirtd_subreaper || return 1
    for dir; do
        if pid=$(libvirtd_pid "$dir" keeper); then
            "$SUBREAPER" stop -l 60000 "$pid" || { libvirtd_fail "$dir: keeper $pid does not end"; result=1; }
        else
            libvirtd_end_orphans "$dir" || result=1
        fi
    done
    return $result
}

libvirtd_signal() { # SIGNAL DIR
    local pid
    pid=$(libvirtd_pid "$2" daemon) || { libvirtd_fail "$2: not running"; return 1; }
    kill "-$1" "$pid"
}

libvirtd_freeze() { libvirtd_signal STOP "$1"; }
libvirtd_thaw() { libvirtd_signal CONT "$1"; }

libvirtd_kill() {
    local pid
    libvirtd_subreaper || return 1
    pid=$(libvirtd_pid "$1" daemon) || { libvirtd_fail "$1: not running"; return 1; }
    kill -KILL "$pid" && "$SUBREAPER" wait -l 60000 "$pid"
}

libvirtd_restart() {
    local keeper pid
    keeper=$(libvirtd_pid "$1" keeper) || { libvirtd_fail "$1: not started"; return 1; }
    if pid=$(libvirtd_pid "$1" daemon); then
        kill -CONT "$pid"
        libvirtd_subreaper && "$SUBREAPER" stop -l 60000 "$pid" || return 1
    fi
    libvirtd_wait_file gone "$1/daemon.pid" && kill -USR1 "$keeper" && libvirtd_wait_file there "$1/ready"
}

libvirtd_wait_file() { # gone|there FILE
    local end=$((SECONDS + 120))
    while { [ "$1" = gone ] && [ -e "$2" ]; } || { [ "$1" = there ] && [ ! -e "$2" ]; }; do
        [ $SECONDS -lt $end ] || { libvirtd_fail "$2: not $1 in time"; return 1; }
        [ -n "${LIBVIRTD_PAUSE-}" ] || exec {LIBVIRTD_PAUSE}<> <(:)
        read -r -t 0.01 <&"$LIBVIRTD_PAUSE" || : # as short as a pause can be without a process
    done
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    verb=${1-}
    case $verb in
    start | env | stop | kill | restart | freeze | thaw | pki | freeports | check)
        shift
        "libvirtd_$verb" "$@"
        ;;
    *)
        sed -n '3,/^$/s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
    esac
fi
