"""What a hostile client does that is logged in, or need not be, and what must come of it.

The common rule is that of attacks.py: the shared processes live on, memory stays, a fresh
connection is served within a second, no secret and no flood in the log.
"""

import contextlib
import gzip
import struct
import unittest
import zlib

import batch
import raw
import schloss
from attacks import Attack

INT = struct.Struct(">i")
DESCRIBE_CONFIGS = 32
INVALID_SESSION_TIMEOUT, MEMBER_ID_REQUIRED, GROUP_MAX_SIZE_REACHED = 26, 79, 81
CORRUPT, OUT_OF_RANGE, TOO_LARGE, INVALID_TIMESTAMP = 2, 1, 10, 32
INVALID_TXN_STATE, INVALID_RECORD, INVALID_PARTITIONS, INVALID_REPLICATION = 48, 87, 37, 38
INVALID_TOPIC, INVALID_REQUEST, INVALID_CONFIG, UNKNOWN_TOPIC, EXISTS = 17, 42, 40, 3, 36
TOPIC_DENIED, SESSION_NOT_FOUND = 29, 70
DELETE_TOPICS, CREATE_PARTITIONS = 20, 37


def produce_body(topic, data, acks=-1, partition=0):
    """Produce v3 to v8."""
    return (struct.pack(">hhii", -1, acks, 10000, 1) + raw.string(topic)
            + struct.pack(">ii", 1, partition) + raw.blob(data))


def fetch_body(topic, offset=0, partition=0, replica=-1, wait=0, least=0, most=1 << 20,
               limit=1 << 20, times=1):
    """Fetch v4."""
    rows = struct.pack(">iqi", partition, offset, limit) * times
    return (struct.pack(">iiiib", replica, wait, least, most, 0) + INT.pack(1)
            + raw.string(topic) + INT.pack(times) + rows)


class Logged(Attack):
    """Attacks of alice, who may do everything."""

    def setUp(self):
        self.client = self.session()

    def session(self):
        return self.connect("SASL_PLAINTEXT").login()

    def produce(self, topic, data, version=7, **more):
        """The error of the partition, and its base offset."""
        answer = self.client.ask(raw.PRODUCE, version, produce_body(topic, data, **more))
        at = 4 + 2 + len(topic) + 4 + 4
        return struct.unpack(">hq", answer[at:at + 10])

    def fetch(self, topic, **more):
        """(error, high watermark, records)."""
        answer = self.client.ask(raw.FETCH, 4, fetch_body(topic, **more))
        at = 4 + 4 + 2 + len(topic) + 4 + 4
        error, high, _, aborted = struct.unpack(">hqqi", answer[at:at + 22])
        at += 22 + 16 * max(aborted, 0)
        size = INT.unpack(answer[at:at + 4])[0]
        return error, high, answer[at + 4:at + 4 + max(size, 0)]

    def end(self, topic):
        return self.fetch(topic)[1]


class Forms(Logged):
    """Counts, lengths, tags, and bytes that are too many."""

    def test_counts_that_can_not_be_close(self):
        requests = []
        for count in (0x7fffffff, -2, -0x80000000, 1 << 24):
            for api, version, body in (
                    (raw.METADATA, 1, INT.pack(count)),
                    (raw.PRODUCE, 7, struct.pack(">hhii", -1, 1, 1000, count)),
                    (raw.FETCH, 4, struct.pack(">iiiibi", -1, 0, 0, 1, 0, count)),
                    (raw.LIST_OFFSETS, 1, struct.pack(">ii", -1, count)),
                    (raw.CREATE_TOPICS, 2, INT.pack(count)),
                    (raw.OFFSET_COMMIT, 2, raw.string("g") + INT.pack(-1) + raw.string("")
                     + struct.pack(">qi", -1, count)),
                    (raw.JOIN_GROUP, 0, raw.string("g") + INT.pack(10000) + raw.string("")
                     + raw.string("consumer") + INT.pack(count))):
                requests.append((api, count, raw.request(api, version, 1, body)))
        with self.survived(r"\[NET002\]"):
            for api, count, request in requests:
                with self.subTest(api=api, count=count):
                    c = self.session()
                    c.send(request)
                    self.assert_closed(c)

    def test_varints_and_tags_that_can_not_be_close(self):
        bodies = (b"\xff\xff\xff\xff\xff\xff", b"\x80\x80\x80\x80\x10", b"\x80",
                  b"\0\0\0\1", b"\0\0\0\1\5\xff\xff\xff\xff\x0f", b"\0\0\0\2\1\0\1\0",
                  b"\0\0\0\1\x80")
        with self.survived():
            for body in bodies:
                c = self.session()
                c.send(raw.blob(raw.header(raw.METADATA, 12, 1) + b"\0" + body))
                with self.subTest(body=body):
                    self.assert_closed(c)

    def test_tags_that_nobody_knows_are_skipped(self):
        body = b"\1" + b"\0\0" + b"\2" + b"\5\3abc" + b"\x90\x4e\0"
        self.client.send(raw.blob(raw.header(raw.METADATA, 12, 9) + b"\1\7\1x" + body))
        self.assertEqual(INT.unpack(self.client.frame()[:4])[0], 9)
        self.client.metadata("room")

    def test_a_byte_behind_a_request_closes_and_takes_nothing_with_it(self):
        with self.survived(r"\[NET002\]"):
            self.client.send(raw.request(raw.METADATA, 1, 1, raw.metadata_body("room") + b"\0"))
            self.assert_closed(self.client)


