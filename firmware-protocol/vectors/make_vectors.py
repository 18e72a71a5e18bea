#!/usr/bin/env python3
"""Writes vectors.txt anew: python3 make_vectors.py > vectors.txt

A third implementation of SPECIFICATION.md, so that neither codec is its own judge.
"""
import hashlib
import hmac
import struct

KEYS = {1: bytes(range(32)), 2: bytes(range(32, 64))}
DEVICE = 0x70B3D57ED0061234
BASE = 1795000000
EXTENDED, SIGNED = 0x20, 0x40


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def pack_short(value, bits):
    """The code whose number is nearest to value; the higher one where two are as near."""
    best = min(
        range(16 << bits), key=lambda code: (abs(unpack_short(code, bits) - value), -code))
    return best


def unpack_short(code, bits):
    exponent, mantissa = divmod(code, 1 << bits)
    return mantissa if exponent == 0 else ((1 << bits) + mantissa) << (exponent - 1)


def finish(body, extensions=b"", key=None, key_id=None, tag=None):
    """Flags, extension area, signature and CRC onto header and readings."""
    frame = bytearray(body)
    if extensions:
        frame[2] |= EXTENDED
        frame += bytes([len(extensions)]) + extensions
    if key is not None:
        frame[2] |= SIGNED
        frame.append(key if key_id is None else key_id)
        frame += tag or hmac.new(KEYS[key], bytes(frame), hashlib.sha256).digest()[:8]
    return bytes(frame) + struct.pack("<I", crc32c(frame))


def tlv(kind, value):
    return bytes([kind, len(value)]) + value


class Data:
    def __init__(self, readings, flags=0, device=DEVICE, boot=7, first=42, base=BASE, age=0,
                 unit=0, exponent=0, battery=0, signal=0, oldest=None, **seal):
        self.__dict__.update(locals())

    def body(self):
        body = struct.pack("<BBBBQIIIBb", 0x4B, 2, self.flags, len(self.readings), self.device,
                           self.boot, self.first, self.base, self.unit, self.exponent)
        if self.flags & 4:
            body += struct.pack("<H", pack_short(self.age, 12))
        if self.flags & 16:
            body += struct.pack("<Hb", self.battery, self.signal)
        for index, (seconds, value, error, made, valid, spread) in enumerate(self.readings):
            if index:
                body += struct.pack("<H", seconds)
            body += struct.pack("<i", -(1 << 31) + error if error else value)
            if self.flags & 8:
                body += bytes([made, valid, pack_short(spread, 4)])
        return body

    def frame(self):
        extensions = b"" if self.oldest is None else tlv(1, struct.pack("<I", self.oldest))
        return finish(self.body(), extensions, **self.seal)

    def text(self):
        readings = ",".join(":".join(map(str, reading)) for reading in self.readings)
        return (f"device={self.device:016x} boot={self.boot} first={self.first} "
                f"flags={self.flags:02x} base={self.base} age={self.age} unit={self.unit} "
                f"exponent={self.exponent} battery={self.battery} signal={self.signal} "
                f"oldest={dash(self.oldest)} key={dash(self.seal.get('key'))} readings={readings}")


class Ack:
    def __init__(self, runs, flags=0, device=DEVICE, boot=7, first=42, **seal):
        self.__dict__.update(locals())

    def body(self):
        return struct.pack("<BBBBQII", 0x6B, 2, self.flags, len(self.runs), self.device, self.boot,
                           self.first) + b"".join(struct.pack("<HH", *run) for run in self.runs)

    def frame(self):
        return finish(self.body(), **self.seal)

    def text(self):
        runs = ",".join(f"{stored}:{missing}" for stored, missing in self.runs) or "-"
        return (f"device={self.device:016x} boot={self.boot} first={self.first} "
                f"flags={self.flags:02x} key={dash(self.seal.get('key'))} runs={runs}")


