# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Called by "make check-dist" in the build folder: is every file of the
# repository in the tarball?  Without a repository there is nothing to compare.
#
# usage: check-dist.sh NAME    the tarball's name without .tar.*
set -u

top=$(cd "$(dirname "$0")/.." && pwd)
name=$1
tarballs=("$name".tar.*)

[ -e "$top/.git" ] || exit 0
missing=$(comm -23 \
    <(git -C "$top" ls-files | grep -v '\(^\|/\)\.gitignore$' | sort) \
    <(tar -tf "${tarballs[0]}" | sed -n "s|^$name/||p" | sort)) || exit 1
[ -z "$missing" ] && exit 0
printf 'Not in the tarball %s (EXTRA_DIST of a local.mk):\n%s\n' "${tarballs[0]}" "$missing" >&2
exit 1
