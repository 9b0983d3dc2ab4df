/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is read from a domain's live XML, and what is refused. */
#include "config.h"

#include "harness.h"

#include "hypervisor/domainxml.h"
#include "hypervisor/error.h"

#define DOMAIN(inside) "<domain type='kvm'><devices>" inside "</devices></domain>"
#define DISK(inside)   "<disk type='file' device='disk'>" inside "</disk>"
#define SOURCE         "<source file='/a.qcow2' index='1'/>"
#define VDA            "<target dev='vda' bus='virtio'/>"
#define QCOW2          "<driver name='qemu' type='qcow2'/>"
#define RAW            "<driver name='qemu' type='raw'/>"
#define BACKED                                                                                     \
    "<backingStore type='file' index='2'><format type='qcow2'/><source file='/b.qcow2'/>"          \
    "<backingStore/></backingStore>"
#define AGENT(attributes)                                                                          \
    "<channel type='unix'><source mode='bind' path='/x'/>"                                         \
    "<target type='virtio' name='org.qemu.guest_agent.0'" attributes "/></channel>"

struct row {
    const char *name;
    const char *xml;
    const char *facts; /* "vda:backed vdb:none, agent none"; NULL = refused */
    const char *why;
};

static const struct row rows[] = {
    {"no disks", DOMAIN(""), ", agent none", NULL},
    {"flat chain", DOMAIN(DISK(QCOW2 SOURCE "<backingStore/>" VDA)), "vda:none, agent none", NULL},
    {"backing file", DOMAIN(DISK(QCOW2 SOURCE BACKED VDA)), "vda:backed, agent none", NULL},
    {"backing store without type attribute",
     DOMAIN(DISK(QCOW2 SOURCE "<backingStore><source file='/b'/></backingStore>" VDA)),
     "vda:backed, agent none", NULL},
    {"open and close tag", DOMAIN(DISK(QCOW2 SOURCE "<backingStore></backingStore>" VDA)),
     "vda:none, agent none", NULL},
    {"chain not examined", DOMAIN(DISK(QCOW2 SOURCE VDA)), "vda:unknown, agent none", NULL},
    {"raw needs no chain", DOMAIN(DISK(RAW SOURCE VDA)), "vda:none, agent none", NULL},
    {"no driver", DOMAIN(DISK(SOURCE VDA)), "vda:unknown, agent none", NULL},
    {"a mirror's chain is not the disk's",
     DOMAIN(DISK(QCOW2 SOURCE "<backingStore/><mirror type='file' job='copy'>"
                              "<source file='/c'/>" BACKED "</mirror>" VDA)),
     "vda:none, agent none", NULL},
    {"a source inside the mirror is not the disk's",
     DOMAIN(DISK("<mirror><source file='/c'/></mirror>" VDA)), ", agent none", NULL},
    {"device attribute left out",
     DOMAIN("<disk type='block'>" RAW SOURCE VDA "</disk>"), "vda:none, agent none", NULL},
    {"lun", DOMAIN("<disk device='lun'>" RAW SOURCE "<target dev='sda'/></disk>"),
     "sda:none, agent none", NULL},
    {"CD drive and floppy are left out",
     DOMAIN("<disk device='cdrom'>" SOURCE "<target dev='hdc'/></disk>"
            "<disk device='floppy'>" SOURCE "<target dev='fda'/></disk>"),
     ", agent none", NULL},
    {"disk without source", DOMAIN(DISK(QCOW2 VDA)), ", agent none", NULL},
    {"disk without target", DOMAIN(DISK(QCOW2 SOURCE)), ", agent none", NULL},
    {"two disks",
     DOMAIN(DISK(QCOW2 SOURCE BACKED VDA) DISK(RAW SOURCE "<target dev='vdb'/>")),
     "vda:backed vdb:none, agent none", NULL},
    {"facts of one disk do not reach the next",
     DOMAIN(DISK(RAW SOURCE "<backingStore/>" VDA) DISK(QCOW2 SOURCE "<target dev='vdb'/>")),
     "vda:none vdb:unknown, agent none", NULL},
    {"disks elsewhere do not count",
     "<domain><metadata><devices>" DISK(SOURCE VDA) "</devices></metadata><x>" DISK(SOURCE VDA)
     "</x><devices/></domain>",
     ", agent none", NULL},
    {"agent connected", DOMAIN(AGENT(" state='connected'")), ", agent connected", NULL},
    {"agent disconnected", DOMAIN(AGENT(" state='disconnected'")), ", agent disconnected", NULL},
    {"agent channel without a state", DOMAIN(AGENT("")), ", agent disconnected", NULL},
    {"another channel",
     DOMAIN("<channel><target name='com.redhat.spice.0' state='connected'/></channel>"),
     ", agent none", NULL},
    {"CDATA and comments", "<domain><!-- <disk/> --><x><![CDATA[<devices>]]></x></domain>",
     ", agent none", NULL},
    {"character references", DOMAIN(DISK(RAW SOURCE "<target dev='v&#100;a'/>")),
     "vda:none, agent none", NULL},
    {"empty", "", NULL, "broken"},
    {"no XML", "hello", NULL, "broken"},
    {"truncated", "<domain><devices><disk", NULL, "broken"},
    {"not closed", "<domain><devices>", NULL, "broken"},
    {"wrong root", "<network/>", NULL, "not a <domain>"},
    {"two roots", "<domain/><domain/>", NULL, "broken"},
    {"attribute twice", "<domain><a b='1' b='2'/></domain>", NULL, "broken"},
    {"undeclared entity", DOMAIN("<disk>&x;</disk>"), NULL, "broken"},
    {"invalid UTF-8", "<domain><name>\xff\xfe</name></domain>", NULL, "broken"},
    {"document type", "<!DOCTYPE domain><domain/>", NULL, "document type"},
    {"entities",
     "<!DOCTYPE d [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;'>]><domain>&b;</domain>", NULL,
     "document type"},
    {"external entity",
     "<!DOCTYPE d [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><domain>&a;</domain>",
     NULL, "document type"},
    {"overlong target name",
     DOMAIN(DISK(RAW SOURCE "<target dev='aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
                            "aaaaaaa"
                            "aaaaaaaaaaaaaaaaaaaaaaaaaa'/>")),
     NULL, "overlong"},
};

