"""A policy in several files: read at the start and on SIGHUP, or refused as a whole."""

import os
import unittest

import raw
import schloss
from reload import Reload

CONFIG = 78
MAIN = """policy 1
team audit = { carla }
allow alice to all topic * group * txn * cluster
include "teams/*.policy" scope topic room, annex.* group *
test "outsiders see no annex" {
    mallory cannot describe topic annex.one
}
"""
TEAM = """role guest {
    consume topic room
}
grant guest to bob
"""


def new_broker():
    broker = schloss.Broker(("SASL_SSL",))
    broker.settings["policy.file"] = broker.path("policy/main.policy")
    broker.write_config()
    os.makedirs(broker.path("policy/teams"))
    broker.write("policy/main.policy", MAIN)
    broker.write("policy/teams/guests.policy", TEAM)
    return broker


class Files(unittest.TestCase):
    """One wrong file is enough for status 78, and all errors of all of them are told."""

    def setUp(self):
        self.broker = new_broker()
        self.addCleanup(self.broker.close)

    def assert_refused(self, *expressions):
        status, log = self.broker.run_to_end()
        self.assertEqual(status, CONFIG, log)
        for expression in expressions:
            self.assertRegex(log, expression)
        self.assertNotIn("listening:", log)
        return log

    def test_errors_of_all_files_with_their_paths(self):
        self.broker.write("policy/teams/guests.policy", "grant gest to bob\n")
        self.broker.write("policy/teams/more.policy", "allow bob to read topic elsewhere\n")
        directory = self.broker.path("policy")
        log = self.assert_refused(r"guests\.policy:1:7: error: .*\[POL033\]",
                                  r"may not decide about topic elsewhere \[POL050\]",
                                  r"main\.policy: 2 error\(s\); policy not loaded")
        self.assertIn(f"{directory}/teams/guests.policy:1:7: ", log)
        self.assertIn(f"{directory}/teams/more.policy:1:25: ", log)
        self.assertIn(f"{directory}/main.policy: 2 error(s)", log)

    def test_a_test_that_fails_and_an_invariant_that_is_broken(self):
        self.broker.write("policy/teams/more.policy",
                          "allow mallory to read topic annex.*\n"
                          "never any to read topic annex.two\n")
        self.assert_refused(r"more\.policy:2:1: error: invariant broken: \S*/teams/more\.policy:1 "
                            r"lets mallory read topic annex\.\* \[POL060\]",
                            r'main\.policy:6: test failed: "outsiders see no annex"',
                            r"got: allowed by r-[0-9a-f]{8} \(\S*/teams/more\.policy:1\)")

    def test_a_file_that_is_a_link(self):
        os.symlink("/etc/passwd", self.broker.path("policy/teams/more.policy"))
        log = self.assert_refused(r"teams/more\.policy: can not be opened: it is a symbolic link")
        self.assertNotIn("root:", log)

    def test_an_include_of_nothing(self):
        os.unlink(self.broker.path("policy/teams/guests.policy"))
        self.assert_refused(r"main\.policy:4:9: error: no file matches 'teams/\*\.policy'")


class Reloaded(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = new_broker()
        cls.addClassCleanup(cls.broker.close)
        cls.broker.start()
        for name in ("room", "annex.one"):
            cls.broker.create_topic(name, 1)

    def sees(self, topic, user):
        with raw.Connection(self.broker) as c:
            return Reload.topic_error(c.login(user).metadata(topic)) == raw.NONE

    def reload(self, *expressions):
        mark = self.broker.log_size()
        self.broker.hang_up()
        for expression in expressions:
            self.broker.await_log(expression, mark, seconds=60)

    def test_an_included_file_gives_rights_and_takes_them(self):
        self.assertTrue(self.sees("room", "bob"))
        self.assertFalse(self.sees("annex.one", "bob"))
        self.broker.write("policy/teams/guests.policy", TEAM.replace("room", "annex.*"))
        self.reload(r"the policy is in force")
        self.assertFalse(self.sees("room", "bob"))
        self.assertTrue(self.sees("annex.one", "bob"))
        self.broker.write("policy/teams/guests.policy", TEAM)
        self.reload(r"the policy is in force")
        self.assertTrue(self.sees("room", "bob"))

    def test_a_broken_file_leaves_the_policy_in_force(self):
        broken = {"allow mallory to read topic payroll\n": r"more\.policy:1:29: error: .*POL050",
                  "allow mallory to reed topic room\n": r"more\.policy:1:18: error: .*POL012",
                  "allow mallory to read topic annex.*\n": r"main\.policy:6: test failed"}
        for text, expression in broken.items():
            with self.subTest(text):
                self.broker.write("policy/teams/more.policy", text)
                try:
                    self.reload(expression, r"the policy is refused, the one in force stays")
                    self.assertTrue(self.sees("room", "bob"))
                    self.assertFalse(self.sees("annex.one", "mallory"))
                finally:
                    os.unlink(self.broker.path("policy/teams/more.policy"))
        self.reload(r"the policy is in force")
        audit = self.broker.audit()
        self.assertGreaterEqual(audit.count('"event":"reload","outcome":"failure"'), len(broken))
