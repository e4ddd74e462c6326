"""Unmodified clients with their default settings: produce, consume, groups that change."""

import json
import shutil
import threading
import time
import unittest

import records
import schloss

try:
    import confluent_kafka
    import confluent_kafka.admin
except ImportError:
    confluent_kafka = None
try:
    import kafka
    import kafka.admin
except ImportError:
    kafka = None

PARTITIONS = 4
ROWS = 1000


class Member:
    """A member of a group in a thread of its own; subclasses say how their library polls."""

    def __init__(self, consumer):
        self.consumer = consumer
        self.values = []
        self.held = frozenset()
        self.error = None
        self.leaving = threading.Event()
        self.thread = threading.Thread(target=self.loop, daemon=True)
        self.thread.start()

    def loop(self):
        try:
            while not self.leaving.is_set():
                self.values += self.poll()
                self.held = self.assignment()
            self.consumer.close()
            self.held = frozenset()
        except Exception as e:  # pylint: disable=broad-except
            self.error = e

    def leave(self):
        self.leaving.set()
        self.thread.join(60)
        if self.thread.is_alive():
            raise AssertionError("a member did not leave within 60 s")

    def poll(self):
        raise NotImplementedError

    def assignment(self):
        raise NotImplementedError


class ConfluentMember(Member):
    def poll(self):
        found = []
        for message in self.consumer.consume(500, 0.2):
            if not message.error():
                found.append(message.value())
        return found

    def assignment(self):
        return frozenset(p.partition for p in self.consumer.assignment())


class KafkaPythonMember(Member):
    def poll(self):
        batches = self.consumer.poll(timeout_ms=200)
        return [r.value for batch in batches.values() for r in batch]

    def assignment(self):
        return frozenset(p.partition for p in self.consumer.assignment())


class Clients(unittest.TestCase):
    listeners = ("SASL_SSL",)

    @classmethod
    def setUpClass(cls):
        cls.broker = schloss.Broker(cls.listeners)
        cls.addClassCleanup(cls.broker.close)
        cls.broker.start()

    def assert_split(self, members, what):
        """The members hold every partition, and none of them twice."""
        def is_split():
            for m in members:
                if m.error is not None:
                    raise m.error
            held = [m.held for m in members]
            return all(held) and sorted(p for h in held for p in h) == list(range(PARTITIONS))
        schloss.eventually(is_split, 60, f"{what}: all partitions, each held once: "
                           f"{[sorted(m.held) for m in members]}")

    def join_and_leave(self, new_member, topic, group, produce):
        """One member, two, one again; what was produced meanwhile is all read and committed."""
        produce(0)
        first = new_member()
        self.assert_split([first], "before the join")
        second = new_member()
        self.assert_split([first, second], "after the join")
        produce(1)
        schloss.eventually(
            lambda: len(set(first.values + second.values)) == 2 * ROWS, 60, "all rows are read")
        second.leave()
        self.assert_split([first], "after the leave")
        produce(2)
        schloss.eventually(
            lambda: len(set(first.values + second.values)) == 3 * ROWS, 60, "all rows are read")
        first.leave()
        for member in (first, second):
            if member.error is not None:
                raise member.error
        wanted = {f"{part}-{i}".encode() for part in range(3) for i in range(ROWS)}
        self.assertEqual(set(first.values + second.values), wanted)
        if records.MISSING is None:
            self.assertEqual(records.committed(self.broker, group, topic, PARTITIONS),
                             records.ends_of(self.broker, topic, PARTITIONS))


