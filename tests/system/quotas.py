"""Quotas byte by byte, and memory: how long a client has to wait, and that it does."""

import struct
import time
import unittest

import batch
import raw
import schloss

DESCRIBE_QUOTAS, ALTER_QUOTAS = 48, 49


def entities(who):
    """who: {type: name}, None for the default."""
    rows = b"".join(raw.string(kind) + (struct.pack(">h", -1) if name is None else raw.string(name))
                    for kind, name in who.items())
    return struct.pack(">i", len(who)) + rows


class Quotas(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = schloss.Broker(("SASL_SSL",))
        cls.addClassCleanup(cls.broker.close)
        cls.broker.start()
        cls.broker.create_topic("counted")
        cls.broker.create_topic("fetched")

    def setUp(self):
        self.client = self._testMethodName  # what one test uses up, the next does not miss
        self.alice = {"user": "alice", "client-id": self.client}

    def connect(self, user="alice", **more):
        connection = raw.Connection(self.broker, timeout=30, **more).login(user)
        self.addCleanup(connection.close)
        return connection

    def alter(self, who, key, value):
        """value None: there is none any more. Error code."""
        op = raw.string(key) + struct.pack(">db", value or 0, value is None)
        body = struct.pack(">i", 1) + entities(who) + struct.pack(">i", 1) + op + b"\0"
        with raw.Connection(self.broker).login("alice") as connection:
            answer = connection.ask(ALTER_QUOTAS, 0, body, client_id="altering")
        return struct.unpack(">iih", answer[:10])[2]

    def set(self, who, key, value):
        self.assertEqual(self.alter(who, key, value), raw.NONE)
        if value is not None:
            self.addCleanup(self.alter, who, key, None)

    def produce(self, connection, size, acks=1, topic="counted"):
        """Produce v3 of one record. (error, throttle in seconds); None without an answer."""
        records = batch.batch(bytes(size))
        body = struct.pack(">hhii", -1, acks, 30000, 1) + raw.string(topic)
        body += struct.pack(">ii", 1, 0) + raw.blob(records)
        if acks == 0:
            connection.send(raw.request(raw.PRODUCE, 3, 7, body, self.client))
            return None
        answer = connection.ask(raw.PRODUCE, 3, body, self.client)
        at = 4 + 2 + len(topic) + 4
        _, error = struct.unpack(">ih", answer[at:at + 6])
        return error, struct.unpack(">i", answer[-4:])[0] / 1000

    def fetch(self, connection):
        """Fetch v4 from the start: (throttle in seconds, bytes of records)."""
        body = struct.pack(">iiiib", -1, 0, 1, 1 << 20, 0) + struct.pack(">i", 1)
        body += raw.string("fetched") + struct.pack(">iiqi", 1, 0, 0, 1 << 20)
        answer = connection.ask(raw.FETCH, 4, body, self.client)
        at = 4 + 4 + 2 + len("fetched") + 4
        _, error, _, _, aborted, size = struct.unpack(">ihqqii", answer[at:at + 30])
        self.assertEqual((error, aborted), (raw.NONE, -1))
        return struct.unpack(">i", answer[:4])[0] / 1000, size

    def assert_muted(self, connection, throttle, since):
        """The next answer comes when the time is over, not earlier."""
        connection.metadata("counted")
        self.assertGreaterEqual(time.monotonic() - since, throttle)

    def test_who_produces_too_much_is_told_and_heard_again_when_the_time_is_over(self):
        self.set(self.alice, "producer_byte_rate", 20000)
        alice = self.connect()
        self.assertEqual(self.produce(alice, 150000), (raw.NONE, 0))
        began = time.monotonic()
        error, throttle = self.produce(alice, 60000)
        self.assertEqual(error, raw.NONE)
        self.assertGreater(throttle, 0.1)
        self.assertLess(throttle, 1)
        self.assert_muted(alice, throttle, began)

    def test_without_an_answer_one_has_to_wait_just_the_same(self):
        self.set(self.alice, "producer_byte_rate", 20000)
        alice = self.connect()
        self.produce(alice, 206000, acks=0)
        began = time.monotonic()
        alice.metadata("counted")
        self.assertGreater(time.monotonic() - began, 0.2)

    def test_connections_of_one_user_share_what_others_do_not(self):
        first, second, bob = self.connect(), self.connect(), self.connect("bob")
        self.produce(first, 1000, acks=-1, topic="fetched")
        self.set({"user": None}, "consumer_byte_rate", 1000000)
        self.set({"user": "alice"}, "consumer_byte_rate", 1)
        self.assertGreater(self.fetch(first)[0], 0)
        self.assertEqual(self.fetch(second)[1], 0)
        throttle, size = self.fetch(bob)
        self.assertEqual(throttle, 0)
        self.assertGreaterEqual(size, 1000)

    def test_a_client_id_has_its_own(self):
        self.set({"client-id": "greedy"}, "producer_byte_rate", 20000)
        alice = self.connect()
        self.assertEqual(self.produce(alice, 300000), (raw.NONE, 0))
        self.client = "greedy"
        self.assertGreater(self.produce(alice, 205000)[1], 0)

    def test_a_fetch_above_the_quota_brings_nothing_and_says_how_long(self):
        alice = self.connect()
        self.produce(alice, 100000, acks=-1, topic="fetched")
        self.set(self.alice, "consumer_byte_rate", 9000)
        began = time.monotonic()
        throttle, size = self.fetch(alice)
        self.assertGreater(size, 90000)
        self.assertGreater(throttle, 0.1)
        # Another connection of hers meanwhile:
        other, none = self.fetch(self.connect())
        self.assertEqual(none, 0)
        self.assertGreater(other, 0)
        self.assert_muted(alice, throttle, began)

    def test_a_quota_holds_for_connections_that_are_there_already(self):
        alice = self.connect()
        self.assertEqual(self.produce(alice, 1000), (raw.NONE, 0))
        self.set(self.alice, "producer_byte_rate", 1000)
        self.assertGreater(self.produce(alice, 30000)[1], 0)  # 20 s, not paid by a slow disk

    def test_a_share_of_time_is_waited_for(self):
        self.set({"user": "bob"}, "request_percentage", 0.0001)
        bob = self.connect("bob")
        self.use_up_time(bob)
        self.assert_muted(bob, 0.9, time.monotonic())  # the answer had been on its way

    def use_up_time(self, connection):
        """So much of its share of time that it has to wait as long as that makes anybody wait."""
        throttle, deadline = 0, time.monotonic() + 60
        while throttle < 1000 and time.monotonic() < deadline:
            answer = connection.ask(raw.METADATA, 3, raw.metadata_body("counted"))
            throttle = struct.unpack(">i", answer[:4])[0]
        self.assertEqual(throttle, 1000)

    def test_an_old_client_that_logs_in_meanwhile_waits_like_others(self):
        """Its token is no request, and what answers it has no field for a time."""
        self.set({"user": "mallory"}, "request_percentage", 0.0001)
        with raw.Connection(self.broker).login("mallory") as first:
            self.use_up_time(first)
        old = raw.Connection(self.broker, timeout=30)
        self.addCleanup(old.close)
        self.assertEqual(old.handshake(version=0)[0], raw.NONE)
        old.send(raw.blob(raw.plain("mallory", self.broker.secrets["mallory"])))
        self.assertEqual(old.frame(), b"")
        began = time.monotonic()
        self.assert_muted(old, 0.5, began)  # a share of time is waited for a second at most
        self.assert_muted(old, 0.5, time.monotonic())

    def test_what_was_sent_before_the_client_left_is_still_heard(self):
        self.set(self.alice, "producer_byte_rate", 20000)
        alice, reader = self.connect(), self.connect()
        before = self.end(reader)
        for size in (205000, 10, 10):
            self.produce(alice, size, acks=0)
        alice.close()
        schloss.eventually(lambda: self.end(reader) == before + 3, 30, "all three are there")

    def end(self, connection):
        """Where the topic ends, by ListOffsets v1."""
        body = struct.pack(">ii", -1, 1) + raw.string("counted") + struct.pack(">iiq", 1, 0, -1)
        answer = connection.ask(raw.LIST_OFFSETS, 1, body)
        return struct.unpack(">q", answer[-8:])[0]

    def test_a_time_is_not_looked_up_wrongly_where_the_quota_is_used_up(self):
        alice = self.connect()
        self.produce(alice, 100000, acks=-1, topic="fetched")
        self.set(self.alice, "consumer_byte_rate", 1000)
        self.fetch(alice)  # more than the quota
        body = struct.pack(">ii", -1, 1) + raw.string("fetched")
        body += struct.pack(">iiq", 1, 0, batch.TIME_MS)
        other = self.connect()
        answer = other.ask(raw.LIST_OFFSETS, 1, body, self.client)
        code, _, offset = struct.unpack(">hqq", answer[-18:])
        self.assertEqual((code, offset), (raw.REQUEST_TIMED_OUT, -1))  # the client is to try again

    def test_an_address_connects_at_its_rate_and_others_as_they_like(self):
        self.set({"ip": "127.0.0.9"}, "connection_creation_rate", 1)
        admitted = 0
        for _ in range(30):
            try:
                with raw.Connection(self.broker, source="127.0.0.9") as connection:
                    connection.api_versions()
                    admitted += 1
            except (raw.Closed, OSError):
                pass
        self.assertGreaterEqual(admitted, 10)
        self.assertLess(admitted, 20)
        for _ in range(30):
            with raw.Connection(self.broker, source="127.0.0.8") as connection:
                connection.api_versions()

    def test_who_may_not_configure_the_cluster_changes_and_sees_nothing(self):
        bob = self.connect("bob")
        op = raw.string("producer_byte_rate") + struct.pack(">db", 1e9, 0)
        body = struct.pack(">i", 1) + entities({"user": "bob"}) + struct.pack(">i", 1) + op
        answer = bob.ask(ALTER_QUOTAS, 0, body + b"\0")
        self.assertEqual(struct.unpack(">iih", answer[:10])[2], raw.CLUSTER_DENIED)
        answer = bob.ask(DESCRIBE_QUOTAS, 0, struct.pack(">ib", 0, 0))
        self.assertEqual(struct.unpack(">ih", answer[:6])[1], raw.CLUSTER_DENIED)

    def test_quotas_outlive_the_broker(self):
        self.set({"user": "alice", "client-id": None}, "request_percentage", 7.5)
        self.broker.stop()
        self.broker.start()
        answer = self.connect().ask(DESCRIBE_QUOTAS, 0, struct.pack(">ib", 0, 0))
        self.assertIn(raw.string("alice"), answer)
        self.assertIn(raw.string("request_percentage") + struct.pack(">d", 7.5), answer)


class Memory(unittest.TestCase):
    """Requests that are not read before there is memory for them."""

    @classmethod
    def setUpClass(cls):
        cls.broker = schloss.Broker(
            ("SASL_SSL",), settings={"queued.max.request.bytes": str(1 << 20)})
        cls.addClassCleanup(cls.broker.close)
        cls.broker.start()
        cls.broker.create_topic("counted")

    def connect(self, user="alice"):
        connection = raw.Connection(self.broker, timeout=30).login(user)
        self.addCleanup(connection.close)
        return connection

    def produce(self, size):
        body = struct.pack(">hhii", -1, 1, 30000, 1) + raw.string("counted")
        return raw.request(raw.PRODUCE, 3, 7, body + struct.pack(">ii", 1, 0)
                           + raw.blob(batch.batch(bytes(size))))

    def is_answered(self, connection, seconds):
        connection.socket.settimeout(seconds)
        try:
            return len(connection.frame()) > 0
        except TimeoutError:
            return False

    def test_a_large_request_waits_until_another_one_is_done_with(self):
        slow, small = self.connect(), self.connect("bob")
        request = self.produce(900000)
        slow.send(request[:100000])
        large = self.connect("bob")  # a login later
        large.send(self.produce(300000))
        self.assertFalse(self.is_answered(large, 0.5))
        small.metadata("counted")  # what is small never waits
        slow.send(request[100000:])
        self.assertTrue(self.is_answered(slow, 30))
        self.assertTrue(self.is_answered(large, 30))

    def test_who_hangs_up_gives_back_what_it_had_and_leaves_the_line(self):
        slow = self.connect()
        slow.send(self.produce(900000)[:100000])
        impatient, large = self.connect("bob"), self.connect("bob")
        impatient.send(self.produce(300000))
        large.send(self.produce(300000))
        self.assertFalse(self.is_answered(large, 0.5))
        impatient.close()
        slow.close()
        self.assertTrue(self.is_answered(large, 30))

    def test_a_request_larger_than_all_of_it_is_served_alone(self):
        one = self.connect()
        one.send(self.produce(1040000))
        self.assertTrue(self.is_answered(one, 30))
        one.send(self.produce(2000000))
        self.assertTrue(self.is_answered(one, 30))