static char *
facts_of(const struct domainxml *x)
{
    static const char *const words[] = {"unknown", "none", "backed"};
    GString *s = g_string_new(NULL);

    for (guint i = 0; i < x->disks->len; i++) {
        const struct disk_xml *d = &g_array_index(x->disks, struct disk_xml, i);

        g_string_append_printf(s, "%s%s:%s", i > 0 ? " " : "", d->name, words[d->backing]);
    }
    g_string_append_printf(s, ", agent %s", agent_name(x->agent));
    return g_string_free(s, FALSE);
}

static void
test_row(void **state)
{
    const struct row *row = *state;
    g_autoptr(GError) error = NULL;
    CLEANUP(domainxml_free) struct domainxml *x =
        domainxml_parse(row->xml, strlen(row->xml), &error);

    if (row->facts != NULL) {
        g_autofree char *facts = NULL;

        assert_null(error);
        facts = facts_of(x);
        assert_string_equal(facts, row->facts);
        return;
    }
    assert_null(x);
    assert_int_equal(error->domain, HYPERVISOR_ERROR);
    if (strstr(error->message, row->why) == NULL)
        fail_msg("%s", error->message);
}

static void
refused(const char *xml, size_t len, const char *why)
{
    g_autoptr(GError) error = NULL;

    assert_null(domainxml_parse(xml, len, &error));
    if (strstr(error->message, why) == NULL)
        fail_msg("%s", error->message);
}

static void
test_bounds(void **state)
{
    g_autoptr(GString) deep = g_string_new("<domain>");
    g_autoptr(GString) many = g_string_new("<domain><devices>");
    g_autofree char *large = g_malloc0(DOMAINXML_MAX_SIZE + 1);

    (void)state;
    for (int i = 0; i < 10000; i++)
        g_string_append(deep, "<a>");
    refused(deep->str, deep->len, "");
    for (int i = 0; i <= DOMAINXML_MAX_DISKS; i++)
        g_string_append_printf(many, DISK(RAW SOURCE "<target dev='d%d'/>"), i);
    g_string_append(many, "</devices></domain>");
    refused(many->str, many->len, "too many disks");
    refused(large, DOMAINXML_MAX_SIZE + 1, "larger");
    refused("<domain>\0</domain>", 18, "broken");
}

static void
add(GArray *tests, const char *name, CMUnitTestFunction function, const void *row)
{
    const struct CMUnitTest test = {name, function, NULL, NULL, (gpointer)(guintptr)row};

    g_array_append_val(tests, test);
}

int
main(void)
{
    g_autoptr(GArray) tests = g_array_new(FALSE, FALSE, sizeof(struct CMUnitTest));

    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        add(tests, rows[i].name, test_row, &rows[i]);
    add(tests, "bounds", test_bounds, NULL);
    return harness_run("hypervisor xml", (const struct CMUnitTest *)(void *)tests->data, tests->len,
                       NULL, NULL);
}
