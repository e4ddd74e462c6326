"""The policies of policy/examples/tools, and kcat: what they give suffices, and no more works.

Apache Kafka's own programs are tried in tests/interop/apps.py.
"""

import itertools
import os
import shutil
import unittest

import schloss

TOOLS = os.path.join(schloss.HOME, "policy/examples/tools")
ADMIN = "\nsetup: allow alice to all topic * group * txn * cluster\n"
marks = itertools.count()


def text(name):
    with open(os.path.join(TOOLS, name), encoding="utf-8") as f:
        return f.read()


def new_broker(name, users, edits=None):
    """One under that policy, as it stands unless edited, and alice, who makes the topics."""
    policy = text(name)
    for old, new in (edits or {}).items():
        if old not in policy:
            raise AssertionError(f"{name} has no {old!r}")
        policy = policy.replace(old, new)
    return schloss.Broker(("SASL_SSL",), users=("alice", "mallory", *users),
                          policy=policy + ADMIN)


def denials(broker, user):
    """What that user was refused so far, as lines of the audit; they come in their order, so that
    nothing is missing before the refusal that is waited for."""
    mark = f"mark-{next(marks)}"
    broker.tool("topic", "describe", mark, user="mallory", status=None)
    broker.await_audit(f'"event":"denied".*"name":"{mark}"')
    return [line for line in broker.audit().splitlines()
            if '"event":"denied"' in line and f'"principal":"User:{user}"' in line]


@unittest.skipIf(shutil.which("kcat") is None, "kcat is not installed")
class Kcat(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = new_broker("kcat.policy", ("kcat-producer", "kcat-consumer", "kcat-member",
                                                "kcat-lister"))
        cls.addClassCleanup(cls.broker.close)
        cls.broker.start()
        for name in ("orders", "payroll"):
            cls.broker.create_topic(name)
            cls.broker.tool("produce", name, text="one\ntwo\nthree\n")

    def kcat(self, user, *arguments, **more):
        return self.broker.kcat(*arguments, user=user, **more)

    def assert_refused(self, user, *arguments, rows=None):
        """By the policy, not for another reason."""
        before = len(denials(self.broker, user))
        done = self.kcat(user, *arguments, text=rows, status=None)
        self.assertIn("authorization failed", done.stderr)
        self.assertNotIn("one", done.stdout)
        self.assertGreater(len(denials(self.broker, user)), before)

    def test_it_produces(self):
        for idempotence in ("false", "true"):
            self.kcat("kcat-producer", "-P", "-t", "orders", "-X",
                      f"enable.idempotence={idempotence}", text="four\n")
        self.assertEqual(denials(self.broker, "kcat-producer"), [])
        self.assert_refused("kcat-producer", "-P", "-t", "payroll", rows="x\n")
        self.assert_refused("kcat-producer", "-C", "-t", "orders", "-o", "beginning", "-e")

    def test_it_consumes(self):
        for where in ("beginning", "s@1"):
            done = self.kcat("kcat-consumer", "-C", "-t", "orders", "-o", where, "-e")
            self.assertEqual(done.stdout.splitlines()[:3], ["one", "two", "three"])
        self.assertEqual(denials(self.broker, "kcat-consumer"), [])
        self.assert_refused("kcat-consumer", "-C", "-t", "payroll", "-o", "beginning", "-e")
        self.assert_refused("kcat-consumer", "-P", "-t", "orders", rows="x\n")
        self.assert_refused("kcat-consumer", "-G", "kcat.orders", "-c", "1", "orders")

    def test_it_consumes_in_a_group(self):
        earliest = ("-X", "auto.offset.reset=earliest")
        done = self.kcat("kcat-member", "-G", "kcat.orders", *earliest, "-c", "2", "orders")
        self.assertEqual(done.stdout.splitlines(), ["one", "two"])
        done = self.kcat("kcat-member", "-G", "kcat.orders", *earliest, "-c", "1", "orders")
        self.assertEqual(done.stdout.splitlines(), ["three"])
        self.assertEqual(denials(self.broker, "kcat-member"), [])
        self.assert_refused("kcat-member", "-G", "billing", *earliest, "-c", "1", "orders")
        self.assert_refused("kcat-member", "-G", "kcat.orders", *earliest, "-c", "1", "payroll")

    def test_it_lists(self):
        listed = self.kcat("kcat-lister", "-L").stdout
        self.assertIn('topic "orders"', listed)
        self.assertNotIn("payroll", listed)
        self.assertRegex(self.kcat("kcat-lister", "-Q", "-t", "orders:0:-2").stdout, r"offset 0")
        self.assertEqual(denials(self.broker, "kcat-lister"), [])
        self.assert_refused("kcat-lister", "-C", "-t", "orders", "-o", "beginning", "-e")
        self.assert_refused("kcat-lister", "-P", "-t", "orders", rows="x\n")
