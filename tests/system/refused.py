"""Starts that must be refused, with the sentence and the exit status that say why."""

import os
import re
import shutil
import subprocess
import tempfile
import unittest

import schloss

SANDBOX, CONFIG = 77, 78
WITHOUT = os.path.join(schloss.BIN, "sandbox_without")
PLACE = r"{name}:\d+:\d+: error: "


class Sandbox(unittest.TestCase):
    """The whole daemon with one layer taken away, as a container or an old kernel may."""

    def setUp(self):
        self.broker = schloss.Broker(("SASL_SSL",))
        self.addCleanup(self.broker.close)

    def assert_refused(self, layer, sentence):
        with self.subTest(layer):
            self.broker.wrapper = [WITHOUT, layer, "--"]
            status, log = self.broker.run_to_end()
            self.assertEqual(status, SANDBOX, log)
            self.assertRegex(log, sentence)
            self.assertRegex(log, r"refuses to start: layer .* is missing: .*; needs ")
            self.assertNotIn("listening:", log)

    @unittest.skipUnless(os.path.exists(WITHOUT), "sandbox_without is not built")
    def test_no_layer_can_be_missing(self):
        self.assert_refused("seccomp", r"layer seccomp is missing")
        self.assert_refused("landlock", r"layer Landlock is missing")
        self.assert_refused("landlock-abi1", r"this kernel has ABI 1, \w+ needs 2")
        self.assert_refused("namespaces", r"set sandbox=container")
        self.assert_refused("no-new-privs", r"layer no_new_privs is missing")
        if os.getuid() == 0:
            self.assert_refused("uids", r"set sandbox=rootless")

    def test_strict_is_refused_to_an_ordinary_user(self):
        if os.getuid() == 0:
            self.skipTest("runs as root")
        self.broker.settings["sandbox"] = "strict"
        self.broker.write_config()
        status, log = self.broker.run_to_end()
        self.assertEqual(status, SANDBOX, log)
        self.assertRegex(log, r"layer separate users is missing")


