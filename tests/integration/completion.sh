# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What bash and zsh offer behind statesync: the commands, each one's options as its --help has
# them, names of machines from the directory.
. "$STATESYNC_SRCDIR/tests/lib/tap.sh"
. "$STATESYNC_SRCDIR/tests/integration/cli-lib.sh"

mapfile -t commands < <("$PROGRAM" --help | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p')
plan $((${#commands[@]} + 29))
site_start
. "$STATESYNC_SRCDIR/completion/bash/statesync"
compopt() { :; } # only possible while bash completes

# offers WORD...: what bash offers for the last one, one a line, sorted.  A word with = is three.
offers() {
    COMP_WORDS=("$PROGRAM" "$@")
    COMP_CWORD=$#
    COMPREPLY=()
    _statesync "$PROGRAM" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" 2>"$TAP_DIR/stderr"
    [ ${#COMPREPLY[@]} -eq 0 ] || printf '%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort
}

of_help() { # COMMAND: "-c", "--config=", ...
    "$PROGRAM" "$1" --help | grep -oE '^  (-[a-z], )?--[a-z-]+=?' | grep -oE -- '-[-a-z]+=?' |
        cat - <(printf '%s\n' --lang= --help) | LC_ALL=C sort -u
}

is "$(offers '')" "$(printf '%s\n' "${commands[@]}" --help --version | LC_ALL=C sort)" 'the commands'
is "$(offers hist)" history 'one of them'
for command in "${commands[@]}"; do
    is "$(offers "$command" - | sort -u)" "$(of_help "$command" | sort -u)" "the options of $command"
done
is "$(offers show -c "$CONF" kvm-000 | paste -sd' ')" \
    "$(seq -f 'kvm-000%g.example.org' -s ' ' 1 9)" 'machines by name'
is "$(offers show -c "$CONF" KVM-0002)" kvm-0002.example.org 'in any case'
is "$(offers can -c "$CONF" 11111111-0000-4000-8000-000000000003)" 11111111-0000-4000-8000-000000000003 'by UUID'
is "$(offers history --config = "$CONF" --json kvm-0002)" kvm-0002.example.org 'behind options'
is "$(offers history -c "$CONF" kvm-0001.example.org kvm)" '' 'as many as the command takes'
is "$(offers can -c "$CONF" kvm-0001.example.org s)" $'shutdown\nstart' 'actions'
is "$(offers can -c "$CONF" kvm-0001.example.org '' | wc -w)" 12 'all of them'
is "$(offers announce -c "$CONF" kvm-0001.example.org --clear p)" power-off 'what can be announced'
is "$(offers list -c "$CONF" --node = vm-node-01)" vm-node-01.example.org 'nodes, behind ='
is "$(offers list -c "$CONF" --node vm-node-01)" vm-node-01.example.org 'and without'
is "$(offers list --words = s)" stoney 'words of an option'
is "$(offers list --columns = name,st | paste -sd' ')" 'name,stale name,stale_since name,state name,status' \
    'columns, behind a comma'
is "$(offers list --sort = -s)" '' 'none that there is not'
is "$(offers findings --kind dangling)" dangling-stream 'kinds of findings'
is "$(offers list --lang = d)" de 'the language of all commands'
is "$(offers catalog --json '' | paste -sd' ')" 'de en es fr' 'languages'
is "$(cd "$SITE" && offers check-config con)" conf 'files'
is "$(cd "$SITE" && offers report --html con)" conf 'files, of the page'
is "$(offers report --html -c "$CONF" "$SITE/con")" "$SITE/conf" 'wherever its folder is'
is "$(offers sync --config = "$SITE/con")" "$SITE/conf" 'files of an option'
modify "dn: $(vm 02)
changetype: modify
replace: sstDisplayName
sstDisplayName: a \"b\", c
"
is "$(offers show -c "$CONF" 'a ')" 'a\ \"b\"\,\ c' 'a name with blanks, quotes and commas'
is "$(offers show -c "$TAP_DIR/none" kvm)$(cat "$TAP_DIR/stderr")" '' 'without a configuration nothing, quietly'
is "$(offers nonsense - | paste -sd' ')" '--help --lang=' 'a command that there is not'
slapd_stop
is "$(offers show -c "$CONF" kvm)$(cat "$TAP_DIR/stderr")" '' 'without a directory nothing, quietly'

# --- zsh: a real one, on a terminal of its own ----------------------------------------------------

if ! command -v zsh >/dev/null; then
    pass 'zsh: the program # SKIP zsh is not installed'
    pass 'zsh: the options # SKIP zsh is not installed'
    pass 'zsh: files # SKIP zsh is not installed'
    exit 0
fi
slapd_restart
cat >"$TAP_DIR/drive.zsh" <<'END'
zmodload zsh/zpty
zpty -b shell "TERM=dumb zsh -f -i"
type() { # TEXT PATTERN: types, and waits for what shall come
    local got=
    zpty -w -n shell $1
    zpty -r -m shell got "*$2*" && print -r -- $got
}
type "PS1=; fpath=($STATESYNC_SRCDIR/completion/zsh \$fpath); path=(${PROGRAM:h} \$path); autoload -Uz compinit; compinit -u -D; LISTMAX=1000; zstyle ':completion:*' list-prompt ''; print re''ady"$'\n' ready >/dev/null
type "statesync hist"$'\t' 'ory ' >/dev/null && print command
type "--si"$'\t' 'nce=' >/dev/null && print option
type $'\C-u'"statesync report --html $SITE/co"$'\t' 'nf ' >/dev/null && print file
type $'\C-u'"statesync show -c $CONF kvm-0005"$'\t' '.example.org' >/dev/null && print machine
zpty -d shell
END
export PROGRAM CONF SITE
out=$(timeout 60 zsh -f "$TAP_DIR/drive.zsh" 2>&1)
is "$(sed -n '1,2p' <<<"$out" | paste -sd' ')" 'command option' 'zsh: commands and options'
is "$(sed -n '3p' <<<"$out")" file 'zsh: files'
is "$(sed -n '4p' <<<"$out")" machine 'zsh: machines by name'
