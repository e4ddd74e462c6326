"""kafka_server - Apache Kafka, one node, for tests that compare with it."""

import os
import re
import shutil
import subprocess
import tempfile
import time

import java_client
import schloss

HERE = os.path.dirname(os.path.abspath(__file__))
POM = os.path.join(HERE, "kafka/pom.xml")
START_SECONDS = 120
# Small and quick to start: what it is compared in does not depend on its speed.
JAVA = ("java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")


def archive(jars):
    """Where the JVM keeps the classes that a tool loads, so that it need not read them again."""
    return os.path.join(jars, "classes.jsa")


def command(jars, *arguments, level="error", options=()):
    if not options and os.path.exists(archive(jars)):
        # One that does not fit this JVM is left out by it.
        options = (f"-XX:SharedArchiveFile={archive(jars)}", "-Xshare:auto", "-Xlog:disable")
    return [*JAVA, *options, f"-Dorg.slf4j.simpleLogger.defaultLogLevel={level}",
            "-cp", os.path.join(jars, "*"), *[str(a) for a in arguments]]


def make_archive(jars, *arguments):
    """Of what the JVM loads for that command, once for each folder of jars; none is no harm."""
    if os.path.exists(archive(jars)):
        return
    made = f"{archive(jars)}.{os.getpid()}"
    subprocess.run(command(jars, *arguments, options=(f"-XX:ArchiveClassesAtExit={made}",
                                                      "-Xlog:disable")),
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=False, timeout=120)
    if os.path.exists(made):
        os.replace(made, archive(jars))


def version(jars):
    for name in os.listdir(jars):
        found = re.fullmatch(r"kafka-server-(\d.*)\.jar", name)
        if found:
            return found.group(1)
    return "unknown"


def client_jar(jars):
    return os.path.join(jars, f"kafka-clients-{version(jars)}.jar")


class Server:
    """A KRaft node, controller and broker in one, on loopback; its directory is removed at the
    end. PLAINTEXT is for User:ANONYMOUS, who may do anything; SASL_PLAINTEXT has the users."""

    def __init__(self, jars, secrets, supers=("ANONYMOUS",), settings=None):
        self.jars = jars
        self.dir = tempfile.mkdtemp(prefix="schloss-kafka-")
        self.process = None
        names = ("PLAINTEXT", "SASL_PLAINTEXT", "CONTROLLER")
        self.ports = dict(zip(names, schloss.free_ports(len(names))))
        users = " ".join(f'user_{name}="{secret}"' for name, secret in secrets.items())
        self.settings = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{self.ports['CONTROLLER']}",
            "listeners": ",".join(f"{n}://127.0.0.1:{p}" for n, p in self.ports.items()),
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,"
                                              "SASL_PLAINTEXT:SASL_PLAINTEXT",
            "sasl.enabled.mechanisms": "PLAIN",
            "listener.name.sasl_plaintext.plain.sasl.jaas.config":
                f"org.apache.kafka.common.security.plain.PlainLoginModule required {users};",
            "authorizer.class.name":
                "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": ";".join(f"User:{name}" for name in supers),
            "log.dirs": self.path("data"),
            "offsets.topic.replication.factor": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "share.coordinator.state.topic.replication.factor": "1",
            "share.coordinator.state.topic.min.isr": "1",
        }
        self.settings.update(settings or {})

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def log(self):
        with open(self.path("log"), encoding="utf-8", errors="replace") as f:
            return f.read()

    def start(self):
        try:
            self.spawn()
            self.await_serving()
        except BaseException:
            self.close()
            raise
        return self

    def spawn(self):
        config = self.path("server.properties")
        with open(config, "w", encoding="utf-8") as f:
            f.write("".join(f"{k}={v}\n" for k, v in self.settings.items()))
        with open(self.path("log"), "ab") as log:
            subprocess.run(command(self.jars, "kafka.tools.StorageTool", "format", "-t",
                                   "AAAAAAAAQACAAAAAAAAAAQ", "-c", config),
                           stdout=log, stderr=log, check=False, timeout=120)
            self.process = subprocess.Popen(
                command(self.jars, "kafka.Kafka", config, level="info"),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def await_serving(self):
        deadline = time.monotonic() + START_SECONDS
        while "Kafka Server started" not in self.log():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise schloss.Failure("Apache Kafka did not start\n" + self.log()[-4000:])
            time.sleep(0.1)

    def close(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait(60)
            self.process = None
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.close()
