"""The audit trail of a real daemon: written, rotated, gone on with, changed, and found out."""

import base64
import grp
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import unittest

import schloss

TOOL = os.path.join(schloss.BIN, "schloss")
EVENTS = 1000


def tool(*arguments):
    """Exit status, stdout and stderr of `schloss audit ...`."""
    done = subprocess.run([TOOL, "audit", *arguments], capture_output=True, text=True,
                          timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


def verify(*arguments):
    """Exit status, and what it said as an object."""
    status, out, err = tool("verify", *arguments, "-o", "json")
    return status, json.loads(out) if out else {"problems": -1, "findings": [], "error": err}


def first_problem(said):
    return next(f for f in said["findings"] if f["severity"] == "problem")


class Trail(unittest.TestCase):
    """One trail, of logins, changes and refusals, in several files."""

    @classmethod
    def setUpClass(cls):
        cls.elsewhere = tempfile.mkdtemp(prefix="schloss-anchor-")
        cls.addClassCleanup(subprocess.run, ["rm", "-rf", cls.elsewhere], check=True)
        cls.anchor = os.path.join(cls.elsewhere, "anchor")
        cls.broker = schloss.Broker(settings={
            "audit.anchor.file": cls.anchor, "audit.max.bytes": "150000"})
        cls.addClassCleanup(cls.broker.close)
        cls.broker.start()
        cls.dir = cls.broker.path("audit")
        cls.old_head = None
        cls.make_events()
        cls.broker.stop()
        status, cls.key, _ = tool("key", cls.dir)
        assert status == 0
        cls.key_file = os.path.join(cls.elsewhere, "key")
        with open(cls.key_file, "w", encoding="utf-8") as f:
            f.write(cls.key)

    @classmethod
    def make_events(cls):
        from confluent_kafka.admin import AdminClient, NewTopic
        admin = AdminClient(cls.broker.librdkafka())
        for i in range(0, EVENTS, 50):
            topics = [NewTopic(f"topic-{i + k}", 1, 1) for k in range(50)]
            for future in admin.create_topics(topics).values():
                future.result(60)

    def setUp(self):
        self.copy = tempfile.mkdtemp(prefix="schloss-copy-")
        self.addCleanup(subprocess.run, ["rm", "-rf", self.copy], check=True)
        subprocess.run(["cp", "-a", self.dir + "/.", self.copy], check=True)

    def names(self):
        return sorted(n for n in os.listdir(self.copy)
                      if re.fullmatch(r"audit(-\d+)?\.log", n) and n != "audit.log") + ["audit.log"]

    def lines(self, name):
        with open(os.path.join(self.copy, name), encoding="utf-8") as f:
            return f.read().splitlines(True)

    def put(self, name, lines):
        with open(os.path.join(self.copy, name), "w", encoding="utf-8") as f:
            f.write("".join(lines))

    def check_found(self, name, line, *more):
        status, said = verify("--key", self.key_file, *more, self.copy)
        self.assertEqual(status, 1, said)
        problem = first_problem(said)
        self.assertEqual((os.path.basename(problem["file"]), problem["line"]), (name, line), problem)
        return problem["text"]

    def test_it_is_whole_and_has_all_records(self):
        status, said = verify("--key", self.key_file, "--anchor", self.anchor, self.dir)
        self.assertEqual(status, 0, said)
        self.assertTrue(said["whole"] and said["ended"])
        self.assertGreater(said["records"], EVENTS)
        self.assertGreater(said["files"], 2)
        self.assertEqual(said["gaps"], 0)
        _, found, _ = tool("search", self.dir, "--resource", "topic:topic-7", "-o", "json")
        self.assertEqual(len(found.splitlines()), 1)

    def test_without_the_key_of_the_auditor_there_is_a_warning(self):
        status, _, err = tool("verify", self.dir)
        self.assertEqual(status, 0)
        self.assertIn("the key is taken from the trail itself", err)

    def test_another_key_is_found(self):
        other = os.path.join(self.copy, "other.key")
        with open(other, "w", encoding="utf-8") as f:
            f.write("schloss-audit-key-v1 ed25519 0 " + "A" * 43 + "=\n")
        status, said = verify("--key", other, self.copy)
        self.assertEqual((status, first_problem(said)["line"]), (1, 1))

    def some(self):
        """Name, lines, and places of them, from each file."""
        for name in self.names():
            lines = self.lines(name)
            for at in range(1, len(lines) - 1, 37):
                yield name, lines, at
            self.put(name, lines)

    def test_records_that_are_edited_are_found(self):
        for name, lines, at in self.some():
            edited = lines[at].replace('"time":"20', '"time":"21', 1)
            self.put(name, lines[:at] + [edited] + lines[at + 1:])
            self.check_found(name, at + 1)

    def test_records_that_are_deleted_are_found(self):
        for name, lines, at in self.some():
            self.put(name, lines[:at] + lines[at + 1:])
            self.assertIn("are missing here", self.check_found(name, at + 1))

    def test_records_that_are_put_in_are_found(self):
        for name, lines, at in self.some():
            self.put(name, lines[:at] + [lines[at - 1]] + lines[at:])
            self.assertRegex(self.check_found(name, at + 1),
                             "inserted, repeated or moved|another trail begins")

    def test_records_that_change_places_are_found(self):
        for name, lines, at in self.some():
            self.put(name, lines[:at] + [lines[at + 1], lines[at]] + lines[at + 2:])
            self.check_found(name, at + 1)

    def test_a_trail_that_is_cut_is_found(self):
        name = "audit.log"
        lines = self.lines(name)
        for left in range(1, len(lines), 5):
            self.put(name, lines[:left])
            self.assertIn("the anchor knows of them", self.check_found(name, left))

    def test_a_trail_whose_last_file_is_gone_is_found(self):
        os.unlink(os.path.join(self.copy, "audit.log"))
        name = self.names()[-2]
        self.check_found(name, len(self.lines(name)))

    def test_files_that_are_gone_are_found(self):
        names = self.names()
        os.unlink(os.path.join(self.copy, names[1]))
        self.assertIn("are missing here", self.check_found(names[2], 1))
        os.unlink(os.path.join(self.copy, names[0]))
        self.assertIn("the files before this one", self.check_found(names[2], 1))

    def test_a_trail_that_is_set_back_with_its_head_is_found_by_the_anchor_elsewhere(self):
        names = self.names()
        lines = self.lines(names[0])
        head = max(i for i, line in enumerate(lines) if '"checkpoint"' in line)
        for name in names[1:]:
            os.unlink(os.path.join(self.copy, name))
        os.rename(os.path.join(self.copy, names[0]), os.path.join(self.copy, "audit.log"))
        self.put("audit.log", lines[:head + 1])
        self.put("audit.head", [lines[head]])
        self.assertEqual(verify("--key", self.key_file, self.copy)[0], 0)
        self.assertIn("the anchor knows of them",
                      self.check_found("audit.log", head + 1, "--anchor", self.anchor))

    def test_an_older_anchor_counts_beside_the_head_that_reaches_farther(self):
        names = self.names()
        lines = self.lines(names[0])
        at = max(i for i, line in enumerate(lines) if '"checkpoint"' in line)
        older = os.path.join(self.copy, "older")
        self.put(older, [lines[at]])
        self.assertEqual(verify("--key", self.key_file, "--anchor", older, self.copy)[0], 0)
        other = lines[at][:-4] + ("0" if lines[at][-4] != "0" else "1") + lines[at][-3:]
        self.put(older, [other])
        self.assertIn("is not the record that the anchor names",
                      self.check_found(names[0], at + 1, "--anchor", older))

    def test_a_trail_in_which_the_key_signed_nothing_is_found(self):
        names = self.names()
        lines = self.lines(names[0])[:1]
        for name in names[:-1]:
            os.unlink(os.path.join(self.copy, name))
        before = re.search('"hash":"([0-9a-f]{64})"', lines[0]).group(1)
        body = '{"time":null,"seq":2,"source":"broker","event":"admin","name":"forged"'
        digest = hashlib.sha256(bytes.fromhex(before) + body.encode()).hexdigest()
        lines.append(f'{body},"hash":"{digest}"}}\n')
        self.put("audit.log", lines)
        self.put("audit.head", ['{"time":null,"seq":2,"source":"audit","event":"checkpoint",'
                                f'"hash":"{digest}"}}\n'])
        self.assertIn("the anchor is not genuine", self.check_found("audit.log", 2))

    def test_one_old_file_can_be_verified_alone(self):
        names = self.names()
        status, said = verify("--key", self.key_file, os.path.join(self.copy, names[0]))
        self.assertEqual(status, 0, said)
        status, said = verify("--key", self.key_file, os.path.join(self.copy, names[1]))
        self.assertEqual(status, 0, said)
        self.assertIn("under the auditor's key of epoch 0", said["findings"][0]["text"])
        status, said = verify(os.path.join(self.copy, names[1]))
        self.assertEqual(status, 1, said)
        self.assertIn("the files before this one", first_problem(said)["text"])

    def test_what_is_not_there_is_a_mistake_of_usage(self):
        self.assertEqual(tool("verify")[0], 2)
        self.assertEqual(tool("verify", "/nonexistent")[0], 2)
        self.assertEqual(tool("verify", "--key", "/dev/null", self.dir)[0], 2)
        self.assertEqual(tool("export", "--format", "xml", self.dir)[0], 2)

    def test_every_form_of_export_has_a_line_for_each_record(self):
        count = len(tool("search", self.dir, "-o", "json")[1].splitlines())
        for form in ("ocsf", "cloudevents"):
            lines = tool("export", "--format", form, self.dir)[1].splitlines()
            self.assertEqual(len(lines), count)
            for line in lines:
                json.loads(line)
        lines = tool("export", "--format", "cef", self.dir)[1].splitlines()
        self.assertEqual(len(lines), count)
        self.assertTrue(all(line.startswith("CEF:0|Schloss|") for line in lines))


class Strange(unittest.TestCase):
    """What somebody put among the files of a trail, to be opened by the auditor."""

    READERS = (("tail",), ("search",), ("stats",), ("export", "--format", "cef"))

    @classmethod
    def setUpClass(cls):
        cls.broker = schloss.Broker()
        cls.addClassCleanup(cls.broker.close)
        cls.broker.start()
        cls.broker.stop()

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="schloss-strange-")
        self.addCleanup(subprocess.run, ["rm", "-rf", self.dir], check=True)
        for name in ("audit.log", "audit.head"):
            with open(self.broker.path("audit", name), "rb") as f:
                text = f.read()
            with open(os.path.join(self.dir, name), "wb") as f:
                f.write(text)

    def kinds(self, path):
        """Puts each thing there that is no file; a name for each."""
        makers = {
            "a pipe": lambda: os.mkfifo(path),
            "a link": lambda: os.symlink(path + ".kept", path),
            "a link to nothing": lambda: os.symlink("/nonexistent", path),
            "a link to a pipe": lambda: (os.mkfifo(path + ".pipe"),
                                         os.symlink(path + ".pipe", path)),
            "a directory": lambda: os.mkdir(path),
            "a socket": lambda: socket.socket(socket.AF_UNIX).bind(path),
        }
        if os.getuid() == 0:
            makers["a device"] = lambda: os.mknod(path, stat.S_IFCHR | 0o600,
                                                  os.makedev(1, 5))
        if os.path.exists(path):
            os.rename(path, path + ".kept")
        for name, make in makers.items():
            make()
            yield name
            (os.rmdir if os.path.isdir(path) and not os.path.islink(path) else os.unlink)(path)

    def check_refused(self, what, status, *arguments):
        done = subprocess.run([TOOL, "audit", *arguments], capture_output=True, text=True,
                              timeout=20, check=False)
        self.assertEqual(done.returncode, status, (what, arguments, done.stdout, done.stderr))
        self.assertRegex(done.stderr, "cannot read [^:]*: (not a regular file|a symbolic link"
                         "|No such device|a directory)", (what, arguments))

    def test_the_trail_without_it_is_whole(self):
        self.assertEqual(verify(self.dir)[0], 0)

    def test_in_place_of_the_present_file_it_is_named_and_not_waited_for(self):
        path = os.path.join(self.dir, "audit.log")
        for what in self.kinds(path):
            with self.subTest(what):
                self.check_refused(what, 2, "verify", self.dir)
                self.check_refused(what, 1, "key", self.dir)
                for reader in self.READERS:
                    self.check_refused(what, 1, *reader, self.dir)

    def test_in_place_of_an_old_file_it_is_named_and_not_waited_for(self):
        path = os.path.join(self.dir, "audit-000001.log")
        for what in self.kinds(path):
            with self.subTest(what):
                self.check_refused(what, 2, "verify", self.dir)
                for reader in self.READERS:
                    self.check_refused(what, 1, *reader, self.dir)

    def test_in_place_of_the_head_it_is_named_and_not_waited_for(self):
        for what in self.kinds(os.path.join(self.dir, "audit.head")):
            with self.subTest(what):
                self.check_refused(what, 2, "verify", self.dir)
                self.check_refused(what, 2, "verify", os.path.join(self.dir, "audit.log"))

    def test_named_by_itself_it_is_refused_as_well(self):
        path = os.path.join(self.dir, "audit-000007.log")
        for what in self.kinds(path):
            if what in ("a pipe", "a device", "a link to a pipe"):
                with self.subTest(what):
                    self.check_refused(what, 2, "verify", path)
                    for reader in self.READERS:
                        self.check_refused(what, 1, *reader, path)

    def test_the_key_and_the_anchor_of_the_auditor_may_come_by_a_pipe(self):
        _, key, _ = tool("key", self.dir)
        with open(os.path.join(self.dir, "audit.head"), encoding="utf-8") as f:
            head = f.read()
        for option, text in (("--key", key), ("--anchor", head)):
            done = subprocess.run([TOOL, "audit", "verify", option, "/dev/stdin", self.dir],
                                  input=text, capture_output=True, text=True, timeout=20,
                                  check=False)
            self.assertEqual(done.returncode, 0, done.stderr)


