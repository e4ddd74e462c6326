"""Kafka Streams, Kafka Connect and an AdminClient that looks, under policy/examples/tools.

Each is Apache Kafka's own, from Maven's registry. What a policy gives suffices: the programs do
their work, and the audit has no refusal of theirs.
"""

import json
import os
import shutil
import subprocess
import unittest
import urllib.request

import java_client
import kafka_server
import schloss
import snippets

HERE = os.path.dirname(os.path.abspath(__file__))
APPS = os.path.join(HERE, "apps")
SECONDS = 120


class App(unittest.TestCase):
    policy = None
    edits = {}
    users = ()

    @classmethod
    def setUpClass(cls):
        if shutil.which("kcat") is None:
            raise unittest.SkipTest("kcat is not installed")
        cls.jars = java_client.jars(os.path.join(APPS, "pom.xml"))
        cls.broker = snippets.new_broker(cls.policy, cls.users, cls.edits)
        cls.addClassCleanup(cls.broker.close)
        cls.broker.start()

    def command(self, *arguments):
        return kafka_server.command(self.jars, *arguments)

    def spawn(self, name, *arguments):
        """Runs until the test is over; what it says is in the broker's directory."""
        with open(self.broker.path(name + ".log"), "wb") as log:
            process = subprocess.Popen(self.command(*arguments), stdin=subprocess.PIPE,
                                       stdout=log, stderr=log)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        process.kill()
        process.wait(60)
        process.stdin.close()

    def rows(self, topic):
        """The values that are there, as alice reads them."""
        return self.broker.kcat("-C", "-t", topic, "-o", "beginning", "-e").stdout.splitlines()

    def assert_nothing_refused(self, *users):
        for user in users:
            self.assertEqual(snippets.denials(self.broker, user), [])

    def assert_happens(self, condition, what, log):
        try:
            schloss.eventually(condition, SECONDS, what)
        except schloss.Failure as e:
            raise schloss.Failure(f"{e}\n{self.broker.read(log)[-6000:]}") from None


class Streams(App):
    policy = "kafka-streams.policy"
    users = ("svc-wordcount",)

    def purged(self):
        """Whether what was read of the repartition topic is deleted."""
        done = self.broker.kcat("-Q", "-t", "wordcount-counts-repartition:0:-2")
        return "offset 0" not in done.stdout

    def test_words_are_counted(self):
        for topic in ("text.lines", "word.counts"):
            self.broker.create_topic(topic)
        self.broker.tool("produce", "text.lines", text="a rose is a rose\n")
        app = self.spawn("streams", os.path.join(APPS, "WordCount.java"),
                         java_client.properties(self.broker, "svc-wordcount"))
        self.assert_happens(lambda: sorted(self.rows("word.counts")) == ["1", "2", "2"],
                            "the words counted", "streams.log")
        self.assert_happens(self.purged, "records of the repartition topic deleted", "streams.log")
        app.stdin.close()
        self.assertEqual(app.wait(60), 0)
        self.assertIn("closed", self.broker.read("streams.log").splitlines())
        self.assert_nothing_refused("svc-wordcount")


