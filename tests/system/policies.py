"""A policy in several files: read at the start and on SIGHUP, or refused as a whole."""

import json
import os
import signal
import subprocess
import threading
import time
import unittest

import admin
import raw
import schloss
from reload import Reload

CONFIG = 78
DEADLINE = 10  # seconds for a compiler
LONG = "".join(f"allow guest{n} to read topic annex.{n}\n" for n in range(8000))
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

    def test_the_check_of_the_configuration_finds_it_too(self):
        command = self.broker.command() + ["--check"]
        self.assertEqual(subprocess.run(command, check=False).returncode, 0)
        os.mkfifo(self.broker.path("policy/teams/more.policy"))
        done = subprocess.run(command, stderr=subprocess.PIPE, encoding="utf-8", check=False)
        self.assertEqual(done.returncode, CONFIG)
        self.assertIn("teams/more.policy: is not a regular file", done.stderr)

    def test_files_and_directories_that_others_may_write_to(self):
        for name, bad, good in (("policy/main.policy", 0o664, 0o644),
                                ("policy/teams/guests.policy", 0o606, 0o600),
                                ("policy/teams", 0o775, 0o755), ("policy", 0o777, 0o755)):
            with self.subTest(name):
                path = self.broker.path(name)
                os.chmod(path, bad)
                self.assert_refused(rf"{path}: decides who may do what, and others may write to "
                                    rf"it; run: chmod go-w {path} \[POL025\]")
                done = subprocess.run(self.broker.command() + ["--check"], check=False,
                                      stderr=subprocess.PIPE, encoding="utf-8")
                self.assertEqual(done.returncode, CONFIG)
                self.assertIn("POL025", done.stderr)
                os.chmod(path, good)
        self.broker.start()

    @unittest.skipIf(os.getuid() != 0, "files are given to somebody else by root alone")
    def test_files_and_directories_of_somebody_else(self):
        for name in ("policy/main.policy", "policy/teams/guests.policy", "policy/teams", "policy"):
            with self.subTest(name):
                path = self.broker.path(name)
                os.chown(path, 4711, 0)
                self.assert_refused(rf"{path}: decides who may do what, and belongs to another "
                                    rf"user; run: chown root {path} \[POL025\]")
                os.chown(path, 0, 0)
        self.broker.start()

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


    def test_a_file_that_others_may_write_to_leaves_the_policy_in_force(self):
        path = self.broker.path("policy/teams/guests.policy")
        self.broker.write("policy/teams/guests.policy", TEAM.replace("room", "annex.*"), 0o660)
        try:
            self.reload(rf"{path}: .* others may write to it.*\[POL025\]",
                        r"the policy is refused, the one in force stays \[REL002\]")
            self.assertTrue(self.sees("room", "bob"))
            self.assertFalse(self.sees("annex.one", "bob"))
        finally:
            self.broker.write("policy/teams/guests.policy", TEAM)
        self.reload(r"the policy is in force")


