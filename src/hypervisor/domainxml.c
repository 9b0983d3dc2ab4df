/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "hypervisor/domainxml.h"

#include "hypervisor/error.h"

#include <libxml/xmlreader.h>
#include <string.h>

#define AGENT_CHANNEL "org.qemu.guest_agent.0"

DEFINE_CLEANUP(xmlTextReader, xmlFreeTextReader)

static void
xml_string_free(xmlChar *s)
{
    if (s != NULL)
        xmlFree(s);
}

DEFINE_CLEANUP(xmlChar, xml_string_free)

/* The disk or channel the reader is in. */
struct parser {
    xmlTextReaderPtr reader;
    struct domainxml *x;
    bool in_devices;
    bool in_disk;
    bool in_channel;
    bool in_backing; /* directly inside the disk's own <backingStore> */
    bool hard_disk;
    bool has_source;
    bool raw;
    bool too_long;
    struct disk_xml disk;
};

static void
disk_clear(gpointer data)
{
    struct disk_xml *d = data;

    g_free(d->name);
}

void
domainxml_free(struct domainxml *x)
{
    if (x == NULL)
        return;
    g_array_unref(x->disks);
    g_free(x);
}

static bool
name_is(const struct parser *p, const char *name)
{
    return strcmp((const char *)xmlTextReaderConstLocalName(p->reader), name) == 0;
}

/* The attribute's value, NULL when absent; free with xml_string_free(). */
static xmlChar *
attribute(const struct parser *p, const char *name)
{
    return xmlTextReaderGetAttribute(p->reader, (const xmlChar *)name);
}

static bool
attribute_is(const struct parser *p, const char *name, const char *value)
{
    CLEANUP(xml_string_free) xmlChar *found = attribute(p, name);

    return found != NULL && strcmp((const char *)found, value) == 0;
}

static void
begin_device(struct parser *p)
{
    p->in_disk = name_is(p, "disk");
    p->in_channel = name_is(p, "channel");
    if (p->in_disk) {
        CLEANUP(xml_string_free) xmlChar *device = attribute(p, "device");

        p->hard_disk = device == NULL || strcmp((const char *)device, "disk") == 0 ||
                       strcmp((const char *)device, "lun") == 0;
        p->has_source = false;
        p->raw = false;
        g_clear_pointer(&p->disk.name, g_free);
        p->disk.backing = BACKING_UNKNOWN;
    }
}

static void
disk_target(struct parser *p)
{
    CLEANUP(xml_string_free) xmlChar *dev = attribute(p, "dev");

    if (dev == NULL)
        return;
    if (strlen((const char *)dev) > DOMAINXML_MAX_NAME)
        p->too_long = true;
    else if (p->disk.name == NULL)
        p->disk.name = g_strdup((const char *)dev);
}

/* An element directly inside a <disk>. */
static void
disk_part(struct parser *p)
{
    if (name_is(p, "target"))
        disk_target(p);
    else if (name_is(p, "source"))
        p->has_source = true;
    else if (name_is(p, "driver"))
        p->raw = attribute_is(p, "type", "raw");
    else if (name_is(p, "backingStore")) {
        CLEANUP(xml_string_free) xmlChar *type = attribute(p, "type");

        /* The end of an examined chain is an empty <backingStore/>. */
        p->disk.backing = type != NULL ? BACKING_FILE : BACKING_NONE;
        p->in_backing = xmlTextReaderIsEmptyElement(p->reader) == 0;
    }
}

static void
channel_part(struct parser *p)
{
    if (!name_is(p, "target") || !attribute_is(p, "name", AGENT_CHANNEL))
        return;
    p->x->agent = attribute_is(p, "state", "connected") ? AGENT_CONNECTED : AGENT_DISCONNECTED;
}

static bool
refuse(GError **error, const char *why)
{
    g_set_error(error, HYPERVISOR_ERROR, ERROR_RPC, "the domain's XML %s", why);
    return false;
}

