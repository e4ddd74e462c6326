"""SIGHUP under traffic: good and bad certificates, policies and users, twenty times each."""

import hashlib
import os
import signal
import socket
import ssl
import unittest

import raw
import records
import schloss

ROUNDS = int(os.environ.get("SCHLOSS_RELOADS", "20"))
GOOD = [r"the certificate is in force", r"the policy is in force", r"auth-password is in force"]
BAD = [r"certificate.* is refused.*stays", r"the policy is refused.*stays",
       r"auth-password is refused.*stays"]


class Reload(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.broker = schloss.Broker(("SASL_SSL",))
        cls.addClassCleanup(cls.broker.close)
        cls.broker.start()
        cls.broker.create_topic("room", 2)
        cls.broker.create_topic("annex", 1)

    def fingerprint(self):
        """Of the certificate that a new connection is shown."""
        context = ssl.create_default_context(cafile=self.broker.path("tls/ca.pem"))
        with socket.create_connection(("127.0.0.1", self.broker.ports["SASL_SSL"]), 10) as s:
            with context.wrap_socket(s, server_hostname="127.0.0.1") as tls:
                return hashlib.sha256(tls.getpeercert(True)).hexdigest()

    def file_fingerprint(self):
        pem = self.broker.read("tls/broker.pem")
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()

    def await_certificate(self):
        """A connection may still get a gate that was there before: the next one will not."""
        schloss.eventually(lambda: self.fingerprint() == self.file_fingerprint(), 10,
                           "the certificate of the file")

    def can_log_in(self, user):
        with raw.Connection(self.broker) as c:
            c.handshake()
            return c.authenticate(raw.plain(user, self.broker.secrets[user])) == raw.NONE

    def sees(self, topic, user):
        """A topic that the user may not describe looks like one that is not there."""
        with raw.Connection(self.broker) as c:
            return self.topic_error(c.login(user).metadata(topic)) == raw.NONE

    @staticmethod
    def topic_error(answer):
        """The error of the only topic in a Metadata v1 answer with one broker."""
        at = 4 + 4                                           # brokers, node id
        at += 2 + int.from_bytes(answer[at:at + 2], "big")   # host
        at += 4 + 2 + 4                                      # port, no rack, controller
        return int.from_bytes(answer[at + 4:at + 6], "big", signed=True)

    def reload(self, expressions):
        mark = self.broker.log_size()
        self.broker.hang_up()
        for expression in expressions:
            self.broker.await_log(expression, mark, seconds=60)

    def good_round(self, n):
        name = f"guest{n}"
        self.broker.make_certificates(anew=True)
        self.broker.add_user(name)
        annex = f"allow {name} to describe topic annex\n" if n % 2 else ""
        self.broker.write("main.policy", schloss.POLICY + annex)
        self.reload(GOOD)
        self.await_certificate()
        self.assertTrue(self.can_log_in(name))
        self.assertEqual(self.sees("annex", name), bool(n % 2))

    def bad_round(self, n):
        """All three are broken; what is in force stays, for old and for new connections."""
        names = ("tls/broker.pem", "main.policy", "users")
        good = {name: self.broker.read(name) for name in names}
        before = self.fingerprint()
        broken = {"tls/broker.pem": "no certificate\n" if n % 2 else good["tls/broker.pem"][:300],
                  "main.policy": "policy 1\nallow alice to fly topic *\n",
                  "users": good["users"] + "a line without a hash\n"}
        for name, text in broken.items():
            self.broker.write(name, text)
        try:
            self.reload(BAD)
            self.assertEqual(self.fingerprint(), before)
            self.assertTrue(self.can_log_in("alice"))
        finally:
            for name, text in good.items():
                self.broker.write(name, text)

    def other_key_round(self):
        """A certificate with somebody else's key is a bad pair too."""
        good = self.broker.read("tls/broker.key")
        before = self.fingerprint()
        schloss.run("openssl", "genpkey", "-algorithm", "EC", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-out", self.broker.path("tls/broker.key"))
        try:
            self.reload([BAD[0]])
            self.assertEqual(self.fingerprint(), before)
        finally:
            self.broker.write("tls/broker.key", good)

    def test_no_connection_is_dropped_and_what_is_bad_is_refused(self):
        first = raw.Connection(self.broker).login("alice")
        second = raw.Connection(self.broker).login("bob")
        self.addCleanup(first.close)
        self.addCleanup(second.close)

        def use():
            first.metadata("room")
            second.metadata("room")
            first.api_versions()
        with schloss.Traffic(use) as traffic:
            for n in range(1, ROUNDS + 1):
                self.good_round(n)
                self.bad_round(n)
            self.other_key_round()
        self.assertGreater(traffic.count, ROUNDS)
        for secret in self.broker.all_secrets():
            self.assertNotIn(secret, self.broker.log())
        audit = self.broker.audit()
        self.assertGreaterEqual(audit.count('"event":"reload","outcome":"success"'), ROUNDS)
        self.assertGreaterEqual(audit.count('"event":"reload","outcome":"failure"'), ROUNDS)

    @unittest.skipIf(records.MISSING, records.MISSING)
    def test_a_producer_and_its_records_do_not_notice(self):
        errors, failed = [], []
        producer = records.confluent_kafka.Producer(
            dict(self.broker.librdkafka("alice"), error_cb=errors.append))
        sent = []

        def produce():
            producer.produce("room", str(len(sent)),
                             on_delivery=lambda e, m: e and failed.append(e))
            sent.append(str(len(sent)).encode())
            producer.poll(0.005)
        with schloss.Traffic(produce):
            for n in range(100, 105):
                self.good_round(n)
        self.assertEqual(producer.flush(60), 0)
        self.assertEqual((errors, failed), ([], []))
        values = [v for _, _, v in records.read_all(self.broker, "room", 2)]
        self.assertEqual(sorted(values), sorted(sent))

    def test_a_right_that_is_taken_away_is_gone_for_open_connections(self):
        self.broker.write("main.policy", schloss.POLICY + "allow mallory to describe topic annex\n")
        self.reload(GOOD[1:2])
        with raw.Connection(self.broker) as c:
            c.login("mallory")
            self.assertEqual(self.topic_error(c.metadata("annex")), raw.NONE)
            self.broker.write("main.policy", schloss.POLICY)
            self.reload(GOOD[1:2])
            self.assertNotEqual(self.topic_error(c.metadata("annex")), raw.NONE)

    def test_a_policy_for_another_cluster_never_replaces_the_one_in_force(self):
        """It compiles, so that only broker can tell; and a new broker is not handed it."""
        policy = schloss.POLICY.replace("policy 1", 'policy 1 cluster another', 1)
        self.broker.write("main.policy", policy)
        try:
            self.reload([r"WAR007", BAD[1]])
            self.assertTrue(self.sees("room", "alice"))
            mark = self.broker.log_size()
            os.kill(self.broker.pids("broker")[0], signal.SIGKILL)
            self.broker.hang_up()  # while there is no broker that could tell
            self.broker.await_log(BAD[1], mark, seconds=60)
            self.assertTrue(self.sees("room", "alice"))
        finally:
            self.broker.write("main.policy", schloss.POLICY)
        self.reload(GOOD[1:2])

    def test_a_right_that_is_taken_away_while_store_dies_is_gone_after_it(self):
        self.broker.write("main.policy",
                          schloss.POLICY + "allow mallory to describe topic annex\n")
        self.reload(GOOD[1:2])
        self.assertTrue(self.sees("annex", "mallory"))
        self.broker.write("main.policy", schloss.POLICY)
        mark = self.broker.log_size()
        self.broker.hang_up()
        self.broker.hang_up()
        os.kill(self.broker.pids("store")[0], signal.SIGKILL)
        self.broker.await_log(GOOD[1], mark, seconds=60)
        self.broker.await_log(r"listening: ", mark, seconds=60)
        self.assertFalse(self.sees("annex", "mallory"))

    def test_a_connection_made_during_a_reload_is_served(self):
        """Spare gates are replaced at that moment."""
        for _ in range(ROUNDS):
            self.reload(GOOD[1:2])
            self.assertTrue(self.can_log_in("alice"))

    def test_a_key_that_takes_a_restart_is_named_and_nothing_is_taken(self):
        self.broker.settings["message.max.bytes"] = "2000000"
        self.broker.write_config()
        try:
            self.reload([r"message\.max\.bytes changed and takes a restart"])
        finally:
            del self.broker.settings["message.max.bytes"]
            self.broker.write_config()
        self.assertTrue(self.can_log_in("alice"))


if __name__ == "__main__":
    unittest.main()
