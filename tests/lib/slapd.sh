#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A private OpenLDAP server for tests, the demo and the benchmarks.
#
# From a shell test (after tap.sh):
#
#   . "$STATESYNC_SRCDIR/tests/lib/slapd.sh"
#   slapd_start "$TAP_DIR/ldap" ldif="$STATESYNC_SRCDIR/tests/data/sample.ldif" || exit 1
#   ldapsearch -x -H "$(slapd_uri_ldapi)" ...
#
# From anything else: `slapd.sh start DIR [OPTION=VALUE...]' prints KEY=VALUE
# lines (see slapd_env) and leaves the server running; `slapd.sh stop DIR' ends
# it.  `slapd.sh env DIR' prints the lines again; kill DIR is a crash, restart DIR starts the same
# server on the same ports, freeze DIR and thaw DIR stop and continue it.  A C test gives owner=PID.
#
# Everything a server has is below DIR, which may be in /dev/shm.  It listens on
# a unix socket and on free ports of 127.0.0.1: a port is free when slapd could
# bind it, else another one is tried.  When tap.sh is there, servers stop at the
# end of the test by themselves.
#
# Options of slapd_start:
#   suffix=DN        dc=stoney-cloud,dc=org
#   form=conf        slapd.conf; form=config: cn=config made by slapadd
#   schemas=NAMES    schema files to load, in this order: core, cosine ... of OpenLDAP,
#                    statesync and stoney-compat of this project, or a path without suffix
#   ldif=FILE        load with slapadd before the start; may be given several times
#   overlays=NAMES   syncprov, accesslog (database cn=log), unique (uid), or any other by name
#   acl=FILE         access rules: an include file, or with form=config an LDIF that is applied
#                    after the start.  Without it, everybody may read but userPassword.
#   tls=yes          certificates, StartTLS and ldaps; no: neither; expired, other, name: the
#                    server shows a certificate that is out of date, made by an unknown
#                    authority, or for another host
#   tcp=yes          no: the unix socket only
#   external=DN      who the own user is with SASL EXTERNAL on the unix socket (the root DN)
#   sizelimit=N      for everybody but the root DN (unlimited)
#   db=DIR           where the database is (DIR/db); its sync=yes: durable writes
#   maxsize=BYTES    of the database (1 GiB; the file is sparse)
#   threads=N        worker threads of slapd (16)
#   conf=FILE        further lines of the global part, dbconf=FILE of the database (form=conf)
#   loglevel=WORD    what slapd.log gets (none); "stats" shows each operation
#   port=N tlsport=N fixed ports
#   host=ADDRESS     of the ports (127.0.0.1)
#   mirror=ID:DIR    multi-provider: this server has that ID (1 to 4095), the other one is in DIR
#                    (form=conf, with overlays=syncprov; replicates over the unix sockets)
#   owner=PID        the server ends when that process does, even by kill -9

SLAPD_LIB_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
SLAPD_SRCDIR=${STATESYNC_SRCDIR:-$SLAPD_LIB_DIR/../..}
SLAPD_ETC_SCHEMA=${SLAPD_ETC_SCHEMA:-/etc/ldap/schema}
SLAPD_MODULES=${SLAPD_MODULES:-/usr/lib/ldap}
SLAPD_LAST=
PATH=$PATH:/usr/sbin:/sbin
export LDAPNOINIT=1 # clients: no settings of the machine or the user

# Why nothing can be tested here, or nothing at all: skip_all's argument.
slapd_missing() {
    local tool
    for tool in slapd slapadd slaptest ldapsearch ldapmodify openssl; do
        command -v "$tool" >/dev/null || { echo "$tool is not installed"; return; }
    done
    [ -r "$SLAPD_ETC_SCHEMA/core.schema" ] || echo "$SLAPD_ETC_SCHEMA/core.schema is not there"
}

slapd_fail() {
    echo "slapd.sh: $*" >&2
    return 1
}

# --- certificates ------------------------------------------------------------

