# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What this project needs from Debian 12, and how to get it.  Sourced by
# tools/check and tools/demo.

PACKAGES_BUILD=(autoconf automake libtool pkg-config make gcc libc6-dev gettext
    libglib2.0-dev libldap-dev libvirt-dev libjson-glib-dev
    libxml2-dev libcurl4-gnutls-dev libgnutls28-dev libzmq3-dev libmicrohttpd-dev libiniparser-dev
    libcmocka-dev libsystemd-dev)
PACKAGES_DIRECTORY=(slapd ldap-utils)
PACKAGES_KERBEROS=(krb5-kdc krb5-admin-server krb5-user libsasl2-modules-gssapi-mit)
PACKAGES_HYPERVISOR=(libvirt-clients libvirt-daemon libvirt-daemon-driver-qemu
    qemu-system-x86 qemu-utils)
PACKAGES_TOOLS=(clang libclang-rt-14-dev valgrind gnutls-bin openssl mandoc
    iproute2 procps binutils xz-utils curl prometheus systemd graphviz jq libnet-ldap-perl
    zsh)
# php-cgi comes first: without it apt takes Apache for what phpldapadmin needs.
PACKAGES_BROWSER=(php-cgi php-cli php-ldap php-xml phpldapadmin shelldap chromium)
# Node.js may be there from elsewhere, which Debian's would take the place of.
command -v npm >/dev/null || PACKAGES_BROWSER+=(nodejs npm)

# What tools/demo needs, and what the whole test suite needs.
PACKAGES_DEMO=("${PACKAGES_BUILD[@]}" "${PACKAGES_DIRECTORY[@]}")
PACKAGES_ALL=("${PACKAGES_DEMO[@]}" "${PACKAGES_HYPERVISOR[@]}" "${PACKAGES_KERBEROS[@]}"
    "${PACKAGES_TOOLS[@]}" "${PACKAGES_BROWSER[@]}")

# missing_packages PACKAGE...: prints those that are not installed.
missing_packages() {
    local package
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
            echo "$package"
    done
}

# as_root COMMAND...
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# install_ask YES QUESTION: true where YES is yes, nobody can be asked, or the answer is yes.
install_ask() {
    local answer
    [ "$1" != yes ] && [ -t 0 ] || return 0
    read -rp "$2 [Y/n] " answer
    case $answer in
    '' | [Yy]*) return 0 ;;
    *) return 1 ;;
    esac
}

# apt_install PACKAGE...: without recommended packages and without starting a service.  What apt says
# is shown only where it fails.
apt_install() {
    local policy=/usr/sbin/policy-rc.d made=no start=$SECONDS log status
    log=$(mktemp) || return
    printf 'Installing ... '
    if [ ! -e "$policy" ]; then
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null &&
            as_root chmod 755 "$policy" && made=yes
    fi
    {
        as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 update &&
            as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 \
                install -y --no-install-recommends "$@"
    } >"$log" 2>&1
    status=$?
    [ "$made" = no ] || as_root rm -f "$policy"
    if [ "$status" -eq 0 ]; then
        echo "done in $((SECONDS - start)) s"
    else
        echo 'failed:'
        tail -n 40 "$log"
    fi
    rm -f "$log"
    return "$status"
}

# libvirt's QEMU driver wants its user, which only libvirt-daemon-system makes.
make_qemu_user() {
    getent group libvirt-qemu >/dev/null || as_root groupadd --system libvirt-qemu || return
    getent passwd libvirt-qemu >/dev/null ||
        as_root useradd --system -g libvirt-qemu -d /var/lib/libvirt -s /usr/sbin/nologin libvirt-qemu
}

# install_missing YES PACKAGE...: says what is missing, asks unless YES is
# "yes" or there is no terminal, and installs it.
install_missing() {
    local yes=$1 missing user=no
    shift
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        echo "This is not Debian: make sure that you have what these packages contain:"
        echo "  $*"
        return 0
    fi
    mapfile -t missing < <(missing_packages "$@")
    if [[ " $* " == *' libvirt-daemon-driver-qemu '* ]] && ! getent passwd libvirt-qemu >/dev/null; then
        user=yes
    fi
    [ ${#missing[@]} -gt 0 ] || [ "$user" = yes ] || return 0
    [ ${#missing[@]} -eq 0 ] || echo "Missing Debian packages: ${missing[*]}"
    [ "$user" = no ] || echo 'Missing system user: libvirt-qemu (for the tests with real guests)'
    if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
        echo 'Install them as root, or install sudo, and start again.' >&2
        return 1
    fi
    install_ask "$yes" 'Install them now?' || return 1
    [ ${#missing[@]} -eq 0 ] || apt_install "${missing[@]}" || return
    [ "$user" = no ] || make_qemu_user
}
