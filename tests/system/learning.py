"""Policies from the audit trail: what somebody did is learned, and replayed."""

import json
import os
import shutil
import unittest

import schloss
from schloss import BIN, run

ADMIN = "allow alice to all topic * group * cluster\n"
WIDE = "policy 1\n" + ADMIN + "allow bob to all topic * group * cluster\n"


class Trail(unittest.TestCase):
    """The learned policy alone is enough for the same commands, and for no others."""

    @classmethod
    def setUpClass(cls):
        if shutil.which("kcat") is None:
            raise unittest.SkipTest("kcat is not installed")
        cls.broker = schloss.Broker(("SASL_SSL",), policy=WIDE)
        cls.addClassCleanup(cls.broker.close)
        cls.broker.start()
        for name in ("in.orders", "out.paid", "secret"):
            cls.broker.create_topic(name, 1)
        cls.broker.tool("produce", "in.orders", text="one\ntwo\n")

    def policy(self, verb, *arguments, status=0):
        return run(os.path.join(BIN, "schloss"), "policy", verb, "--audit",
                   self.broker.path("audit"), *arguments, status=status).stdout

    def simulate(self, text, *arguments, status=0):
        path = self.broker.write("new.policy", text)
        return self.policy("simulate", path, "--file", self.broker.path("schloss.properties"),
                           *arguments, status=status)

    def learn(self, user, *arguments):
        return self.policy("learn", "--principal", user, *arguments)

    def work(self, group, status=0):
        """What bob's program does."""
        broker = self.broker
        broker.kcat("-P", "-t", "out.paid", text="paid\n", user="bob", status=status)
        got = broker.kcat("-C", "-t", "in.orders", "-o", "beginning", "-e", "-q", user="bob",
                          status=status)
        member = broker.kcat("-G", group, "-X", "auto.offset.reset=earliest", "-c", "2", "-q",
                             "in.orders", user="bob", status=status)
        return got.stdout, member.stdout

    def await_trail(self, *expressions):
        for expression in expressions:
            self.broker.await_audit(expression)

    def put_in_force(self, text):
        mark = self.broker.log_size()
        self.broker.write("main.policy", text)
        self.broker.hang_up()
        self.broker.await_log(r"the policy is in force", mark)

    def test_what_is_learned_is_enough_and_changes_nothing(self):
        broker = self.broker
        self.assertEqual(self.work("in.readers"), ("one\ntwo\n", "one\ntwo\n"))
        broker.tool("topic", "create", "out.late", user="bob")
        self.await_trail(r'"event":"produce".*"principal":"User:bob".*"name":"out.paid"',
                         r'"event":"consume".*"principal":"User:bob".*"name":"in.orders"',
                         r'"event":"group".*"principal":"User:bob".*"operation":"leave"',
                         r'"event":"admin".*"principal":"User:bob".*"name":"out.late"')
        learned = self.learn("bob")
        self.assertEqual([line for line in learned.splitlines() if line[0] != "#"],
                         ["allow bob to consume topic in.orders group in.readers",
                          "allow bob to produce topic out.paid",
                          "allow bob to create topic out.late"])
        self.assertRegex(learned, r"(?m)^# from 127\.0\.0\.1$")
        self.assertRegex(learned, r"(?m)^# with \w+$")
        fresh = "policy 1\n" + ADMIN + learned
        said = self.simulate(fresh)
        self.assertRegex(said, r"replayed: 0 would be denied now, 0 allowed\n")
        self.assertRegex(self.simulate("policy 1\n" + ADMIN, status=1),
                         r"(?m)^denied +\d+ +User:bob +write +topic +out\.paid +127\.0\.0\.1 "
                         r"+default +\S+Z +\S+Z$")

        self.put_in_force(fresh)
        self.addCleanup(self.put_in_force, WIDE)
        broker.tool("produce", "in.orders", text="three\nfour\n")
        self.assertEqual(self.work("in.readers"),
                         ("one\ntwo\nthree\nfour\n", "three\nfour\n"))
        broker.kcat("-C", "-t", "secret", "-o", "beginning", "-e", "-q", user="bob", status=1)
        self.await_trail(r'"event":"denied".*"principal":"User:bob".*"name":"secret"')
        self.assertNotIn("secret", self.learn("bob"))
        changes = json.loads(self.simulate(WIDE, "-o", "json", status=1))["changes"]
        self.assertEqual({(c["now"], c["principal"], c["name"]) for c in changes},
                         {("allowed", "User:bob", "secret")})

    def test_lines_that_are_none_are_counted(self):
        path = self.broker.write("bad.log", '{"time":"2026-11-21T20:00:00.000Z","source":"broker",'
                                 '"event":"consume","outcome":"success","hash":"0"}\nnonsense\n'
                                 + "x" * 100000 + "\n\0\n")
        out = run(os.path.join(BIN, "schloss"), "policy", "simulate", "--audit", path,
                  self.broker.path("main.policy"), "--file",
                  self.broker.path("schloss.properties")).stdout
        self.assertIn("4 lines could not be understood, and were left out\n", out)
        run(os.path.join(BIN, "schloss"), "policy", "simulate", "--audit",
            self.broker.path("nowhere"), self.broker.path("main.policy"), status=2)
        run(os.path.join(BIN, "schloss"), "policy", "learn", "--audit", path, status=2)
