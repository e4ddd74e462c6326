/*
 * conf_manifest - what an authentication plugin is given and may do: NAME.manifest beside
 * its NAME.so, in the form of a .properties file. It is the administrator's word and holds
 * whatever the code of the plugin does.
 *
 *     mechanisms=SCRAM-SHA-256,SCRAM-SHA-512
 *     principals=User:*               whom it may name at most; as schloss.auth.scope has it
 *     file.NAME=KEY                   a secret file, whose path is the value of KEY
 *     public.NAME=KEY                 one that anybody may read
 *     settings=KEY,KEY                what else of the configuration it is told
 *     message.max.bytes=16384         the largest message of a client that it is shown
 *     dial=KEY                        it is given connections to what KEY says (conf_dial.h)
 *     scratch=true                    a small directory of its own that it can write to
 *
 * Trust: any bytes. Ownership: a manifest is values only.
 */
#ifndef CONF_MANIFEST_H
#define CONF_MANIFEST_H

#include "conf.h"

#define CONF_MANIFEST_FILES    8
#define CONF_MANIFEST_SETTINGS 16
#define CONF_MANIFEST_NAME     32
#define CONF_MANIFEST_KEY      128
#define CONF_MANIFEST_TEXT     255

struct conf_manifest_file {
    char name[CONF_MANIFEST_NAME + 1];
    char key[CONF_MANIFEST_KEY + 1];
    bool is_public;
};

struct conf_manifest {
    char mechanisms[CONF_MANIFEST_TEXT + 1]; /* commas between them */
    char principals[CONF_MANIFEST_TEXT + 1];
    struct conf_manifest_file files[CONF_MANIFEST_FILES];
    size_t file_count;
    char settings[CONF_MANIFEST_SETTINGS][CONF_MANIFEST_KEY + 1];
    size_t setting_count;
    int32_t message_max;
    bool scratch;
    char dial[CONF_MANIFEST_KEY + 1]; /* "": it has no connections */
};

/* ERR_INVALID: errors_out says what is wrong, for a person. */
enum err conf_manifest_parse(const struct conf_source *file, struct conf_manifest *out,
    struct buf *errors_out) MUST_CHECK;
/* Is it one of the manifest's mechanisms? */
bool conf_manifest_has(const struct conf_manifest *m, const char *mechanism);

#endif
