"""kill -9 in the middle of produce: what was acknowledged is there, and once.

SCHLOSS_KILLS says how often each (4; the long run takes 50).
"""

import os
import random
import struct
import time
import unittest

import batch
import raw
import records
import schloss

KILLS = int(os.environ.get("SCHLOSS_KILLS", "4"))
PARTITIONS = 3
DEATHS_BEFORE_RESTART = 2  # the third within a minute ends the service, as it should


@unittest.skipIf(records.MISSING, records.MISSING)
class Kills(unittest.TestCase):
    def setUp(self):
        seed = int(os.environ.get("SCHLOSS_SEED", str(random.randrange(1 << 32))))
        print(f"SCHLOSS_SEED={seed}", flush=True)
        self.random = random.Random(seed)
        self.broker = schloss.Broker(("SASL_SSL",))
        self.addCleanup(self.broker.close)
        self.broker.start()
        self.broker.create_topic("ledger", PARTITIONS)
        self.acknowledged = {}
        self.failed = []
        self.sent = 0

    def on_delivery(self, error, message):
        if error is None:
            self.acknowledged[message.value()] = (message.partition(), message.offset())
        else:
            self.failed.append((message.value(), str(error)))

    def new_producer(self):
        return records.confluent_kafka.Producer(dict(
            self.broker.librdkafka("alice"), **{
                "enable.idempotence": True, "acks": "all", "linger.ms": 2,
                "message.timeout.ms": 300000, "reconnect.backoff.max.ms": 500,
                "retry.backoff.ms": 50}))

    def produce_through(self, kill):
        """Produces without a pause while kill() is called KILLS times."""
        producer = self.new_producer()

        def produce():
            if len(producer) > 20000:
                producer.poll(0.05)
                return
            for _ in range(20):
                producer.produce("ledger", b"%d" % self.sent, key=b"%d" % (self.sent % 97),
                                 on_delivery=self.on_delivery)
                self.sent += 1
            producer.poll(0.01)
        with schloss.Traffic(produce):
            for n in range(KILLS):
                before = len(self.acknowledged)
                schloss.eventually(lambda: len(self.acknowledged) > before + 50, 60,
                                   f"records are acknowledged before kill {n + 1}")
                time.sleep(self.random.random() * 0.2)  # anywhere within a batch
                kill(n)
        self.assertEqual(producer.flush(120), 0, "records without an answer")

    def check(self):
        self.assertEqual(self.failed, [])
        self.assertEqual(len(self.acknowledged), self.sent)
        found = {}
        for partition, offset, value in records.read_all(
                self.broker, "ledger", PARTITIONS, seconds=120):
            self.assertNotIn(value, found, f"{value} is there twice: {found.get(value)} and "
                             f"{(partition, offset)}")
            found[value] = (partition, offset)
        for value, place in self.acknowledged.items():
            if place[1] >= 0:
                self.assertEqual(found.get(value), place, f"{value} was acknowledged")
            else:  # answered as a duplicate: the place is not told
                self.assertIn(value, found)
        self.assertEqual(len(found), self.sent)
        print(f"{KILLS} kills, {len(found)} records: all there, each once", flush=True)

    def restart_now_and_then(self, n):
        if n % DEATHS_BEFORE_RESTART == DEATHS_BEFORE_RESTART - 1:
            self.assertEqual(self.broker.stop(), 0)
            self.broker.start()

    def kill_one(self, role):
        def kill(n):
            self.broker.kill_role(role)
            self.restart_now_and_then(n)
        self.produce_through(kill)
        self.check()

    def test_kill_of_broker_loses_and_doubles_nothing(self):
        self.kill_one("broker")

    def test_kill_of_store_loses_and_doubles_nothing(self):
        self.kill_one("store")

    def test_kill_of_the_whole_tree_loses_and_doubles_nothing(self):
        def kill(_):
            self.broker.kill()
            self.broker.start()
        self.produce_through(kill)
        self.check()