class Rank(Logged):
    """What only brokers and controllers say."""

    def test_requests_among_brokers_are_not_served(self):
        keys = self.client.api_versions()
        # LeaderAndIsr, StopReplica, UpdateMetadata, ControlledShutdown, WriteTxnMarkers, Vote,
        # BeginQuorumEpoch, EndQuorumEpoch, AlterPartition, Envelope, BrokerRegistration,
        # BrokerHeartbeat, AllocateProducerIds, AssignReplicasToDirs
        with self.survived(r"\[NET003\]"):
            for api in (4, 5, 6, 7, 27, 52, 53, 54, 56, 58, 62, 63, 67, 73):
                with self.subTest(api=api):
                    self.assertNotIn(api, keys)
                    c = self.session()
                    c.send(raw.request(api, 0, 1, bytes(16)))
                    self.assert_closed(c)

    def test_nobody_fetches_as_a_follower(self):
        self.broker.create_topic("led")
        self.assertEqual(self.produce("led", batch.batch(b"1"))[0], raw.NONE)
        with self.survived():
            for replica in (0, 1, 2, 0x7fffffff):
                error, high, data = self.fetch("led", replica=replica, offset=0)
                self.assertEqual((error, high, data), (TOPIC_DENIED, -1, b""))
            self.assertEqual(self.fetch("led")[1], 1)


class Fetches(Logged):
    """Limits, waits and sessions without measure."""

    def test_extreme_limits_are_served_or_refused_at_once(self):
        self.broker.create_topic("limits")
        self.assertEqual(self.produce("limits", batch.batch(b"1"))[0], raw.NONE)
        with self.survived():
            for most in (0, -1, 1, 0x7fffffff):
                self.assertEqual(self.fetch("limits", most=most)[0], raw.NONE)
            self.assertEqual(self.fetch("limits", least=-5)[0], raw.NONE)
            # one batch is there, however little is asked for
            self.assertGreater(len(self.fetch("limits", limit=1)[2]), 61)

    def test_a_fetch_that_waits_for_ever_harms_nobody(self):
        waiting = [self.session() for _ in range(20)]
        with self.survived():
            for c in waiting:
                c.send(raw.request(raw.FETCH, 4, 1, fetch_body(
                    "room", wait=0x7fffffff, least=0x7fffffff)))
        self.assertFalse(waiting[0].is_closed(0.2))

    def test_a_partition_named_ten_thousand_times_is_read_once(self):
        with self.survived():
            self.assertEqual(self.fetch("room", times=10000)[0], raw.NONE)

    def test_what_is_refused_thousands_of_times_is_a_few_lines_of_the_audit(self):
        c = self.connect("SASL_PLAINTEXT").login("mallory")
        before = self.broker.audit().count('"denied"')
        rows = b"".join(raw.string(f"secret-{i}") + struct.pack(">iiqi", 1, 0, 0, 1)
                        for i in range(3000))
        body = struct.pack(">iiiib", -1, 0, 0, 1, 0) + INT.pack(3000) + rows
        with self.survived():
            for _ in range(3):
                c.ask(raw.FETCH, 4, body)
            c.close()
        self.assertLess(self.broker.audit().count('"denied"') - before, 400)

    def test_sessions_are_one_to_a_connection_however_many_are_made(self):
        body = struct.pack(">iiiibii", -1, 0, 0, 1 << 20, 0, 0, 0) + INT.pack(1) \
            + raw.string("room") + INT.pack(1) + struct.pack(">iiqqi", 0, -1, 0, -1, 1 << 20) \
            + INT.pack(0) + raw.string("")
        with self.survived():
            ids = [struct.unpack(">i", self.client.ask(raw.FETCH, 11, body)[6:10])[0]
                   for _ in range(2000)]
        self.assertGreater(min(ids), 0)
        bogus = struct.pack(">iiiibii", -1, 0, 0, 1 << 20, 0, ids[0], 1) + INT.pack(0) * 2 \
            + raw.string("")
        self.assertEqual(struct.unpack(">h", self.client.ask(raw.FETCH, 11, bogus)[4:6])[0],
                         SESSION_NOT_FOUND)


