/* cli_run - what each row of the command table runs. */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include "cli_command.h"

enum cli_exit cli_topic_create(const struct cli *cli);
enum cli_exit cli_topic_list(const struct cli *cli);
enum cli_exit cli_topic_describe(const struct cli *cli);
enum cli_exit cli_topic_delete(const struct cli *cli);
enum cli_exit cli_produce(const struct cli *cli);
enum cli_exit cli_consume(const struct cli *cli);
enum cli_exit cli_group_list(const struct cli *cli);
enum cli_exit cli_group_describe(const struct cli *cli);
enum cli_exit cli_user_add(const struct cli *cli);
enum cli_exit cli_user_set_password(const struct cli *cli);
enum cli_exit cli_user_set(const struct cli *cli);
enum cli_exit cli_user_disable(const struct cli *cli);
enum cli_exit cli_user_enable(const struct cli *cli);
enum cli_exit cli_user_remove(const struct cli *cli);
enum cli_exit cli_user_show(const struct cli *cli);
enum cli_exit cli_user_list(const struct cli *cli);
enum cli_exit cli_user_client_files(const struct cli *cli);
enum cli_exit cli_cert_create_ca(const struct cli *cli);
enum cli_exit cli_cert_issue(const struct cli *cli);
enum cli_exit cli_cert_sign(const struct cli *cli);
enum cli_exit cli_cert_revoke(const struct cli *cli);
enum cli_exit cli_cert_crl(const struct cli *cli);
enum cli_exit cli_cert_show(const struct cli *cli);
enum cli_exit cli_cert_check(const struct cli *cli);
enum cli_exit cli_cert_rules(const struct cli *cli);
enum cli_exit cli_auth_scope(const struct cli *cli);
enum cli_exit cli_auth_test(const struct cli *cli);
enum cli_exit cli_policy_import(const struct cli *cli);
enum cli_exit cli_policy_export(const struct cli *cli);
enum cli_exit cli_policy_keygen(const struct cli *cli);
enum cli_exit cli_policy_sign(const struct cli *cli);
enum cli_exit cli_policy_verify(const struct cli *cli);
enum cli_exit cli_policy_apply(const struct cli *cli);
enum cli_exit cli_policy_status(const struct cli *cli);
enum cli_exit cli_policy_revert(const struct cli *cli);
enum cli_exit cli_user_last_use(const struct cli *cli);
enum cli_exit cli_session_list(const struct cli *cli);
enum cli_exit cli_session_kill(const struct cli *cli);
enum cli_exit cli_status(const struct cli *cli);
enum cli_exit cli_reload(const struct cli *cli);
enum cli_exit cli_policy(const struct cli *cli);
enum cli_exit cli_policy_simulate(const struct cli *cli);
enum cli_exit cli_policy_learn(const struct cli *cli);
enum cli_exit cli_policy_explain(const struct cli *cli);
enum cli_exit cli_protocol_list(const struct cli *cli);
enum cli_exit cli_protocol_show(const struct cli *cli);
enum cli_exit cli_audit_verify(const struct cli *cli);
enum cli_exit cli_audit_key(const struct cli *cli);
enum cli_exit cli_audit_tail(const struct cli *cli);
enum cli_exit cli_audit_search(const struct cli *cli);
enum cli_exit cli_audit_stats(const struct cli *cli);
enum cli_exit cli_audit_export(const struct cli *cli);
enum cli_exit cli_selftest(const struct cli *cli);
enum cli_exit cli_version(const struct cli *cli);

#endif
