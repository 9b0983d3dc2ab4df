# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The steps of a backup as prov-backup-kvm takes them, one by one, so that a scenario can look in
# between; sourced after scenario.sh.  Saving and restoring stand still while the gate is closed.
#
#   gate_make               at the beginning, once: node a saves and restores through the gate
#   gate close              from now on saving and restoring stop in the middle
#   gate reached            until one stands there
#   gate open | gate fail   lets it go on, or fail; waits for what was sent to the background
#   backup mode NAME MODE [RETURN-VALUE]   the entry (all of them have the stamp $STAMP)
#   backup save NAME        virDomainSave to a file of the retain folder
#   backup fake NAME        the state file of a VM that does not run
#   backup swap NAME        each image moved to the retain folder, an overlay on it in its place
#   backup restore NAME     virDomainRestore from that file
#   backup retain NAME      copies what is in the retain folder to the backup folder, removes it there
#   backup unretain NAME    the other way round
#   backup images NAME      each image moved from the retain folder to its place
#   save and restore return at once when the gate is closed
# A disk of NAME is the volume NAME-vda, NAME-vdb.

STAMP=20260101T030000Z
BACKGROUND=

# A disk of a persistent VM: a qcow2 that holds so many MiB; prints its path.
volume() { # NAME MIB
    local raw
    raw=$(image "$1.raw" "$2") && qemu-img convert -O qcow2 "$raw" "$TAP_DIR/images/$1" >&2 && rm "$raw" &&
        echo "$TAP_DIR/images/$1"
}

# libvirt passes what it saves through gzip; in the place of gzip stands a door.
gate_make() {
    GATE=$TAP_DIR/gate
    mkdir -p "$GATE" && cp "$(command -v gzip)" "$GATE/gzip" && mkfifo "$GATE/door"
    cat >"$GATE/keeper" <<-S
	#!/bin/sh
	if [ -e '$GATE/closed' ]; then
	    : >'$GATE/reached'
	    read -r word <'$GATE/door'
	    [ "\$word" = open ] || { echo 'this is no stream'; exit 1; }
	fi
	exec '$GATE/gzip' "\$@"
	S
    chmod +x "$GATE/keeper"
    step 'a gate before gzip' guest_inside "$A" mount --bind "$GATE/keeper" "$(realpath "$(command -v gzip)")"
    echo 'save_image_format = "gzip"' >>"$A/etc/qemu.conf"
    node restart a
    at_exit 'gate_leave'
}

gate_leave() { # nobody stays at the door
    [ ! -e "$GATE/reached" ] || gate_word fail
}

# Both ends are opened here: that waits for nobody, not even for one that libvirt ended meanwhile.
# The word stays in the door until that is closed.
gate_word() { # WORD
    exec {GATE_DOOR}<>"$GATE/door" && echo "$1" >&"$GATE_DOOR"
}

gate() {
    step "gate $*" "gate_$1"
}

gate_close() {
    rm -f "$GATE/reached"
    : >"$GATE/closed"
}

gate_reached() {
    wait_for 60 test -e "$GATE/reached"
}

gate_pass() { # WORD
    rm -f "$GATE/closed" "$GATE/reached"
    gate_word "$1" || return
    wait_for 60 gate_passed || { kill "$BACKGROUND" && guest_fail 'it does not come to an end'; return 1; }
    exec {GATE_DOOR}>&-
    BACKGROUND_STATUS=0
    wait "$BACKGROUND" || BACKGROUND_STATUS=$?
}

gate_passed() {
    ! kill -0 "$BACKGROUND" 2>/dev/null
}

gate_open() {
    gate_pass open && [ "$BACKGROUND_STATUS" -eq 0 ]
}

gate_fail() {
    gate_pass fail && [ "$BACKGROUND_STATUS" -ne 0 ]
}

backup() {
    step "backup $*" backup_verb "$@"
}

backup_verb() {
    local verb=$1 name=$2 on id retain
    locate "$name" || return
    retain=$TAP_DIR/retain/$id
    mkdir -p "$retain" "$TAP_DIR/backup/$id"
    shift 2
    case $verb in
    mode) ldap_backup "$name" "$STAMP" "$@" ;;
    save) backup_virsh save "$id" "$retain/state" ;;
    fake) echo 'this VM did not run' >"$retain/state" ;;
    swap) backup_swap "$name" ;;
    restore) backup_restore ;;
    retain) cp "$retain"/* "$TAP_DIR/backup/$id/" && rm "$retain"/* ;;
    unretain) cp "$TAP_DIR/backup/$id"/* "$retain/" ;;
    images) mv -f "$retain/$name"-vd? "$TAP_DIR/images/" ;;
    *) guest_fail "no verb '$verb' for backup" ;;
    esac
}

backup_virsh() {
    if [ -n "${GATE-}" ] && [ -e "$GATE/closed" ]; then
        guest_virsh "$on" "$@" >"$TAP_DIR/background" 2>&1 &
        BACKGROUND=$!
    else
        guest_virsh "$on" "$@"
    fi
}

# What libvirt saved says of each disk that nothing is below it; now there is.
backup_restore() {
    guest_virsh "$on" save-image-dumpxml "$retain/state" >"$retain/state.xml" || return
    sed -i '/<backingStore\/>/d' "$retain/state.xml"
    backup_virsh restore "$retain/state" --xml "$retain/state.xml"
}

backup_swap() { # NAME
    local image
    for image in "$TAP_DIR/images/$1"-vd?; do
        mv "$image" "$retain/" &&
            qemu-img create -q -f qcow2 -F qcow2 -b "$retain/$(basename "$image")" "$image" || return
    done
}