class Kcat(Clients):
    listeners = ("SASL_SSL", "PLAINTEXT")

    @classmethod
    def setUpClass(cls):
        if shutil.which("kcat") is None:
            raise unittest.SkipTest("kcat is not installed")
        super().setUpClass()

    def test_lists_produces_and_consumes_over_tls(self):
        self.broker.create_topic("kcat", 3)
        listing = json.loads(self.broker.kcat("-L", "-J").stdout)
        topic = [t for t in listing["topics"] if t["topic"] == "kcat"][0]
        self.assertEqual(len(topic["partitions"]), 3)
        self.assertEqual(listing["brokers"][0]["name"], self.broker.bootstrap())
        lines = "".join(f"row {i}\n" for i in range(ROWS))
        self.broker.kcat("-P", "-t", "kcat", text=lines)
        got = self.broker.kcat("-C", "-t", "kcat", "-o", "beginning", "-e", "-q", user="bob")
        self.assertEqual(sorted(got.stdout.splitlines()), sorted(lines.splitlines()))

    def test_every_codec_goes_through(self):
        self.broker.create_topic("codecs", 1)
        lines = [f"{codec} {i}" for codec in ("gzip", "snappy", "lz4", "zstd")
                 for i in range(200)]
        for codec in ("gzip", "snappy", "lz4", "zstd"):
            text = "".join(line + "\n" for line in lines if line.startswith(codec))
            self.broker.kcat("-P", "-t", "codecs", "-z", codec, text=text)
        got = self.broker.kcat("-C", "-t", "codecs", "-o", "beginning", "-e", "-q")
        self.assertEqual(sorted(got.stdout.splitlines()), sorted(lines))

    def test_a_plaintext_listener_that_is_allowed_in_words_serves_its_principal(self):
        self.broker.create_topic("open", 1)
        self.broker.kcat("-P", "-t", "open", listener="PLAINTEXT", text="hello\n")
        got = self.broker.kcat("-C", "-t", "open", "-o", "beginning", "-e", "-q",
                               listener="PLAINTEXT")
        self.assertEqual(got.stdout, "hello\n")
        log = self.broker.log()
        self.assertRegex(log, r"listener PLAINTEXT sends everything in the clear")
        self.assertRegex(log, r"listener PLAINTEXT: whoever connects is User:anon")

    def test_who_has_no_right_sees_no_topic_and_is_audited(self):
        self.broker.create_topic("private", 1)
        listing = json.loads(self.broker.kcat("-L", "-J", user="mallory").stdout)
        self.assertEqual(listing["topics"], [])
        done = self.broker.tool("produce", "private", user="mallory", text="x\n", status=4)
        self.assertIn("private", done.stderr)
        self.broker.await_audit(r'"event":"denied".*"principal":"(User:)?mallory".*private')


class WrongPassword(Clients):
    """By itself: the address of who fails is turned away for a while."""

    def test_a_wrong_password_gets_nothing(self):
        if shutil.which("kcat") is None:
            self.skipTest("kcat is not installed")
        self.broker.properties("mallory")
        text = self.broker.read("mallory.SASL_SSL.properties")
        self.broker.write("wrong.properties",
                          text.replace(self.broker.secrets["mallory"], "not-it"))
        done = schloss.run("kcat", "-F", self.broker.path("wrong.properties"), "-L", "-m", "5",
                           status=None)
        self.assertNotEqual(done.returncode, 0)
        self.broker.await_audit(r'"event":"authentication","outcome":"failure"')


@unittest.skipIf(confluent_kafka is None, "python3-confluent-kafka is not installed")
class Confluent(Clients):
    def test_a_group_stays_whole_through_a_join_and_a_leave(self):
        self.broker.create_topic("rows", PARTITIONS)
        producer = confluent_kafka.Producer(self.broker.librdkafka("alice"))

        def produce(part):
            failed = []
            for i in range(ROWS):
                producer.produce("rows", f"{part}-{i}", key=str(i),
                                 on_delivery=lambda e, m: e and failed.append(e))
            self.assertEqual(producer.flush(60), 0)
            self.assertEqual(failed, [])

        def new_member():
            consumer = confluent_kafka.Consumer(self.broker.librdkafka(
                "bob", group_id="rows", auto_offset_reset="earliest"))
            consumer.subscribe(["rows"])
            return ConfluentMember(consumer)
        self.join_and_leave(new_member, "rows", "rows", produce)

    def test_committed_offsets_are_there_after_a_restart(self):
        self.broker.create_topic("kept", 1)
        self.broker.tool("produce", "kept", text="a\nb\nc\n")
        got = self.broker.tool("consume", "kept", "--group", "kept", "--from-beginning", "-n",
                               "3", user="bob")
        self.assertEqual(got.stdout, "a\nb\nc\n")
        self.assertEqual(self.broker.stop(), 0)
        self.broker.start()
        self.assertEqual(records.committed(self.broker, "kept", "kept", 1), {0: 3})
        self.assertEqual([v for _, _, v in records.read_all(self.broker, "kept", 1)],
                         [b"a", b"b", b"c"])


    def done(self, futures):
        for future in futures.values():
            future.result(30)

    def settings(self, admin, kind, name):
        resource = confluent_kafka.admin.ConfigResource(kind, name)
        return admin.describe_configs([resource])[resource].result(30)

    def test_an_administrator_makes_changes_and_removes_a_topic(self):
        new = confluent_kafka.admin
        admin = new.AdminClient(self.broker.librdkafka("alice"))
        self.done(admin.create_topics([new.NewTopic("managed", 2, 1,
                                                    config={"retention.ms": "60000"})]))
        self.done(admin.create_partitions([new.NewPartitions("managed", 5)]))
        self.assertEqual(len(admin.list_topics("managed", 30).topics["managed"].partitions), 5)
        settings = self.settings(admin, "topic", "managed")
        self.assertEqual(settings["retention.ms"].value, "60000")
        self.assertEqual(settings["retention.ms"].source, 1)
        self.done(admin.alter_configs([new.ConfigResource(
            "topic", "managed", set_config={"max.message.bytes": "2000"})]))
        settings = self.settings(admin, "topic", "managed")
        self.assertEqual(settings["max.message.bytes"].value, "2000")
        self.assertNotEqual(settings["retention.ms"].source, 1)  # what is not sent again is unset
        node = str(next(iter(admin.list_topics(timeout=30).brokers)))
        self.assertEqual(self.settings(admin, "broker", node)["node.id"].value, node)
        with self.assertRaisesRegex(confluent_kafka.KafkaException, "retention.ms"):
            self.done(admin.alter_configs([new.ConfigResource(
                "topic", "managed", set_config={"retention.ms": "soon"})]))
        self.done(admin.delete_topics(["managed"]))


