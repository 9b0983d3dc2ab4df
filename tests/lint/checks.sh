# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The checks of lint.sh.  Each takes what it looks at as arguments, prints one
# line per finding and nothing where all is well.

# What each room may include: other rooms, then libraries (docs/architecture.md).
# Of engine, the adapters may only see the plain structs that pass between them.
lint_room_may_include() {
    case $1 in
    core) echo 'core/' ;;
    engine) echo 'core/ engine/ glib json' ;;
    directory) echo 'core/ plain/ config/ log/ directory/ glib ldap' ;;
    hypervisor) echo 'core/ plain/ config/ log/ hypervisor/ glib libvirt libxml' ;;
    opennebula) echo 'core/ plain/ config/ log/ opennebula/ passing/ glib libxml curl zmq' ;;
    board) echo 'core/ engine/ text/ board/ glib' ;;
    config) echo 'core/ log/ text/ config/ glib iniparser' ;;
    text) echo 'core/ text/ glib' ;;
    log) echo 'core/ log/ glib systemd' ;;
    cli) echo 'core/ engine/ plain/ directory/ hypervisor/ opennebula/ board/ config/ log/ text/ face/ cli/ glib json gnutls' ;;
    daemon) echo 'core/ engine/ plain/ directory/ hypervisor/ opennebula/ board/ config/ log/ text/ daemon/ glib microhttpd' ;;
    *) return 1 ;;
    esac
}

# The engine's headers that hold plain data and how it is spelled.
LINT_PLAIN='engine/(attributes|change|entry|frontend|observation|timestamp|uuid)\.h'
# The daemon's headers that commands may use.
LINT_FACE='daemon/(daemon|languages|metrics|outcome|plan|statestore)\.h'
# How answers pass from one thread to another, and how long to wait: the adapters share it.
LINT_PASSING='hypervisor/(backoff|queue)\.h'
# What the C library has of use to pure code.
LINT_CORE_HEADERS='(assert|ctype|errno|inttypes|limits|stdarg|stdbool|stddef|stdint|stdio|stdlib|string|strings)\.h'

# lint_includes ROOT
lint_includes() {
    local dir room may file rest include
    for dir in "$1"/src/*/; do
        room=$(basename "$dir")
        [ -n "$(find "$dir" -name '*.[ch]')" ] || continue
        if ! may=$(lint_room_may_include "$room"); then
            echo "src/$room: no rule says what this room may include"
            continue
        fi
        while IFS=: read -r file rest; do
            include=$(sed -E 's/^[^<"]*([<"][^>"]*).*/\1/' <<<"$rest")
            lint_include_allowed "$room" "$may" "$include" ||
                echo "${file#"$1"/}: may not include ${include:1}"
        done < <(grep -EHs '^[[:space:]]*#[[:space:]]*include' "$dir"*.[ch])
    done
}