class Ends(unittest.TestCase):
    """A process that ends, and files that are moved, while the daemon runs."""

    def setUp(self):
        self.broker = schloss.Broker()
        self.addCleanup(self.broker.close)
        self.broker.start()
        self.dir = self.broker.path("audit")

    def await_whole(self, text):
        def whole():
            status, said = verify(self.dir)
            return said if status == 0 and text in json.dumps(said) else None
        return schloss.eventually(whole, 20, f"a whole trail with {text!r}")

    def test_a_killed_audit_goes_on_with_a_gap(self):
        self.broker.create_topic("before")
        os.kill(self.broker.pids("audit")[0], signal.SIGKILL)
        said = self.await_whole("without a signed end")
        self.assertEqual(said["gaps"], 1)
        self.broker.create_topic("after")
        self.broker.await_audit('"name":"after"')
        self.broker.stop()
        self.assertEqual(verify(self.dir)[0], 0)

    def test_a_signal_begins_the_next_file(self):
        self.broker.create_topic("before")
        os.kill(self.broker.process.pid, signal.SIGUSR1)
        schloss.eventually(lambda: os.path.exists(self.dir + "/audit-000001.log"), 10, "a file")
        self.await_whole('"files": 2')
        self.broker.create_topic("after")
        self.broker.await_audit('"name":"after"')
        self.broker.stop()
        status, said = verify(self.dir)
        self.assertEqual((status, said["files"], said["gaps"]), (0, 2, 0), said)

    def test_a_trail_that_was_cut_while_nobody_looked_says_so_itself(self):
        self.broker.create_topic("before")
        self.broker.stop()
        path = os.path.join(self.dir, "audit.log")
        with open(path, encoding="utf-8") as f:
            lines = f.read().splitlines(True)
        with open(path, "w", encoding="utf-8") as f:
            f.write("".join(lines[:-3]))
        self.broker.start()
        self.broker.await_audit('"lost":3')
        status, said = verify(self.dir)
        self.assertEqual(status, 1)
        self.assertIn("which says so", first_problem(said)["text"])

    def test_nobody_but_root_reads_it_and_its_key(self):
        for name, mode in (("", 0o700), ("audit.log", 0o600), ("audit.key", 0o600)):
            self.assertEqual(os.stat(os.path.join(self.dir, name)).st_mode & 0o777, mode)


