#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Real guests for a private libvirtd that was started with --qemu: QEMU without KVM, 8 MiB, the
# ROM of bootguest.S in place of a BIOS; 32 bits, because libvirt asks a 64 bit QEMU for each
# feature of its processor, which takes six times as long as all else of a start.  Sourced by
# shell tests, run as a command by C tests; DIR is the folder given to `libvirtd.sh start':
#
#   guest.sh define DIR NAME [OPTION...]   --uuid UUID, --disk FILE[:FORMAT[:BUS]]... (qcow2, virtio;
#            bus ide: key e writes to it), --on-crash preserve|destroy, --watchdog pause|none|...,
#            --error-policy stop|report, --agent (a channel; keys a and h), --memory MIB
#   guest.sh create DIR NAME [OPTION...]   the same as a running transient domain
#   guest.sh xml DIR NAME [OPTION...]      prints the domain XML
#   guest.sh start DIR NAME [VIRSH-OPTION...]  starts, waits until the guest says it is ready
#   guest.sh start-paused DIR NAME         starts without letting it run
#   guest.sh ready DIR NAME                waits until the guest says it is ready
#   guest.sh key DIR NAME KEY              presses p (panic) w (watchdog) s (power off) r (reset)
#            z (S3) d (dirty memory) e (disk writes) i (power button ignored, on and off)
#            a (agent starts, ends) h (agent silent, on and off), waits until the guest has it
#   guest.sh state DIR NAME                prints `running (booted)' and the like
#   guest.sh wait DIR NAME REGEX [SECONDS] waits until state (all of it) matches; prints it
#   guest.sh pid DIR NAME                  the pid of its QEMU
#   guest.sh kill DIR NAME, freeze, thaw   signals -9, STOP, CONT to the QEMU
#   guest.sh virsh DIR COMMAND...          virsh on this daemon
#   guest.sh disk DIR FILE SIZE            an empty qcow2
#   guest.sh overlay DIR FILE MIB          a qcow2 on a backing file FILE.base with that much data
#   guest.sh small-fs DIR FOLDER KIB       mounts a tmpfs that fills up, seen by this daemon only
#   guest.sh migrate DIR NAME DIR2 [VIRSH-OPTION...]  starts a live migration to the daemon of DIR2 (started
#            with TCP), returns when that lists the guest; key d before and --bandwidth 1 hold it
#            open; messages go to DIR/guests/NAME.migrate; GUEST_MIGRATE_VIA=TLS: the daemons talk TLS;
#            GUEST_MIGRATE_OPTIONS='--live --p2p': instead of --persistent --undefinesource too
#   guest.sh migrate-finish DIR NAME       lets a held one come to its end (cancel: virsh domjobabort)
#   guest.sh remove DIR NAME               destroys if it runs, undefines
#
# NAME may be a UUID; then it is the domain's UUID too.  FILE not beginning with / is below DIR/guests.
# Sourced, the same are functions guest_define, guest_start_paused ...

guest_here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/lib/libvirtd.sh
. "$guest_here/libvirtd.sh"

guest_fail() {
    echo "guest.sh: $*" >&2
    return 1
}

guest_virsh() {
    local uri
    uri=$(sed -n 's/^QEMU_URI_UNIX=//p' "$1/env") || return 1
    shift
    virsh -q -c "$uri" "$@"
}