class Files(unittest.TestCase):
    """A file that can not be understood: its name, line, column, and status 78."""

    def setUp(self):
        self.broker = schloss.Broker(("SASL_SSL",))
        self.addCleanup(self.broker.close)

    def assert_refused(self, *expressions):
        status, log = self.broker.run_to_end()
        self.assertEqual(status, CONFIG, log)
        for expression in expressions:
            self.assertRegex(log, expression)
        self.assertNotIn("listening:", log)
        return log

    def test_an_unknown_key_with_a_suggestion(self):
        self.broker.settings["listenres"] = "x"
        self.broker.write_config()
        log = self.assert_refused(PLACE.format(name=r"schloss\.properties"), "listenres",
                                  r"did you mean.*listeners")
        check = subprocess.run(self.broker.command() + ["--check"], stderr=subprocess.PIPE,
                               encoding="utf-8", check=False)
        self.assertEqual(check.returncode, CONFIG)
        self.assertIn(check.stderr.splitlines()[0], log)

    def test_every_error_of_all_files_at_once(self):
        os.mkdir(self.broker.path("conf.d"))
        self.broker.write("conf.d/10-a.properties", "num.partitions=many\n")
        self.broker.write("conf.d/20-b.properties", "\nnode.id=-3\n")
        self.assert_refused(r"10-a\.properties:1:\d+: error", r"20-b\.properties:2:\d+: error")

    def test_a_plaintext_listener_that_nothing_allows(self):
        self.broker.ports = {"PLAINTEXT": self.broker.ports["SASL_SSL"]}
        self.broker.settings["schloss.allow.plaintext"] = None
        self.broker.write_config()
        self.assert_refused(r"schloss\.allow\.plaintext")

    def test_a_policy_with_a_word_that_is_none(self):
        self.broker.write("main.policy", "policy 1\nallow alice to fly topic *\n")
        self.assert_refused(r"main\.policy:2:\d+: error: ", "fly")

    def test_users_with_a_line_that_is_none(self):
        self.broker.write("users", self.broker.read("users") + "zoe:plaintext-password\n")
        log = self.assert_refused(r"users:4:\d+: error: ")
        self.assertNotIn("plaintext-password", log)

    def test_a_certificate_that_is_none(self):
        self.broker.write("tls/broker.pem", "hello\n")
        self.assert_refused(r"broker\.pem")

    def test_a_key_of_another_certificate(self):
        schloss.run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-out", self.broker.path("tls/broker.key"))
        os.chmod(self.broker.path("tls/broker.key"), 0o600)
        self.assert_refused(r"broker\.(pem|key)|certificate|private key")

    def test_a_secret_that_others_may_read(self):
        for name in ("tls/broker.key", "users"):
            with self.subTest(name):
                os.chmod(self.broker.path(name), 0o644)
                self.assert_refused(re.escape(self.broker.path(name)), r"chmod 600")
                os.chmod(self.broker.path(name), 0o600)

    def test_two_brokers_on_one_data_directory(self):
        self.broker.start()
        with_same_data = schloss.Broker(("SASL_SSL",), settings={
            "log.dirs": self.broker.path("data")})
        self.addCleanup(with_same_data.close)
        status, log = with_same_data.run_to_end()
        self.assertEqual(status, CONFIG, log)
        self.assertRegex(log, r"another schlossd uses this data directory")
        self.assertEqual(self.broker.tool("topic", "list", status=None).returncode, 0)

    def test_a_data_directory_that_can_not_be_written(self):
        self.broker.settings["log.dirs"] = "/proc/schloss"
        self.broker.write_config()
        self.assert_refused(r"/proc/schloss")

    def test_a_link_in_the_data_directory_leads_nowhere(self):
        self.broker.start()
        for name in ("kept", "led"):
            self.broker.create_topic(name)
            self.broker.tool("produce", name, text="inside\n")
        self.broker.stop()
        outside = tempfile.mkdtemp(prefix="schloss-outside-")
        self.addCleanup(shutil.rmtree, outside)
        inside = self.broker.path("data", "led-0")
        shutil.copytree(inside, outside, dirs_exist_ok=True)
        before = {n: os.stat(os.path.join(outside, n)).st_mtime_ns for n in os.listdir(outside)}
        shutil.rmtree(inside)
        os.symlink(outside, inside)
        self.broker.start()
        self.assertIn("inside", self.broker.tool("consume", "kept", "--from-beginning",
                                                 "-n", "1").stdout)
        self.assertNotEqual(self.broker.tool("produce", "led", "-X", "message.timeout.ms=2000",
                                             text="x\n", status=None).returncode, 0)
        self.broker.stop()
        after = {n: os.stat(os.path.join(outside, n)).st_mtime_ns for n in os.listdir(outside)}
        self.assertEqual(after, before)

    def test_a_port_that_is_taken(self):
        self.broker.start()
        other = schloss.Broker(("SASL_SSL",))
        self.addCleanup(other.close)
        other.ports = dict(self.broker.ports)
        other.write_config()
        status, log = other.run_to_end()
        self.assertEqual(status, CONFIG, log)
        self.assertRegex(log, r"can not be listened on: Address already in use")


class Stop(unittest.TestCase):
    def test_a_clean_stop_ends_with_0_and_leaves_no_process(self):
        broker = schloss.Broker(("SASL_SSL",))
        self.addCleanup(broker.close)
        broker.start()
        pids = schloss.descendants(broker.process.pid)
        self.assertGreaterEqual(len(pids), len(schloss.SHARED))
        self.assertEqual(broker.stop(), 0)
        schloss.eventually(
            lambda: not any(schloss.program_of(p).startswith("schloss") for p in pids), 5,
            "no process is left")


if __name__ == "__main__":
    unittest.main()