class Receiver:
    """What listens at /dev/log, as a daemon of syslog does."""

    def __init__(self, path):
        self.path = path
        self.lines = []
        self.open()

    def open(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind(self.path)

    def close(self):
        self.socket.close()
        if os.path.exists(self.path):
            os.unlink(self.path)

    def received(self):
        """All lines so far."""
        while True:
            try:
                self.lines.append(self.socket.recv(8192).decode())
            except BlockingIOError:
                return self.lines

    def await_more(self, seconds, what):
        before = len(self.lines)
        schloss.eventually(lambda: len(self.received()) > before, seconds, what)
        return self.lines[-1]

    def write_log(self, path):
        """As such a daemon does by default: time, host, and the text behind the priority."""
        with open(path, "w", encoding="utf-8") as f:
            f.write("Nov 21 20:00:00 host kernel: something else {\n")
            for line in self.received():
                f.write("Nov 21 20:00:01 host " + line.partition(">")[2] + "\n")


class Syslog(unittest.TestCase):
    """A daemon whose anchors go to syslog, which is ours: in /dev of a mount namespace."""

    def setUp(self):
        unshare = ["unshare", "--mount", "--propagation", "private"]
        if os.getuid() != 0:
            self.skipTest("not root: no other /dev can be given to schlossd")
        if subprocess.run([*unshare, "mount", "-t", "tmpfs", "none", "/mnt"],
                          capture_output=True, check=False).returncode != 0:
            self.skipTest("no mount namespace can be made here")
        self.broker = schloss.Broker(settings={"audit.anchor.syslog": "true"})
        self.addCleanup(self.broker.close)
        self.receiver = Receiver(self.broker.path("syslog"))
        self.addCleanup(self.receiver.close)
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "private_dev")
        self.broker.wrapper = [*unshare, script, self.broker.path("dev"),
                               self.broker.path("syslog")]
        self.broker.start()
        self.dir = self.broker.path("audit")

    def anchors(self):
        """What came, as objects; each must be as it stands in the trail."""
        found = []
        for line in self.receiver.received():
            match = re.fullmatch(r"<85>schloss-audit: (\{.*\})", line)
            self.assertIsNotNone(match, line)
            self.assertIn(match.group(1) + "\n", self.broker.audit())
            found.append(json.loads(match.group(1)))
            self.assertIn("signature", found[-1])
        return found

    def test_it_is_told_at_the_start_and_of_the_end(self):
        self.receiver.await_more(10, "an anchor of the start")
        self.broker.create_topic("topic")
        self.broker.stop()
        anchors = self.anchors()
        self.assertEqual(anchors[-1]["event"], "stop")
        last = json.loads(self.broker.audit().splitlines()[-1])
        self.assertEqual(anchors[-1]["hash"], last["hash"])
        self.assertLess(len(anchors), 4)  # not of each checkpoint
        self.assertNotIn("AUD004", self.broker.log())

    def test_a_trail_that_is_set_back_is_found_by_its_log(self):
        self.receiver.await_more(10, "an anchor of the start")
        for i in range(3):
            self.broker.create_topic(f"topic-{i}")
            self.broker.await_audit(f'"name":"topic-{i}"(.*\n)+.*"checkpoint"')
        self.broker.stop()
        log = self.broker.path("auth.log")
        self.receiver.write_log(log)
        self.assertEqual(verify("--anchor", log, self.dir)[0], 0)

        lines = self.broker.audit().splitlines(True)
        at = next(i for i, line in enumerate(lines) if '"topic-1"' in line)
        at = next(i for i in range(at, len(lines)) if '"checkpoint"' in lines[i])
        for name, text in (("audit.log", lines[:at + 1]), ("audit.head", [lines[at]])):
            with open(os.path.join(self.dir, name), "w", encoding="utf-8") as f:
                f.write("".join(text))
        self.assertEqual(verify(self.dir)[0], 0)
        status, said = verify("--anchor", log, self.dir)
        self.assertEqual(status, 1, said)
        self.assertEqual(first_problem(said)["line"], at + 1)
        self.assertIn("the anchor knows of them", first_problem(said)["text"])

    def test_a_daemon_of_syslog_that_is_started_anew_is_found_by_a_reload(self):
        self.receiver.await_more(10, "an anchor of the start")
        self.receiver.close()
        mark = self.broker.log_size()
        self.broker.hang_up()
        self.broker.await_log("the anchor of the audit trail: /dev/log: .*AUD004", mark)
        self.receiver.open()
        self.broker.hang_up()
        self.receiver.await_more(20, "an anchor for the daemon that is there now")
        self.broker.stop()
        self.assertEqual(self.anchors()[-1]["event"], "stop")


