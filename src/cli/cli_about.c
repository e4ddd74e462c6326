/* `version`. */
#include "cli_output.h"
#include "cli_run.h"

#include <librdkafka/rdkafka.h>

enum cli_exit cli_version(const struct cli *cli)
{
    static const struct cli_column columns[] = {
        {"PROGRAM", CLI_CELL_TEXT}, {"VERSION", CLI_CELL_TEXT}};
    struct cli_table t;

    cli_table_init(&t, columns, sizeof(columns) / sizeof(columns[0]));
    cli_table_text(&t, "schloss");
    cli_table_text(&t, SCHLOSS_VERSION);
    cli_table_text(&t, "librdkafka");
    cli_table_text(&t, rd_kafka_version_str());
    enum cli_exit result = cli_table_print(&t, cli);
    cli_table_fini(&t);
    return result;
}