# slapd_ca_make DIR NAME: an authority in DIR/tls/NAME.pem and .key.
slapd_ca_make() {
    local tls=$1/tls name=$2
    mkdir -p "$tls"
    if [ ! -e "$tls/openssl.cnf" ]; then
        cat >"$tls/openssl.cnf" <<-'CNF'
	[req]
	distinguished_name = empty
	[empty]
	[authority]
	basicConstraints = critical,CA:TRUE
	keyUsage = critical,keyCertSign,cRLSign
	[server]
	subjectAltName = DNS:localhost,IP:127.0.0.1
	extendedKeyUsage = serverAuth
	[name]
	subjectAltName = DNS:elsewhere.example.org
	extendedKeyUsage = serverAuth
	[client]
	extendedKeyUsage = clientAuth
	[ca]
	database = index.txt
	new_certs_dir = .
	default_md = sha256
	policy = any
	email_in_dn = no
	unique_subject = no
	rand_serial = yes
	[any]
	commonName = supplied
	CNF
    fi
    openssl req -config "$tls/openssl.cnf" -x509 -extensions authority -days 30 -nodes \
        -newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj "/CN=statesync test $name" \
        -keyout "$tls/$name.key" -out "$tls/$name.pem" 2>"$tls/openssl.log"
}

# slapd_cert DIR NAME KIND [COMMON-NAME]: a certificate DIR/tls/NAME.pem and its .key.
# KIND: server, client, expired (a server's, out of date), other (a server's, made by
# DIR/tls/other-ca.pem, which nobody trusts), name (a server's, for another host).
slapd_cert() {
    local tls=$1/tls name=$2 kind=$3 cn=${4:-$2} ca=ca ext=$3
    case $kind in
    server | client | name) ;;
    expired) ext=server ;;
    other)
        ext=server ca=other-ca
        [ -e "$tls/other-ca.pem" ] || slapd_ca_make "$1" other-ca || return
        ;;
    *) slapd_fail "unknown kind of certificate: $kind" || return ;;
    esac
    [ -e "$tls/$ca.pem" ] || slapd_ca_make "$1" "$ca" || return
    if [ "$kind" = expired ]; then
        : >"$tls/index.txt"
        (cd "$tls" &&
            openssl req -config openssl.cnf -new -nodes -newkey ec \
                -pkeyopt ec_paramgen_curve:P-256 -subj "/CN=$cn" -keyout "$name.key" \
                -out "$name.csr" &&
            openssl ca -batch -notext -config openssl.cnf -name ca -cert ca.pem -keyfile ca.key \
                -extensions server -startdate 20200101000000Z \
                -enddate 20200201000000Z -in "$name.csr" -out "$name.pem") 2>>"$tls/openssl.log"
    else
        openssl req -config "$tls/openssl.cnf" -x509 -CA "$tls/$ca.pem" -CAkey "$tls/$ca.key" \
            -extensions "$ext" -days 30 -nodes -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
            -subj "/CN=$cn" -keyout "$tls/$name.key" -out "$tls/$name.pem" 2>>"$tls/openssl.log"
    fi || slapd_fail "cannot make certificate $name: $(cat "$tls/openssl.log")"
}

# --- configuration -----------------------------------------------------------

# The path of schema NAME without its suffix.
slapd_schema_path() {
    case $1 in
    */*) echo "$1" ;;
    statesync | stoney-compat) echo "$SLAPD_SRCDIR/schema/$1" ;;
    *) echo "$SLAPD_ETC_SCHEMA/$1" ;;
    esac
}

# Attributes with an equality index, as stoney has them, that the schemas define.
slapd_indexes() {
    local list=objectClass,entryCSN,entryUUID,cn,ou
    case " $o_schemas " in *" cosine "*) list=$list,uid ;; esac
    case " $o_schemas " in
    *" stoney-compat "* | */sst\ *)
        list=$list,sstDisplayName,sstNode,sstVirtualMachinePool
        list=$list,sstVirtualMachinePoolType,sstVirtualMachineType
        ;;
    esac
    echo "$list"
}