static bool
begin_element(struct parser *p, int depth, GError **error)
{
    if (depth == 0 && !name_is(p, "domain"))
        return refuse(error, "is not a <domain>");
    if (depth == 1)
        p->in_devices = name_is(p, "devices");
    else if (depth == 2 && p->in_devices)
        begin_device(p);
    else if (depth == 3 && p->in_devices && p->in_disk)
        disk_part(p);
    else if (depth == 3 && p->in_devices && p->in_channel)
        channel_part(p);
    else if (depth == 4 && p->in_devices && p->in_disk && p->in_backing)
        p->disk.backing = BACKING_FILE;
    return true;
}

static bool
end_disk(struct parser *p, GError **error)
{
    p->in_disk = false;
    if (!p->hard_disk || !p->has_source || p->disk.name == NULL)
        return true;
    if (p->x->disks->len >= DOMAINXML_MAX_DISKS)
        return refuse(error, "has too many disks");
    if (p->disk.backing == BACKING_UNKNOWN && p->raw)
        p->disk.backing = BACKING_NONE; /* the raw format knows no backing file */
    g_array_append_val(p->x->disks, p->disk);
    memset(&p->disk, 0, sizeof(p->disk));
    return true;
}

static bool
end_element(struct parser *p, int depth, GError **error)
{
    if (depth == 3)
        p->in_backing = false;
    if (depth == 2) {
        p->in_channel = false;
        return p->in_disk ? end_disk(p, error) : true;
    }
    if (depth == 1)
        p->in_devices = false;
    return true;
}

static bool
take_node(struct parser *p, GError **error)
{
    const int depth = xmlTextReaderDepth(p->reader);

    if (depth > DOMAINXML_MAX_DEPTH)
        return refuse(error, "is nested too deeply");
    switch (xmlTextReaderNodeType(p->reader)) {
    case XML_READER_TYPE_DOCUMENT_TYPE:
    case XML_READER_TYPE_ENTITY:
    case XML_READER_TYPE_ENTITY_REFERENCE:
        return refuse(error, "has a document type or entities, which libvirt never sends");
    case XML_READER_TYPE_ELEMENT:
        if (!begin_element(p, depth, error))
            return false;
        return xmlTextReaderIsEmptyElement(p->reader) == 1 ? end_element(p, depth, error) : true;
    case XML_READER_TYPE_END_ELEMENT:
        return end_element(p, depth, error);
    default:
        return true;
    }
}

static bool
refuse_broken(GError **error)
{
    const xmlError *e = xmlGetLastError();
    g_autofree char *text = NULL;

    if (e == NULL || e->message == NULL)
        return refuse(error, "is broken");
    text = g_utf8_make_valid(e->message, (gssize)strnlen(e->message, 200));
    g_set_error(error, HYPERVISOR_ERROR, ERROR_RPC, "the domain's XML is broken in line %d: %s",
                e->line, g_strstrip(text));
    return false;
}

static bool
take_document(struct parser *p, GError **error)
{
    int more;

    while ((more = xmlTextReaderRead(p->reader)) == 1) {
        if (!take_node(p, error))
            return false;
        if (p->too_long)
            return refuse(error, "has a disk with an overlong target name");
    }
    return more == 0 ? true : refuse_broken(error);
}

struct domainxml *
domainxml_parse(const char *text, size_t len, GError **error)
{
    CLEANUP(xmlFreeTextReader) xmlTextReader *reader = NULL;
    CLEANUP(domainxml_free) struct domainxml *x = NULL;
    struct parser p = {0};
    bool taken;

    if (len > DOMAINXML_MAX_SIZE) {
        refuse(error, "is larger than 4 MiB");
        return NULL;
    }
    xmlResetLastError();
    reader = xmlReaderForMemory(text, (int)len, NULL, NULL,
                                XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
                                    XML_PARSE_NOCDATA | XML_PARSE_COMPACT);
    if (reader == NULL) {
        refuse_broken(error);
        return NULL;
    }
    x = g_new0(struct domainxml, 1);
    x->disks = g_array_new(FALSE, FALSE, sizeof(struct disk_xml));
    g_array_set_clear_func(x->disks, disk_clear);
    x->agent = AGENT_NONE;
    p.reader = reader;
    p.x = x;
    taken = take_document(&p, error);
    g_free(p.disk.name);
    xmlResetLastError();
    return taken ? g_steal_pointer(&x) : NULL;
}