class Group(unittest.TestCase):
    """An auditor who is nobody but a member of audit.group."""

    GROUP = "adm"
    NOBODY = 65534

    @classmethod
    def setUpClass(cls):
        if os.getuid() != 0:
            raise unittest.SkipTest("not root: nobody can become another user here")
        cls.gid = grp.getgrnam(cls.GROUP).gr_gid
        cls.outside = tempfile.mkdtemp(prefix="schloss-auditor-")
        cls.addClassCleanup(subprocess.run, ["rm", "-rf", cls.outside], check=True)
        os.chmod(cls.outside, 0o755)
        cls.dir = os.path.join(cls.outside, "audit")
        cls.anchor = os.path.join(cls.outside, "anchor")
        cls.broker = schloss.Broker(settings={
            "audit.dir": cls.dir, "audit.group": cls.GROUP, "audit.anchor.file": cls.anchor})
        cls.addClassCleanup(cls.broker.close)
        cls.broker.start()
        cls.broker.create_topic("before")
        os.kill(cls.broker.process.pid, signal.SIGUSR1)
        schloss.eventually(lambda: os.path.exists(cls.dir + "/audit-000001.log"), 10, "a file")
        cls.broker.create_topic("after")
        cls.key = os.path.join(cls.outside, "key")
        with open(cls.key, "w", encoding="utf-8") as f:
            f.write(tool("key", cls.dir)[1])
        os.chmod(cls.key, 0o644)

    def run_as(self, gid, *command):
        return subprocess.run(
            ["setpriv", "--reuid", str(self.NOBODY), "--regid", str(gid), "--clear-groups",
             "--no-new-privs", *command],
            capture_output=True, text=True, timeout=60, check=False)

    def audit_as(self, gid, *arguments):
        return self.run_as(gid, TOOL, "audit", *arguments)

    def rights(self, name):
        st = os.stat(os.path.join(self.dir, name))
        return (st.st_uid, st.st_gid, st.st_mode & 0o7777)

    def test_the_files_are_the_groups_to_read_and_the_key_is_not(self):
        self.assertEqual(self.rights(""), (0, self.gid, 0o750))
        for name in ("audit.log", "audit-000001.log", "audit.head", self.anchor):
            self.assertEqual(self.rights(name), (0, self.gid, 0o640), name)
        self.assertEqual(self.rights("audit.key"), (0, 0, 0o600))

    def test_a_member_verifies_it_while_it_is_written(self):
        def whole():
            done = self.audit_as(self.gid, "verify", "--key", self.key, "--anchor", self.anchor,
                                 "-o", "json", self.dir)
            return done if done.returncode == 0 else None
        said = json.loads(schloss.eventually(whole, 20, "a whole trail").stdout)
        self.assertEqual((said["files"], said["key_given"]), (2, True), said)

    def test_a_member_looks_into_it(self):
        for arguments in (("tail",), ("stats",), ("export", "--format", "cef"),
                          ("search", "--resource", "topic:before"), ("key",)):
            done = self.audit_as(self.gid, *arguments, self.dir)
            self.assertEqual(done.returncode, 0, (arguments, done.stderr))
            self.assertNotEqual(done.stdout, "")

    def test_a_member_changes_nothing_and_has_no_key(self):
        for command in (("cat", "audit.key"), ("sh", "-c", ": >> audit.log"),
                        ("sh", "-c", ": > new"), ("rm", "-f", "audit.head"),
                        ("mv", "audit.log", "other")):
            done = self.run_as(self.gid, "env", "-C", self.dir, *command)
            self.assertNotEqual(done.returncode, 0, command)
            self.assertIn("ermission denied", done.stderr, command)

    def test_another_user_is_told_that_he_may_not(self):
        for arguments in (("verify",), ("tail",), ("search",), ("stats",), ("key",)):
            done = self.audit_as(self.NOBODY, *arguments, self.dir)
            self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)
            self.assertIn("ermission denied", done.stderr)
            self.assertIn("audit.group", done.stderr)


