/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "hypervisor/backoff.h"

unsigned
backoff_ms(unsigned n_failed, double random)
{
    unsigned ms = BACKOFF_FIRST_MS;

    while (n_failed-- > 1 && ms < BACKOFF_MAX_MS)
        ms *= 2;
    if (ms > BACKOFF_MAX_MS)
        ms = BACKOFF_MAX_MS;
    return (unsigned)(ms * (1 - BACKOFF_JITTER + 2 * BACKOFF_JITTER * random));
}
