/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * statesync with calls that fail: every call below goes through here first (ld --wrap), and fails
 * or hangs while the file named by STATESYNC_FAULTS says so in its first line:
 *
 *   CALL fail CODE [TEXT]    only where the connection's URI holds TEXT (calls to libvirt)
 *   CALL hang [TEXT]
 *   CALL count [TEXT]        it is made, and noted
 *   lifecycle lose [TEXT]    no event says that a domain has started, stopped, ...
 *   none
 *
 * CALL: the name of the function, or modify-result, search-result, bind-result, add-result: what
 * the server answered.  Into STATESYNC_FAULTS.hits goes a line for each that failed, "CALL fail",
 * for each that hung, "CALL hangs UUID" and "CALL returns UUID", for each that was counted,
 * "CALL is made WHAT" (of virConnectGetAllDomainStats: which statistics), and for each event that
 * was lost, "lifecycle lost UUID".
 */
#include "config.h"

#include <fcntl.h>
#include <glib.h>
#include <ldap.h>
#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE = 256, PAUSE_MS = 5 };

struct order {
    char call[64];
    char what[16];
    char text[128]; /* "" = any */
    int code;
};

static _Thread_local virError injected; /* code 0 = none */

/* What is to go wrong now; false = nothing. */
static bool
read_order(struct order *o)
{
    const char *path = getenv("STATESYNC_FAULTS");
    int fd = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    char line[LINE] = "";
    ssize_t n = fd < 0 ? 0 : read(fd, line, sizeof(line) - 1);

    if (fd >= 0)
        (void)close(fd);
    if (n <= 0)
        return false;
    memset(o, 0, sizeof(*o));
    if (sscanf(line, "%63s fail %d %127s", o->call, &o->code, o->text) >= 2)
        g_strlcpy(o->what, "fail", sizeof(o->what));
    else if (sscanf(line, "%63s %15s %127s", o->call, o->what, o->text) < 2)
        return false;
    return true;
}

static bool
is_ordered(const char *call, const char *uri, struct order *o)
{
    return read_order(o) && strcmp(o->call, call) == 0
           && (o->text[0] == '\0' || (uri != NULL && strstr(uri, o->text) != NULL));
}

static void
tell(const char *call, const char *what, const char *uuid)
{
    g_autofree char *path = g_strdup_printf("%s.hits", getenv("STATESYNC_FAULTS"));
    g_autofree char *line = g_strdup_printf("%s %s %s\n", call, what, uuid);
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);

    if (fd < 0 || write(fd, line, strlen(line)) < 0)
        abort();
    (void)close(fd);
}

/* Does the call fail, and with which code?  One that hangs returns when it may.  uuid: of the domain,
 * or what else tells one such call from another. */
static bool
fails(const char *call, const char *uri, const char *uuid, int *code)
{
    struct order o;

    if (!is_ordered(call, uri, &o))
        return false;
    if (strcmp(o.what, "count") == 0) {
        tell(call, "is made", uuid);
        return false;
    }
    if (strcmp(o.what, "hang") == 0) {
        tell(call, "hangs", uuid);
        while (is_ordered(call, uri, &o))
            (void)poll(NULL, 0, PAUSE_MS);
        tell(call, "returns", uuid);
        return false;
    }
    tell(call, "fail", "");
    *code = o.code;
    return true;
}

/* --- libldap ------------------------------------------------------------------------- */