class Records(Logged):
    """What is wrong with records is told, and nothing of them is stored."""

    def setUp(self):
        super().setUp()
        self.topic = self.id().rpartition(".")[2][5:50]
        self.broker.create_topic(self.topic)

    def refused(self, code, data, version=7):
        with self.subTest(data=data[:80]):
            self.assertEqual(self.produce(self.topic, data, version), (code, -1))

    def test_batches_that_are_none_are_not_stored(self):
        good = batch.batch(b"a", b"b")
        with self.survived():
            for code, data in (
                    (CORRUPT, batch.batch(b"a", crc=1)), (CORRUPT, batch.batch(b"a", magic=3)),
                    (INVALID_RECORD, batch.old_message(b"a", 0)),
                    (INVALID_RECORD, batch.old_message(b"a", 1)),
                    (INVALID_RECORD, batch.batch(b"a", count=2)),
                    (INVALID_RECORD, batch.batch(b"a", count=0)),
                    (INVALID_RECORD, batch.batch(b"a", count=-1)),
                    (INVALID_RECORD, batch.batch(b"a", last_delta=7)),
                    (INVALID_RECORD, batch.batch(b"a", last_delta=-1)),
                    (INVALID_RECORD, batch.batch(b"a", offset=5)),
                    (INVALID_RECORD, batch.batch(b"a", attributes=0x20)),
                    (INVALID_RECORD, batch.batch(b"a", length=1 << 30)),
                    (CORRUPT, batch.batch(b"a", length=48)),
                    (INVALID_RECORD, good + good), (INVALID_RECORD, good[:-1]),
                    (INVALID_RECORD, b""), (INVALID_RECORD, good[:60])):
                self.refused(code, data)
            self.assertEqual(self.end(self.topic), 0)
            # What a leader sets, a client may send: it is written over.
            self.assertEqual(self.produce(self.topic, batch.batch(b"a", leader_epoch=9)),
                             (raw.NONE, 0))

    def test_compressed_records_that_are_none_are_not_stored(self):
        plain = batch.record(b"a")
        snappy = b"\x82SNAPPY\0" + struct.pack(">iiI", 1, 1, 0xffffffff)
        lz4 = batch.lz4(plain)
        zstd = batch.zstd(plain)
        with self.survived():
            for codec, data in (
                    (5, plain), (6, plain), (7, plain), (1, b"\x1f\x8b"), (1, plain),
                    (1, gzip.compress(plain)[:-1]), (1, gzip.compress(plain) + b"x"),
                    (2, snappy), (2, batch.snappy(plain)[:-1]),
                    (3, lz4[:6] + b"\0" + lz4[7:]), (3, b"\x02\x21\x4c\x18" + lz4[4:]),
                    (3, lz4[:4] + b"\x40" + lz4[5:]), (3, lz4[:-5]), (4, zstd[:-1]),
                    (4, b"\x28\xb5\x2f\xfd\xa4" + b"\xff" * 12), (4, b"\x28\xb5\x2f\xfd\x00\xa8"),
                    (4, zstd + b"\0\0\0"), (4, b"")):
                self.refused(INVALID_RECORD, batch.batch(
                    b"a", records=data, attributes=codec))
            # four gigabytes, it says
            self.refused(TOO_LARGE, batch.batch(
                b"a", records=b"\xff\xff\xff\xff\x0f\0", attributes=2))
            self.assertEqual(self.end(self.topic), 0)

    def test_bombs_are_refused_and_cost_little(self):
        """A gigabyte and more of zeros behind a megabyte or less."""
        z = zlib.compressobj(9, zlib.DEFLATED, 31)
        piece = b"\0" * (1 << 20)
        bomb = b"".join(z.compress(piece) for _ in range(1100)) + z.flush()
        # zstd: one block after the other of a byte that repeats 128 KiB times
        block = (((128 << 10) << 3) | 2).to_bytes(3, "little") + b"\0"
        last = (((128 << 10) << 3) | 3).to_bytes(3, "little") + b"\0"
        frame = b"\x28\xb5\x2f\xfd\x00\x58" + block * 20000 + last
        self.assertLess(max(len(bomb), len(frame)), 1 << 21)
        with self.survived():
            for codec, data in ((1, bomb[:1000000]), (4, frame)):
                self.refused(TOO_LARGE, batch.batch(b"a", records=data, attributes=codec))
            self.assertEqual(self.end(self.topic), 0)

    def test_records_that_are_none_are_not_stored(self):
        with self.survived():
            for records in (b"\2\0", b"\x80\x80\x80\x80\x80\x10" + bytes(9),
                            batch.varint(-1) + bytes(9), batch.varint(1 << 40) + bytes(9),
                            batch.varint(8) + b"\0" + batch.varint(0) + batch.varint(0)
                            + batch.varint(-2) + batch.varint(-1) + batch.varint(0) * 4,
                            batch.varint(9) + bytes(3) + b"\1\1" + batch.varint(1 << 31)[:4],
                            batch.record(b"a", behind=b"x"), batch.record(b"a") + b"x"):
                self.refused(INVALID_RECORD, batch.batch(b"a", records=records))
            self.assertEqual(self.end(self.topic), 0)

    def test_timestamps_are_bounded(self):
        far = (1 << 63) - 1
        with self.survived():
            self.refused(INVALID_TIMESTAMP, batch.batch(b"a", base_time=far))
            self.refused(INVALID_TIMESTAMP, batch.batch(b"a", base_time=far, times=[5]))
            for time in (-1, 0):
                self.assertEqual(self.produce(self.topic, batch.batch(b"a", base_time=time))[0],
                                 raw.NONE)
            for time in (-1, -2, 0, far, -100, -far):
                answer = self.client.ask(raw.LIST_OFFSETS, 1, struct.pack(">ii", -1, 1)
                                         + raw.string(self.topic)
                                         + struct.pack(">iiq", 1, 0, time))
                self.assertGreater(len(answer), 20)

    def test_the_limit_of_a_batch_is_exact_and_what_is_stored_comes_back(self):
        limit = 1048588
        room = limit - len(batch.batch(b""))
        value = b"x" * (room - 4)
        while len(batch.batch(value)) > limit:
            value = value[:-1]
        while len(batch.batch(value)) < limit:
            value += b"x"
        with self.survived():
            self.refused(TOO_LARGE, batch.batch(value + b"x"))
            self.assertEqual(self.produce(self.topic, batch.batch(value))[0], raw.NONE)
            self.assertEqual(len(self.fetch(self.topic, limit=1, most=1)[2]), limit)


