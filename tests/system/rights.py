"""What somebody may not do must not be seen either: refusals give nothing away.

The table of what each request needs is tests/broker/broker_rights_test.c.
"""

import base64
import re
import struct

import batch
import raw
import schloss
from attacks import Attack
from hostile import fetch_body, produce_body

POLICY = """policy 1
allow alice to all topic * group * txn * cluster
allow bob to consume topic other* group *
"""
LIST_OFFSETS, OFFSET_COMMIT, DELETE_TOPICS, DELETE_RECORDS = 2, 8, 20, 21
DESCRIBE_CONFIGS, CREATE_PARTITIONS = 32, 37
DESCRIBE_CLIENT_QUOTAS, ALTER_CLIENT_QUOTAS = 48, 49
UNKNOWN_TOPIC, INVALID_TOPIC, TOPIC_DENIED = 3, 17, 29
INT = struct.Struct(">i")
TRANSACTIONAL = 0x10


def without_ids(answer):
    """But for the number of the decision, which is another each time."""
    return re.sub(rb"decision [0-9a-f]+-[0-9a-f]+", b"decision", answer)


def of_topic(name, rest):
    return INT.pack(1) + raw.string(name) + INT.pack(1) + rest


QUESTIONS = {  # of one partition of a topic, in versions without tags
    "Metadata": (raw.METADATA, 4, lambda t: INT.pack(1) + raw.string(t) + b"\0"),
    "Metadata that creates": (raw.METADATA, 4, lambda t: INT.pack(1) + raw.string(t) + b"\1"),
    "Produce": (raw.PRODUCE, 7, lambda t: produce_body(t, batch.batch(b"x"))),
    "Fetch": (raw.FETCH, 4, fetch_body),
    "ListOffsets": (LIST_OFFSETS, 1, lambda t: INT.pack(-1) + of_topic(
        t, struct.pack(">iq", 0, -1))),
    "OffsetCommit": (OFFSET_COMMIT, 2, lambda t: raw.string("billing") + INT.pack(-1)
                     + raw.string("") + struct.pack(">q", -1)
                     + of_topic(t, struct.pack(">iq", 0, 5) + raw.string(""))),
    "DeleteTopics": (DELETE_TOPICS, 1, lambda t: INT.pack(1) + raw.string(t) + INT.pack(5000)),
    "DeleteRecords": (DELETE_RECORDS, 0, lambda t: of_topic(
        t, struct.pack(">iq", 0, 0)) + INT.pack(5000)),
    "DescribeConfigs": (DESCRIBE_CONFIGS, 1, lambda t: INT.pack(1) + b"\2" + raw.string(t)
                        + INT.pack(-1) + b"\0"),
    "CreatePartitions": (CREATE_PARTITIONS, 0, lambda t: INT.pack(1) + raw.string(t)
                         + struct.pack(">iiib", 9, -1, 5000, 0)),
}


def find_coordinator(client):
    """Of the group "billing"; the first who asks makes the topic that groups are kept in."""
    schloss.eventually(
        lambda: client.ask(raw.FIND_COORDINATOR, 0, raw.string("billing"))[:2] == b"\0\0",
        30, "a coordinator")


class Seen(Attack):
    """Two topics that bob may not see: one is there, one is not."""

    @classmethod
    def setUpClass(cls):
        cls.broker = schloss.Broker(cls.listeners, policy=POLICY)
        cls.addClassCleanup(cls.broker.close)
        cls.broker.start()
        cls.broker.create_topic("hush")

    def session(self, user):
        return self.connect("SASL_PLAINTEXT").login(user)

    def test_a_topic_that_one_may_not_see_is_like_one_that_is_not_there(self):
        find_coordinator(self.session("bob"))
        with self.survived():
            for name, (key, version, body) in QUESTIONS.items():
                with self.subTest(name):
                    bob = self.session("bob")
                    there, missing = (bob.ask(key, version, body(t)) for t in ("hush", "mush"))
                    self.assertEqual(without_ids(there.replace(b"hush", b"mush")),
                                     without_ids(missing))
                    self.assertIn(struct.pack(">h", TOPIC_DENIED), there)

    def ask_by_id(self, user, topic_id):
        """Metadata v12, whose topics may have an id and no name."""
        client = self.session(user)
        client.send(raw.blob(raw.header(raw.METADATA, 12, 3) + b"\0"
                             + b"\2" + topic_id + b"\0\0" + b"\0\0\0"))
        return client.frame()

    def test_by_its_id_a_topic_that_one_may_not_see_has_no_name(self):
        path = self.broker.path("data/hush-0/partition.metadata")
        with open(path, encoding="ascii") as file:
            encoded = dict(line.split(": ") for line in file.read().splitlines())["topic_id"]
        topic_id = base64.urlsafe_b64decode(encoded + "==")
        self.assertIn(b"hush", self.ask_by_id("alice", topic_id))
        self.assertNotIn(b"hush", self.ask_by_id("bob", topic_id))