#define LDAP_CALL(name, parameters, arguments)                                                     \
    int __real_##name parameters;                                                                  \
    int __wrap_##name parameters;                                                                  \
    int __wrap_##name parameters                                                                   \
    {                                                                                              \
        int code = 0;                                                                              \
        return fails(#name, NULL, "", &code) ? code : __real_##name arguments;                     \
    }

LDAP_CALL(ldap_initialize, (LDAP * *ld, const char *uri), (ld, uri))
LDAP_CALL(ldap_set_option, (LDAP * ld, int option, const void *value), (ld, option, value))
LDAP_CALL(ldap_get_option, (LDAP * ld, int option, void *value), (ld, option, value))
LDAP_CALL(ldap_connect, (LDAP * ld), (ld))
LDAP_CALL(ldap_sasl_bind,
          (LDAP * ld, const char *dn, const char *mechanism, struct berval *cred,
           LDAPControl **server, LDAPControl **client, int *id),
          (ld, dn, mechanism, cred, server, client, id))
LDAP_CALL(ldap_search_ext,
          (LDAP * ld, const char *base, int scope, const char *filter, char **attributes, int only,
           LDAPControl **server, LDAPControl **client, struct timeval *limit, int size, int *id),
          (ld, base, scope, filter, attributes, only, server, client, limit, size, id))
LDAP_CALL(ldap_modify_ext,
          (LDAP * ld, const char *dn, LDAPMod **mods, LDAPControl **server, LDAPControl **client,
           int *id),
          (ld, dn, mods, server, client, id))
LDAP_CALL(ldap_add_ext,
          (LDAP * ld, const char *dn, LDAPMod **mods, LDAPControl **server, LDAPControl **client,
           int *id),
          (ld, dn, mods, server, client, id))
LDAP_CALL(ldap_create_assertion_control,
          (LDAP * ld, char *filter, int critical, LDAPControl **control),
          (ld, filter, critical, control))
LDAP_CALL(ldap_control_create,
          (const char *oid, int critical, struct berval *value, int copy, LDAPControl **control),
          (oid, critical, value, copy, control))
LDAP_CALL(ldap_whoami, (LDAP * ld, LDAPControl **server, LDAPControl **client, int *id),
          (ld, server, client, id))
LDAP_CALL(ldap_abandon_ext, (LDAP * ld, int id, LDAPControl **server, LDAPControl **client),
          (ld, id, server, client))

int __real_ldap_result(LDAP *ld, int id, int all, struct timeval *timeout, LDAPMessage **result);
int __wrap_ldap_result(LDAP *ld, int id, int all, struct timeval *timeout, LDAPMessage **result);
int
__wrap_ldap_result(LDAP *ld, int id, int all, struct timeval *timeout, LDAPMessage **result)
{
    int code = 0;

    if (!fails("ldap_result", NULL, "", &code))
        return __real_ldap_result(ld, id, all, timeout, result);
    (void)__real_ldap_set_option(ld, LDAP_OPT_RESULT_CODE, &code);
    *result = NULL;
    return -1;
}

static const char *
kind_of(LDAPMessage *m)
{
    switch (ldap_msgtype(m)) {
    case LDAP_RES_MODIFY: return "modify-result";
    case LDAP_RES_SEARCH_RESULT: return "search-result";
    case LDAP_RES_BIND: return "bind-result";
    case LDAP_RES_ADD: return "add-result";
    default: return "other-result";
    }
}

int __real_ldap_parse_result(LDAP *ld, LDAPMessage *m, int *code, char **dn, char **text,
                             char ***referrals, LDAPControl ***controls, int free_it);
int __wrap_ldap_parse_result(LDAP *ld, LDAPMessage *m, int *code, char **dn, char **text,
                             char ***referrals, LDAPControl ***controls, int free_it);
int
__wrap_ldap_parse_result(LDAP *ld, LDAPMessage *m, int *code, char **dn, char **text,
                         char ***referrals, LDAPControl ***controls, int free_it)
{
    const char *kind = kind_of(m);
    int rc = __real_ldap_parse_result(ld, m, code, dn, text, referrals, controls, free_it);
    int wanted = 0;

    if (rc == LDAP_SUCCESS && code != NULL && fails(kind, NULL, "", &wanted))
        *code = wanted;
    return rc;
}

/* --- libvirt ------------------------------------------------------------------------- */

virErrorPtr __real_virGetLastError(void);
virErrorPtr __wrap_virGetLastError(void);
virErrorPtr
__wrap_virGetLastError(void)
{
    return injected.code != 0 ? &injected : __real_virGetLastError();
}

void __real_virResetLastError(void);
void __wrap_virResetLastError(void);
void
__wrap_virResetLastError(void)
{
    injected.code = 0;
    __real_virResetLastError();
}

static bool
breaks(const char *call, const char *uri, const char *uuid)
{
    static char message[] = "made to fail";
    int code = 0;

    injected.code = 0;
    if (!fails(call, uri, uuid, &code))
        return false;
    injected = (virError){
        .code = code,
        .domain = VIR_FROM_REMOTE,
        .message = message,
        .level = VIR_ERR_ERROR,
    };
    return true;
}

static bool
breaks_connection(const char *call, virConnectPtr c)
{
    g_autofree char *uri = virConnectGetURI(c);

    return breaks(call, uri, "");
}

static bool
breaks_bulk(virConnectPtr c, unsigned stats)
{
    g_autofree char *uri = virConnectGetURI(c);
    char text[16];

    g_snprintf(text, sizeof(text), "%#x", stats);
    return breaks("virConnectGetAllDomainStats", uri, text);
}

int __real_virDomainGetUUID(virDomainPtr d, unsigned char *uuid);

static bool
breaks_domain(const char *call, virDomainPtr d)
{
    g_autofree char *uri = virConnectGetURI(virDomainGetConnect(d));
    char uuid[VIR_UUID_STRING_BUFLEN] = "";

    (void)virDomainGetUUIDString(d, uuid);
    return breaks(call, uri, uuid);
}

#define VIRT_CALL(type, failed, name, broken, parameters, arguments)                               \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        return broken ? failed : __real_##name arguments;                                          \
    }
