"""A policy that must be signed: by enough keys, for this cluster, and none that is older."""

import os
import unittest

import schloss
from policies import reload_and_halt

CLUSTER = "test-cluster"


def policy_of(serial, more="", cluster=CLUSTER):
    head = f'policy 1 cluster "{cluster}" serial {serial}\n'
    return head + schloss.POLICY.split("\n", 1)[1] + more


class Signed(unittest.TestCase):
    def setUp(self):
        self.broker = schloss.Broker(
            ("SASL_SSL",), policy=policy_of(5), settings={"cluster.id": CLUSTER})
        self.addCleanup(self.broker.close)
        self.broker.settings.update({
            "policy.signatures.required": "2",
            "policy.trusted.keys.dir": self.broker.path("keys"),
            "policy.state.file": self.broker.path("state", "policy.state")})
        self.broker.write_config()
        os.mkdir(self.broker.path("keys"), 0o700)
        os.mkdir(self.broker.path("secret"), 0o700)
        for name in ("anna", "ben", "eve"):
            self.tool("keygen", name, "--dir", self.broker.path("secret"))
            if name != "eve":
                os.rename(self.broker.path("secret", name + ".pub"),
                          self.broker.path("keys", name + ".pub"))

    def tool(self, *arguments, status=0):
        return schloss.run(os.path.join(schloss.BIN, "schloss"), "policy", *arguments,
                           status=status)

    def sign(self, *names):
        for name in names:
            self.tool("sign", "-k", self.broker.path("secret", name + ".key"),
                      self.broker.path("main.policy"))

    def verify(self, status=0):
        return self.tool("verify", "--keys", self.broker.path("keys"), "--required", "2",
                         self.broker.path("main.policy"), status=status)

    def refused_start(self, expression):
        status, log = self.broker.run_to_end()
        self.assertEqual(status, 78, log)
        self.assertRegex(log, expression)

    def reload(self, expression):
        mark = self.broker.log_size()
        self.broker.hang_up()
        self.broker.await_log(expression, mark, seconds=60)
        return self.broker.log(mark)

    def test_only_what_enough_keys_signed_is_started_with(self):
        self.refused_start(r"no manifest, and signatures are asked for \[POL087\]")
        self.sign("anna")
        self.refused_start(r"1 of 2 signatures that are asked for \[POL082\]")
        self.sign("eve")
        self.refused_start(r"policy.manifest.eve.minisig: made by a key that is not trusted")
        self.assertIn("1 of 2 signatures", self.verify(status=1).stderr)
        self.sign("ben")
        self.assertIn("2 different keys signed", self.verify().stdout)
        self.broker.start()
        self.assertIn("serial 5", self.broker.read("state/policy.state"))

    def test_a_policy_of_another_cluster_is_refused(self):
        self.broker.write("main.policy", policy_of(5, cluster="other"))
        self.sign("anna", "ben")
        self.refused_start(r"the manifest is for the cluster 'other' \[POL084\]")

    def test_a_reload_takes_a_newer_one_and_nothing_else(self):
        self.sign("anna", "ben")
        self.broker.start()
        altered = policy_of(5, "allow bob to all topic *\n")
        self.broker.write("main.policy", altered)
        log = self.reload(r"the policy is refused.*stays")
        self.assertIn("main.policy:1:1: error: the file is not the one that was signed "
                      "[POL081]", log)
        self.tool("sign", "-k", self.broker.path("secret/anna.key"),
                  self.broker.path("main.policy"), status=1)  # the serial is taken
        self.tool("sign", "--yes", "-k", self.broker.path("secret/anna.key"),
                  self.broker.path("main.policy"))
        self.tool("sign", "--yes", "-k", self.broker.path("secret/ben.key"),
                  self.broker.path("main.policy"))
        log = self.reload(r"the policy is refused.*stays")
        self.assertIn("serial 5 was in force already, with other files [POL085]", log)
        self.broker.write("main.policy", policy_of(6, "allow bob to all topic *\n"))
        self.sign("anna", "ben")
        self.reload(r"the policy is in force")
        self.assertIn("serial 6", self.broker.read("state/policy.state"))

    def test_an_older_one_does_not_come_back_with_a_restart(self):
        self.broker.write("main.policy", policy_of(6))
        self.sign("anna", "ben")
        self.broker.start()
        self.assertEqual(self.broker.stop(), 0)
        self.broker.start()
        self.assertEqual(self.broker.stop(), 0)
        self.broker.write("main.policy", policy_of(5))
        for name in ("anna", "ben"):
            self.tool("sign", "--yes", "-k", self.broker.path("secret", name + ".key"),
                      self.broker.path("main.policy"))
        self.refused_start(r"serial 5 is below 6, which was in force already \[POL085\]")

    def test_a_state_that_was_emptied_or_spoilt_is_no_first_start(self):
        self.sign("anna", "ben")
        self.broker.start()
        self.assertEqual(self.broker.stop(), 0)
        self.broker.write("state/policy.state", "")
        self.refused_start(r"policy.state: what was kept .* can not be read \[POL086\]")
        self.broker.write("state/policy.state", "serial 1\n")
        self.refused_start(r"what was kept .* can not be read \[POL086\]")

    def test_a_serial_that_could_not_be_kept_is_kept_with_the_next_reload(self):
        self.sign("anna", "ben")
        self.broker.start()
        os.makedirs(self.broker.path("state", "policy.state.new", "in-the-way"))
        self.broker.write("main.policy", policy_of(6))
        self.sign("anna", "ben")
        self.assertIn("[POL089]", self.reload(r"the policy is in force"))
        self.assertIn("serial 5", self.broker.read("state/policy.state"))
        os.removedirs(self.broker.path("state", "policy.state.new", "in-the-way"))
        self.reload(r"the policy is in force")
        self.assertIn("serial 6", self.broker.read("state/policy.state"))

    def test_a_check_that_does_not_come_to_its_end_is_one_that_failed(self):
        self.broker.write("main.policy", policy_of(5, "# " + "x" * 1000 + "\n" * 500000))
        self.sign("anna", "ben")
        self.broker.start()
        self.broker.write("main.policy", policy_of(6, "# " + "x" * 1000 + "\n" * 500000))
        self.sign("anna", "ben")
        mark = self.broker.log_size()
        pid = reload_and_halt(self.broker)
        with open(f"/proc/{pid}/cmdline", "rb") as f:
            self.assertIn(b"verify", f.read().split(b"\0"))
        self.broker.create_topic("room", 1)                  # a login, and a change on disk
        self.assertEqual(schloss.state_of(pid), "T")
        self.broker.await_log(r"is not done with \S*/main\.policy after 10 s, and is ended "
                              r"\[WAR006\]", mark)
        self.broker.await_log(r"the policy is refused.*stays", mark)
        self.assertIn("serial 5", self.broker.read("state/policy.state"))
        self.reload(r"the policy is in force")
        self.assertIn("serial 6", self.broker.read("state/policy.state"))

    def test_what_enough_keys_signed_may_be_a_file_of_anybody(self):
        self.sign("anna", "ben")
        os.chmod(self.broker.path("main.policy"), 0o666)
        os.chmod(self.broker.dir, 0o777)
        self.broker.start()
        self.reload(r"the policy is in force")

    def test_keys_that_others_may_write_to_are_refused(self):
        self.sign("anna", "ben")
        os.chmod(self.broker.path("keys", "anna.pub"), 0o666)
        self.refused_start(r"anna.pub: decides who may sign and others may write to it")

    def test_a_policy_that_asks_for_signatures_is_not_taken_without(self):
        self.broker.settings["policy.signatures.required"] = "0"
        self.broker.write_config()
        self.broker.write("main.policy",
                          policy_of(5).replace("serial 5", "serial 5 signatures 2"))
        self.refused_start(r"asks for 2 signatures, and 0 were checked \[POL082\]")


if __name__ == "__main__":
    unittest.main()
