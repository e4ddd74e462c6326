"""What the tool hands over is enough: certificates, files of clients, and a test of them."""

import glob
import json
import os
import shutil
import stat
import unittest

import schloss

try:
    import confluent_kafka.admin
except ImportError:
    confluent_kafka = None
try:
    import kafka
except ImportError:
    kafka = None

TOOL = os.path.join(schloss.BIN, "schloss")
NASTY = "p\"a'ss\\word\\n=#$ ${x} %s;,{}\t\u00fc\u20ac\U0001f600!"
POLICY = """policy 1
allow carol to all topic * group *
allow dave to all topic * group *
allow ann to all topic * group *
allow alice to all topic * group * txn * cluster
"""


def settings_of(path):
    with open(path, encoding="utf-8") as f:
        lines = [line.rstrip("\n") for line in f if not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def tool(*arguments, text=None, status=0):
    return schloss.run(TOOL, *arguments, text=text, status=status)


def java_folder():
    """The jars of the Java client, where they were fetched before; None if they were not."""
    cache = os.environ.get("XDG_CACHE_HOME", os.path.expanduser("~/.cache"))
    for name in sorted(glob.glob(os.path.join(cache, "schloss-interop", "*"))):
        if (os.path.exists(os.path.join(name, "complete"))
                and glob.glob(os.path.join(name, "kafka-clients-*.jar"))):
            return name
    return None


def log_in_with_java(test, properties, topic):
    """The file is moved first: it must name no other."""
    folder = java_folder()
    if folder is None or shutil.which("java") is None:
        test.skipTest("no Java, or tests/interop has not fetched the Java client")
    moved = test.broker.path("moved", "client.properties")
    os.makedirs(os.path.dirname(moved), exist_ok=True)
    shutil.copy(properties, moved)
    done = schloss.run("java", "-cp", os.path.join(folder, "*"),
                       os.path.join(schloss.HOME, "tests/interop/Handover.java"), moved)
    test.assertIn(f"topics [{topic}]", done.stdout)


class Files(unittest.TestCase):
    """A user with a password that means something to every parser between."""

    @classmethod
    def setUpClass(cls):
        cls.broker = schloss.Broker(("SASL_SSL",), policy=POLICY, settings={
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256"})
        cls.addClassCleanup(cls.broker.close)
        cls.broker.settings["schloss.scram.file"] = cls.broker.path("scram")
        cls.folder = cls.broker.path("carol")
        cls.made = cls.add("carol", NASTY, cls.folder)
        cls.scram = cls.broker.path("dave")
        cls.add("dave", NASTY[::-1], cls.scram, "--scram-file", cls.broker.path("scram"),
                "--mechanism", "SCRAM-SHA-256")
        cls.broker.write_config()
        cls.broker.start()
        cls.broker.create_topic("handed")

    @classmethod
    def add(cls, name, password, folder, *more):
        return tool("user", "add", name, "--file", cls.broker.path("users"),
                    "--write-client-files", folder, "--bootstrap", cls.broker.bootstrap(),
                    "--ca", cls.broker.path("tls/ca.pem"), *more, text=password + "\n")

    def file(self, name):
        return os.path.join(self.folder, name)

    def test_the_secret_is_in_the_files_and_nobody_else_reads_them(self):
        self.assertEqual(stat.S_IMODE(os.stat(self.folder).st_mode), 0o700)
        self.assertEqual(sorted(os.listdir(self.folder)),
                         ["ca.pem", "client.properties", "librdkafka.conf"])
        for name in os.listdir(self.folder):
            self.assertEqual(stat.S_IMODE(os.stat(self.file(name)).st_mode), 0o600, name)
        self.assertNotIn("word", self.made.stdout + self.made.stderr)
        self.assertEqual(settings_of(self.file("librdkafka.conf"))["sasl.password"], NASTY)

    def test_a_generated_secret_is_not_printed(self):
        folder = self.broker.path("erin")
        done = tool("user", "add", "erin", "--generate", "--file", self.broker.path("users"),
                    "--write-client-files", folder, "--bootstrap", "localhost:1",
                    "--ca", self.broker.path("tls/ca.pem"), "--path-prefix", "/etc/erin")
        found = settings_of(os.path.join(folder, "librdkafka.conf"))
        self.assertEqual(len(found["sasl.password"]), 43)
        self.assertNotIn(found["sasl.password"], done.stdout)
        self.assertEqual(found["ssl.ca.location"], "/etc/erin/ca.pem")

    @unittest.skipIf(shutil.which("kcat") is None, "kcat is not installed")
    def test_kcat_reads_the_longest_lines(self):
        folder = self.broker.path("long")
        tool("user", "add", "n" * 255, "--file", self.broker.path("users"),
             "--write-client-files", folder, "--bootstrap",
             ",".join(["broker.example:9093"] * 22), "--ca",
             self.broker.path("tls/ca.pem"), "--path-prefix", "/" + "x" * 449,
             text="\u20ac" * 150 + "\n")
        done = schloss.run("kcat", "-F", os.path.join(folder, "librdkafka.conf"), "-X", "dump")
        for line in ("sasl.password = " + "\u20ac" * 150, "sasl.username = " + "n" * 255,
                     "ssl.ca.location = /" + "x" * 449 + "/ca.pem"):
            self.assertIn(line, done.stdout)

    def test_what_can_not_be_done_changes_nothing(self):
        users = self.broker.read("users")
        cases = (("frank", " blank-at-the-start", self.broker.path("frank"), 2),
                 ("frank", "a" * 451, self.broker.path("frank"), 2),
                 ("frank", "twelve-chars-", self.folder, 1))  # it is carol's
        for name, password, folder, status in cases:
            tool("user", "add", name, "--file", self.broker.path("users"),
                 "--write-client-files", folder, "--bootstrap", "h:1", "--ca",
                 self.broker.path("tls/ca.pem"), text=password + "\n", status=status)
            self.assertEqual(self.broker.read("users"), users)
        tool("user", "add", "frank", "--file", self.broker.path("users"), "--generate",
             "--write-client-files", self.broker.path("frank"), "--bootstrap", "h:1",
             status=2)

    @unittest.skipIf(shutil.which("kcat") is None, "kcat is not installed")
    def test_kcat_logs_in(self):
        done = schloss.run("kcat", "-F", self.file("librdkafka.conf"), "-L", "-J")
        self.assertIn("handed", [t["topic"] for t in json.loads(done.stdout)["topics"]])
        self.broker.await_audit(r'"outcome":"success".*"User:carol".*"PLAIN"')

    @unittest.skipIf(confluent_kafka is None, "python3-confluent-kafka is not installed")
    def test_confluent_logs_in(self):
        admin = confluent_kafka.admin.AdminClient(settings_of(self.file("librdkafka.conf")))
        self.assertIn("handed", admin.list_topics(timeout=30).topics)

    @unittest.skipIf(kafka is None, "python3-kafka is not installed")
    def test_kafka_python_logs_in(self):
        for folder in (self.folder, self.scram):  # librdkafka does SCRAM from 2.6.1 on
            found = settings_of(os.path.join(folder, "librdkafka.conf"))
            client = kafka.KafkaConsumer(
                bootstrap_servers=found["bootstrap.servers"], security_protocol="SASL_SSL",
                sasl_mechanism=found["sasl.mechanisms"],
                sasl_plain_username=found["sasl.username"],
                sasl_plain_password=found["sasl.password"],
                ssl_cafile=found["ssl.ca.location"])
            self.assertIn("handed", client.topics())
            client.close()
        self.broker.await_audit(r'"outcome":"success".*"User:dave".*"SCRAM-SHA-256"')

    def test_java_logs_in(self):
        log_in_with_java(self, self.file("client.properties"), "handed")
        log_in_with_java(self, os.path.join(self.scram, "client.properties"), "handed")

    def test_the_tool_logs_in_and_says_so(self):
        done = tool("auth", "test", "--config", self.file("librdkafka.conf"))
        self.assertRegex(done.stdout, "^logged in as carol by PLAIN; the listener offers "
                         "PLAIN,SCRAM-SHA-256 ")


class Certificates(unittest.TestCase):
    """The CA of the clients, its list, and the broker's own certificate are the tool's."""

    @classmethod
    def setUpClass(cls):
        cls.broker = schloss.Broker(("SSL", "SASL_SSL"), policy=POLICY, settings={
            "ssl.client.auth": "required",
            "ssl.principal.mapping.rules": "RULE:^CN=([a-z]+)$/$1/"})
        cls.addClassCleanup(cls.broker.close)
        cls.ca = cls.broker.path("ca")
        cls.clients = cls.broker.path("clients")
        tool("cert", "create-ca", "--dir", cls.ca, "--cn", "brokers")
        tool("cert", "create-ca", "--dir", cls.clients, "--cn", "clients")
        tool("cert", "issue", "broker", "--server", "--san", "ip:127.0.0.1", "--ca", cls.ca,
             "--dir", cls.broker.path("tls"), "--yes")
        for name in ("ann", "bert"):
            cls.hand_over("client-files", name, cls.broker.path(name), listener="SSL")
        cls.hand_over("add", "dave", "--write-client-files", cls.broker.path("dave"),
                      "--client-cert", "--generate", "--file", cls.broker.path("users"),
                      listener="SASL_SSL")
        cls.broker.settings |= {
            "ssl.truststore.location": os.path.join(cls.clients, "ca.pem"),
            "ssl.client.crl.location": os.path.join(cls.clients, "crl.pem")}
        cls.broker.write_config()
        cls.broker.start()

    @classmethod
    def hand_over(cls, *arguments, listener):
        return tool("user", *arguments, "--bootstrap", cls.broker.bootstrap(listener), "--ca",
                    os.path.join(cls.ca, "ca.pem"), "--ca-dir", cls.clients)

    def settings(self, name):
        return self.broker.path(name, "librdkafka.conf")

    def attempt(self, name, status=0):
        return tool("auth", "test", "--config", self.settings(name), status=status).stdout

    def test_the_certificate_is_checked_before_it_is_used(self):
        done = tool("cert", "check", self.broker.path("tls/broker.pem"), "--key",
                    self.broker.path("tls/broker.key"), "--ca",
                    os.path.join(self.ca, "ca.pem"), "--server", "-o", "json")
        self.assertEqual({row["result"] for row in json.loads(done.stdout)}, {"ok"})

    @unittest.skipIf(shutil.which("kcat") is None, "kcat is not installed")
    def test_kcat_logs_in_by_certificate_alone_and_beside_a_password(self):
        for name, mechanism in (("bert", "X509"), ("dave", "PLAIN")):
            schloss.run("kcat", "-F", self.settings(name), "-L")
            self.broker.await_audit(
                rf'"outcome":"success".*"User:{name}".*"mechanism":"{mechanism}"')

    @unittest.skipIf(confluent_kafka is None, "python3-confluent-kafka is not installed")
    def test_confluent_logs_in(self):
        for name in ("bert", "dave"):
            admin = confluent_kafka.admin.AdminClient(settings_of(self.settings(name)))
            self.assertTrue(admin.list_topics(timeout=30).brokers)

    @unittest.skipIf(kafka is None, "python3-kafka is not installed")
    def test_kafka_python_logs_in(self):
        client = kafka.KafkaConsumer(
            bootstrap_servers=self.broker.bootstrap("SSL"), security_protocol="SSL",
            ssl_cafile=self.broker.path("bert/ca.pem"),
            ssl_certfile=self.broker.path("bert/client.pem"),
            ssl_keyfile=self.broker.path("bert/client.key"))
        self.assertEqual(client.topics(), set())
        client.close()

    def test_java_logs_in(self):
        for name in ("bert", "dave"):
            log_in_with_java(self, self.broker.path(name, "client.properties"), "")

    def test_a_certificate_that_is_revoked_is_refused_after_a_reload(self):
        self.assertIn("logged in by a client certificate", self.attempt("ann"))
        mark = self.broker.log_size()
        tool("cert", "revoke", self.broker.path("ann/client.pem"), "--ca", self.clients)
        self.broker.hang_up()
        self.broker.await_log("auth-x509 is in force", mark, seconds=60)
        self.attempt("ann", status=1)
        self.broker.await_audit(r'"outcome":"failure".*"X509".*revoked')
        self.assertIn("logged in by a client certificate", self.attempt("bert"))

    def test_without_a_certificate_the_tool_says_what_is_missing(self):
        found = settings_of(self.settings("bert"))
        lines = [f"{k}={v}" for k, v in found.items()
                 if k not in ("ssl.certificate.location", "ssl.key.location")]
        path = self.broker.write("bare.conf", "\n".join(lines) + "\n")
        done = tool("auth", "test", "--config", path, "-o", "json", status=1)
        self.assertEqual(json.loads(done.stdout)[0]["result"], "certificate-required")


class Sentences(unittest.TestCase):
    """What `schloss auth test` makes of each way to fail."""

    @classmethod
    def setUpClass(cls):
        cls.broker = schloss.Broker(("SASL_SSL", "PLAINTEXT"))
        cls.addClassCleanup(cls.broker.close)
        cls.broker.start()

    def result(self, status=1, **more):
        settings = self.broker.librdkafka("alice", **more)
        path = self.broker.write("try.conf",
                                 "".join(f"{k}={v}\n" for k, v in settings.items()))
        done = tool("auth", "test", "--config", path, "-o", "json", status=status)
        found = json.loads(done.stdout)[0]
        return found["result"], found["sentence"]

    def test_each_has_a_word_of_its_own(self):
        stranger = self.broker.path("stranger")
        tool("cert", "create-ca", "--dir", stranger)
        port = self.broker.ports["SASL_SSL"]
        cases = (
            ("logged-in", "logged in as alice by PLAIN; the listener offers PLAIN (",
             {"status": 0}),
            ("credentials", "", {"sasl_password": "this-is-not-it"}),
            ("mechanism", "supported mechanisms: PLAIN", {"sasl_mechanisms": "SCRAM-SHA-256"}),
            ("not-trusted", "", {"ssl_ca_location": os.path.join(stranger, "ca.pem")}),
            ("name-mismatch", "", {"bootstrap_servers": f"127.1:{port}"}),
            ("unreachable", "", {"bootstrap_servers": "127.0.0.1:1"}),
            ("closed", "", {"bootstrap_servers": self.broker.bootstrap("PLAINTEXT")}),
        )
        for word, part, more in cases:
            found, sentence = self.result(**more)
            self.assertEqual(found, word, sentence)
            self.assertIn(part, sentence)
            self.assertNotIn(self.broker.secrets["alice"], sentence)

    def test_the_scopes_of_the_configuration(self):
        path = self.broker.path("schloss.properties")
        rows = json.loads(tool("auth", "scope", "--file", path, "-o", "json").stdout)
        self.assertEqual(
            [(r["listener"], r["mechanism"], r["plugin"], r["scope"]) for r in rows],
            [("SASL_SSL", "PLAIN", "password", "everybody"),
             ("PLAINTEXT", "anonymous", None, "User:anon")])


if __name__ == "__main__":
    unittest.main()
