# tests/lint: what the compiler does not see.  One line per script.
LINT_TESTS = tests/lint/lint.sh tests/lint/manual.sh tests/lint/options.sh tests/lint/totals.sh
LINT_TESTS += tests/lint/catalogs.sh tests/lint/clang.sh

TESTS += $(LINT_TESTS)
EXTRA_DIST += $(LINT_TESTS) tests/lint/checks.sh
