/*
 * cli_sources - a broker's configuration and the manifests of its plugins, read as
 * schlossd reads them: the file, and conf.d/\*.properties beside it.
 *
 * Errors are printed where they are found.
 */
#ifndef CLI_SOURCES_H
#define CLI_SOURCES_H

#include "cli_command.h"
#include "conf_manifest.h"

/* The caller frees *out. */
enum cli_exit cli_sources_conf(const char *path, struct conf **out);
/* Beside this program, else in schloss.auth.plugin.dir. */
enum cli_exit cli_sources_manifest(
    const struct conf *conf, const char *plugin, struct conf_manifest *out);

#endif
