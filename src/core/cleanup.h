/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * core/cleanup.h - scope-bound cleanup for our own structs (GLib's autoptr
 * macros need typedefs, which this project does not use for structs).
 *
 *   void thing_free(struct thing *t);
 *   DEFINE_CLEANUP(struct thing, thing_free)
 *   ...
 *   CLEANUP(thing_free) struct thing *t = thing_new();
 *
 * The free function must accept NULL.
 */
#ifndef STATESYNC_CORE_CLEANUP_H
#define STATESYNC_CORE_CLEANUP_H

#define DEFINE_CLEANUP(type, function)                                                             \
    static inline __attribute__((unused)) void function##_cleanup(type **p)                        \
    {                                                                                              \
        function(*p);                                                                              \
    }

#define CLEANUP(function) __attribute__((cleanup(function##_cleanup)))

#endif