# slapd_quoted PATH: for slapd.conf, whatever is in it
slapd_quoted() {
    local text=${1//\\/\\\\}
    printf '"%s"' "${text//\"/\\\"}"
}

slapd_write_conf() {
    local dir schema overlay other
    for schema in $o_schemas; do echo "include $(slapd_quoted "$(slapd_schema_path "$schema").schema")"; done
    echo "pidfile $(slapd_quoted "$1/slapd.pid")
argsfile $(slapd_quoted "$1/slapd.args")
modulepath $SLAPD_MODULES
moduleload back_mdb
moduleload back_monitor"
    for overlay in $o_overlays; do echo "moduleload $overlay"; done
    [ "$o_tls" = no ] || echo "TLSCACertificateFile $(slapd_quoted "$1/tls/ca.pem")
TLSCertificateFile $(slapd_quoted "$1/tls/server.pem")
TLSCertificateKeyFile $(slapd_quoted "$1/tls/server.key")
TLSVerifyClient try"
    echo "sizelimit $o_sizelimit
threads $o_threads
loglevel 0
authz-policy to
authz-regexp \"gidNumber=$(id -g)\\\\+uidNumber=$(id -u),cn=peercred,cn=external,cn=auth\" \"$o_external\"
authz-regexp \"^cn=statesync\$\" \"cn=statesync,ou=administration,$o_suffix\""
    [ -z "$o_mirror" ] || echo "serverID ${o_mirror%%:*}"
    [ -z "$o_conf" ] || cat "$o_conf"
    echo "database config
rootdn \"$o_rootdn\"
database monitor
rootdn \"$o_rootdn\""
    case " $o_overlays " in *" accesslog "*)
        echo "database mdb
suffix cn=log
directory $(slapd_quoted "$1/log")
maxsize $o_maxsize
rootdn \"$o_rootdn\"
dbnosync
index entryCSN,objectClass,reqEnd,reqResult,reqStart,reqDN eq" ;;
    esac
    echo "database mdb
suffix \"$o_suffix\"
directory $(slapd_quoted "$o_db")
maxsize $o_maxsize
rootdn \"$o_rootdn\"
rootpw $o_rootpw
index $(slapd_indexes) eq"
    [ "$o_sync" = yes ] || echo "dbnosync
checkpoint 0 1"
    if [ -n "$o_acl" ]; then
        echo "include $(slapd_quoted "$o_acl")"
    else
        echo 'access to attrs=userPassword by anonymous auth by self write
access to * by * read'
    fi
    [ -z "$o_dbconf" ] || cat "$o_dbconf"
    if [ -n "$o_mirror" ]; then
        other=${o_mirror#*:}
        echo "syncrepl rid=001
 provider=ldapi://${other//\//%2F}%2Fldapi
 bindmethod=simple
 binddn=\"$o_rootdn\"
 credentials=$o_rootpw
 searchbase=\"$o_suffix\"
 type=refreshAndPersist
 retry=\"1 +\"
multiprovider on"
    fi
    for overlay in $o_overlays; do
        echo "overlay $overlay"
        case $overlay in
        syncprov) echo "syncprov-checkpoint 1000 1
syncprov-sessionlog 20000" ;;
        accesslog) echo "logdb cn=log
logops writes
logsuccess FALSE" ;;
        unique) echo "unique_uri ldap:///$o_suffix?uid?sub" ;;
        esac
    done
}

slapd_write_config() {
    local dir=$1 schema overlay n=0
    echo "dn: cn=config
objectClass: olcGlobal
cn: config
olcPidFile: $dir/slapd.pid
olcArgsFile: $dir/slapd.args
olcThreads: $o_threads
olcSizeLimit: $o_sizelimit
olcAuthzPolicy: to
olcAuthzRegexp: {0}gidNumber=$(id -g)\\+uidNumber=$(id -u),cn=peercred,cn=external,cn=auth \"$o_external\"
olcAuthzRegexp: {1}^cn=statesync\$ \"cn=statesync,ou=administration,$o_suffix\""
    [ "$o_tls" = no ] || echo "olcTLSCACertificateFile: $dir/tls/ca.pem
olcTLSCertificateFile: $dir/tls/server.pem
olcTLSCertificateKeyFile: $dir/tls/server.key
olcTLSVerifyClient: try"
    echo "
dn: cn=module,cn=config
objectClass: olcModuleList
cn: module
olcModulePath: $SLAPD_MODULES
olcModuleLoad: back_mdb
olcModuleLoad: back_monitor"
    for overlay in $o_overlays; do echo "olcModuleLoad: $overlay"; done
    echo "
dn: cn=schema,cn=config
objectClass: olcSchemaConfig
cn: schema
"
    for schema in $o_schemas; do echo "include: file://$(slapd_schema_path "$schema").ldif
"; done
    echo "dn: olcDatabase={0}config,cn=config
objectClass: olcDatabaseConfig
olcDatabase: {0}config
olcRootDN: $o_rootdn
"
    case " $o_overlays " in *" accesslog "*)
        n=1
        echo "dn: olcDatabase={1}mdb,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMdbConfig
