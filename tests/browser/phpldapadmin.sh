# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What is published, as Debian's phpLDAPadmin shows it in headless Chromium, see phpldapadmin.mjs:
# make check-browser.  Screenshots stay in tests/browser of the build folder.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/browser/browser_lib.sh"
INSTALLED=${STATESYNC_PHPLDAPADMIN:-/usr/share/phpldapadmin}
[ -r "$INSTALLED/htdocs/index.php" ] || skip_all "$INSTALLED is not there (Debian: phpldapadmin)"
command -v php >/dev/null || skip_all 'php is not installed (Debian: php-cli)'
for extension in gettext ldap session xml; do
    php -m | grep -qx "$extension" || skip_all "php has no extension $extension"
done
[ -d "${TEXTDOMAINDIR-}" ] || skip_all 'no catalogs were built: msgfmt is missing'
browser_packages

# A copy that has a configuration of its own, and no templates.
PLA=$TAP_DIR/phpldapadmin
mkdir -p "$PLA"/{config,sessions,templates/{creation,modification}}
for part in htdocs lib hooks lang locale queries tools VERSION; do
    cp -r "$INSTALLED/$part" "$PLA" || exit 1
done
echo '<?php require getenv("STATESYNC_TEST_CONFIG");' >"$PLA/config/config.php"

# server NAME [LINE...]: of a configuration: the site started last.
server() {
    printf "\$servers->newServer('ldap_pla');\n"
    printf "\$servers->setValue('server', '%s', %s);\n" name "'$1'" host "'127.0.0.1'" port "$SLAPD_PORT"
    shift
    [ $# -eq 0 ] || printf '%s\n' "$@"
}

# serve CONFIGURATION: phpLDAPadmin with it, at $URL.
serve() {
    local tries port log
    for ((tries = 0; tries < 50; tries++)); do
        port=$((20000 + RANDOM % 12000)) log=$TAP_DIR/php-$tries.log
        (cd "$PLA/htdocs" && STATESYNC_TEST_CONFIG=$1 exec php -d date.timezone=UTC \
            -d session.save_path="$PLA/sessions" -d sys_temp_dir="$TAP_DIR" \
            -S "127.0.0.1:$port" -t "$PLA/htdocs") >"$log" 2>&1 &
        PHP=$! LOG=$log URL=http://127.0.0.1:$port/
        disown
        at_exit "kill -KILL $PHP 2>/dev/null"
        wait_for 60 serves_or_is_gone
        ! grep -q started "$LOG" || return 0
    done
    diag "$(cat "$LOG")"
    exit 1
}
serves_or_is_gone() {
    grep -q started "$LOG" || ! slapd_alive "$PHP"
}

# As it comes, used by the administrator; and as the guide recommends it.
debian="<?php require '$INSTALLED/config/config.php.example'; \$servers = new Datastore();"
mapfile -t lines < <(sed -n "s/^#   *\(.servers->.*\)/\1/p; s/^#  *\(array('ou=.*\)/\1/p" \
    "$STATESYNC_SRCDIR/etc/phpldapadmin.php")
[ ${#lines[@]} -eq 3 ] || exit 1
echo "$debian" | tee "$TAP_DIR/plain.php" >"$TAP_DIR/example.php"
for languages in '' 'de fr'; do
    reader_site "$languages"
    server "${languages:-English}" >>"$TAP_DIR/plain.php"
    server "${languages:-English}" "${lines[@]}" >>"$TAP_DIR/example.php"
    cat >"$TAP_DIR/do-${languages:+languages}" <<END
case \$1 in
entry) ldapsearch -x -LLL -o ldif-wrap=no -H '$SLAPD_LDAPI' -D '$SLAPD_ROOTDN' -w '$SLAPD_ROOTPW' -b "\$2" -s base ;;
pause) sed -i '0,/<test:runstate>1</s//<test:runstate>3</' '$SITE/node-01.xml' ;;
pass) '$PROGRAM' sync -c '$CONF' 2>/dev/null; true ;;
esac
END
done
echo "include '$STATESYNC_SRCDIR/etc/phpldapadmin.php';" >>"$TAP_DIR/example.php"
sed -n "s/^    NAME '\(.*\)'/\1/p; s/^    DESC '\(.*\)'.*/\1/p" \
    "$STATESYNC_SRCDIR/schema/statesync.schema" >"$TAP_DIR/descriptions"

serve "$TAP_DIR/plain.php"
plain=$URL
serve "$TAP_DIR/example.php"
browser_run phpldapadmin.mjs "$plain" "$URL" "$BASE" "$READER" "$READER_PASSWORD" "$SLAPD_ROOTDN" "$SLAPD_ROOTPW"
