"""messages - the protocol's messages as dicts, by the schemas in the jar of the Java client."""

import json
import re
import struct
import uuid
import zipfile

FIXED = {"int8": ">b", "int16": ">h", "uint16": ">H", "int32": ">i", "uint32": ">I",
         "int64": ">q", "float64": ">d"}
NO_ID = str(uuid.UUID(int=0))
API_VERSIONS = 18


class Malformed(Exception):
    """Bytes that the schema does not describe."""


def in_range(versions, version):
    """Whether "3+", "1-4", "2" or "none" holds a version."""
    if versions is None or versions == "none":
        return False
    first, dash, last = versions.rstrip("+").partition("-")
    if versions.endswith("+"):
        return version >= int(first)
    return int(first) <= version <= int(last if dash else first)


class Writer:
    def __init__(self):
        self.data = bytearray()

    def fixed(self, layout, value):
        self.data += struct.pack(layout, value)

    def uvarint(self, value):
        while value > 0x7f:
            self.data.append(value & 0x7f | 0x80)
            value >>= 7
        self.data.append(value)

    def length(self, value, compact, layout):
        """value None: null."""
        if compact:
            self.uvarint(0 if value is None else value + 1)
        else:
            self.fixed(layout, -1 if value is None else value)


class Reader:
    def __init__(self, data):
        self.data = data
        self.at = 0

    def take(self, count):
        if count < 0 or self.at + count > len(self.data):
            raise Malformed(f"{count} bytes wanted at {self.at} of {len(self.data)}")
        self.at += count
        return self.data[self.at - count:self.at]

    def fixed(self, layout):
        return struct.unpack(layout, self.take(struct.calcsize(layout)))[0]

    def uvarint(self):
        value = 0
        for shift in range(0, 35, 7):
            byte = self.take(1)[0]
            value |= (byte & 0x7f) << shift
            if byte < 0x80:
                return value
        raise Malformed("a varint of more than five bytes")

    def length(self, compact, layout):
        value = self.uvarint() - 1 if compact else self.fixed(layout)
        return None if value == -1 else value