class Applied(unittest.TestCase):
    """schloss policy apply, status and revert, against the daemon."""

    def setUp(self):
        self.broker = new_broker()
        self.broker.settings["schloss.admin.socket"] = self.broker.path("run/admin.sock")
        self.broker.write_config()
        self.put(1, "")
        self.addCleanup(self.broker.close)
        self.broker.start()
        for name in ("room", "annex.one"):
            self.broker.create_topic(name, 1)

    def put(self, serial, more):
        header = f"policy 1 serial {serial}\n" if serial else "policy 1\n"
        self.broker.write("policy/main.policy",
                          MAIN.replace("policy 1\n", header) + more)

    def policy(self, *arguments, status=0):
        return schloss.run(os.path.join(schloss.BIN, "schloss"), "policy", *arguments,
                           "--admin-socket", self.broker.settings["schloss.admin.socket"],
                           status=status)

    def status(self, expected):
        return json.loads(self.policy("status", "-o", "json", status=expected).stdout)

    def sees(self, topic, user):
        with raw.Connection(self.broker) as c:
            return Reload.topic_error(c.login(user).metadata(topic)) == raw.NONE

    def plan(self, status):
        return json.loads(self.policy("apply", "--plan", "-o", "json", status=status).stdout)

    def test_what_is_planned_is_what_comes_into_force(self):
        before = self.status(0)
        self.assertEqual((before["serial"], before["mode"], before["refused_ms"]), (1, "file", 0))
        self.assertEqual(self.plan(0)["changes"], [])
        self.put(2, "allow mallory to read topic room\n")
        plan = self.plan(1)
        self.assertEqual(plan["in_force"], {"serial": 1, "hash": before["hash"]})
        self.assertEqual(plan["files"]["serial"], 2)
        self.assertIn("mallory", json.dumps(plan["changes"]))
        self.assertFalse(self.sees("room", "mallory"))          # a plan changes nothing
        self.assertTrue(self.status(1)["files_differ"])
        said = self.policy("apply", "--yes", "--expect", plan["files"]["hash"]).stdout
        self.assertIn(f"in force now: serial 2, hash {plan['files']['hash']}", said)
        self.assertTrue(self.sees("room", "mallory"))
        after = self.status(0)
        self.assertEqual((after["serial"], after["hash"]), (2, plan["files"]["hash"]))
        self.assertGreater(after["since_ms"], before["since_ms"])
        whole = json.loads(schloss.run(
            os.path.join(schloss.BIN, "schloss"), "status", "-o", "json", "--admin-socket",
            self.broker.settings["schloss.admin.socket"]).stdout)
        self.assertEqual(whole["policy"]["hash"], after["hash"])
        self.assertEqual(whole["policy"]["since_ms"], after["since_ms"])
        self.broker.await_audit(f'"reason":"serial 2 sha256 {after["hash"]}"')
        names = os.listdir(self.broker.path("history"))
        self.assertEqual(sorted(names),
                         sorted([f"1-{before['hash']}.bundle", f"2-{after['hash']}.bundle"]))
        self.assertIn("in force already", self.policy("apply", "--yes").stdout)

    def test_other_files_than_were_expected_are_refused(self):
        old = self.status(0)["hash"]
        self.put(2, "allow mallory to read topic room\n")
        said = self.policy("apply", "--yes", "--expect", old, status=4).stderr
        self.assertIn("was expected", said)
        self.assertFalse(self.sees("room", "mallory"))
        self.policy("apply", "--yes", "--expect", "abc", status=2)
        self.policy("apply", status=2)                           # nobody to ask
        mark = self.broker.log_size()
        with admin.Line(self.broker) as line:                    # past the tool
            body = b"\1" + b"\7policy" + bytes([65]) + old.encode() + b"\0"
            self.assertIn(b"REL004", line.ask(admin.RELOAD, 0, body))
        self.broker.await_log(r"are not those that were asked for: sha256=[0-9a-f]{64} .*REL004",
                              mark)
        self.assertFalse(self.sees("room", "mallory"))
        self.assertGreater(self.status(1)["refused_ms"], 0)

    def test_a_broken_file_comes_to_no_plan(self):
        self.put(2, "allow mallory to reed topic room\n")
        self.assertIn("POL012", self.policy("apply", "--plan", status=2).stderr)
        self.policy("apply", "--yes", status=1)
        self.assertFalse(self.status(1)["history"] == "")
        self.put(2, "allow mallory to read topic annex.*\n")     # a test fails
        self.assertIn("test failed", self.policy("apply", "--yes", status=1).stderr)
        self.assertEqual(self.status(1)["serial"], 1)

    def test_other_files_than_those_of_the_broker_are_only_looked_at(self):
        self.broker.write("other.policy", "policy 1\nallow alice to all topic *\n")
        self.policy("apply", self.broker.path("other.policy"), "--plan", status=1)
        said = self.policy("apply", self.broker.path("other.policy"), "--yes", status=2).stderr
        self.assertIn("schlossd reads", said)

    def test_rules_that_end_soon_are_named(self):
        soon = time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime(time.time() + 3 * 86400))
        late = time.strftime("%Y-%m-%dT%H:%MZ", time.gmtime(time.time() + 30 * 86400))
        self.put(2, f"visit: allow bob to read topic room until {soon}\n"
                    f"allow bob to write topic room until {late}\n")
        self.policy("apply", "--yes")
        self.assertTrue(self.sees("room", "bob"))                # the clock may be asked
        ending = self.status(0)["ending"]
        self.assertEqual([e["rule"] for e in ending], ["visit"])
        self.assertEqual(ending[0]["until"], soon)
        self.assertIn("ends soon   visit", self.policy("status").stdout)

    def test_an_earlier_policy_comes_back_as_files_with_a_higher_serial(self):
        self.put(2, "allow mallory to read topic room\n")
        self.policy("apply", "--yes")
        self.policy("revert", "--to", self.broker.path("back"))
        text = self.broker.read("back/main.policy")
        self.assertTrue(text.startswith("policy 1 serial 3\n"))
        self.assertNotIn("mallory to read", text)
        self.assertEqual(self.broker.read("back/teams/guests.policy"), TEAM)
        self.policy("revert", "--to", self.broker.path("back"), status=1)   # is there
        self.assertIn("mallory", self.policy("revert", "1", status=2).stdout)
        self.assertEqual(self.status(0)["serial"], 2)
        self.policy("revert", "1", "--yes")
        self.assertTrue(self.sees("room", "mallory"))            # not by itself
        self.policy("apply", "--yes")
        self.assertFalse(self.sees("room", "mallory"))
        self.assertEqual(self.status(0)["serial"], 3)
        self.assertIn("has no policy called 77", self.policy("revert", "77", status=1).stderr)

    def test_the_history_outlives_the_daemon(self):
        self.put(2, "allow mallory to read topic room\n")
        self.policy("apply", "--yes")
        self.broker.stop()
        self.broker.start()
        self.assertEqual(self.status(0)["serial"], 2)
        self.policy("revert", "1", "--to", self.broker.path("back"))


