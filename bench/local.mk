# bench: `make bench'.  Programs here are built only for it.
EXTRA_PROGRAMS =
EXTRA_DIST += bench/gen-directory
