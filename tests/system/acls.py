"""Rules that clients set (policy.mode=api and mixed), at the real daemon, also after it was
started anew."""

import struct
import unittest

import raw
import reload
import schloss

DESCRIBE_ACLS, CREATE_ACLS, DELETE_ACLS = 29, 30, 31
TOPIC, GROUP = 2, 3
LITERAL, PREFIXED, ANY = 3, 4, 1
READ, WRITE, DESCRIBE = 3, 4, 8
DENY, ALLOW = 2, 3
POLICY_VIOLATION = 44


def rule(principal, operation, name, permission=ALLOW, pattern=LITERAL, kind=TOPIC, host="*"):
    return (struct.pack(">b", kind) + raw.string(name) + struct.pack(">b", pattern)
            + raw.string(principal) + raw.string(host)
            + struct.pack(">bb", operation, permission))


def any_of(principal=None):
    """A filter for what one principal has, or for everything."""
    null = struct.pack(">h", -1)
    return (struct.pack(">b", ANY) + null + struct.pack(">b", ANY)
            + (null if principal is None else raw.string(principal)) + null
            + struct.pack(">bb", ANY, ANY))


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 4  # behind the time to wait

    def number(self, form):
        value, = struct.unpack_from(form, self.data, self.at)
        self.at += struct.calcsize(form)
        return value

    def text(self):
        length = self.number(">h")
        if length < 0:
            return None
        self.at += length
        return self.data[self.at - length:self.at].decode()


def create(c, *rules):
    """Error and message for each."""
    answer = Reader(c.ask(CREATE_ACLS, 1, struct.pack(">i", len(rules)) + b"".join(rules)))
    return [(answer.number(">h"), answer.text()) for _ in range(answer.number(">i"))]


def delete(c, principal):
    """How many were removed, or the error."""
    answer = Reader(c.ask(DELETE_ACLS, 1, struct.pack(">i", 1) + any_of(principal)))
    answer.number(">i")
    error = answer.number(">h")
    answer.text()
    return -error if error else answer.number(">i")


def patterns(c, principal=None):
    """The names of resources that rules are about; an error is negative."""
    answer = Reader(c.ask(DESCRIBE_ACLS, 1, any_of(principal)))
    error = answer.number(">h")
    answer.text()
    if error:
        return -error
    names = []
    for _ in range(answer.number(">i")):
        answer.number(">b")
        names.append(answer.text())
        answer.number(">b")
        for _ in range(answer.number(">i")):
            answer.text(), answer.text(), answer.number(">b"), answer.number(">b")
    return sorted(names)


class Asking(unittest.TestCase):
    def connect(self, user="alice"):
        c = raw.Connection(self.broker, source=raw.fresh_address())
        self.addCleanup(c.close)
        return c.login(user)

    def sees(self, user, topic):
        return reload.Reload.topic_error(self.connect(user).metadata(topic)) == raw.NONE