def provider_of_fips(directory):
    """What a daemon must be started behind to have a FIPS provider; or why there is none.

    The one that is installed; else the one in $SCHLOSS_FIPS_PROVIDER, which has fips.so and
    fipsmodule.cnf; else a stand-in."""
    openssl = {letter: re.search('"(.*)"', schloss.run("openssl", "version", "-" + letter)
                                 .stdout).group(1) for letter in "md"}
    if os.path.exists(openssl["m"] + "/fips.so") and \
            os.path.exists(openssl["d"] + "/fipsmodule.cnf"):
        return [], None
    given = os.environ.get("SCHLOSS_FIPS_PROVIDER") or os.environ.get("SCHLOSS_FIPS_STAND_IN")
    if not given or os.getuid() != 0:
        return None, "no FIPS provider, and nothing to put in its place, or not root"
    modules, settings = os.path.join(directory, "modules"), os.path.join(directory, "ssl")
    os.mkdir(modules)
    shutil.copy(given + "/fips.so", modules)
    shutil.copytree(openssl["d"], settings, symlinks=True)
    if os.path.exists(given + "/fipsmodule.cnf"):
        shutil.copy(given + "/fipsmodule.cnf", settings)
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bound")
    wrapper = ["unshare", "--mount", "--propagation", "private", script,
               modules, openssl["m"], settings, openssl["d"], "--"]
    if subprocess.run([*wrapper, "true"], capture_output=True, check=False).returncode != 0:
        return None, "no mount namespace can be made here"
    return wrapper, None