class Groups(Logged):
    """Members by the thousand, and what they bring along."""

    def setUp(self):
        super().setUp()
        schloss.eventually(lambda: struct.unpack(">h", self.client.ask(
            raw.FIND_COORDINATOR, 0, raw.string("crowded"))[:2])[0] == raw.NONE, 30, "a coordinator")

    def join(self, group, member="", metadata=b"", session=10000, instance=None, version=5):
        """JoinGroup v4 (without the instance) or v5."""
        body = raw.string(group) + struct.pack(">ii", session, 60000) + raw.string(member)
        if version >= 5:
            body += struct.pack(">h", -1) if instance is None else raw.string(instance)
        return body + raw.string("consumer") + INT.pack(1) + raw.string("range") + raw.blob(metadata)

    def code(self, answer):
        return struct.unpack(">h", answer[4:6])[0]

    def test_members_that_never_come_back_are_bounded(self):
        count = 30000
        with self.survived():
            body = self.join("crowded", version=4)
            codes = {self.code(self.client.ask(raw.JOIN_GROUP, 4, body)) for _ in range(count)}
            self.assertLessEqual(codes, {MEMBER_ID_REQUIRED, GROUP_MAX_SIZE_REACHED})
            self.assertIn(GROUP_MAX_SIZE_REACHED, codes)
            # Another group is none the worse.
            answer = self.client.ask(raw.JOIN_GROUP, 4, self.join("calm", version=4))
            self.assertEqual(self.code(answer), MEMBER_ID_REQUIRED)

    def test_a_megabyte_of_metadata_of_every_member_is_bounded(self):
        with self.survived():
            for i in range(20):
                c = self.session()
                c.send(raw.request(raw.JOIN_GROUP, 5, 1, self.join(
                    f"heavy-{i}", metadata=bytes(1000000), instance=f"i{i}")))
            answer = self.client.ask(raw.JOIN_GROUP, 4, self.join("light", version=4))
            self.assertEqual(self.code(answer), MEMBER_ID_REQUIRED)

    def test_a_session_outside_the_limits_is_refused(self):
        with self.survived():
            for session in (-1, 0, 5999, 1800001, 0x7fffffff):
                with self.subTest(session=session):
                    answer = self.client.ask(
                        raw.JOIN_GROUP, 5, self.join("short", session=session, instance="i"))
                    self.assertEqual(self.code(answer), INVALID_SESSION_TIMEOUT)