class Command:
    def __init__(self, kind, counter, expires, arguments, device=DEVICE, **seal):
        self.__dict__.update(locals())

    def body(self):
        return struct.pack("<BBBBQII3I", 0x78, 2, 0, self.kind, self.device, self.counter,
                           self.expires, *self.arguments)

    def frame(self):
        return finish(self.body(), **self.seal)

    def text(self):
        arguments = ":".join(map(str, self.arguments))
        return (f"device={self.device:016x} kind={self.kind} counter={self.counter} "
                f"expires={self.expires} arguments={arguments} key={dash(self.seal.get('key'))}")


class Reply:
    def __init__(self, kind, counter, result, uptime, device=DEVICE, **seal):
        self.__dict__.update(locals())

    def body(self):
        return struct.pack("<BBBBQIBI", 0x58, 2, 0, self.kind, self.device, self.counter,
                           self.result, self.uptime)

    def frame(self):
        return finish(self.body(), **self.seal)

    def text(self):
        return (f"device={self.device:016x} kind={self.kind} counter={self.counter} "
                f"result={self.result} uptime={self.uptime} key={dash(self.seal.get('key'))}")


class Status:
    def __init__(self, state, flags=0, device=DEVICE, boot=7, uptime=3600, contact=600, held=3,
                 lost=0, last=0, battery=3612, signal=-97, mode=0, major=1, minor=4, wear=None,
                 **seal):
        self.__dict__.update(locals())

    def body(self):
        return struct.pack("<BBBBQIIHHIIHbBBB", 0x53, 2, self.flags, self.state, self.device,
                           self.boot, self.uptime, pack_short(self.contact, 12), self.held, self.lost,
                           self.last, self.battery, self.signal, self.mode, self.major, self.minor)

    def frame(self):
        extensions = b"" if self.wear is None else tlv(2, struct.pack("<I", self.wear))
        return finish(self.body(), extensions, **self.seal)

    def text(self):
        return (f"device={self.device:016x} boot={self.boot} uptime={self.uptime} "
                f"state={self.state} flags={self.flags:02x} contact={self.contact} "
                f"held={self.held} lost={self.lost} last={self.last} battery={self.battery} "
                f"signal={self.signal} mode={self.mode} firmware={self.major}.{self.minor} "
                f"wear={dash(self.wear)} key={dash(self.seal.get('key'))}")


class Compact:
    def __init__(self, value, error=0, boot=7, sequence=42, age=5):
        self.__dict__.update(locals())

    def frame(self, magic=0x43, version=2):
        code = 255 if self.age is None else pack_short(self.age, 4)
        body = struct.pack("<BBHHBh", magic, version, self.boot, self.sequence, code,
                           -(1 << 15) + self.error if self.error else self.value)
        return check16(body)

    def text(self):
        return (f"boot={self.boot} sequence={self.sequence} age={dash(self.age)} "
                f"value={self.value} error={self.error}")


class CompactAck:
    def __init__(self, next, stored, boot=7):
        self.__dict__.update(locals())

    def frame(self):
        return check16(struct.pack("<BBHHI", 0x63, 2, self.boot, self.next, self.stored)[:9])

    def text(self):
        return f"boot={self.boot} next={self.next} stored={self.stored:06x}"


def check16(body):
    crc = crc32c(body)
    return body + struct.pack("<H", (crc ^ crc >> 16) & 0xFFFF)


def dash(value):
    return "-" if value is None else value


def one(value=1234, seconds=0, error=0, made=0, valid=0, spread=0):
    return (seconds, value, error, made, valid, spread)


NAMES = {Data: "data", Ack: "ack", Command: "command", Reply: "reply", Status: "status",
         Compact: "compact", CompactAck: "compact-ack"}


def valid(name, thing):
    print(NAMES[type(thing)], "valid", name, thing.frame().hex(), thing.text())


def accepted(name, thing, frame):
    print(NAMES[type(thing)], "accepted", name, frame.hex(), thing.text())


def invalid(kind, name, frame, reason):
    print(kind, "invalid", name, frame.hex() or "-", reason)


def forged(kind, name, frame, reason):
    print(kind, "forged", name, frame.hex(), reason)


def resealed(frame, **changes):
    """The frame with bytes changed and the CRC put right again."""
    body = bytearray(frame[:-4])
    for place, byte in changes.items():
        body[int(place[1:])] = byte
    return bytes(body) + struct.pack("<I", crc32c(body))