guest_path() { # DIR FILE
    case $2 in
    /*) echo "$2" ;;
    *) mkdir -p "$1/guests" && echo "$(realpath "$1")/guests/$2" ;;
    esac
}

guest_rom() {
    local rom=$1/guests/bootguest.rom
    [ -e "$rom" ] && return 0
    mkdir -p "$1/guests" && as --32 "$guest_here/bootguest.S" -o "$rom.o" &&
        ld -m elf_i386 -Ttext 0 -e 0 --oformat binary "$rom.o" -o "$rom.new" && mv "$rom.new" "$rom"
}

guest_uuid() {
    case $1 in
    ????????-????-????-????-????????????) echo "$1" ;;
    *) libvirtd_uuid "$1" ;;
    esac
}

guest_disk_xml() { # DIR FILE[:FORMAT[:BUS]] INDEX POLICY
    local file format bus letters=abcdefgh name=vd
    IFS=: read -r file format bus <<<"$2"
    [ "${bus:=virtio}" = ide ] && name=hd
    printf "<disk type='file' device='disk'><driver name='qemu' type='%s' %s/><source file='%s'/><target dev='%s' bus='%s'/></disk>\n" \
        "${format:-qcow2}" "error_policy='$4'" "$(guest_path "$1" "$file")" "$name${letters:$3:1}" "$bus"
}

guest_xml() {
    local dir name disks='' n=0 crash=preserve watchdog=pause policy=stop agent='' memory=8 uuid='' disk
    local list=()
    dir=$(realpath "$1") && name=$2 || return 1
    shift 2
    while [ $# -gt 0 ]; do
        case $1 in
        --agent) agent="<channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>" ;;
        --uuid | --disk | --on-crash | --watchdog | --error-policy | --memory)
            [ $# -ge 2 ] || { guest_fail "$1 needs a value"; return 2; }
            case $1 in
            --uuid) uuid=$2 ;;
            --disk) list+=("$2") ;;
            --on-crash) crash=$2 ;;
            --watchdog) watchdog=$2 ;;
            --error-policy) policy=$2 ;;
            --memory) memory=$2 ;;
            esac
            shift
            ;;
        *) guest_fail "unknown option $1"; return 2 ;;
        esac
        shift
    done
    guest_rom "$dir" || return 1
    for disk in "${list[@]}"; do
        disks+=$(guest_disk_xml "$dir" "$disk" "$n" "$policy")
        n=$((n + 1))
    done
    cat <<X
<domain type='qemu'>
  <name>$name</name>
  <uuid>${uuid:-$(guest_uuid "$name")}</uuid>
  <memory unit='MiB'>$memory</memory>
  <vcpu>1</vcpu>
  <os><type arch='i686' machine='pc'>hvm</type><loader readonly='yes' type='rom'>$dir/guests/bootguest.rom</loader></os>
  <features><acpi/></features>
  <pm><suspend-to-mem enabled='yes'/></pm>
  <on_poweroff>destroy</on_poweroff><on_reboot>restart</on_reboot><on_crash>$crash</on_crash>
  <devices>
    <emulator>$(command -v qemu-system-i386)</emulator>
    $disks
    <controller type='usb' model='none'/>
    <serial type='file'><source path='$dir/guests/$name.serial'/><target port='0'/></serial>
    $agent
    <memballoon model='none'/><panic model='isa'/>
    <watchdog model='ib700' action='$watchdog'/>
  </devices>
</domain>
X
}

guest_define() {
    guest_xml "$@" >"$(guest_path "$1" "$2.xml")" && guest_virsh "$1" define "$(guest_path "$1" "$2.xml")" >/dev/null
}

guest_create() {
    guest_xml "$@" >"$(guest_path "$1" "$2.xml")" && guest_forget_serial "$1" "$2" &&
        guest_virsh "$1" create "$(guest_path "$1" "$2.xml")" >/dev/null && guest_ready "$1" "$2"
}

guest_forget_serial() {
    : >"$(guest_path "$1" "$2.serial")"
}

guest_start() {
    local dir=$1 name=$2
    shift 2
    guest_forget_serial "$dir" "$name"
    guest_virsh "$dir" start "$name" "$@" >/dev/null || return 1
    case $(guest_state "$dir" "$name") in
    *'(restored)') ;; # goes on where it was saved
    *) guest_ready "$dir" "$name" ;;
    esac
}

guest_start_paused() {
    guest_forget_serial "$1" "$2"
    guest_virsh "$1" start --paused "$2" >/dev/null
}

# guest_until SECONDS COMMAND...
guest_until() {
    local end=$((SECONDS + $1 + 1))
    shift
    until "$@"; do
        [ $SECONDS -lt $end ] || return 1
        [ -n "${GUEST_PAUSE-}" ] || exec {GUEST_PAUSE}<> <(:)
        read -r -t 0.01 <&"$GUEST_PAUSE" || :
    done
}

guest_ready() {
    guest_until 60 test -s "$(guest_path "$1" "$2.serial")" || guest_fail "$2 does not get ready"
}

guest_said() { # FILE OLD-SIZE
    [ "$(stat -c %s "$1")" -gt "$2" ]
}

guest_key() {
    local serial before
    serial=$(guest_path "$1" "$2.serial")
    [ -e "$serial" ] || # it came from another daemon
        serial=$(guest_virsh "$1" dumpxml "$2" | sed -n "s/.*<source path='\(.*\.serial\)'.*/\1/p" | head -n 1)
    before=$(stat -c %s "$serial") || return 1
    guest_virsh "$1" send-key "$2" "KEY_${3^^}" >/dev/null || return 1
    guest_until 60 guest_said "$serial" "$before" || guest_fail "$2 does not take the key $3"
}