#define CONNECTION_CALL(type, failed, name, parameters, arguments)                                 \
    VIRT_CALL(type, failed, name, breaks_connection(#name, c), parameters, arguments)
#define DOMAIN_CALL(type, failed, name, parameters, arguments)                                     \
    VIRT_CALL(type, failed, name, breaks_domain(#name, d), parameters, arguments)

VIRT_CALL(virConnectPtr, NULL, virConnectOpen, breaks("virConnectOpen", uri, ""),
          (const char *uri), (uri))
VIRT_CALL(virConnectPtr, NULL, virConnectOpenReadOnly, breaks("virConnectOpenReadOnly", uri, ""),
          (const char *uri), (uri))
CONNECTION_CALL(int, -1, virConnectClose, (virConnectPtr c), (c))
CONNECTION_CALL(int, -1, virConnectSetKeepAlive, (virConnectPtr c, int interval, unsigned count),
                (c, interval, count))
CONNECTION_CALL(int, -1, virConnectDomainEventDeregisterAny, (virConnectPtr c, int id), (c, id))
CONNECTION_CALL(int, -1, virConnectRegisterCloseCallback,
                (virConnectPtr c, virConnectCloseFunc cb, void *data, virFreeCallback free_it),
                (c, cb, data, free_it))
CONNECTION_CALL(int, -1, virConnectIsAlive, (virConnectPtr c), (c))
CONNECTION_CALL(const char *, NULL, virConnectGetType, (virConnectPtr c), (c))
CONNECTION_CALL(int, -1, virConnectGetVersion, (virConnectPtr c, unsigned long *version),
                (c, version))
VIRT_CALL(int, -1, virConnectGetAllDomainStats, breaks_bulk(c, stats),
          (virConnectPtr c, unsigned stats, virDomainStatsRecordPtr **records, unsigned flags),
          (c, stats, records, flags))
CONNECTION_CALL(int, -1, virConnectListAllDomains,
                (virConnectPtr c, virDomainPtr **domains, unsigned flags), (c, domains, flags))
CONNECTION_CALL(virDomainPtr, NULL, virDomainLookupByUUID,
                (virConnectPtr c, const unsigned char *uuid), (c, uuid))
VIRT_CALL(int, -1, virDomainListGetStats, breaks_domain("virDomainListGetStats", domains[0]),
          (virDomainPtr * domains, unsigned stats, virDomainStatsRecordPtr **records,
           unsigned flags),
          (domains, stats, records, flags))
DOMAIN_CALL(int, -1, virDomainGetUUID, (virDomainPtr d, unsigned char *uuid), (d, uuid))
DOMAIN_CALL(const char *, NULL, virDomainGetName, (virDomainPtr d), (d))
DOMAIN_CALL(int, -1, virDomainGetState, (virDomainPtr d, int *state, int *reason, unsigned flags),
            (d, state, reason, flags))
DOMAIN_CALL(char *, NULL, virDomainGetXMLDesc, (virDomainPtr d, unsigned flags), (d, flags))
DOMAIN_CALL(int, -1, virDomainGetControlInfo,
            (virDomainPtr d, virDomainControlInfoPtr info, unsigned flags), (d, info, flags))
DOMAIN_CALL(int, -1, virDomainGetBlockJobInfo,
            (virDomainPtr d, const char *disk, virDomainBlockJobInfoPtr info, unsigned flags),
            (d, disk, info, flags))
DOMAIN_CALL(int, -1, virDomainGetJobStats,
            (virDomainPtr d, int *type, virTypedParameterPtr *params, int *n, unsigned flags),
            (d, type, params, n, flags))
DOMAIN_CALL(int, -1, virDomainHasManagedSaveImage, (virDomainPtr d, unsigned flags), (d, flags))
DOMAIN_CALL(int, -1, virDomainGetDiskErrors,
            (virDomainPtr d, virDomainDiskErrorPtr errors, unsigned n, unsigned flags),
            (d, errors, n, flags))

/* --- events that never come ---------------------------------------------------------- */

struct listener {
    virConnectDomainEventCallback callback;
    void *data;
    virFreeCallback free_it;
};

static int
on_lifecycle(virConnectPtr c, virDomainPtr d, int event, int detail, void *data)
{
    struct listener *l = data;
    g_autofree char *uri = virConnectGetURI(c);
    char uuid[VIR_UUID_STRING_BUFLEN] = "";
    struct order o;

    if (!is_ordered("lifecycle", uri, &o))
        return l->callback(c, d, event, detail, l->data);
    (void)virDomainGetUUIDString(d, uuid);
    tell("lifecycle", "lost", uuid);
    return 0;
}

static void
listener_free(void *data)
{
    struct listener *l = data;

    if (l->free_it != NULL)
        l->free_it(l->data);
    g_free(l);
}

int __real_virConnectDomainEventRegisterAny(virConnectPtr c, virDomainPtr d, int id,
                                            virConnectDomainEventGenericCallback callback,
                                            void *data, virFreeCallback free_it);
int __wrap_virConnectDomainEventRegisterAny(virConnectPtr c, virDomainPtr d, int id,
                                            virConnectDomainEventGenericCallback callback,
                                            void *data, virFreeCallback free_it);
int
__wrap_virConnectDomainEventRegisterAny(virConnectPtr c, virDomainPtr d, int id,
                                        virConnectDomainEventGenericCallback callback, void *data,
                                        virFreeCallback free_it)
{
    struct listener *l;
    int number;

    if (breaks_connection("virConnectDomainEventRegisterAny", c))
        return -1;
    if (id != VIR_DOMAIN_EVENT_ID_LIFECYCLE)
        return __real_virConnectDomainEventRegisterAny(c, d, id, callback, data, free_it);
    l = g_new0(struct listener, 1);
    *l = (struct listener){(virConnectDomainEventCallback)(void (*)(void))callback, data, free_it};
    number = __real_virConnectDomainEventRegisterAny(c, d, id,
                                                     VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle), l,
                                                     listener_free);
    if (number < 0)
        g_free(l);
    return number;
}
