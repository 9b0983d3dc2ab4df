/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hypervisor/mainloop.h - lends the default main context to libvirt
 * (virEventRegisterImpl(), libvirt/libvirt-event.h).
 *
 * libvirt turns a connection's watch off before every call that another thread
 * makes over it, and on again after it.  With a GSource for each, as libvirt-glib
 * has it, either wakes the main loop, so that one read of a domain cost ten turns
 * of the loop over the descriptors of all nodes, and the reading thread waited for
 * the context's lock.  Here all watches are in one epoll set, which is changed
 * without waking anybody and is one descriptor in the loop; a timer that is put off
 * is looked at when it would have fired (docs/dependencies.md has the figures).
 *
 * An epoll set takes a descriptor once, and no regular file: a second watch over one, which libvirt
 * would allow, is refused as libvirt lets us refuse.  Its connections have one each, and remove it
 * before they close the descriptor.
 */
#ifndef STATESYNC_HYPERVISOR_MAINLOOP_H
#define STATESYNC_HYPERVISOR_MAINLOOP_H

#include <stdbool.h>

/*
 * From now on libvirt's callbacks come in turns of the default main context; once per
 * process, later calls do nothing.  To be called before the first connection is
 * opened, on the thread that runs that context.  False = the kernel gives no
 * epoll set: there are no events then, and no keepalive.
 */
bool mainloop_lend(void);

#endif
