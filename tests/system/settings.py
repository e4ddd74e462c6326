"""What is set for a topic acts, also on connections that are there already."""

import struct
import time
import unittest

import raw
import schloss

try:
    import confluent_kafka
    import confluent_kafka.admin
except ImportError:
    confluent_kafka = None


@unittest.skipIf(confluent_kafka is None, "python3-confluent-kafka is not installed")
class Settings(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = schloss.Broker(("SASL_SSL",), settings={
            "log.retention.check.interval.ms": "50"})
        cls.addClassCleanup(cls.broker.close)
        cls.broker.start()
        cls.admin = confluent_kafka.admin.AdminClient(cls.broker.librdkafka())
        cls.producer = confluent_kafka.Producer(
            cls.broker.librdkafka(message_max_bytes=4000000))
        cls.consumer = confluent_kafka.Consumer(cls.broker.librdkafka(group_id="settings"))
        cls.addClassCleanup(cls.consumer.close)

    def make(self, name, **settings):
        settings = {k.replace("_", "."): str(v) for k, v in settings.items()}
        new = confluent_kafka.admin.NewTopic(name, 1, 1, config=settings)
        self.admin.create_topics([new])[name].result(30)

    def alter(self, name, **settings):
        resource = confluent_kafka.admin.ConfigResource("topic", name, set_config={
            k.replace("_", "."): str(v) for k, v in settings.items()})
        self.admin.alter_configs([resource])[resource].result(30)

    def send(self, topic, value, **more):
        """The error's name, or None; and the message."""
        told = []
        self.producer.produce(topic, value, on_delivery=lambda e, m: told.append((e, m)), **more)
        self.assertEqual(self.producer.flush(60), 0)
        error, message = told[0]
        return None if error is None else error.name(), message

    def ends(self, topic):
        place = confluent_kafka.TopicPartition(topic, 0)
        return self.consumer.get_watermark_offsets(place, timeout=30)

    def test_what_is_too_old_is_removed_and_what_comes_after_it_is_kept(self):
        self.make("aging", retention_ms=-1)
        day = 24 * 60 * 60 * 1000
        for i in range(10):
            self.send("aging", f"old {i}", timestamp=int(time.time() * 1000) - 2 * day)
        self.assertEqual(self.ends("aging"), (0, 10))
        self.alter("aging", retention_ms=day)
        schloss.eventually(lambda: self.ends("aging") == (10, 10), 30, "old records are gone")
        self.assertEqual(self.send("aging", "young")[1].offset(), 10)
        self.broker.await_log(r"aging-0: 1 segments were too old")
        self.assertEqual(self.broker.stop(), 0)
        self.broker.start()
        self.assertEqual(self.ends("aging"), (10, 11))

    def test_what_is_too_much_is_removed_from_the_start(self):
        self.make("growing", segment_bytes=1048576, retention_bytes=2000000)
        for _ in range(12):
            self.assertIsNone(self.send("growing", b"x" * 500000)[0])
        schloss.eventually(lambda: self.ends("growing")[0] > 0, 30, "the first are gone")
        low, high = self.ends("growing")
        self.assertEqual(high, 12)
        self.assertLess(low, 10)  # two million bytes stay

    def test_records_are_deleted_for_good(self):
        self.make("cut")
        for i in range(5):
            self.send("cut", str(i))
        with raw.Connection(self.broker) as c:
            c.login()
            body = (struct.pack(">i", 1) + raw.string("cut") + struct.pack(">iiqi", 1, 0, 3, 1000))
            answer = c.ask(21, 1, body)
        self.assertEqual(struct.unpack(">iqh", answer[-14:]), (0, 3, 0))
        self.assertEqual(self.ends("cut"), (3, 5))
        self.broker.kill_role("store")
        schloss.eventually(lambda: self.ends_or_none("cut") == (3, 5), 30, "it stays deleted")

    def test_what_a_partition_takes_of_the_disk_is_told(self):
        self.make("weighed")
        self.send("weighed", b"x" * 100000)
        with raw.Connection(self.broker) as c:
            c.login()
            answer = c.ask(35, 1, struct.pack(">i", 1) + raw.string("weighed") +
                           struct.pack(">ii", 1, 0))
        index, size, lag, future = struct.unpack(">iqq?", answer[-21:])
        self.assertEqual((index, lag, future), (0, 0, False))
        self.assertGreater(size, 100000)
        self.assertLess(size, 101000)
        self.assertIn(self.broker.path("data").encode(), answer)

    def ends_or_none(self, topic):
        try:
            return self.ends(topic)
        except confluent_kafka.KafkaException:
            return None

    def test_the_size_of_a_batch_is_limited_from_now_on(self):
        self.make("narrow")
        self.assertIsNone(self.send("narrow", b"x" * 10000)[0])
        self.alter("narrow", max_message_bytes=5000)
        self.assertEqual(self.send("narrow", b"x" * 10000)[0], "MSG_SIZE_TOO_LARGE")
        self.assertIsNone(self.send("narrow", b"x" * 1000)[0])

    def test_the_clock_of_the_broker_stamps_records(self):
        self.make("stamped")
        self.assertEqual(self.send("stamped", "x", timestamp=1000)[1].timestamp(),
                         (confluent_kafka.TIMESTAMP_CREATE_TIME, 1000))
        self.alter("stamped", message_timestamp_type="LogAppendTime")
        kind, when = self.send("stamped", "x", timestamp=1000)[1].timestamp()
        self.assertEqual(kind, confluent_kafka.TIMESTAMP_LOG_APPEND_TIME)
        self.assertGreater(when, 1600000000000)

    def test_timestamps_too_far_from_now_are_refused(self):
        self.make("timely", message_timestamp_before_max_ms=60000,
                  message_timestamp_after_max_ms=60000)
        now = int(time.time() * 1000)
        self.assertEqual(self.send("timely", "x", timestamp=now - 3600000)[0],
                         "INVALID_TIMESTAMP")
        self.assertEqual(self.send("timely", "x", timestamp=now + 3600000)[0],
                         "INVALID_TIMESTAMP")
        self.assertIsNone(self.send("timely", "x", timestamp=now)[0])

    def test_a_time_is_found_inside_a_compressed_batch(self):
        self.make("times")
        batch = confluent_kafka.Producer(self.broker.librdkafka(
            compression_type="gzip", linger_ms=2000, batch_num_messages=10))
        start = int(time.time() * 1000) - 100000
        for i in range(10):
            batch.produce("times", "the same again and again " * 5, timestamp=start + 1000 * i)
        self.assertEqual(batch.flush(60), 0)

        def offset_at(moment):
            place = confluent_kafka.TopicPartition("times", 0, moment)
            return self.consumer.offsets_for_times([place], timeout=30)[0].offset

        self.assertEqual([offset_at(start + 1000 * i - 500) for i in range(10)],
                         list(range(10)))
        self.assertEqual(offset_at(start + 9000), 9)


if __name__ == "__main__":
    unittest.main()