def halt(broker, role, found):
    """Stops the first process of that role that is seen, and appends its id to found."""
    deadline = time.monotonic() + 30
    while not found and time.monotonic() < deadline:
        for pid in schloss.children(broker.process.pid):
            if schloss.program_of(pid) == "schloss-" + role:
                os.kill(pid, signal.SIGSTOP)
                found.append(pid)
                return


def reload_and_halt(broker, role="compiler"):
    """A reload whose compiler stands still; its process id."""
    found = []
    watcher = threading.Thread(target=halt, args=(broker, role, found))
    watcher.start()
    broker.hang_up()
    watcher.join()
    schloss.eventually(lambda: found and schloss.state_of(found[0]) == "T", 5,
                       f"the {role} stands still")
    return found[0]


class Slow(unittest.TestCase):
    """A compiler that does not come to its end costs that reload, and nothing else."""

    def setUp(self):
        self.broker = new_broker()
        self.broker.settings["cluster.id"] = "bank"
        self.broker.settings["policy.state.file"] = self.broker.path("state", "state")
        self.broker.settings["schloss.admin.socket"] = self.broker.path("run/admin.sock")
        self.broker.write_config()
        self.addCleanup(self.broker.close)
        self.broker.start()
        for name in ("room", "annex.one"):
            self.broker.create_topic(name, 1)
        self.mark = self.broker.log_size()
        self.good = self.broker.read("policy/main.policy")
        self.broker.write("policy/main.policy",
                          self.good.replace("test ", LONG + "test ", 1)
                          + "allow mallory to read topic room\n")

    def sees(self, topic, user):
        with raw.Connection(self.broker) as c:
            return Reload.topic_error(c.login(user).metadata(topic)) == raw.NONE

    def assert_halted(self, pid):
        self.assertEqual(schloss.state_of(pid), "T")

    def test_what_dies_meanwhile_is_started_anew_and_clients_are_served(self):
        with raw.Connection(self.broker) as old:
            old.login("alice")
            pid = reload_and_halt(self.broker)
            began = time.monotonic()
            before = self.broker.pids("auth")[0]
            os.kill(before, signal.SIGKILL)
            schloss.eventually(lambda: self.broker.pids("auth") not in ([], [before]), 5,
                               "another auth")
            for _ in range(12):                              # more than there are spare gates
                self.assertTrue(self.sees("room", "bob"))
            self.assertEqual(Reload.topic_error(old.metadata("room")), raw.NONE)
            self.assert_halted(pid)
        os.kill(self.broker.pids("store")[0], signal.SIGKILL)
        self.broker.await_serving(self.mark)
        self.assertTrue(self.sees("room", "bob"))
        self.assertLess(time.monotonic() - began, DEADLINE)
        self.assert_halted(pid)
        self.broker.await_log(r"the policy compiler is not done with \S*/main\.policy after "
                              r"10 s, and is ended \[WAR006\]", self.mark)
        self.broker.await_log(r"the policy is refused, the one in force stays \[REL002\]",
                              self.mark)
        self.assertGreater(time.monotonic() - began, DEADLINE - 1)
        schloss.eventually(lambda: schloss.state_of(pid) == "X", 5, "it is reaped")
        self.broker.await_audit(r'"event":"reload","outcome":"failure".*"name":"policy"')
        self.assertTrue(self.sees("room", "bob"))
        self.assertFalse(self.sees("room", "mallory"))

    def test_a_reload_meanwhile_waits_and_takes_the_files_of_then(self):
        pid = reload_and_halt(self.broker)
        self.broker.write("policy/main.policy", self.good)
        self.broker.write("policy/teams/more.policy", "allow mallory to read topic annex.*\n")
        self.broker.hang_up()
        self.broker.await_log(r"this one is read after it", self.mark)
        os.unlink(self.broker.path("policy/teams/more.policy"))
        self.broker.write("policy/teams/guests.policy", TEAM.replace("room", "annex.*"))
        self.broker.hang_up()
        self.broker.await_log(r"this one is read after it", self.mark, count=2)
        self.assertTrue(self.sees("room", "bob"))
        self.assert_halted(pid)
        self.broker.await_log(r"the policy is refused, the one in force stays", self.mark)
        self.broker.await_log(r"the policy is in force \[REL001\]", self.mark)
        self.assertFalse(self.sees("room", "bob"))
        self.assertTrue(self.sees("annex.one", "bob"))
        self.assertEqual(self.broker.log(self.mark).count("the policy is in force"), 1)

    def test_a_compiler_that_goes_on_in_time_is_as_good_as_any(self):
        pid = reload_and_halt(self.broker)
        self.assertFalse(self.sees("room", "mallory"))
        os.kill(pid, signal.SIGCONT)
        self.broker.await_log(r"the policy is in force \[REL001\]", self.mark)
        self.assertTrue(self.sees("room", "mallory"))

    def test_what_was_read_before_signatures_were_asked_for_is_not_taken(self):
        pid = reload_and_halt(self.broker)
        os.mkdir(self.broker.path("keys"), 0o700)
        self.broker.settings.update({
            "policy.signatures.required": "1",
            "policy.trusted.keys.dir": self.broker.path("keys")})
        self.broker.write_config()
        self.broker.hang_up()
        self.broker.await_log(r"this one is read after it", self.mark)
        os.kill(pid, signal.SIGCONT)
        self.broker.await_log(r"was read before policy\.signatures\.required=1: it is not "
                              r"taken \[WAR006\]", self.mark)
        self.broker.await_log(r"the policy is refused, the one in force stays \[REL002\]",
                              self.mark, count=2)
        self.assertFalse(self.sees("room", "mallory"))
        self.assertTrue(self.sees("room", "bob"))

    def test_who_asked_for_the_reload_is_told_that_it_failed(self):
        found = []
        watcher = threading.Thread(target=halt, args=(self.broker, "compiler", found))
        watcher.start()
        done = schloss.run(os.path.join(schloss.BIN, "schloss"), "policy", "apply", "--yes",
                           "--admin-socket", self.broker.settings["schloss.admin.socket"],
                           status=4)
        watcher.join()
        self.assertEqual(len(found), 1)
        self.assertIn("schlossd did not take the policy; the one in force stays [REL002]",
                      done.stderr)
        self.assertFalse(self.sees("room", "mallory"))

    def test_the_end_of_the_daemon_does_not_wait_for_it(self):
        pid = reload_and_halt(self.broker)
        began = time.monotonic()
        self.assertEqual(self.broker.stop(), 0)
        self.assertLess(time.monotonic() - began, DEADLINE - 1)
        self.assertEqual(schloss.state_of(pid), "X")