class Names(Logged):
    """Names, numbers, and what they would do to a log."""

    def create(self, name, partitions=1, factor=1, assignments=(), version=4, validate=False):
        name = name if isinstance(name, bytes) else name.encode()
        rows = b"".join(struct.pack(">ii", p, len(r)) + b"".join(INT.pack(x) for x in r)
                        for p, r in assignments)
        body = INT.pack(1) + raw.string(name) + struct.pack(">ihi", partitions, factor,
                                                            len(assignments)) + rows
        body += INT.pack(0) + INT.pack(10000) + (b"\1" if validate else b"\0")
        answer = self.client.ask(raw.CREATE_TOPICS, version, body)
        at = 8 + 2 + len(name)
        return struct.unpack(">h", answer[at:at + 2])[0]

    def test_names_that_can_not_be_are_refused(self):
        with self.survived():
            for name in ("", ".", "..", "x" * 250, "a/b", "a\0b", "a b", "ä", "a\nb"):
                with self.subTest(name=name):
                    self.assertEqual(self.create(name), INVALID_TOPIC)
            self.assertEqual(self.create("x" * 249), raw.NONE)
            self.assertEqual(self.create("a.b"), raw.NONE)
            self.assertEqual(self.create("a_b"), INVALID_TOPIC)
            self.assertEqual(self.create("a.b"), EXISTS)

    def test_numbers_that_can_not_be_are_refused(self):
        with self.survived():
            for partitions in (0, -2, 1000000, 0x7fffffff):
                with self.subTest(partitions=partitions):
                    self.assertNotEqual(self.create("numbers", partitions), raw.NONE)
            for factor in (0, -2, 2, 0x7fff):
                with self.subTest(factor=factor):
                    self.assertEqual(self.create("numbers", 1, factor), INVALID_REPLICATION)
            self.assertEqual(self.create("numbers", 1, 1, [(0, [1])]), INVALID_REQUEST)
            self.assertEqual(self.create("numbers", validate=True), raw.NONE)
            self.assertEqual(self.create("numbers"), raw.NONE)

    def test_ten_thousand_topics_in_a_request_are_answered_or_refused(self):
        row = struct.pack(">ihii", 1, 5, 0, 0)  # no such replication factor
        body = INT.pack(10000) + b"".join(raw.string(f"many-{i}") + row for i in range(10000))
        with self.survived():
            answer = self.client.ask(raw.CREATE_TOPICS, 4, body + INT.pack(10000) + b"\0")
            self.assertEqual(INT.unpack(answer[4:8])[0], 10000)

    def test_a_hundred_thousand_names_in_a_request_are_answered_or_refused(self):
        count = 100000
        names = [raw.string(f"none-{i}") for i in range(count)]
        metadata = INT.pack(count) + b"".join(names)
        configs = INT.pack(count) + b"".join(b"\2" + name + INT.pack(-1) for name in names)
        for api, version, body in ((raw.METADATA, 1, metadata), (DESCRIBE_CONFIGS, 1, configs + b"\0")):
            with self.subTest(api=api), self.survived():
                c = self.connect("SASL_PLAINTEXT").login()
                with contextlib.suppress(raw.Closed):
                    self.assertGreater(len(c.ask(api, version, body)), count)

    def test_names_do_not_write_into_the_log(self):
        evil = "x\n2026-01-01 schlossd: error: forged\x1b[2J"
        with self.survived():
            mark = self.broker.log_size()
            c = self.connect("SASL_PLAINTEXT")
            c.handshake()
            self.assertNotEqual(c.authenticate(raw.plain(evil, "wrong")), raw.NONE)
            c = self.connect("SASL_PLAINTEXT").login("mallory")
            c.ask(raw.METADATA, 1, raw.metadata_body(evil), evil)
            with contextlib.suppress(raw.Closed):
                c.ask(999, 0, b"", evil)
        text = self.broker.log(mark) + self.broker.audit()
        self.assertNotIn("\x1b", text)
        self.assertFalse([line for line in text.splitlines()
                          if line.startswith("2026-01-01 schlossd: error: forged")])


if __name__ == "__main__":
    unittest.main()