class Connect(App):
    policy = "kafka-connect.policy"
    users = ("svc-connect", "svc-file-source", "svc-file-sink")
    port = None
    TOPICS = ("connect-configs", "connect-offsets", "connect-status")
    # The worker asks for its topics at each start, and goes on when they are there.
    refused = {("create", topic) for topic in TOPICS}

    def make_topics(self):
        for topic in self.TOPICS:
            self.broker.tool("topic", "create", topic, "--partitions", "1", "--config",
                             "cleanup.policy=compact")

    def login(self, user):
        return java_client.JAAS.format(user=user, secret=self.broker.secrets[user])

    def worker(self):
        """Connectors' clients have the worker's TLS settings, and each connector its own login."""
        settings = {
            "bootstrap.servers": self.broker.bootstrap(),
            "group.id": "connect-cluster",
            "config.storage.topic": "connect-configs",
            "offset.storage.topic": "connect-offsets",
            "status.storage.topic": "connect-status",
            "config.storage.replication.factor": 1,
            "offset.storage.replication.factor": 1,
            "status.storage.replication.factor": 1,
            "offset.flush.interval.ms": 500,
            "key.converter": "org.apache.kafka.connect.storage.StringConverter",
            "value.converter": "org.apache.kafka.connect.storage.StringConverter",
            "listeners": f"http://127.0.0.1:{self.port}",
            "sasl.jaas.config": self.login("svc-connect"),
        }
        for prefix in ("", "producer.", "consumer.", "admin."):
            settings |= {
                prefix + "security.protocol": "SASL_SSL",
                prefix + "sasl.mechanism": "PLAIN",
                prefix + "ssl.truststore.type": "PEM",
                prefix + "ssl.truststore.location": self.broker.path("tls/ca.pem"),
            }
        return self.broker.write("connect.properties",
                                 "".join(f"{k}={v}\n" for k, v in settings.items()))

    def ask(self, path, body=None):
        """The worker's own answer, or None while it has none to give."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            None if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except OSError:
            return None

    def connector(self, name, kind, clients, **settings):
        config = {"connector.class": f"org.apache.kafka.connect.file.FileStream{kind}Connector",
                  "tasks.max": "1"}
        config |= {f"{client}.override.sasl.jaas.config": self.login(f"svc-{name}")
                   for client in clients}
        config |= {key.replace("_", "."): value for key, value in settings.items()}
        self.assert_happens(lambda: self.ask("/connectors", {"name": name, "config": config}),
                            f"{name} made", "connect.log")

    def test_a_source_and_a_sink(self):
        self.make_topics()
        for topic in ("files.lines", "files.lines.dead"):
            self.broker.create_topic(topic)
        lines = self.broker.write("in.txt", "[1]\nno json\n[2]\n")
        self.port = schloss.free_ports(1)[0]
        self.spawn("connect", "org.apache.kafka.connect.cli.ConnectDistributed", self.worker())
        self.connector("file-source", "Source", ("producer",), file=lines, topic="files.lines")
        self.connector("file-sink", "Sink", ("consumer", "producer", "admin"),
                       file=self.broker.path("out.txt"), topics="files.lines",
                       value_converter="org.apache.kafka.connect.json.JsonConverter",
                       value_converter_schemas_enable="false", errors_tolerance="all",
                       errors_deadletterqueue_topic_name="files.lines.dead",
                       errors_deadletterqueue_topic_replication_factor="1")
        self.assert_happens(lambda: self.rows("files.lines.dead") == ["no json"],
                            "a row in the dead letter queue", "connect.log")
        self.assert_happens(lambda: self.broker.read("out.txt") == "[1]\n[2]\n",
                            "the other rows in the file", "connect.log")
        self.assert_happens(lambda: any('"position"' in row for row in
                                        self.rows("connect-offsets")),
                            "the source's offsets kept", "connect.log")
        for name in ("file-source", "file-sink"):
            status = self.ask(f"/connectors/{name}/status")
            self.assertEqual([task["state"] for task in status["tasks"]], ["RUNNING"], status)
        self.assert_nothing_refused("svc-file-source", "svc-file-sink")
        refused = [json.loads(line) for line in snippets.denials(self.broker, "svc-connect")]
        self.assertEqual({(line["operation"], line["name"]) for line in refused}, self.refused)


class ConnectFirst(Connect):
    """The worker makes its topics itself: the right is added, and to the test that knows of none."""
    edits = {"    describe-configs, read, write topic": "    create, describe-configs, read, write topic",
             "cannot alter, alter-configs, create, delete topic connect-":
                 "cannot alter, alter-configs, delete topic connect-"}
    refused = set()

    def make_topics(self):
        pass


class Ui(App):
    policy = "kafka-ui.policy"
    users = ("ui-viewer", "ui-reader", "ui-editor")
    SEEN = ["cluster: 2", "broker settings: true", "log directories: 1", "rules: true",
            "quotas: 0", "topics: [orders.new, orders.old, payroll]",
            "topic settings: true", "end: 3", "groups: [orders.app]", "group: 1", "committed: 3"]

    CHANGES = ["make", "enlarge", "set", "empty", "reset", "remove group", "remove",
               "remove another"]

    def look(self, user):
        done = schloss.run(*self.command(
            os.path.join(APPS, "Look.java"), java_client.properties(self.broker, user),
            "orders.new", "orders.app"), timeout=SECONDS)
        return done.stdout.splitlines()

    def test_each_role_sees_what_it_may(self):
        for topic in ("orders.new", "orders.old", "payroll"):
            self.broker.create_topic(topic)
        self.broker.tool("produce", "orders.new", text="one\ntwo\nthree\n")
        self.broker.tool("consume", "orders.new", "--group", "orders.app", "--from-beginning",
                         "-n", "3")
        records = ["records: [one, two, three]"]
        none = [f"{name}: denied" for name in self.CHANGES]
        self.assertEqual(self.look("ui-viewer"), [*self.SEEN, "records: denied", *none])
        self.assertEqual(self.look("ui-reader"), [*self.SEEN, *records, *none])
        self.assertEqual(self.look("ui-editor"), [
            *self.SEEN, *records, *[f"{name}: null" for name in self.CHANGES[:-1]], none[-1]])