class Message:
    """One schema: a request or a response, in all of its versions."""

    def __init__(self, text):
        schema = json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))
        self.name = schema["name"]
        self.key = schema.get("apiKey")
        self.kind = schema["type"]
        self.fields = schema.get("fields", ())
        self.common = {s["name"]: s["fields"] for s in schema.get("commonStructs", ())}
        self.valid = schema["validVersions"]
        self.flexible = schema.get("flexibleVersions", "none")
        self.find_structs(self.fields)

    def find_structs(self, fields):
        for field in fields:
            if "fields" in field:
                self.common[field["type"].removeprefix("[]")] = field["fields"]
                self.find_structs(field["fields"])

    def is_flexible(self, version):
        return in_range(self.flexible, version)

    # -- values to bytes --

    def encode(self, version, values):
        writer = Writer()
        self.write_fields(writer, version, self.fields, values)
        return bytes(writer.data)

    def write_fields(self, writer, version, fields, values):
        unknown = set(values) - {f["name"] for f in fields}
        if unknown:
            raise ValueError(f"{self.name} has no {sorted(unknown)}")
        tagged = []
        for field in fields:
            if not in_range(field["versions"], version):
                continue
            value = values.get(field["name"], self.default(field))
            if in_range(field.get("taggedVersions"), version):
                if field["name"] in values:
                    tagged.append((field, value))
            else:
                self.write_value(writer, version, field, field["type"], value)
        if self.is_flexible(version):
            writer.uvarint(len(tagged))
            for field, value in sorted(tagged, key=lambda t: t[0]["tag"]):
                inner = Writer()
                self.write_value(inner, version, field, field["type"], value)
                writer.uvarint(field["tag"])
                writer.uvarint(len(inner.data))
                writer.data += inner.data

    def default(self, field):
        kind, value = field["type"], field.get("default")
        if value == "null":
            return None
        if kind.startswith("[]"):
            return []
        if kind in self.common:
            return {}
        if kind == "bool":
            return value in (True, "true")
        if kind == "float64":
            return float(value or 0)
        if kind in FIXED:
            return int(str(value), 0) if value is not None else 0
        return {"string": value or "", "uuid": NO_ID}.get(kind, b"")

    def write_value(self, writer, version, field, kind, value):
        compact = self.is_flexible(version)
        if kind.startswith("[]"):
            writer.length(None if value is None else len(value), compact, ">i")
            for item in value or ():
                self.write_value(writer, version, {}, kind[2:], item)
        elif kind in self.common:
            if in_range(field.get("nullableVersions"), version):
                writer.fixed(">b", -1 if value is None else 1)
                if value is None:
                    return
            self.write_fields(writer, version, self.common[kind], value)
        elif kind in FIXED:
            writer.fixed(FIXED[kind], value)
        elif kind == "bool":
            writer.fixed(">b", value)
        elif kind == "uuid":
            writer.data += uuid.UUID(value).bytes
        else:
            data = value.encode() if isinstance(value, str) else value
            writer.length(None if data is None else len(data), compact,
                          ">h" if kind == "string" else ">i")
            writer.data += data or b""

    # -- bytes to values --

    def decode(self, version, data):
        reader = Reader(data)
        values = self.read_fields(reader, version, self.fields)
        if reader.at != len(data):
            values["(bytes behind the last field)"] = len(data) - reader.at
        return values

    def read_fields(self, reader, version, fields):
        values = {}
        tagged = {}
        for field in fields:
            if not in_range(field["versions"], version):
                continue
            if in_range(field.get("taggedVersions"), version):
                tagged[field["tag"]] = field
                values[field["name"]] = self.default(field)
            else:
                values[field["name"]] = self.read_value(reader, version, field, field["type"])
        if self.is_flexible(version):
            self.read_tags(reader, version, tagged, values)
        return values

    def read_tags(self, reader, version, tagged, values):
        for _ in range(reader.uvarint()):
            tag = reader.uvarint()
            inner = Reader(reader.take(reader.uvarint()))
            field = tagged.get(tag)
            if field is None:
                values[f"(tag {tag})"] = inner.data.hex()
                continue
            values[field["name"]] = self.read_value(inner, version, field, field["type"])
            if inner.at != len(inner.data):
                raise Malformed(f"tag {tag} is longer than its field")

    def read_value(self, reader, version, field, kind):
        compact = self.is_flexible(version)
        if kind.startswith("[]"):
            count = reader.length(compact, ">i")
            if count is None:
                return None
            if not 0 <= count <= len(reader.data):
                raise Malformed(f"{count} elements")
            return [self.read_value(reader, version, {}, kind[2:]) for _ in range(count)]
        if kind in self.common:
            if in_range(field.get("nullableVersions"), version) and reader.fixed(">b") < 0:
                return None
            return self.read_fields(reader, version, self.common[kind])
        if kind in FIXED:
            return reader.fixed(FIXED[kind])
        if kind == "bool":
            return reader.fixed(">b") != 0
        if kind == "uuid":
            return str(uuid.UUID(bytes=reader.take(16)))
        count = reader.length(compact, ">h" if kind == "string" else ">i")
        if count is None:
            return None
        data = reader.take(count)
        return data.decode(errors="backslashreplace") if kind == "string" else data


class Protocol:
    """All requests and responses, by the name that they have without that word."""

    def __init__(self, jar):
        self.requests, self.responses = {}, {}
        with zipfile.ZipFile(jar) as archive:
            for name in sorted(archive.namelist()):
                if re.fullmatch(r"common/message/\w+(Request|Response)\.json", name):
                    message = Message(archive.read(name).decode())
                    if message.kind in ("request", "response"):
                        table = self.requests if message.kind == "request" else self.responses
                        table[message.name.removesuffix(message.kind.capitalize())] = message
        self.names = {m.key: name for name, m in self.requests.items()}

    def header(self, api, version, correlation, client_id="differential"):
        """Version 1, or 2 where the request is flexible."""
        message = self.requests[api]
        writer = Writer()
        for layout, value in ((">h", message.key), (">h", version), (">i", correlation)):
            writer.fixed(layout, value)
        name = None if client_id is None else client_id.encode()
        writer.length(None if name is None else len(name), False, ">h")
        writer.data += name or b""
        if message.is_flexible(version):
            writer.uvarint(0)
        return bytes(writer.data)

    def request(self, api, version, correlation, values, **more):
        body = self.requests[api].encode(version, values)
        return self.header(api, version, correlation, **more) + body

    def answer(self, api, version, frame):
        """(correlation, values) of an answer's frame."""
        message = self.responses[api]
        reader = Reader(frame)
        correlation = reader.fixed(">i")
        if message.is_flexible(version) and message.key != API_VERSIONS:
            for _ in range(reader.uvarint()):
                reader.uvarint()
                reader.take(reader.uvarint())
        return correlation, message.decode(version, frame[reader.at:])