class Api(Asking):
    """There is no policy file at all."""

    def setUp(self):
        self.broker = schloss.Broker(("SASL_SSL",), settings={
            "policy.mode": "api", "super.users": "User:alice", "policy.file": None})
        self.addCleanup(self.broker.close)
        self.broker.start()
        self.broker.create_topic("room")
        self.broker.create_topic("annex")

    def everything_as_it_was(self):
        self.assertTrue(self.sees("bob", "room"))
        self.assertTrue(self.sees("bob", "annex"))
        self.assertFalse(self.sees("mallory", "room"))
        self.assertTrue(self.sees("mallory", "annex"))
        self.assertEqual(patterns(self.connect()), ["*", "room"])

    def test_cve_2024_27309_one_rule_of_several_is_removed_and_the_others_hold(self):
        errors = create(self.connect(), rule("User:bob", DESCRIBE, "room"),
                        rule("User:carol", READ, "room"),
                        rule("User:mallory", DESCRIBE, "room", DENY),
                        rule("User:*", DESCRIBE, "*"))
        self.assertEqual(errors, [(0, None)] * 4)
        self.everything_as_it_was()
        self.assertEqual(delete(self.connect(), "User:carol"), 1)
        self.everything_as_it_was()
        self.assertEqual(self.broker.stop(), 0)
        self.broker.start()
        self.everything_as_it_was()
        self.assertEqual(delete(self.connect(), "User:bob"), 1)
        self.broker.kill()
        self.broker.start()
        self.everything_as_it_was()
        self.assertEqual(delete(self.connect(), "User:mallory"), 1)
        self.assertTrue(self.sees("mallory", "room"))
        self.broker.await_audit(r'"operation":"delete","resource":"acl","name":"acl-[0-9a-f]{8} '
                                r'deny User:mallory describe topic room from \*"')

    def test_who_reads_is_cut_off_with_the_rule(self):
        create(self.connect(), rule("User:bob", READ, "room"),
               rule("User:bob", READ, "g", kind=GROUP))
        self.broker.tool("produce", "room", text="one\n")
        consumer = self.connect("bob")
        mark = self.broker.log_size()
        self.assertIn(b"one", consumer.ask(1, 4, struct.pack(
            ">iiiibi", -1, 5000, 1, 1 << 20, 0, 1) + raw.string("room")
            + struct.pack(">iiqi", 1, 0, 0, 1 << 20)))
        self.assertEqual(delete(self.connect(), "User:bob"), 2)
        self.assertTrue(consumer.is_closed())
        self.assertNotIn("fault", self.broker.log(mark))

    def test_who_may_not_alter_the_cluster_sets_no_rule(self):
        error, message = create(self.connect("bob"), rule("User:bob", READ, "room"))[0]
        self.assertEqual(error, 31)
        self.assertRegex(message, r"\(decision [0-9a-f]{8}-[0-9a-f]+\)")
        self.assertEqual(patterns(self.connect("bob")), -31)
        self.assertEqual(patterns(self.connect()), [])


class Others(Asking):
    """The other modes, and what is said about open defaults."""

    def start(self, policy, **settings):
        self.broker = schloss.Broker(("SASL_SSL",), policy=policy, settings=settings)
        self.addCleanup(self.broker.close)
        self.broker.start()

    def test_file_names_itself(self):
        self.start(schloss.POLICY)
        error, message = create(self.connect(), rule("User:bob", READ, "room"))[0]
        self.assertEqual(error, POLICY_VIOLATION)
        self.assertRegex(message, r"rights stand in policy files \(.*main\.policy, serial 0\)")
        self.assertEqual(delete(self.connect(), None), -POLICY_VIOLATION)
        self.assertIn("*", patterns(self.connect(), "User:bob"))

    def test_mixed_takes_what_is_delegated_until_it_no_longer_is(self):
        policy = ("policy 1\nallow alice to all topic * group * txn * cluster\n"
                  "delegate topic team.*\n")
        self.start(policy + "safe: never bob to delete topic team.ledger.*\n",
                   **{"policy.mode": "mixed"})
        self.broker.create_topic("team.one")
        self.broker.create_topic("room")
        admin = self.connect()
        answers = create(admin, rule("User:bob", READ, "team.one"),
                         rule("User:bob", READ, "room"),
                         rule("User:bob", 6, "team.", pattern=PREFIXED))
        self.assertEqual([e for e, _ in answers], [0, POLICY_VIOLATION, POLICY_VIOLATION])
        self.assertIn("delegates nothing", answers[1][1])
        self.assertRegex(answers[2][1], r"never be: safe \(.*main\.policy:4\)")
        self.assertTrue(self.sees("bob", "team.one"))
        self.broker.write("main.policy", policy.replace("team.", "staff."))
        mark = self.broker.log_size()
        self.broker.hang_up()
        self.broker.await_log(r"the policy is in force", mark)
        self.assertFalse(self.sees("bob", "team.one"))

    def test_an_open_default_is_told_at_the_start(self):
        self.start(schloss.POLICY, **{
            "policy.mode": "api", "policy.kafka.compat": "true", "super.users": "User:alice",
            "allow.everyone.if.no.acl.found": "true"})
        self.broker.await_log(r"warning: .*allow\.everyone\.if\.no\.acl\.found says")
        self.broker.await_log(r"warning: .*policy\.kafka\.compat says")
        self.broker.create_topic("room", user="bob")
        self.assertTrue(self.sees("mallory", "room"))
