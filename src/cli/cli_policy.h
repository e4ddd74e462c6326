/*
 * cli_policy - what the commands of `schloss policy` share.
 */
#ifndef CLI_POLICY_H
#define CLI_POLICY_H

#include "cli_command.h"
#include "policytool_question.h"

/* Explains that to the policy that --file names, or the broker's. */
enum cli_exit cli_policy_ask(const struct cli *cli, const struct policytool_question *q);

#endif