class Permissive(unittest.TestCase):
    """A second policy that decides nothing: the audit says where it would."""

    def setUp(self):
        self.broker = new_broker()
        self.broker.settings["schloss.admin.socket"] = self.broker.path("run/admin.sock")
        self.broker.settings["policy.permissive.file"] = self.broker.path("next/main.policy")
        self.broker.write_config()
        os.makedirs(self.broker.path("next"))
        self.addCleanup(self.broker.close)

    def status(self):
        return json.loads(schloss.run(
            os.path.join(schloss.BIN, "schloss"), "status", "-o", "json", "--admin-socket",
            self.broker.settings["schloss.admin.socket"]).stdout)

    def test_differences_are_told_and_decide_nothing(self):
        self.broker.write("next/main.policy",
                          "policy 1 serial 9\nallow alice to all topic * group * txn * cluster\n"
                          "opened: allow mallory to read, write topic room\n")
        self.broker.start()
        self.broker.await_log(r"is permissive: it decides nothing.*\[REL006\] sha256=[0-9a-f]{64}")
        self.assertEqual(self.status()["permissive"]["serial"], 9)
        self.broker.create_topic("room", 1)
        for _ in range(3):
            self.broker.kcat("-C", "-t", "room", "-e", "-o", "beginning", user="bob")
        self.broker.await_audit(r'"event":"permissive","outcome":"denied".*"principal":"User:bob"'
                                r'.*"operation":"read","resource":"topic","name":"room",'
                                r'"rule":"default".*"reason":"allowed by r-[0-9a-f]{8}"')
        self.broker.kcat("-P", "-t", "room", user="mallory", text="x", status=None)
        self.broker.await_audit(r'"event":"permissive","outcome":"success".*User:mallory.*'
                                r'"rule":"opened".*"reason":"denied by default"')
        mark = self.broker.log_size()
        self.broker.write("next/main.policy", "policy 1 serial 10\nallow any to all topic *\n")
        schloss.run(os.path.join(schloss.BIN, "schloss"), "policy", "apply", "--yes",
                    "--admin-socket", self.broker.settings["schloss.admin.socket"])
        self.broker.await_log(r"\[REL006\]", mark)
        self.assertEqual(self.status()["permissive"]["serial"], 10)
        audit = self.broker.audit()
        self.assertNotIn('"event":"permissive","outcome":"denied","session":1,"principal":'
                         '"User:alice"', audit)
        self.assertIn('"event":"denied"', audit)
        self.broker.settings["policy.permissive.file"] = None
        self.broker.write_config()
        mark = self.broker.log_size()
        self.broker.hang_up()
        self.broker.await_log("no policy is permissive any more", mark)
        self.assertIsNone(self.status()["permissive"])

    def test_one_that_others_may_write_to_is_a_bad_one(self):
        self.broker.write("next/main.policy", "policy 1\n", 0o666)
        self.broker.start()
        self.assertRegex(self.broker.log(), r"next/main\.policy: .*\[POL025\]")
        self.assertRegex(self.broker.log(), r"the permissive policy is refused.*\[REL005\]")

    def test_a_bad_one_stops_nothing(self):
        self.broker.write("next/main.policy", "policy 1\nallow alice to fly topic *\n")
        self.broker.start()
        self.assertRegex(self.broker.log(), r"the permissive policy is refused.*\[REL005\]")
        self.assertGreater(self.status()["permissive"]["refused_ms"], 0)
        self.broker.create_topic("room", 1)