guest_state() {
    local state
    state=$(guest_virsh "$1" domstate --reason "$2") && echo "$state"
}

guest_matches() { # DIR NAME REGEX; leaves the state in guest_last
    guest_last=$(guest_state "$1" "$2" 2>&1) && grep -Eqx -- "$3" <<<"$guest_last"
}

guest_wait() {
    guest_until "${4:-60}" guest_matches "$1" "$2" "$3" || guest_fail "$2 is $guest_last, not $3" || return 1
    echo "$guest_last"
}

guest_pid() {
    cat "$1/run/libvirt/qemu/$2.pid"
}

guest_signal() { # SIGNAL DIR NAME
    local pid
    pid=$(guest_pid "$2" "$3") && kill "-$1" "$pid"
}

guest_kill() { guest_signal KILL "$@"; }
guest_freeze() { guest_signal STOP "$@"; }
guest_thaw() { guest_signal CONT "$@"; }

guest_inside() { # DIR COMMAND...: with the mounts that the daemon sees
    local dir=$1
    shift
    nsenter -m -t "$(cat "$dir/keeper.pid")" "$@"
}

guest_disk() {
    guest_inside "$1" qemu-img create -q -f qcow2 "$(guest_path "$1" "$2")" "$3"
}

guest_overlay() {
    local file
    file=$(guest_path "$1" "$2")
    head -c "$3M" /dev/urandom >"$file.base" &&
        guest_inside "$1" qemu-img create -q -f qcow2 -F raw -b "$file.base" "$file"
}

guest_small_fs() {
    local folder
    folder=$(guest_path "$1" "$2")
    mkdir -p "$folder" && guest_inside "$1" mount -t tmpfs -o "size=$3k" small "$folder"
}

# Memory that changes faster than it is copied keeps a migration open: key d, and a bandwidth of
# 1 MiB/s.  No key can be pressed meanwhile; more bandwidth lets it end.
guest_migrate() {
    local target port
    target=$(sed -n "s/^QEMU_URI_${GUEST_MIGRATE_VIA:-TCP}=//p" "$3/env")
    port=$(libvirtd_freeports 1) || return 1 # libvirtd's own choice: what another one may choose too
    case " ${*:4} " in # a busy host must not let it slip through
    *' --bandwidth 1 '*) guest_virsh "$1" migrate-setmaxdowntime "$2" 1 || return 1 ;;
    esac
    # shellcheck disable=SC2086 # options
    guest_virsh "$1" migrate ${GUEST_MIGRATE_OPTIONS:---live --p2p --persistent --undefinesource} --unsafe "${@:4}" "$2" "$target" \
        "tcp://127.0.0.1:$port" </dev/null >"$(guest_path "$1" "$2.migrate")" 2>&1 &
    guest_until 60 guest_arrives "$3" "$2" $! && guest_listed "$3" "$2" ||
        guest_fail "$2 does not arrive: $(cat "$(guest_path "$1" "$2.migrate")")"
}

guest_arrives() { # DIR NAME PID: it does, or nobody sends it any more
    guest_listed "$1" "$2" || ! kill -0 "$3" 2>/dev/null
}

guest_migrate_finish() {
    guest_virsh "$1" migrate-setmaxdowntime "$2" 20000 || return 1
    guest_virsh "$1" migrate-setspeed "$2" 1000 || ! guest_listed "$1" "$2" # that may have been enough
}

guest_listed() {
    guest_state "$1" "$2" >/dev/null 2>&1
}

guest_remove() {
    guest_virsh "$1" destroy "$2" >/dev/null 2>&1
    guest_virsh "$1" undefine --managed-save --snapshots-metadata "$2" >/dev/null 2>&1
    ! guest_virsh "$1" domstate "$2" >/dev/null 2>&1
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    verb=${1-}
    case $verb in
    define | create | xml | start | start-paused | ready | key | state | wait | pid | kill | freeze | thaw | virsh | disk | overlay | small-fs | migrate | migrate-finish | remove)
        shift
        "guest_${verb//-/_}" "$@"
        ;;
    *)
        sed -n '3,/^$/s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
    esac
fi