class Fips(unittest.TestCase):
    """A trail that is signed by ECDSA P-256, since Ed25519 is not made with schloss.fips."""

    @classmethod
    def setUpClass(cls):
        cls.elsewhere = tempfile.mkdtemp(prefix="schloss-fips-")
        cls.addClassCleanup(subprocess.run, ["rm", "-rf", cls.elsewhere], check=True)
        wrapper, reason = provider_of_fips(cls.elsewhere)
        if wrapper is None:
            raise unittest.SkipTest(reason)
        cls.broker = schloss.Broker(("SSL",), settings={
            "schloss.fips": "required", "schloss.anonymous.principal.SSL": "User:alice"})
        cls.addClassCleanup(cls.broker.close)
        cls.broker.wrapper = wrapper
        cls.dir = cls.broker.path("audit")
        for name in ("first", "second"):
            cls.broker.start()
            cls.broker.create_topic(name, listener="SSL")
            cls.broker.stop()
        cls.key = os.path.join(cls.elsewhere, "key")
        with open(cls.key, "w", encoding="utf-8") as f:
            f.write(tool("key", cls.dir)[1])
        cls.lines = cls.broker.audit().splitlines(True)

    def setUp(self):
        self.copy = os.path.join(self.elsewhere, "copy")
        shutil.copytree(self.dir, self.copy)
        self.addCleanup(shutil.rmtree, self.copy)

    def put(self, lines):
        with open(os.path.join(self.copy, "audit.log"), "w", encoding="utf-8") as f:
            f.write("".join(lines))

    def check_found(self, line):
        status, said = verify("--key", self.key, self.copy)
        self.assertEqual((status, first_problem(said)["line"]), (1, line), said)

    def test_it_is_signed_by_ecdsa_and_whole_behind_a_restart(self):
        events = [json.loads(line) for line in self.lines]
        self.assertEqual([e["algorithm"] for e in events if "algorithm" in e],
                         ["ecdsa-p256"] * 4)  # of the start, and a key of each end and start
        for event in events:
            if "signature" in event:
                self.assertEqual(base64.b64decode(event["signature"])[0], 0x30)
        with open(self.key, encoding="utf-8") as f:
            self.assertTrue(f.read().startswith("schloss-audit-key-v1 ecdsa-p256 0 "))
        status, said = verify("--key", self.key, self.copy)
        self.assertEqual((status, said["ended"], said["gaps"]), (0, True, 0), said)
        self.assertIn('"second"', "".join(self.lines))

    def test_one_byte_of_any_line_is_found(self):
        for at, line in enumerate(self.lines):
            middle = len(line) // 2
            other = "0" if line[middle] != "0" else "1"
            self.put(self.lines[:at] + [line[:middle] + other + line[middle + 1:]]
                     + self.lines[at + 1:])
            self.check_found(at + 1)

    def test_a_signature_with_new_hashes_is_found(self):
        """Each line that is signed gets the signature of the one before, and hashes that fit."""
        places = [at for at, line in enumerate(self.lines) if '"signature"' in line]
        for before, at in zip(places, places[1:]):
            signature = json.loads(self.lines[before])["signature"]
            lines = self.lines[:at]
            lines.append(re.sub('"signature":"[^"]*"', lambda _: f'"signature":"{signature}"',
                                self.lines[at]))
            lines += self.lines[at + 1:]
            digest = json.loads(lines[at - 1])["hash"]
            for i in range(at, len(lines)):
                body = lines[i][:lines[i].rindex(',"hash":"')]
                digest = hashlib.sha256(bytes.fromhex(digest) + body.encode()).hexdigest()
                lines[i] = f'{body},"hash":"{digest}"}}\n'
            self.put(lines)
            self.check_found(at + 1)

    def test_the_trail_of_one_algorithm_is_not_gone_on_with_by_the_other(self):
        other = schloss.Broker(("SSL",), settings={
            "schloss.anonymous.principal.SSL": "User:alice", "audit.dir": self.copy})
        self.addCleanup(other.close)
        status, log = other.run_to_end()
        self.assertNotEqual(status, 0)
        self.assertRegex(log, r"another value of schloss\.fips.*\[AUD005\]")
        self.assertEqual(verify("--key", self.key, self.copy)[0], 0)