class Records(Attack):
    """Rights that a batch itself would need, and topics that are the broker's own."""

    def setUp(self):
        self.client = self.connect("SASL_PLAINTEXT").login("alice")

    def produce(self, topic, data, transactional_id=None, client_id="system-test"):
        body = produce_body(topic, data)
        if transactional_id is not None:
            body = raw.string(transactional_id) + body[2:]
        answer = self.client.ask(raw.PRODUCE, 7, body, client_id)
        at = 4 + 2 + len(topic) + 4 + 4
        return struct.unpack(">h", answer[at:at + 2])[0]

    def end(self, topic):
        answer = self.client.ask(raw.FETCH, 4, fetch_body(topic))
        at = 4 + 4 + 2 + len(topic) + 4 + 4
        return struct.unpack(">hq", answer[at:at + 10])[1]

    def test_cve_2018_17196_a_batch_of_a_transaction_needs_the_right_to_its_id(self):
        forged = batch.batch(b"x", attributes=TRANSACTIONAL, producer=7, epoch=0, sequence=0)
        with self.survived():
            for transactional_id in (None, "", "of-somebody-else"):
                with self.subTest(transactional_id=transactional_id):
                    self.assertNotEqual(self.produce("room", forged, transactional_id), raw.NONE)
            self.assertEqual(self.end("room"), 0)

    def test_kip_1246_no_client_id_opens_the_topics_of_the_broker(self):
        with self.survived():
            find_coordinator(self.client)
            for topic, code in (("__consumer_offsets", INVALID_TOPIC),
                                ("__transaction_state", UNKNOWN_TOPIC),
                                ("__cluster_metadata", UNKNOWN_TOPIC)):
                for client_id in ("system-test", "__admin_client"):
                    with self.subTest(topic=topic, client_id=client_id):
                        self.assertEqual(
                            self.produce(topic, batch.batch(b"x"), client_id=client_id), code)


class Others(Attack):
    """Who is no administrator, and who says to be somebody else."""

    def test_quotas_that_somebody_else_asks_for_are_not_set(self):
        alice, bob = (self.connect("SASL_PLAINTEXT").login(u) for u in ("alice", "bob"))
        entity = INT.pack(1) + INT.pack(1) + raw.string("user") + raw.string("bob")
        change = INT.pack(1) + raw.string("producer_byte_rate") + struct.pack(">d", 1.0) + b"\0"
        everything = INT.pack(0) + b"\0"
        with self.survived():
            before = alice.ask(DESCRIBE_CLIENT_QUOTAS, 0, everything)
            answer = bob.ask(ALTER_CLIENT_QUOTAS, 0, entity + change + b"\0")
            self.assertEqual(struct.unpack(">h", answer[8:10])[0], raw.CLUSTER_DENIED)
            self.assertEqual(alice.ask(DESCRIBE_CLIENT_QUOTAS, 0, everything), before)

    def test_a_line_of_a_proxy_says_nothing_of_where_somebody_is(self):
        lines = (b"PROXY TCP4 192.0.2.66 192.0.2.1 4242 9092\r\n",
                 b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\2\x42\xc0\0\2\1\x10\x92\x23\x84")
        for line in lines:
            with self.survived():
                c = self.connect("SASL_PLAINTEXT")
                try:
                    c.send(line + raw.request(raw.SASL_HANDSHAKE, 1, 1, raw.string("PLAIN")))
                except raw.Closed:
                    pass
                self.assert_closed(c)
        self.assertNotIn("192.0.2.66", self.broker.audit())