olcDatabase: {1}mdb
olcSuffix: cn=log
olcDbDirectory: $dir/log
olcDbMaxSize: $o_maxsize
olcDbNoSync: TRUE
olcRootDN: $o_rootdn
olcDbIndex: entryCSN,objectClass,reqEnd,reqResult,reqStart,reqDN eq
" ;;
    esac
    n=$((n + 1))
    echo "dn: olcDatabase={$n}mdb,cn=config
objectClass: olcDatabaseConfig
objectClass: olcMdbConfig
olcDatabase: {$n}mdb
olcSuffix: $o_suffix
olcDbDirectory: $o_db
olcDbMaxSize: $o_maxsize
olcRootDN: $o_rootdn
olcRootPW: $o_rootpw
olcDbIndex: $(slapd_indexes) eq
olcAccess: {0}to attrs=userPassword by anonymous auth by self write
olcAccess: {1}to * by * read"
    [ "$o_sync" = yes ] || echo "olcDbNoSync: TRUE
olcDbCheckpoint: 0 1"
    for overlay in $o_overlays; do
        echo "
dn: olcOverlay=$overlay,olcDatabase={$n}mdb,cn=config
objectClass: olcOverlayConfig
olcOverlay: $overlay"
        case $overlay in
        syncprov) echo "objectClass: olcSyncProvConfig
olcSpCheckpoint: 1000 1
olcSpSessionlog: 20000" ;;
        accesslog) echo "objectClass: olcAccessLogConfig
olcAccessLogDB: cn=log
olcAccessLogOps: writes" ;;
        unique) echo "objectClass: olcUniqueConfig
olcUniqueURI: ldap:///$o_suffix?uid?sub" ;;
        esac
    done
    echo "
dn: olcDatabase={$((n + 1))}monitor,cn=config
objectClass: olcDatabaseConfig
olcDatabase: {$((n + 1))}monitor
olcRootDN: $o_rootdn"
}

