"""Fetch byte by byte: what a session says, and what it leaves out."""

import struct
import unittest

import raw
import schloss

SESSION_NOT_FOUND, WRONG_SESSION_EPOCH = 70, 71


def wanted(topic, *partitions):
    """Topics of a Fetch request; partitions: (partition, offset)."""
    rows = b"".join(struct.pack(">iiqqi", p, -1, offset, -1, 1 << 20) for p, offset in partitions)
    return raw.string(topic) + struct.pack(">i", len(partitions)) + rows


def forgotten(topic, *partitions):
    return raw.string(topic) + struct.pack(f">i{len(partitions)}i", len(partitions), *partitions)


def fetch(connection, session, epoch, topics=(), forget=()):
    """Fetch v11: (error, session id, {(topic, partition): (error, high watermark, bytes)})."""
    body = struct.pack(">iiiibii", -1, 0, 1, 1 << 20, 0, session, epoch)
    body += struct.pack(">i", len(topics)) + b"".join(topics)
    body += struct.pack(">i", len(forget)) + b"".join(forget) + raw.string("")
    answer = connection.ask(raw.FETCH, 11, body)
    _, error, session, count = struct.unpack(">ihii", answer[:14])
    at, found = 14, {}
    for _ in range(count):
        length = struct.unpack(">h", answer[at:at + 2])[0]
        name = answer[at + 2:at + 2 + length].decode()
        at += 2 + length
        rows = struct.unpack(">i", answer[at:at + 4])[0]
        at += 4
        for _ in range(rows):
            partition, code, high, _, _, aborted = struct.unpack(">ihqqqi", answer[at:at + 34])
            at += 34 + 16 * max(aborted, 0)
            _, size = struct.unpack(">ii", answer[at:at + 8])
            at += 8 + max(size, 0)
            found[name, partition] = code, high, size
    if at != len(answer):
        raise AssertionError(f"{len(answer) - at} bytes behind the answer")
    return error, session, found


class Sessions(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = schloss.Broker(("SASL_SSL",))
        cls.addClassCleanup(cls.broker.close)
        cls.broker.start()
        cls.broker.create_topic("read", 3)

    def begin(self, *partitions):
        connection = raw.Connection(self.broker).login()
        self.addCleanup(connection.close)
        error, session, found = fetch(connection, 0, 0, [wanted("read", *partitions)])
        self.assertEqual(error, raw.NONE)
        self.assertGreater(session, 0)
        self.assertEqual(len(found), len(partitions))
        return connection, session

    def test_nothing_is_told_twice(self):
        connection, session = self.begin((0, 0), (1, 0))
        self.assertEqual(fetch(connection, session, 1), (raw.NONE, session, {}))
        self.assertEqual(fetch(connection, session, 2), (raw.NONE, session, {}))

    def test_what_is_added_is_told_and_what_is_forgotten_is_not(self):
        connection, session = self.begin((0, 0))
        _, _, found = fetch(connection, session, 1, [wanted("read", (1, 0), (2, 0))])
        self.assertEqual(set(found), {("read", 1), ("read", 2)})
        _, _, found = fetch(connection, session, 2, [wanted("read", (1, 7), (2, 7))],
                            [forgotten("read", 2)])
        self.assertEqual({k: v[0] for k, v in found.items()}, {("read", 1): 1})

    def test_an_error_is_told_until_it_is_gone(self):
        connection, session = self.begin((0, 0))
        for epoch in (1, 2, 3):
            _, _, found = fetch(connection, session, epoch,
                                [wanted("read", (9, 0))] if epoch == 1 else [])
            self.assertEqual(found, {("read", 9): (3, -1, 0)})

    def test_a_session_with_nothing_left_ends(self):
        connection, session = self.begin((0, 0))
        error, none, found = fetch(connection, session, 1, [], [forgotten("read", 0)])
        self.assertEqual((error, none, found), (raw.NONE, 0, {}))
        self.assertEqual(fetch(connection, session, 2)[0], SESSION_NOT_FOUND)

    def test_another_epoch_or_session_is_refused_and_the_session_goes_on(self):
        connection, session = self.begin((0, 0))
        self.assertEqual(fetch(connection, session, 2), (WRONG_SESSION_EPOCH, 0, {}))
        self.assertEqual(fetch(connection, session ^ 1, 1), (SESSION_NOT_FOUND, 0, {}))
        self.assertEqual(fetch(connection, 0, 1), (SESSION_NOT_FOUND, 0, {}))
        self.assertEqual(fetch(connection, session, 1), (raw.NONE, session, {}))

    def test_the_last_fetch_of_a_session_ends_it(self):
        connection, session = self.begin((0, 0))
        _, none, found = fetch(connection, session, -1, [wanted("read", (0, 0))])
        self.assertEqual((none, len(found)), (0, 1))
        self.assertEqual(fetch(connection, session, 1)[0], SESSION_NOT_FOUND)

    def test_a_session_is_of_its_connection_alone(self):
        _, session = self.begin((0, 0))
        other, _ = self.begin((0, 0))
        self.assertEqual(fetch(other, session, 1)[0], SESSION_NOT_FOUND)

    def test_a_partition_that_is_named_twice_is_read_once(self):
        connection = raw.Connection(self.broker).login()
        self.addCleanup(connection.close)
        _, none, found = fetch(connection, 0, -1, [wanted("read", (0, 9), (0, 0))])
        self.assertEqual((none, found[("read", 0)][0], len(found)), (0, raw.NONE, 1))


if __name__ == "__main__":
    unittest.main()
