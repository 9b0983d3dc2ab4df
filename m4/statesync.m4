dnl SPDX-License-Identifier: GPL-2.0-or-later
dnl Macros of this project's configure script.

dnl STATESYNC_PKG(PREFIX, MODULES, DEBIAN-PACKAGE)
dnl Requires pkg-config modules and says what to install where they are missing.
AC_DEFUN([STATESYNC_PKG], [
  PKG_CHECK_MODULES([$1], [$2], [], [
    AC_MSG_ERROR([$2 was not found: $$1_PKG_ERRORS
Install it (Debian: apt-get install $3), or set PKG_CONFIG_PATH.])])
])

dnl STATESYNC_INIPARSER
dnl iniparser has no pkg-config file in Debian 12.
AC_DEFUN([STATESYNC_INIPARSER], [
  INIPARSER_LIBS=
  AC_CHECK_HEADER([iniparser/iniparser.h], [],
    [AC_MSG_ERROR([iniparser/iniparser.h was not found (Debian: apt-get install libiniparser-dev)])])
  AC_CHECK_LIB([iniparser], [iniparser_load], [INIPARSER_LIBS=-liniparser],
    [AC_MSG_ERROR([libiniparser was not found (Debian: apt-get install libiniparser-dev)])])
  AC_SUBST([INIPARSER_LIBS])
])

dnl STATESYNC_TRY_CFLAG(VARIABLE, FLAG)
dnl Adds FLAG to VARIABLE where the compiler takes it without a warning.
AC_DEFUN([STATESYNC_TRY_CFLAG], [
  AC_MSG_CHECKING([whether $CC accepts $2])
  statesync_saved_cflags=$CFLAGS
  CFLAGS="$CFLAGS -Werror $2"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
    [AC_MSG_RESULT([yes]); $1="$$1 $2"],
    [AC_MSG_RESULT([no])])
  CFLAGS=$statesync_saved_cflags
])

dnl STATESYNC_TRY_LDFLAG(VARIABLE, FLAG)
AC_DEFUN([STATESYNC_TRY_LDFLAG], [
  AC_MSG_CHECKING([whether the linker accepts $2])
  statesync_saved_ldflags=$LDFLAGS
  LDFLAGS="$LDFLAGS $2"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])],
    [AC_MSG_RESULT([yes]); $1="$$1 $2"],
    [AC_MSG_RESULT([no])])
  LDFLAGS=$statesync_saved_ldflags
])

AC_DEFUN([STATESYNC_WARNINGS], [
  WARN_CFLAGS=
  m4_foreach_w([flag], [-std=gnu17 -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
                        -Wswitch-enum -Wformat=2 -Wpointer-arith -Wcast-qual -Wundef -Wvla
                        -Wwrite-strings],
    [STATESYNC_TRY_CFLAG([WARN_CFLAGS], flag)])
  AS_IF([test "x$enable_werror" = xyes], [WARN_CFLAGS="$WARN_CFLAGS -Werror"])
  AC_SUBST([WARN_CFLAGS])
])

AC_DEFUN([STATESYNC_SANITIZERS], [
  SANITIZE_CFLAGS=
  AS_IF([test "x$enable_sanitizers" != xno], [
    AS_IF([test "x$enable_sanitizers" = xyes], [enable_sanitizers=address,undefined])
    for one in $(AS_ECHO(["$enable_sanitizers"]) | tr ',' ' '); do
      AS_CASE([$one], [address|undefined|leak|thread], [],
        [AC_MSG_ERROR([--enable-sanitizers: "$one" is none of address, undefined, leak, thread])])
    done
    SANITIZE_CFLAGS="-fsanitize=$enable_sanitizers -fno-omit-frame-pointer -fno-sanitize-recover=all"
    AC_MSG_CHECKING([whether $CC links with -fsanitize=$enable_sanitizers])
    statesync_saved_cflags=$CFLAGS
    CFLAGS="$CFLAGS $SANITIZE_CFLAGS"
    AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [AC_MSG_RESULT([yes])],
      [AC_MSG_RESULT([no])
       AC_MSG_ERROR([$CC cannot build with -fsanitize=$enable_sanitizers])])
    CFLAGS=$statesync_saved_cflags
  ])
  AC_SUBST([SANITIZE_CFLAGS])
])

AC_DEFUN([STATESYNC_FUZZERS], [
  FUZZ_CFLAGS=
  FUZZ_LDFLAGS=
  AS_IF([test "x$enable_fuzzers" = xyes], [
    AC_MSG_CHECKING([whether $CC has libFuzzer])
    statesync_saved_cflags=$CFLAGS
    CFLAGS="$CFLAGS -fsanitize=fuzzer"
    AC_LINK_IFELSE([AC_LANG_SOURCE([[
      #include <stddef.h>
      #include <stdint.h>
      int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
      int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) { return data && size ? 0 : 0; }
      ]])], [AC_MSG_RESULT([yes])],
      [AC_MSG_RESULT([no])
       AC_MSG_ERROR([--enable-fuzzers needs clang with its runtime: ./configure CC=clang (Debian: clang libclang-rt-14-dev)])])
    CFLAGS=$statesync_saved_cflags
    FUZZ_CFLAGS=-fsanitize=fuzzer-no-link
    FUZZ_LDFLAGS=-fsanitize=fuzzer
    AS_IF([test "x$enable_sanitizers" = xno], [
      enable_sanitizers=address,undefined
      SANITIZE_CFLAGS="-fsanitize=address,undefined -fno-omit-frame-pointer -fno-sanitize-recover=all"])
  ])
  AM_CONDITIONAL([ENABLE_FUZZERS], [test "x$enable_fuzzers" = xyes])
  AC_SUBST([FUZZ_CFLAGS])
  AC_SUBST([FUZZ_LDFLAGS])
])

AC_DEFUN([STATESYNC_COVERAGE], [
  COVERAGE_CFLAGS=
  AS_IF([test "x$enable_coverage" = xyes], [COVERAGE_CFLAGS=--coverage])
  AC_SUBST([COVERAGE_CFLAGS])
])

dnl _FORTIFY_SOURCE needs an optimising compiler and is in the way of sanitizers.
AC_DEFUN([STATESYNC_HARDENING], [
  HARDEN_CFLAGS=
  HARDEN_LDFLAGS=
  STATESYNC_TRY_CFLAG([HARDEN_CFLAGS], [-fPIE])
  STATESYNC_TRY_CFLAG([HARDEN_CFLAGS], [-fstack-protector-strong])
  STATESYNC_TRY_CFLAG([HARDEN_CFLAGS], [-fstack-clash-protection])
  STATESYNC_TRY_LDFLAG([HARDEN_LDFLAGS], [-pie])
  STATESYNC_TRY_LDFLAG([HARDEN_LDFLAGS], [-Wl,-z,relro])
  STATESYNC_TRY_LDFLAG([HARDEN_LDFLAGS], [-Wl,-z,now])
  AC_MSG_CHECKING([whether CFLAGS optimise])
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([
#ifndef __OPTIMIZE__
# error no
#endif
    ], [])], [statesync_optimised=yes], [statesync_optimised=no])
  AC_MSG_RESULT([$statesync_optimised])
  AS_IF([test $statesync_optimised = yes && test "x$enable_sanitizers" = xno],
        [HARDEN_CFLAGS="$HARDEN_CFLAGS -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2"])
  statesync_hardening="$HARDEN_CFLAGS $HARDEN_LDFLAGS"
  AC_SUBST([HARDEN_CFLAGS])
  AC_SUBST([HARDEN_LDFLAGS])
])
