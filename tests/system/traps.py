"""What clients in use expect, or do, beyond what the protocol's tables say."""

import struct
import unittest

import batch
import raw
import schloss

INT = struct.Struct(">i")
ALTER_USER_SCRAM_CREDENTIALS = 51


def flexible(api, version, correlation, body):
    """A request with header v2: the tags of the header are empty."""
    return raw.blob(raw.header(api, version, correlation) + b"\0" + body)


def metadata(connection, version, topics=None):
    """Metadata v1, v5 or v7: (brokers, controller id, {topic: leader epochs or partitions})."""
    body = INT.pack(-1) if topics is None else raw.metadata_body(*topics)
    answer = connection.ask(raw.METADATA, version, body + (b"\1" if version >= 4 else b""))
    at = [4 if version >= 3 else 0]

    def take(form):
        fields = struct.unpack_from(">" + form, answer, at[0])
        at[0] += struct.calcsize(">" + form)
        return fields[0]

    def text():
        length = take("h")
        at[0] += max(length, 0)
        return answer[at[0] - max(length, 0):at[0]].decode()

    brokers = []
    for _ in range(take("i")):
        brokers.append(take("i"))
        text(), take("i"), text()
    if version >= 2:
        text()
    controller, found = take("i"), {}
    for _ in range(take("i")):
        take("h")
        name = text()
        take("b")
        epochs = []
        for _ in range(take("i")):
            take("h"), take("i"), take("i")
            epochs.append(take("i") if version >= 7 else None)
            for _ in range(3 if version >= 5 else 2):
                for _ in range(take("i")):
                    take("i")
        found[name] = epochs
    return brokers, controller, found


class Traps(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = schloss.Broker(("SASL_SSL",))
        cls.addClassCleanup(cls.broker.close)
        cls.broker.start()
        cls.broker.create_topic("t", 2)

    def connect(self, login=True):
        connection = raw.Connection(self.broker)
        self.addCleanup(connection.close)
        return connection.login() if login else connection

    def test_produce_is_advertised_from_0_and_served_from_3(self):
        connection = self.connect()
        self.assertEqual(connection.api_versions()[raw.PRODUCE][0], 0)
        connection.send(raw.request(raw.PRODUCE, 2, 1, struct.pack(">hii", 1, 1000, 0)))
        self.assertTrue(connection.is_closed())

    def test_groups_are_advertised_from_0_and_before_login(self):
        keys = self.connect(login=False).api_versions()
        for api in (raw.FIND_COORDINATOR, raw.JOIN_GROUP, 12, 13, 14, 15, 16):
            self.assertEqual(keys[api][0], 0, f"api {api}")

    def test_no_feature_has_a_minimum_of_0(self):
        connection = self.connect(login=False)
        connection.send(flexible(raw.API_VERSIONS, 3, 7, b"\5test\0041.0\0"))
        answer = connection.frame()
        self.assertEqual(INT.unpack(answer[:4])[0], 7)  # the header of the answer has no tags
        at = answer.index(b"metadata.version")
        low, high = struct.unpack_from(">hh", answer, at + len("metadata.version"))
        self.assertGreater(low, 0)
        self.assertGreaterEqual(high, low)

    def test_metadata_0_with_no_topics_names_all(self):
        answer = self.connect().ask(raw.METADATA, 0, INT.pack(0))
        self.assertIn(b"\0\1t", answer)

    def test_three_bytes_behind_metadata_for_all_topics_do_no_harm(self):
        connection = self.connect()
        for version in (9, 12, 13):
            flags = b"\0\0\0" if version < 11 else b"\0\0"
            for late in (b"\0\0\0", b"\1\0\0"):
                connection.send(flexible(raw.METADATA, version, version,
                                         b"\0" + flags + b"\0" + late))
                self.assertEqual(INT.unpack(connection.frame()[:4])[0], version)
        connection.send(flexible(raw.METADATA, 12, 1, b"\0\0\0\0" + b"\0\0\2"))
        self.assertTrue(connection.is_closed())

    def test_a_zero_behind_alter_user_scram_credentials_does_no_harm(self):
        connection = self.connect()
        deletion = b"\2\4bob\1\0" + b"\1" + b"\0"  # of bob's SCRAM-SHA-256; nothing is upserted
        answers = []
        for late in (b"", b"\0"):
            connection.send(flexible(ALTER_USER_SCRAM_CREDENTIALS, 0, 1, deletion + late))
            answers.append(connection.frame())
        self.assertEqual(answers[0], answers[1])
        self.assertIn(b"\4bob", answers[1])
        for late in (b"\1", b"\0\0"):
            connection = self.connect()
            connection.send(flexible(ALTER_USER_SCRAM_CREDENTIALS, 0, 1, deletion + late))
            self.assertTrue(connection.is_closed())

    def test_fetch_4_reads(self):
        body = struct.pack(">iiiib", -1, 0, 0, 1 << 20, 0) + INT.pack(1) + raw.string("t") \
            + struct.pack(">iiqi", 1, 0, 0, 1 << 20)
        answer = self.connect().ask(raw.FETCH, 4, body)
        # throttle time, topics, name, partitions, partition, error
        self.assertEqual(struct.unpack(">iih1siih", answer[:21]), (0, 1, 1, b"t", 1, 0, 0))

    def test_of_a_partition_that_is_named_twice_the_later_records_count(self):
        self.broker.create_topic("twice", 1)
        connection = self.connect()
        rows = b"".join(INT.pack(0) + raw.blob(batch.batch(value)) for value in (b"no", b"yes"))
        answer = connection.ask(raw.PRODUCE, 3, struct.pack(">hhi", -1, -1, 10000) + INT.pack(1)
                                + raw.string("twice") + INT.pack(2) + rows)
        # topics, name, partitions, partition, error, offset
        self.assertEqual(struct.unpack_from(">ih5siihq", answer), (1, 5, b"twice", 1, 0, 0, 0))
        body = struct.pack(">iiiib", -1, 0, 0, 1 << 20, 0) + INT.pack(1) + raw.string("twice") \
            + struct.pack(">iiqi", 1, 0, 0, 1 << 20)
        read = connection.ask(raw.FETCH, 4, body)
        self.assertIn(b"yes", read)
        self.assertNotIn(b"no", read)

    def test_the_controller_is_among_the_brokers(self):
        brokers, controller, _ = metadata(self.connect(), 1)
        self.assertIn(controller, brokers)

    def test_leader_epochs_do_not_go_back_over_a_restart(self):
        before = metadata(self.connect(), 7)[2]["t"]
        self.broker.stop()
        self.broker.start()
        after = metadata(self.connect(), 7)[2]["t"]
        self.assertEqual(len(before), len(after))
        self.assertTrue(all(a >= b >= 0 for a, b in zip(after, before)), (before, after))

    def test_every_topic_has_an_id(self):
        connection = self.connect()
        for version in (10, 12):
            flags = b"\0\0\0" if version < 11 else b"\0\0"
            connection.send(flexible(raw.METADATA, version, 1, b"\0" + flags + b"\0"))
            answer = connection.frame()
            at = answer.index(b"\2t") + 2
            self.assertNotEqual(answer[at:at + 16], bytes(16))


if __name__ == "__main__":
    unittest.main()