@unittest.skipIf(kafka is None, "python3-kafka is not installed")
class KafkaPython(Clients):
    def test_an_administrator_describes_and_changes_a_topic(self):
        admin = kafka.admin.KafkaAdminClient(**self.broker.kafka_python("alice"))
        resource = kafka.admin.ConfigResource(kafka.admin.ConfigResourceType.TOPIC, "old")
        admin.create_topics([kafka.admin.NewTopic("old", 1, 1)])
        admin.create_partitions({"old": kafka.admin.NewPartitions(3)})
        resource.configs = {"flush.ms": "9"}
        answer = admin.alter_configs([resource])
        self.assertEqual(answer.resources[0][0], 0, answer)
        resource.configs = None
        rows = admin.describe_configs([resource])[0].resources[0][4]
        self.assertEqual([row[1] for row in rows if row[0] == "flush.ms"], ["9"])
        self.assertEqual(len(admin.describe_topics(["old"])[0]["partitions"]), 3)
        admin.close()

    def test_an_administrator_deletes_a_group_that_nobody_is_in(self):
        self.broker.create_topic("left", 1)
        place = kafka.TopicPartition("left", 0)
        consumer = kafka.KafkaConsumer(**self.broker.kafka_python("alice", group_id="left"))
        consumer.assign([place])
        consumer.commit({place: kafka.OffsetAndMetadata(7, "")})
        admin = kafka.admin.KafkaAdminClient(**self.broker.kafka_python("alice"))
        self.assertEqual(admin.list_consumer_group_offsets("left")[place].offset, 7)
        self.assertEqual(admin.delete_consumer_groups(["left"])[0][1].errno, 0)
        self.assertNotIn("left", [row[0] for row in admin.list_consumer_groups()])
        self.assertEqual(admin.delete_consumer_groups(["left"])[0][1].errno, 69)
        consumer.close()
        admin.close()

    def test_a_group_stays_whole_through_a_join_and_a_leave(self):
        self.broker.create_topic("rows", PARTITIONS)
        producer = kafka.KafkaProducer(**self.broker.kafka_python("alice"))

        def produce(part):
            sent = [producer.send("rows", f"{part}-{i}".encode(), key=str(i).encode())
                    for i in range(ROWS)]
            producer.flush(60)
            for future in sent:
                future.get(10)

        def new_member():
            return KafkaPythonMember(kafka.KafkaConsumer("rows", **self.broker.kafka_python(
                "bob", group_id="rows", auto_offset_reset="earliest")))
        self.join_and_leave(new_member, "rows", "rows", produce)
        producer.close(10)

    def test_the_version_probe_ends_in_a_known_version(self):
        started = time.monotonic()
        client = kafka.KafkaAdminClient(**self.broker.kafka_python("alice"))
        self.assertIsInstance(client.list_topics(), list)
        client.close()
        self.assertLess(time.monotonic() - started, 20)


class Tool(Clients):
    def test_lines_go_in_and_come_out_and_the_rest_says_so(self):
        self.broker.create_topic("lines", 3)
        lines = [f"k{i},v{i}" for i in range(100)]
        self.broker.tool("produce", "lines", "--key-separator", ",", text="\n".join(lines) + "\n")
        got = self.broker.tool("consume", "lines", "--group", "g", "--from-beginning", "-n",
                               "100", "--print-key", user="bob")
        self.assertEqual(sorted(got.stdout.replace("\t", ",").splitlines()), sorted(lines))
        described = json.loads(self.broker.tool("topic", "describe", "lines", "-o", "json").stdout)
        self.assertEqual(sum(int(row["records"]) for row in described), 100)
        group = json.loads(self.broker.tool("group", "describe", "g", "-o", "json",
                                            user="bob").stdout)
        self.assertEqual(sum(int(row["committed"] or 0) for row in group), 100)
        self.broker.tool("topic", "delete", "lines", "--yes")
        self.assertNotIn("lines", self.broker.tool("topic", "list").stdout)


if __name__ == "__main__":
    unittest.main()