# slapd_encoded PATH: for a URI, byte by byte
slapd_encoded() {
    local LC_ALL=C text=$1 i c
    for ((i = 0; i < ${#text}; i++)); do
        c=${text:i:1}
        case $c in
        [A-Za-z0-9._-]) printf %s "$c" ;;
        *) printf '%%%02X' "'$c" ;;
        esac
    done
}

# --- running -----------------------------------------------------------------

# In a subshell: bash 5.2 dies of a signal whose trap ends the program within a read with a limit.
slapd_pause() {
    [ -n "${SLAPD_PAUSE-}" ] || exec {SLAPD_PAUSE}<> <(:)
    (read -rt 0.01 <&"$SLAPD_PAUSE")
}

# slapd_alive PID: runs, and is no zombie.  The first thread of one that is killed may be a zombie
# while others still hold its sockets.
slapd_alive() {
    local stat tasks
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    tasks=("/proc/$1/task"/*)
    [[ ${stat##*) } != Z* ]] || [ ${#tasks[@]} -gt 1 ]
}

# Reads the state of the server in DIR (the last one started without it) into SLAPD_*.
slapd_use() {
    local dir=${1:-$SLAPD_LAST} key value
    [ -n "$dir" ] && [ -r "$dir/slapd.env" ] || slapd_fail "no server in '$dir'" || return
    while IFS='=' read -r key value; do
        printf -v "$key" %s "$value"
    done <"$dir/slapd.env"
}

# slapd_launch DIR PORT TLSPORT: starts slapd and waits until it answers.  Returns 2 when a
# port was taken.
slapd_launch() {
    local dir=$1 port=$2 tlsport=$3 urls pid limit=$((SECONDS + 120)) how=(-f "$1/slapd.conf")
    [ ! -d "$dir/slapd.d" ] || how=(-F "$dir/slapd.d")
    urls=$SLAPD_LDAPI
    [ -z "$port" ] || urls="$urls ldap://$SLAPD_HOST:$port/"
    [ -z "$tlsport" ] || urls="$urls ldaps://$SLAPD_HOST:$tlsport/"
    rm -f "$dir/slapd.pid" "$dir/ldapi"
    : >"$dir/slapd.log"
    setsid slapd "${how[@]}" -h "$urls" -d "$SLAPD_LOGLEVEL" </dev/null >>"$dir/slapd.log" 2>&1 &
    pid=$!
    disown
    echo "$pid" >"$dir/slapd.starting" # slapd_stop ends it when we are interrupted now
    until [ -s "$dir/slapd.pid" ] &&
        ldapsearch -x -o nettimeout=5 -H "$SLAPD_LDAPI" -b '' -s base 1.1 >/dev/null 2>&1; do
        if ! slapd_alive "$pid"; then
            grep -q 'Address already in use' "$dir/slapd.log" && return 2
            slapd_fail "slapd did not start: $(tail -5 "$dir/slapd.log")" || return
        fi
        if [ "$SECONDS" -ge "$limit" ]; then
            kill -KILL "$pid"
            slapd_fail "slapd does not answer: $(tail -5 "$dir/slapd.log")" || return
        fi
        slapd_pause
    done
    rm -f "$dir/slapd.starting"
    return 0
}

slapd_load() {
    local dir=$1 file how=(-f "$1/slapd.conf")
    [ ! -d "$dir/slapd.d" ] || how=(-F "$dir/slapd.d")
    for file in "${o_ldif[@]}"; do
        slapadd -q "${how[@]}" -b "$o_suffix" -l "$file" >"$dir/slapadd.log" 2>&1 ||
            slapd_fail "slapadd $file: $(cat "$dir/slapadd.log")" || return
    done
}

slapd_save_env() {
    cat >"$1/slapd.env" <<-ENV
	SLAPD_DIR=$1
	SLAPD_PID=$(cat "$1/slapd.pid")
	SLAPD_LDAPI=$SLAPD_LDAPI
	SLAPD_LDAP=${2:+ldap://$SLAPD_HOST:$2}
	SLAPD_LDAPS=${3:+ldaps://$SLAPD_HOST:$3}
	SLAPD_HOST=$SLAPD_HOST
	SLAPD_PORT=$2
	SLAPD_TLS_PORT=$3
	SLAPD_SUFFIX=$SLAPD_SUFFIX
	SLAPD_ROOTDN=$SLAPD_ROOTDN
	SLAPD_ROOTPW=$SLAPD_ROOTPW
	SLAPD_CA=$SLAPD_CA
	SLAPD_CERT=$SLAPD_CERT
	SLAPD_KEY=$SLAPD_KEY
	SLAPD_LOGLEVEL=$SLAPD_LOGLEVEL
	SLAPD_LOG=$1/slapd.log
	ENV
}

slapd_options() {
    local option
    o_suffix=dc=stoney-cloud,dc=org o_form=conf o_overlays='' o_acl='' o_tls=yes o_tcp=yes
    o_schemas='core cosine inetorgperson stoney-compat statesync' o_ldif=() o_external=''
    o_sizelimit=unlimited o_db='' o_sync=no o_maxsize=1073741824 o_threads=16 o_conf='' o_dbconf=''
    o_loglevel=none o_port='' o_tlsport='' o_mirror='' o_owner='' o_host=127.0.0.1
    for option; do
        case $option in
        ldif=*) o_ldif+=("${option#*=}") ;;
        suffix=* | form=* | overlays=* | acl=* | tls=* | tcp=* | schemas=* | external=* | \
            sizelimit=* | db=* | sync=* | maxsize=* | threads=* | conf=* | dbconf=* | \
            loglevel=* | port=* | tlsport=* | mirror=* | owner=* | host=*)
            printf -v "o_${option%%=*}" %s "${option#*=}"
            ;;
        *) slapd_fail "unknown option: $option" || return ;;
        esac
    done
    o_rootdn=cn=manager,$o_suffix o_rootpw=secret
    o_external=${o_external:-$o_rootdn}
    if [ -z "$o_owner" ] && declare -F at_exit >/dev/null; then o_owner=$$; fi
}

# slapd_guard DIR PID: waits in the background for the end of PID, then ends the server.
slapd_guard() {
    setsid bash -c 'tail -s 0.1 --pid="$1" -f /dev/null; exec "$2" kill "$3"' - \
        "$2" "$SLAPD_LIB_DIR/slapd.sh" "$1" </dev/null >/dev/null 2>&1 &
    disown
}

# slapd_start DIR [OPTION=VALUE...]: see the top.  Sets the SLAPD_* of slapd_env.
slapd_start() {
    local dir tries=0 port tlsport status
    local o_suffix o_form o_overlays o_acl o_tls o_tcp o_schemas o_ldif o_external o_sizelimit \
        o_db o_sync o_maxsize o_threads o_conf o_dbconf o_loglevel o_port o_tlsport o_rootdn o_rootpw \
        o_mirror o_owner o_host
    mkdir -p "$1" && dir=$(cd "$1" && pwd) && shift && slapd_options "$@" || return
    o_db=${o_db:-$dir/db}
    mkdir -p "$o_db" "$dir/log"
    [ ${#dir} -le 90 ] || slapd_fail "$dir is too long for a unix socket" || return
    SLAPD_LDAPI=ldapi://$(slapd_encoded "$dir/ldapi") SLAPD_LOGLEVEL=$o_loglevel SLAPD_SUFFIX=$o_suffix
    SLAPD_HOST=$o_host
    SLAPD_ROOTDN=$o_rootdn SLAPD_ROOTPW=$o_rootpw SLAPD_CA='' SLAPD_CERT='' SLAPD_KEY=''
    if [ "$o_tls" != no ]; then
        [ "$o_tls" != yes ] || o_tls=server
        slapd_ca_make "$dir" ca && slapd_cert "$dir" server "$o_tls" localhost &&
            slapd_cert "$dir" client client statesync || return
        SLAPD_CA=$dir/tls/ca.pem SLAPD_CERT=$dir/tls/client.pem SLAPD_KEY=$dir/tls/client.key
    fi
    if [ "$o_form" = config ]; then
        rm -rf "$dir/slapd.d" && mkdir "$dir/slapd.d"
        slapd_write_config "$dir" >"$dir/config.ldif"
        slapadd -n0 -F "$dir/slapd.d" -l "$dir/config.ldif" >"$dir/slapadd.log" 2>&1 ||
            slapd_fail "slapadd of the configuration: $(cat "$dir/slapadd.log")" || return
    else
        slapd_write_conf "$dir" >"$dir/slapd.conf"
    fi
    slapd_load "$dir" || return
    [ -z "$o_owner" ] || slapd_guard "$dir" "$o_owner"
    while :; do
        port='' tlsport=''
        [ "$o_tcp" = no ] || port=${o_port:-$((20000 + RANDOM % 6000))}
        [ "$o_tcp" = no ] || [ "$o_tls" = no ] || tlsport=${o_tlsport:-$((26000 + RANDOM % 6000))}
        slapd_launch "$dir" "$port" "$tlsport"
        status=$?
        tries=$((tries + 1))
        [ $status -eq 2 ] && [ -z "$o_port$o_tlsport" ] && [ $tries -lt 50 ] || break
    done
    [ $status -eq 0 ] || return $status
    slapd_save_env "$dir" "$port" "$tlsport"
    SLAPD_LAST=$dir
    slapd_use "$dir"
    if declare -F at_exit >/dev/null; then at_exit "slapd_stop '$dir'"; fi
    if [ "$o_form" = config ] && [ -n "$o_acl" ]; then
        ldapmodify -Q -Y EXTERNAL -H "$SLAPD_LDAPI" -f "$o_acl" >"$dir/acl.log" 2>&1 ||
            slapd_fail "access rules: $(cat "$dir/acl.log")"
    fi
}

# slapd_end PID SIGNAL: a slapd that is not there any more is no error.
slapd_end() {
    local limit=$((SECONDS + 30))
    slapd_alive "$1" && grep -Eqx 'slapd|setsid' "/proc/$1/comm" || return 0
    kill -"$2" "$1"
    kill -CONT "$1" 2>/dev/null
    while slapd_alive "$1"; do
        [ "$SECONDS" -lt "$limit" ] || kill -KILL "$1"
        slapd_pause
    done
    return 0 # else it is the status of the pause
}

# slapd_stop [DIR [SIGNAL]]: ends the server and waits until it is gone; KILL is a crash.
slapd_stop() {
    local dir=${1:-$SLAPD_LAST}
    if [ -s "$dir/slapd.starting" ]; then
        slapd_end "$(cat "$dir/slapd.starting")" TERM
        rm -f "$dir/slapd.starting"
    fi
    [ -r "$dir/slapd.env" ] || return 0
    slapd_use "$dir"
    slapd_end "$SLAPD_PID" "${2:-TERM}"
}

# slapd_restart [DIR]: the same server on the same ports, which somebody else may use for a moment.
slapd_restart() {
    local limit=$((SECONDS + 60)) status=2
    slapd_stop "${1:-$SLAPD_LAST}" && slapd_use "${1:-$SLAPD_LAST}" || return
    until slapd_launch "$SLAPD_DIR" "$SLAPD_PORT" "$SLAPD_TLS_PORT" && status=0 || [ $? -ne 2 ]; do
        [ "$SECONDS" -lt "$limit" ] || slapd_fail "in use: port $SLAPD_PORT or $SLAPD_TLS_PORT" || return
    done
    [ $status -eq 0 ] && slapd_save_env "$SLAPD_DIR" "$SLAPD_PORT" "$SLAPD_TLS_PORT" && slapd_use "$SLAPD_DIR"
}

# --- asking ------------------------------------------------------------------

slapd_env() { cat "${1:-$SLAPD_LAST}/slapd.env"; }
slapd_pid() { (slapd_use "$@" && echo "$SLAPD_PID"); }
slapd_uri_ldapi() { (slapd_use "$@" && echo "$SLAPD_LDAPI"); }
slapd_uri_ldap() { (slapd_use "$@" && echo "$SLAPD_LDAP"); }
slapd_uri_ldaps() { (slapd_use "$@" && echo "$SLAPD_LDAPS"); }
slapd_ca() { (slapd_use "$@" && echo "$SLAPD_CA"); }

# slapd_as_root COMMAND [ARGUMENT...]: an LDAP tool as the root DN of the last server.
slapd_as_root() {
    local tool=$1
    shift
    "$tool" -x -H "$SLAPD_LDAPI" -D "$SLAPD_ROOTDN" -w "$SLAPD_ROOTPW" "$@"
}

# slapd_with_tls COMMAND [ARGUMENT...]: an LDAP tool that trusts the authority of the last server
# and shows its client certificate.  (With LDAPNOINIT libldap ignores LDAPTLS_*, too.)
slapd_with_tls() {
    env -u LDAPNOINIT HOME=/nonexistent LDAPTLS_CACERT="$SLAPD_CA" LDAPTLS_CERT="$SLAPD_CERT" \
        LDAPTLS_KEY="$SLAPD_KEY" LDAPTLS_REQCERT=demand "$@"
}

# slapd_search BASE SCOPE FILTER [ATTRIBUTE...]: LDIF as the root DN, lines not folded.
slapd_search() {
    local base=$1 scope=$2 filter=$3
    shift 3
    slapd_as_root ldapsearch -LLL -o ldif-wrap=no -b "$base" -s "$scope" "$filter" "$@"
}

# slapd_values DN ATTRIBUTE: its values, one a line, sorted.
slapd_values() {
    slapd_search "$1" base '(objectClass=*)' "$2" | sed -n "s/^[^ :]*: //p" | sed '/^dn$/d' |
        grep -vxF -- "$1" | LC_ALL=C sort
}

# slapd_count OPERATION: how many of them (Modify, Add, Search ...) were completed so far.
slapd_count() {
    slapd_search "cn=$1,cn=Operations,cn=Monitor" base '(objectClass=*)' monitorOpCompleted |
        sed -n 's/^monitorOpCompleted: //p'
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    case ${1:-} in
    start) shift && slapd_start "$@" && slapd_env ;;
    stop | env | restart) slapd_"$1" "$(cd "${2:?directory}" && pwd)" ;;
    kill) slapd_stop "$(cd "${2:?directory}" && pwd)" KILL ;;
    freeze) kill -STOP "$(slapd_pid "${2:?directory}")" ;;
    thaw) kill -CONT "$(slapd_pid "${2:?directory}")" ;;
    cert) shift && slapd_cert "$@" ;;
    *) slapd_fail "usage: slapd.sh start DIR [OPTION=VALUE...] | stop|kill|restart|freeze|thaw|env DIR | cert DIR NAME KIND" ;;
    esac
fi
