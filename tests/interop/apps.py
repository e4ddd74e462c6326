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


def with_dots(settings):
    return {key.replace("_", "."): value for key, value in settings.items()}


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

    def counted(self):
        """The last count of each word."""
        done = self.broker.kcat("-C", "-t", "word.counts", "-o", "beginning", "-e", "-f",
                                "%k %s\\n")
        return dict(line.split() for line in done.stdout.splitlines())

    def test_words_are_counted(self):
        for topic in ("text.lines", "word.counts"):
            self.broker.create_topic(topic)
        self.broker.tool("produce", "text.lines", text="a rose is a rose\n")
        app = self.spawn("streams", os.path.join(APPS, "WordCount.java"),
                         java_client.properties(self.broker, "svc-wordcount"))
        self.assert_happens(lambda: self.counted() == {"a": "2", "is": "1", "rose": "2"},
                            "the words counted", "streams.log")
        self.assert_happens(self.purged, "records of the repartition topic deleted", "streams.log")
        app.stdin.close()
        self.assertEqual(app.wait(60), 0)
        self.assertIn("closed", self.broker.read("streams.log").splitlines())
        self.assert_nothing_refused("svc-wordcount")


class Files(App):
    """The connectors for files, and what all workers are told."""
    policy = "kafka-connect.policy"
    users = ("svc-connect", "svc-file-source", "svc-file-sink")
    port = None

    def login(self, user):
        return java_client.JAAS.format(user=user, secret=self.broker.secrets[user])

    def worker(self, user, **more):
        """Connectors' clients have the worker's TLS settings, and each connector its own login."""
        self.port = schloss.free_ports(1)[0]
        settings = {
            "bootstrap.servers": self.broker.bootstrap(),
            "offset.flush.interval.ms": 500,
            "key.converter": "org.apache.kafka.connect.storage.StringConverter",
            "value.converter": "org.apache.kafka.connect.storage.StringConverter",
            "listeners": f"http://127.0.0.1:{self.port}",
            "sasl.jaas.config": self.login(user),
        }
        for prefix in ("", "producer.", "consumer.", "admin."):
            settings |= {
                prefix + "security.protocol": "SASL_SSL",
                prefix + "sasl.mechanism": "PLAIN",
                prefix + "ssl.truststore.type": "PEM",
                prefix + "ssl.truststore.location": self.broker.path("tls/ca.pem"),
            }
        return self.properties("worker", settings | with_dots(more))

    def properties(self, name, settings):
        return self.broker.write(f"{name}.properties",
                                 "".join(f"{k}={v}\n" for k, v in settings.items()))

    def connector(self, name, kind, clients, **settings):
        config = {"connector.class": f"org.apache.kafka.connect.file.FileStream{kind}Connector",
                  "tasks.max": "1"}
        config |= {f"{client}.override.sasl.jaas.config": self.login(f"svc-{name}")
                   for client in clients}
        return config | with_dots(settings)

    def source(self):
        lines = self.broker.write("in.txt", "[1]\nno json\n[2]\n")
        return self.connector("file-source", "Source", ("producer",), file=lines,
                              topic="files.lines")

    def sink(self):
        """One of the lines is none that it can take."""
        return self.connector(
            "file-sink", "Sink", ("consumer", "producer", "admin"),
            file=self.broker.path("out.txt"), topics="files.lines",
            value_converter="org.apache.kafka.connect.json.JsonConverter",
            value_converter_schemas_enable="false", errors_tolerance="all",
            errors_deadletterqueue_topic_name="files.lines.dead",
            errors_deadletterqueue_topic_replication_factor="1")

    def make_topics(self):
        for topic in ("files.lines", "files.lines.dead"):
            self.broker.create_topic(topic)

    def assert_lines_arrive(self):
        self.assert_happens(lambda: self.rows("files.lines.dead") == ["no json"],
                            "a row in the dead letter queue", "connect.log")
        self.assert_happens(lambda: self.broker.read("out.txt") == "[1]\n[2]\n",
                            "the other rows in the file", "connect.log")


class ConnectStandalone(Files):
    """It has no rights but those of its connectors; here it logs in as the source."""

    def test_a_source_and_a_sink(self):
        self.make_topics()
        worker = self.worker("svc-file-source",
                             offset_storage_file_filename=self.broker.path("offsets"))
        self.spawn("connect", "org.apache.kafka.connect.cli.ConnectStandalone", worker,
                   self.properties("source", {"name": "file-source"} | self.source()),
                   self.properties("sink", {"name": "file-sink"} | self.sink()))
        self.assert_lines_arrive()
        self.assert_nothing_refused(*self.users)


class Connect(Files):
    TOPICS = ("connect-configs", "connect-offsets", "connect-status")
    # The worker asks for its topics at each start, and goes on when they are there.
    refused = {("create", topic) for topic in TOPICS}

    def make_workers_topics(self):
        for topic in self.TOPICS:
            self.broker.tool("topic", "create", topic, "--partitions", "1", "--config",
                             "cleanup.policy=compact")

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

    def start_connector(self, name, config):
        self.assert_happens(lambda: self.ask("/connectors", {"name": name, "config": config}),
                            f"{name} made", "connect.log")

    def test_a_source_and_a_sink(self):
        self.make_topics()
        self.make_workers_topics()
        one = {f"{kind}_storage_replication_factor": 1 for kind in ("config", "offset", "status")}
        worker = self.worker("svc-connect", group_id="connect-cluster",
                             config_storage_topic="connect-configs",
                             offset_storage_topic="connect-offsets",
                             status_storage_topic="connect-status", **one)
        self.spawn("connect", "org.apache.kafka.connect.cli.ConnectDistributed", worker)
        self.start_connector("file-source", self.source())
        self.start_connector("file-sink", self.sink())
        self.assert_lines_arrive()
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

    def make_workers_topics(self):
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