# lint_include_allowed ROOM MAY INCLUDE: INCLUDE begins with its < or ".
lint_include_allowed() {
    local name=${3:1} what
    case $3 in
    '"config.h') return 0 ;;
    '"'*/*)
        what=${name%%/*}/
        if [ "$what" = engine/ ] && [[ $name =~ ^$LINT_PLAIN$ ]] && [[ " $2 " == *' plain/ '* ]]; then
            return 0
        fi
        if [[ $name =~ ^$LINT_PASSING$ ]] && [[ " $2 " == *' passing/ '* ]]; then
            return 0
        fi
        if [ "$what" = daemon/ ] && [[ $name =~ ^$LINT_FACE$ ]] && [[ " $2 " == *' face/ '* ]]; then
            return 0
        fi
        ;;
    '"'*) return 1 ;;
    '<glib'* | '<gio/'* | '<gobject/'*) what=glib ;;
    '<json-glib/'*) what=json ;;
    '<ldap'* | '<lber'*) what=ldap ;;
    '<libvirt/'*) what=libvirt ;;
    '<libxml/'*) what=libxml ;;
    '<iniparser/'*) what=iniparser ;;
    '<systemd/'*) what=systemd ;;
    '<curl/'*) what=curl ;;
    '<zmq'*) what=zmq ;;
    '<microhttpd'*) what=microhttpd ;;
    '<gnutls/'*) what=gnutls ;;
    *)
        [ "$1" != core ] || [[ $name =~ ^$LINT_CORE_HEADERS$ ]]
        return
        ;;
    esac
    [[ " $2 " == *" $what "* ]]
}

# Functions pure code may call: memory and text, no I/O, no clock, no allocation.
LINT_CORE_SYMBOLS='mem(cpy|move|set|cmp|chr)|str(len|nlen|cmp|ncmp|casecmp|ncasecmp|chr|rchr|spn|cspn|pbrk|str|tol|toul|toll|toull)'
LINT_CORE_SYMBOLS+='|v?snprintf|qsort|bsearch|abort|to(lower|upper)|is(digit|xdigit|alpha|alnum|space)'
LINT_CORE_SYMBOLS+='|__isoc(99|23)_strto[a-z]+|__ctype_(b|tolower|toupper)_loc|__assert_fail|__stack_chk_fail'
LINT_CORE_SYMBOLS+='|__[a-z]+_chk|_GLOBAL_OFFSET_TABLE_'
# What sanitizers, fuzzers and gcov put in.
LINT_TOOL_SYMBOLS='__(asan|ubsan|tsan|lsan|sanitizer|sancov|gcov|llvm)[A-Za-z0-9_]*|mangle_path'

# lint_core_symbols ARCHIVE...: what the objects ask for and do not bring.
lint_core_symbols() {
    local wanted
    wanted=$("${NM:-nm}" -u "$@" | awk 'NF == 2 { print $2 }' | sort -u)
    comm -23 <(echo "$wanted") <("${NM:-nm}" --defined-only "$@" | awk 'NF == 3 { print $3 }' | sort -u) |
        grep -Ev "^($LINT_CORE_SYMBOLS|$LINT_TOOL_SYMBOLS)?$" |
        sed 's/^/core calls /'
}

# libvirt's domain calls that only read; the guest agent's ping is one of them.
LINT_READING='virDomain(Get[A-Za-z]*|List[A-Za-z]*|Is[A-Za-z]*|Has[A-Za-z]*|Lookup[A-Za-z]*|Free|Ref'
LINT_READING+='|StatsRecordListFree|QemuAgentCommand|BlockStats[A-Za-z]*|MemoryStats|InterfaceStats)'

# lint_forbidden_calls ARCHIVE...: what the program must never do.
lint_forbidden_calls() {
    "${NM:-nm}" -A -u "$@" 2>/dev/null | awk '{ print $1, $NF }' | while read -r where symbol; do
        case $symbol in
        ldap_delete* | ldap_rename* | ldap_modrdn*)
            echo "$where calls $symbol: this program deletes and renames no entry" ;;
        virDomainGet* | virDomainList*) ;;
        virDomain[A-Z]* | virNode[A-Z]*Create* | virConnectDomainXML*)
            [[ $symbol =~ ^$LINT_READING$ ]] ||
                echo "$where calls $symbol: not known to leave domains as they are" ;;
        sleep | usleep | nanosleep | g_usleep)
            echo "$where calls $symbol: wait for the event with a limit" ;;
        system | popen)
            echo "$where calls $symbol: no shell" ;;
        exit | _exit)
            [[ $where == *libcli.a* ]] || echo "$where calls $symbol: only main ends the program" ;;
        esac
    done
}

# The files lints read: everything a person wrote.
lint_sources() {
    find "$1/src" "$1/tests" "$1/bench" "$1/tools" -type f \
        \( -name '*.[chS]' -o -name '*.sh' \) -not -path '*/corpus/*' 2>/dev/null
}

# lint_sizes ROOT
lint_sizes() {
    lint_sources "$1" | while read -r file; do
        awk -v file="${file#"$1"/}" 'END { if (NR > 600) print file ": " NR " lines; 600 are the limit" }' "$file"
    done
}

# lint_functions ROOT: a body begins with a { and ends with a } in the first column.
lint_functions() {
    lint_sources "$1" | grep '\.[ch]$' | while read -r file; do
        awk -v file="${file#"$1"/}" '
            /^\{$/ { from = NR }
            /^\}$/ && from { if (NR - from > 60) print file ":" from ": a function of " NR - from - 1 " lines"
                            from = 0 }' "$file"
    done
}

# lint_licence ROOT
lint_licence() {
    lint_sources "$1" | while read -r file; do
        head -n 2 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0-or-later' ||
            echo "${file#"$1"/}: no SPDX-License-Identifier in its first two lines"
    done
}

# lint_markers ROOT: work that was put off.  (Written so that it does not find itself.)
lint_markers() {
    lint_sources "$1" | xargs -r grep -nwE 'T[O]DO|F[I]XME|X[X]X|H[A]CK' | sed "s|^$1/||; s/\$/: do it, or say it in an issue/"
}

# lint_sleeps ROOT
lint_sleeps() {
    lint_sources "$1" | grep -v '\.S$' | xargs -r grep -nE '(^|[^_a-zA-Z"/])(usleep|g_usleep|nanosleep|s[l]eep)( [0-9.$]|[[:space:]]*\()' |
        sed "s|^$1/||; s/\$/: wait for the event with a limit/"
}

# lint_listed ROOT: every source of a room is built and distributed.
lint_listed() {
    local dir file
    for dir in "$1"/src/*/; do
        for file in "$dir"*.[ch]; do
            [ -e "$file" ] || continue
            grep -qE "(^|[[:space:]])${file#"$1"/}([[:space:]]|$)" "$dir/local.mk" ||
                echo "${file#"$1"/}: not in $(basename "$dir")/local.mk"
        done
    done
}

# lint_requirements ROOT: the table of tests/README.md, and names that hold the number.
lint_requirements() {
    local n
    for ((n = 1; n <= 25; n++)); do
        grep -q "^| R$n |" "$1/tests/README.md" || echo "R$n: no row in tests/README.md"
        grep -rEq --include='*.c' --include='*.sh' "test_R${n}_|[\"' ]R$n[-:,\"]" "$1/tests" ||
            echo "R$n: no test is named after it"
    done
}

# lint_log_lines ROOT: a warning or an error says what happened and, behind a comma, what next.
lint_log_lines() {
    local file
    for file in "$1"/src/*/*.c; do
        tr '\n' ' ' <"$file" | sed -E 's/" +"//g' |
            grep -oE 'log_event\(LOG_LEVEL_(WARNING|ERROR), +"[^"]*"' | grep -v ', .*, ' |
            sed -E "s|^[^\"]*(\"[^\"]*\").*|${file#"$1"/}: \1 does not say what happens next|"
    done
}