def write_valid():
    valid("one-reading", Data([one()]))
    valid("three-readings-in-51-bytes", Data(
        [one(), one(1260, 600), one(1275, 1200)], flags=0x11, battery=3612, signal=-97))
    everything = Data([one(made=20, valid=18, spread=12)], flags=0x1F, base=3600, age=8191, unit=1,
                      exponent=-1, battery=3612, signal=-97, key=1)
    assert len(everything.frame()) == 51
    valid("everything-in-51-bytes", everything)
    valid("flood-batch", Data(
        [one(20000 - 37 * i, 120 * i) for i in range(12)], flags=0x01, boot=12, first=1000,
        exponent=-1))
    valid("uptime-with-age", Data(
        [one(-5), one(0, 600), one(5, 1200)], flags=0x17, boot=1, first=0, base=30, age=1230,
        battery=3612, signal=-60))
    valid("long-age", Data([one(77)], flags=0x07, base=0, age=86400))
    valid("longest-age", Data([one(77)], flags=0x07, base=0, age=134201344))
    valid("earlier-boot", Data([one(77), one(78, 65535)], flags=0x03, boot=3, base=86400))
    valid("device-error", Data([one(0, error=2), one(0, 10, error=255), one(815, 20)], battery=0))
    valid("error-in-a-burst", Data(
        [one(0, error=2, made=20), one(815, 20, made=20, valid=20, spread=0)], flags=0x08))
    valid("extreme-values", Data(
        [one(2147483647), one(-2147483392, 1), one(-1, 2)], device=0xFFFFFFFFFFFFFFFF,
        boot=0xFFFFFFFF, flags=0x10, exponent=9, battery=65535, signal=-128, unit=255))
    valid("smallest-fields", Data([one(0)], device=0, boot=0, first=0, base=0, exponent=-9))
    valid("largest-spread", Data([one(made=255, valid=255, spread=507904)], flags=0x08))
    valid("sequence-wrap", Data([one(i, i) for i in range(4)], first=0xFFFFFFFE))
    valid("oldest-held", Data([one()], oldest=40))
    valid("oldest-held-signed", Data([one()], oldest=0xFFFFFFFF, key=2))
    valid("full-frame", Data([one(i - 128, i) for i in range(255)]))
    for name, extensions in [
            ("unknown-extension", tlv(9, b"abc")),
            ("unknown-extensions-around-a-known-one",
             tlv(200, b"") + tlv(1, struct.pack("<I", 40)) + tlv(9, b"\1")),
            ("largest-extension-area", tlv(9, bytes(253)))]:
        thing = Data([one()], oldest=40 if "known-one" in name else None, key=1)
        accepted(name, thing, finish(thing.body(), extensions, key=1))
    thing = Data([one()])
    empty = bytearray(thing.body())
    empty[2] |= EXTENDED
    empty.append(0)
    accepted("empty-extension-area", thing, bytes(empty) + struct.pack("<I", crc32c(empty)))

    valid("one-run", Ack([(3, 0)]))
    valid("cumulative-alone", Ack([], flags=1))
    valid("cumulative-with-holes", Ack([(0, 2), (5, 1), (65535, 0)], flags=1, first=40))
    valid("send-again", Ack([(0, 3), (4, 65535)], flags=3, key=1))
    valid("plain-request", Ack([(0, 7)], flags=2, first=0xFFFFFFFE))
    valid("acknowledgement-across-the-wrap", Ack([(4, 0)], first=0xFFFFFFFE, device=0, boot=0))
    valid("most-runs", Ack([(1, 1)] * 254 + [(1, 0)], device=0xFFFFFFFFFFFFFFFF))
    thing = Ack([(3, 0)])
    accepted("acknowledgement-with-extension", thing, finish(thing.body(), tlv(1, b"x")))

    valid("compact", Compact(1234))
    valid("compact-error", Compact(0, error=3))
    valid("compact-extremes", Compact(-32512, boot=65535, sequence=65535, age=491520))
    valid("compact-age-unknown", Compact(32767, boot=0, sequence=0, age=None))
    valid("compact-age-of-an-hour", Compact(-1, age=3584))
    valid("compact-ack", CompactAck(43, 0))
    valid("compact-ack-bits", CompactAck(65535, 0xFFFFFE, boot=65535))

    valid("interval", Command(1, 1, BASE + 3600, (600, 120, 0)))
    valid("flood-mode", Command(2, 2, BASE, (1, 7200, 0), key=1))
    valid("measure", Command(3, 3, 0, (0, 0, 0), key=2))
    valid("time", Command(4, BASE, 0, (BASE, 30, 7), key=1))
    valid("reboot", Command(5, 0xFFFFFFFF, 0xFFFFFFFF, (0, 0, 0)))
    valid("identify", Command(6, 5, BASE, (30, 0, 0)))
    valid("unknown-command", Command(255, 6, 0, (1, 2, 0xFFFFFFFF)))
    valid("done", Reply(1, 1, 0, 3600))
    valid("reply-signed", Reply(2, 2, 1, 0xFFFFFFFF, key=1))
    valid("reply-of-a-later-version", Reply(77, 3, 200, 0))

    valid("last-will", Status(0, key=1))
    assert len(Status(0, key=1).frame()) == 51
    valid("awake-wants-time", Status(1, flags=1, contact=0, held=0, signal=0, battery=0))
    valid("asleep-after-a-flood", Status(
        2, contact=86400, held=65535, lost=12, last=BASE, mode=1, wear=1017, key=2))
    thing = Status(1, wear=5)
    accepted("status-with-unknown-extension", thing,
             finish(thing.body(), tlv(1, b"") + tlv(2, struct.pack("<I", 5))))