class Producers(unittest.TestCase):
    """What an idempotent producer sends again is answered with its first place."""

    DELETE_RECORDS, OUT_OF_ORDER = 21, 45

    def setUp(self):
        self.broker = schloss.Broker(("SASL_SSL",))
        self.addCleanup(self.broker.close)
        self.broker.start()
        self.broker.create_topic("ledger")
        self.now = int(time.time() * 1000)

    def ask(self, api, version, body):
        with raw.Connection(self.broker) as c:
            return c.login().ask(api, version, body)

    def send(self, sequence):
        """The error, and the offset of the first of two records."""
        data = batch.batch(b"a", b"b", producer=77, epoch=3, sequence=sequence,
                           base_time=self.now, max_time=self.now)
        answer = self.ask(raw.PRODUCE, 7, struct.pack(">hhii", -1, -1, 10000, 1)
                          + raw.string("ledger") + struct.pack(">ii", 1, 0) + raw.blob(data))
        at = 4 + 2 + len("ledger") + 4 + 4
        return struct.unpack(">hq", answer[at:at + 10])

    def delete_all(self):
        answer = self.ask(self.DELETE_RECORDS, 1, struct.pack(">i", 1) + raw.string("ledger")
                          + struct.pack(">iiqi", 1, 0, -1, 10000))
        self.assertEqual(struct.unpack(">h", answer[-2:])[0], 0)

    def restart(self, stop):
        stop()
        self.broker.start()

    def snapshots(self):
        return sorted(int(name.split(".")[0])
                      for name in os.listdir(self.broker.path("data", "ledger-0"))
                      if name.endswith(".snapshot"))

    def test_a_producer_is_known_after_each_end(self):
        for sequence in range(0, 12, 2):
            self.assertEqual(self.send(sequence), (0, sequence))
        for stop in (self.broker.kill, self.broker.stop):
            self.restart(stop)
            for sequence in range(2, 12, 2):
                self.assertEqual(self.send(sequence), (0, sequence))
            self.assertEqual(self.send(0)[0], self.OUT_OF_ORDER)  # the sixth from the end
        self.assertEqual(self.snapshots(), [12])
        self.assertEqual(self.send(12), (0, 12))

    def test_a_producer_is_known_when_its_records_are_gone(self):
        self.assertEqual(self.send(0), (0, 0))
        self.delete_all()
        self.assertEqual(self.snapshots(), [2])
        for stop in (self.broker.kill, self.broker.stop):
            self.restart(stop)
            self.assertEqual(self.send(0), (0, 0))
            self.assertEqual(self.send(7)[0], self.OUT_OF_ORDER)
        self.assertEqual(self.send(2), (0, 2))
        self.assertEqual(self.snapshots(), [2])


class Deaths(unittest.TestCase):
    """Other processes may die as well; the service goes on, or ends with a reason."""

    def setUp(self):
        self.broker = schloss.Broker(("SASL_SSL",))
        self.addCleanup(self.broker.close)
        self.broker.start()
        self.broker.create_topic("room")

    def serves(self):
        return self.broker.tool("topic", "list", user="bob", status=None).returncode == 0

    def test_keys_auth_and_audit_are_started_again(self):
        for role in ("keys", "auth", "audit"):
            with self.subTest(role):
                before = self.broker.pids(role)
                os.kill(before[0], 9)
                schloss.eventually(
                    lambda: self.broker.pids(role) not in ([], before), 30, f"a new {role}")
                schloss.eventually(self.serves, 30, f"serves after {role} died")

    def test_a_third_death_of_the_core_within_a_minute_ends_the_service(self):
        self.broker.kill_role("broker")
        self.broker.kill_role("store")
        os.kill(self.broker.pids("broker")[0], 9)
        self.assertEqual(self.broker.process.wait(60), 70)
        self.assertRegex(self.broker.log(), r"died 3 times within a minute")

    def test_the_death_of_the_warden_ends_all(self):
        pids = schloss.descendants(self.broker.process.pid)
        self.broker.process.kill()
        self.broker.process.wait()
        schloss.eventually(
            lambda: not any(schloss.program_of(p).startswith("schloss") for p in pids), 10,
            "no process is left")


if __name__ == "__main__":
    unittest.main()
