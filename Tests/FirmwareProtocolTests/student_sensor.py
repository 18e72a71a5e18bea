"""A sensor as a student would write it from firmware-protocol/SPECIFICATION.md, with nothing else.

One line in, one line out. In: "measure VALUE", "wait SECONDS", "restart", "send", "status", or a frame
for the sensor as "frame HEX". Out: the frames that it sends, in hexadecimal, parted by spaces; "-" for
none. The first argument is the device id, the second, if there is one, its key: ID:HEX.
"""
import hashlib
import hmac
import random
import struct
import sys


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0x82F63B78 * (crc & 1))
    return crc ^ 0xFFFFFFFF


def f16(value):
    if value < 4096:
        return value
    for exponent in range(1, 16):
        mantissa = int(value / 2 ** (exponent - 1) + 0.5) - 4096
        if mantissa < 4096:
            return (exponent << 12) | mantissa
    return 0xFFFF


class Sensor:
    def __init__(self, device, key):
        self.device, self.key = device, key
        self.boot = random.getrandbits(32)
        self.now = self.booted = 1000
        self.next = 0
        self.memory = []  # [boot, sequence, uptime or Unix time, is Unix, value, was sent]
        self.offset = None
        self.asked = None
        self.last = (0, 0)
        self.calm, self.flood, self.mode = 600, 120, 0

    def uptime(self):
        return self.now - self.booted

    def finish(self, frame):
        frame = bytearray(frame)
        if self.key:
            frame[2] |= 0x40
            frame.append(self.key[0])
            frame += hmac.new(self.key[1], bytes(frame), hashlib.sha256).digest()[:8]
        return bytes(frame) + struct.pack("<I", crc32c(frame))

    def measure(self, value):
        time = self.uptime() if self.offset is None else self.now + self.offset
        self.memory.append([self.boot, self.next, time, self.offset is not None, value, False])
        self.next += 1

    def restart(self):
        self.boot = (self.boot + 1) % 2**32
        self.booted, self.next, self.offset, self.asked = self.now, 0, None, None
        for reading in self.memory:
            reading[5] = False

    def send(self):
        frames = []
        waiting = [reading for reading in self.memory if not reading[5]]
        while waiting:
            group = [waiting.pop(0)]
            boot, sequence, base, is_unix, _, _ = group[0]
            while (waiting and len(group) < 20 and waiting[0][0] == boot
                   and waiting[0][1] == (sequence + len(group)) % 2**32
                   and waiting[0][3] == is_unix and 0 <= waiting[0][2] - base < 65536):
                group.append(waiting.pop(0))
            flags = 1 | (0 if is_unix else 2 | (4 if boot == self.boot else 0))
            frame = struct.pack("<BBBBQIIIBb", 0x4B, 2, flags, len(group), self.device, boot,
                                sequence, base, 1, -1)
            if flags & 4:
                frame += struct.pack("<H", f16(self.uptime() - base))
            for index, reading in enumerate(group):
                if index > 0:
                    frame += struct.pack("<H", reading[2] - base)
                frame += struct.pack("<i", reading[4])
                reading[5] = True
            frames.append(self.finish(frame))
        return frames

    def status(self):
        wants_time = self.offset is None
        if wants_time:
            self.asked = self.uptime()
        return [self.finish(struct.pack(
            "<BBBBQIIHHIIHbBBB", 0x53, 2, int(wants_time), 1, self.device, self.boot,
            self.uptime(), f16(self.flood if self.mode else self.calm),
            min(len(self.memory), 65535), 0, self.last[0], 3700, -80, self.mode, 0, 1))]

    def receive(self, frame):
        if len(frame) < 16 or frame[1] != 2 or frame[0] not in (0x6B, 0x78):
            return []
        if crc32c(frame[:-4]) != struct.unpack("<I", frame[-4:])[0]:
            return []
        if struct.unpack_from("<Q", frame, 4)[0] != self.device:
            return []
        if self.key:
            tag = hmac.new(self.key[1], frame[:-12], hashlib.sha256).digest()[:8]
            if not frame[2] & 0x40 or frame[-13] != self.key[0] or tag != frame[-12:-4]:
                return []
        return self.acknowledged(frame) if frame[0] == 0x6B else self.commanded(frame)

    def acknowledged(self, frame):
        boot, first = struct.unpack_from("<II", frame, 12)
        runs = [struct.unpack_from("<HH", frame, 20 + 4 * index) for index in range(frame[3])]
        kept = []
        for reading in self.memory:
            offset = (reading[1] - first) % 2**32
            is_stored = offset >= 2**31 and frame[2] & 1
            is_missing = False
            for stored, missing in runs if offset < 2**31 else []:
                if 0 <= offset < stored:
                    is_stored = True
                if 0 <= offset - stored < missing:
                    is_missing = True
                offset -= stored + missing
            if reading[0] == boot and is_stored:
                continue
            if reading[0] == boot and is_missing and frame[2] & 2:
                reading[5] = False
            kept.append(reading)
        self.memory = kept
        return []

    def commanded(self, frame):
        kind = frame[3]
        counter, expires, first, second, third = struct.unpack_from("<5I", frame, 12)
        if kind == 4:
            passed = self.uptime() - second
            if self.asked == second and third == self.boot and passed <= 30:
                self.offset, self.asked = first + passed // 2 - self.now, None
            return []
        if counter == self.last[0]:
            result = self.last[1]
        elif counter < self.last[0]:
            result = 2
        elif expires and self.offset is None:
            result = 5
        else:
            if expires and self.now + self.offset >= expires:
                result = 1
            elif kind == 1 and 1 <= first <= 86400 and 1 <= second <= 86400:
                self.calm, self.flood, result = first, second, 0
            elif kind == 2 and first <= 1:
                self.mode, result = first, 0
            else:
                result = 4 if kind in (1, 2) else 0 if kind in (3, 5, 6) else 3
            self.last = (counter, result)
        return [self.finish(struct.pack("<BBBBQIBI", 0x58, 2, 0, kind, self.device, counter, result,
                                        self.uptime()))]


def main():
    key = None
    if len(sys.argv) > 2:
        number, digits = sys.argv[2].split(":")
        key = (int(number), bytes.fromhex(digits))
    sensor = Sensor(int(sys.argv[1], 16), key)
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        frames = []
        if word == "measure":
            sensor.measure(int(rest))
        elif word == "wait":
            sensor.now += int(rest)
        elif word == "restart":
            sensor.restart()
        elif word == "send":
            frames = sensor.send()
        elif word == "status":
            frames = sensor.status()
        elif word == "frame":
            frames = sensor.receive(bytes.fromhex(rest))
        print(" ".join(frame.hex() for frame in frames) or "-", flush=True)


main()