def write_invalid():
    long_frames = [Data([one(), one(5, 9)], flags=0x1F), Ack([(3, 1), (2, 0)]),
                   Command(1, 1, 0, (1, 1, 0)), Reply(1, 1, 0, 5), Status(1)]
    for thing in long_frames:
        kind, frame = NAMES[type(thing)], thing.frame()
        invalid(kind, "empty", b"", "empty_payload")
        invalid(kind, "other-magic", b"\x00" + frame[1:], "malformed")
        invalid(kind, "magic-alone", frame[:1], "truncated")
        invalid(kind, "two-bytes", frame[:2], "truncated")
        invalid(kind, "version-1", resealed(frame, b1=1), "unknown_version")
        invalid(kind, "version-3", frame[:1] + b"\3" + frame[2:3], "unknown_version")
        invalid(kind, "reserved-flag", resealed(frame, b2=frame[2] | 0x80), "unknown_version")
        invalid(kind, "header-alone", frame[:12], "truncated")
        invalid(kind, "without-crc", frame[:-4], "truncated")
        invalid(kind, "one-byte-short", frame[:-1], "truncated")
        invalid(kind, "one-byte-more", frame + b"\0", "malformed")
        invalid(kind, "wrong-crc", frame[:-1] + bytes([frame[-1] ^ 1]), "checksum_mismatch")
        invalid(kind, "damaged-device", frame[:4] + bytes([frame[4] ^ 16]) + frame[5:],
                "checksum_mismatch")
        signed = finish(thing.body(), key=1)
        invalid(kind, "signature-cut", signed[:-6], "truncated")
        body = bytearray(thing.body())
        body[2] |= EXTENDED
        invalid(kind, "extension-area-cut", bytes(body), "truncated")
        invalid(kind, "extension-area-too-long", finish(thing.body(), tlv(9, b"abc"))[:-1],
                "truncated")
        invalid(kind, "extension-beyond-its-area", finish(thing.body(), b"\x09\x04abc"), "malformed")
        invalid(kind, "extension-without-length", finish(thing.body(), b"\x09"), "malformed")
        forged(kind, "unsigned", frame, "tag_missing")
        forged(kind, "unknown-key", finish(thing.body(), key=1, key_id=3), "unknown_key")
        forged(kind, "wrong-key", finish(thing.body(), key=1, key_id=2), "tag_mismatch")
        forged(kind, "wrong-tag", finish(thing.body(), key=1, tag=bytes(8)), "tag_mismatch")
        forged(kind, "changed-after-signing", resealed(signed, b12=signed[12] ^ 1), "tag_mismatch")

    data = Data([one()])
    invalid("data", "no-readings", finish(Data([]).body()), "malformed")
    invalid("data", "exponent-10", Data([one()], exponent=10).frame(), "malformed")
    invalid("data", "exponent-minus-10", Data([one()], exponent=-10).frame(), "malformed")
    invalid("data", "age-without-uptime", Data([one()], flags=0x04).frame(), "malformed")
    invalid("data", "error-code-zero", Data([one(-(1 << 31))]).frame(), "malformed")
    invalid("data", "error-code-zero-later", Data([one(), one(-(1 << 31), 5)]).frame(), "malformed")
    invalid("data", "more-valid-than-made", Data([one(made=3, valid=4)], flags=8).frame(),
            "malformed")
    invalid("data", "count-of-more-readings", resealed(data.frame(), b3=2), "truncated")
    invalid("data", "count-of-fewer-readings",
            resealed(Data([one(), one(5, 5)]).frame(), b3=1), "malformed")
    invalid("data", "oldest-of-three-bytes", finish(data.body(), tlv(1, b"abc")), "malformed")
    invalid("data", "oldest-twice", finish(data.body(), tlv(1, b"abcd") * 2), "malformed")
    invalid("data", "acknowledgement-as-data", Ack([(3, 0)]).frame(), "malformed")
    invalid("ack", "no-runs", Ack([]).frame(), "malformed")
    invalid("ack", "run-of-nothing", Ack([(0, 0)], flags=1).frame(), "malformed")
    invalid("ack", "no-stored-later", Ack([(1, 1), (0, 1)]).frame(), "malformed")
    invalid("ack", "no-missing-between", Ack([(1, 0), (1, 0)]).frame(), "malformed")
    invalid("ack", "data-as-acknowledgement", data.frame(), "malformed")
    invalid("status", "state-3", Status(3).frame(), "malformed")
    invalid("status", "wear-of-no-bytes", finish(Status(1).body(), tlv(2, b"")), "malformed")
    for kind, frame in [("compact", Compact(1234).frame()),
                        ("compact-ack", CompactAck(43, 5).frame())]:
        invalid(kind, "empty", b"", "empty_payload")
        invalid(kind, "other-magic", b"\0" + frame[1:], "malformed")
        invalid(kind, "two-bytes", frame[:2], "truncated")
        invalid(kind, "one-byte-short", frame[:-1], "truncated")
        invalid(kind, "one-byte-more", frame + b"\0", "malformed")
        invalid(kind, "version-1", check16(frame[:1] + b"\1" + frame[2:9]), "unknown_version")
        invalid(kind, "wrong-check", frame[:-1] + bytes([frame[-1] ^ 128]), "checksum_mismatch")
    invalid("compact", "error-code-zero", Compact(-32768).frame(), "malformed")


print("""\
# Test vectors of the kawamori firmware protocol, version 2. Both codecs run them: the C one through
# tests/vectors_test.c, the Swift one through Tests/FirmwareProtocolTests. make_vectors.py has
# written them, a third implementation, so that no codec is its own judge.
#
# One case a line, columns parted by one space:
#   KIND valid NAME FRAME FIELDS     decodes into the fields, and these encode into the frame
#   KIND accepted NAME FRAME FIELDS  decodes into the fields; the frame holds more that is passed over
#   KIND invalid NAME FRAME REASON   is refused for the reason
#   KIND forged NAME FRAME REASON    decodes, but is refused for the reason where it must be signed
# FRAME is hexadecimal, - for no bytes. REASON is the gateway's word (RejectionReason). FIELDS are
# decimal, but for device, flags and stored (hexadecimal); - where there is none. flags are without
# EXTENDED and SIGNED. A reading is seconds:value:error:made:valid:spread, a run stored:missing.
# Signed frames have key 1, the bytes 00 to 1f, or key 2, the bytes 20 to 3f.""")
write_valid()
write_invalid()
