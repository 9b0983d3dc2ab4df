/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "core/backup.h"

#include <stddef.h>
#include <string.h>

static const struct {
    const char *mode;
    enum backup_phase phase;
} modes[] = {
    {"finished", BACKUP_NONE},      {"delete", BACKUP_NONE},
    {"deleting", BACKUP_NONE},      {"deleted", BACKUP_NONE},
    {"initialize", BACKUP_WAITING}, {"initialized", BACKUP_WAITING},
    {"snapshot", BACKUP_WAITING},   {"snapshotted", BACKUP_WAITING},
    {"merge", BACKUP_WAITING},      {"merged", BACKUP_WAITING},
    {"retain", BACKUP_WAITING},     {"retained", BACKUP_WAITING},
    {"retaining", BACKUP_WAITING},  {"export", BACKUP_WAITING},
    {"exporting", BACKUP_WAITING},  {"exported", BACKUP_WAITING},
    {"commit", BACKUP_WAITING},     {"committed", BACKUP_WAITING},
    {"comitted", BACKUP_WAITING},   {"snapshotting", BACKUP_SAVING},
    {"merging", BACKUP_MERGING},    {"committing", BACKUP_MERGING},
    {"restore", BACKUP_RESTORING},  {"restoring", BACKUP_RESTORING},
    {"restored", BACKUP_RESTORING},
};

#define MODE_SIZE 64

enum backup_phase
backup_phase_of(const char *mode)
{
    char word[MODE_SIZE];
    size_t len = 0;

    if (mode == NULL)
        return BACKUP_UNKNOWN;
    while (*mode == ' ' || *mode == '\t')
        mode++;
    for (; *mode != '\0' && len < sizeof(word) - 1; mode++, len++)
        word[len] = *mode >= 'A' && *mode <= 'Z' ? (char)(*mode - 'A' + 'a') : *mode;
    while (len > 0 && (word[len - 1] == ' ' || word[len - 1] == '\t'))
        len--;
    word[len] = '\0';

    for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (strcmp(word, modes[i].mode) == 0)
            return modes[i].phase;
    }
    /* unretain, unretaining, unretained, and the same of small and of large files */
    if (strncmp(word, "unretain", strlen("unretain")) == 0)
        return BACKUP_RESTORING;
    return BACKUP_UNKNOWN;
}

const char *
backup_phase_name(enum backup_phase phase)
{
    static const char *const names[] = {"none", "waiting", "saving", "merging", "restoring",
                                        "unknown"};

    return (size_t)phase < sizeof(names) / sizeof(names[0]) ? names[phase] : "?";
}
