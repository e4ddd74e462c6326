/*
 * mock_cluster - runs a command beside librdkafka's broker of one process.
 *
 *     mock_cluster COMMAND [ARGUMENT...]
 *
 * The command finds the address in $MOCK_BOOTSTRAP; its exit code becomes ours. There is
 * one topic, `letters`, with three partitions.
 */
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static int run(char **argv, const char *address)
{
    int status = 0;
    pid_t child = fork();

    if (child == 0) {
        (void)setenv("MOCK_BOOTSTRAP", address, 1);
        (void)execvp(argv[0], argv);
        perror(argv[0]);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) {
        return 126;
    }
    return WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
    char why[256];

    if (argc < 2) {
        return 2;
    }
    rd_kafka_t *handle =
        rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), why, sizeof(why));
    rd_kafka_mock_cluster_t *cluster =
        handle == NULL ? NULL : rd_kafka_mock_cluster_new(handle, 1);
    if (cluster == NULL || rd_kafka_mock_topic_create(cluster, "letters", 3, 1) != 0) {
        (void)fprintf(stderr, "no mock cluster\n");
        return 126;
    }
    int result = run(argv + 1, rd_kafka_mock_cluster_bootstraps(cluster));
    rd_kafka_mock_cluster_destroy(cluster);
    rd_kafka_destroy(handle);
    return result;
}
