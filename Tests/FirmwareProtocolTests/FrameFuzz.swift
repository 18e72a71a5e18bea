import CFirmwareProtocol
import GatewayModel
import WireFormats

/// Damaged frames through both codecs, which must judge and read them alike.
struct FrameFuzz {
    /// What the two made of the inputs.
    struct Tally: Equatable {
        var acceptedCount = 0
        var refusedCounts: [RejectionReason: Int] = [:]
        /// The first inputs on which the two differ.
        var differences: [String] = []
    }

    private(set) var tally = Tally()
    private let seeds: [[UInt8]]
    private var random: SeededNumbers
    private var input: [UInt8] = []

    init(seeds: [[UInt8]], state: UInt64) {
        self.seeds = seeds.filter { $0.count > 2 && $0.count < 400 }
        random = SeededNumbers(state: state)
    }

    /// Makes and judges `count` inputs; ends early where the codecs differ often.
    mutating func run(count: Int) {
        for _ in 0..<count where tally.differences.count < 10 {
            makeInput()
            judge()
        }
    }

    // MARK: - Making

    private mutating func number(below limit: Int) -> Int {
        Int(truncatingIfNeeded: random.next() >> 33) % limit
    }

    private mutating func makeInput() {
        input.removeAll(keepingCapacity: true)
        input.append(contentsOf: seeds[number(below: seeds.count)])
        for _ in 0..<number(below: 4) { damage() }
        // Most inputs get a right checksum, or nothing behind it would ever be reached.
        guard number(below: 8) > 0 else { return }
        let isCompact = input.first == 0x43 || input.first == 0x63
        let size = isCompact ? 2 : 4
        guard input.count > size else { return }
        let body = input.count - size
        let sum =
            isCompact
            ? UInt32(kawamori_check16(input, body)) : kawamori_crc32c(input, body)
        for place in 0..<size {
            input[body + place] = UInt8(truncatingIfNeeded: sum >> UInt32(8 * place))
        }
    }

    private mutating func damage() {
        guard !input.isEmpty else { return }
        let place = number(below: input.count)
        switch number(below: 12) {
        case 0...2: input[place] = UInt8(number(below: 256))
        case 3: input[place] ^= 1 << UInt8(number(below: 8))
        case 4: input[place] = [0, 1, 0x7F, 0x80, 0xFF][number(below: 5)]
        case 5: if input.count > 2 { input[2] = UInt8(number(below: 128)) }
        case 6: if input.count > 3 { input[3] = UInt8(number(below: 6)) }
        case 7: input.removeLast(number(below: input.count + 1))
        case 8:
            for _ in 0...number(below: 12) { input.append(UInt8(number(below: 256))) }
        case 9:
            // A value that stands for an error, or for none.
            if place + 4 <= input.count {
                input[place + 3] = 0x80
                input[place + 2] = 0
                input[place + 1] = UInt8(number(below: 2))
                input[place] = UInt8(number(below: 3))
            }
        case 10: input.insert(UInt8(number(below: 256)), at: place)
        default: input.remove(at: place)
        }
    }

    // MARK: - Judging

    private mutating func judge() {
        switch input.first {
        case 0x4B: judgeData()
        case 0x6B: judgeAcknowledgement()
        case 0x43, 0x63: judgeCompact()
        case 0x78, 0x58, 0x53: judgeOthers()
        default:
            // Every decoder must refuse what is not its own.
            judgeData()
            judgeAcknowledgement()
            judgeCompact()
        }
    }

    private mutating func settle(
        _ status: kawamori_status, _ fault: DecodeError?, isSame: Bool = true
    ) {
        if let fault {
            tally.refusedCounts[fault.reason, default: 0] += 1
        } else {
            tally.acceptedCount += 1
        }
        if ProtocolVector.reason(of: status) == fault?.reason, isSame { return }
        let digits = input.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }
        tally.differences.append(
            "C \(status.rawValue), Swift \(fault?.description ?? "accepts"): \(digits.joined())")
    }

    private mutating func judgeData() {
        var data = kawamori_data()
        var seal = kawamori_seal()
        let status = kawamori_decode_data(input, input.count, &data, &seal)
        do {
            let frame = try FirmwareFrame.decode(input.span)
            settle(
                status, nil, isSame: status != KAWAMORI_OK || isSame(frame, data, seal))
        } catch {
            settle(status, error)
        }
    }

    private func isSame(
        _ frame: FirmwareFrame, _ data: kawamori_data, _ seal: kawamori_seal
    ) -> Bool {
        let clock: FirmwareFrame.Clock =
            switch data.flags & 6 {
            case 0: .unix(seconds: data.base_time)
            case 2: .earlierBoot(uptimeSeconds: data.base_time)
            default: .uptime(seconds: data.base_time, ageSeconds: data.age)
            }
        let health = FirmwareFrame.Health(
            batteryMillivolts: data.battery_millivolts, signalDBm: data.signal_dbm)
        guard frame.deviceID == data.device_id, frame.bootCounter == data.boot_counter,
            frame.firstSequence == data.first_sequence, frame.clock == clock,
            frame.health == (data.flags & 0x10 == 0 ? nil : health),
            frame.unit.rawValue == data.unit, frame.exponent == data.exponent,
            frame.oldestSequence == (data.has_oldest == 0 ? nil : data.oldest),
            frame.wantsAcknowledgement == (data.flags & 1 != 0),
            frame.readingCount == Int(data.count), isSame(frame.seal, seal)
        else { return false }
        for index in 0..<frame.readingCount {
            let reading = frame.reading(at: index, in: input.span)
            let twin = kawamori_reading_at(input, UInt8(index))
            guard reading.seconds == twin.seconds, reading.value == twin.value,
                reading.errorCode == twin.error, reading.pingCount == twin.ping_count,
                reading.validCount == twin.valid_count, reading.spread == twin.spread
            else { return false }
        }
        return true
    }

    private func isSame(_ seal: FrameSeal?, _ twin: kawamori_seal) -> Bool {
        guard let seal else { return twin.signed_length == 0 }
        return seal.signedByteCount == twin.signed_length && seal.keyID == twin.key_id
            && seal.tag
                == kawamori_get(Array(input[twin.signed_length..<twin.signed_length + 8]), 8)
    }

    private mutating func judgeAcknowledgement() {
        var ack = kawamori_ack()
        var seal = kawamori_seal()
        let status = kawamori_decode_ack(input, input.count, &ack, &seal)
        do {
            let frame = try AcknowledgementFrame.decode(input.span)
            var isSame =
                frame.deviceID == ack.device_id && frame.bootCounter == ack.boot_counter
                && frame.firstSequence == ack.first && frame.isCumulative == (ack.flags & 1 != 0)
                && frame.asksAgain == (ack.flags & 2 != 0) && frame.runs.count == Int(ack.count)
                && self.isSame(frame.seal, seal)
            if isSame, status == KAWAMORI_OK {
                let verdicts: [AcknowledgementFrame.Verdict] = [.notNamed, .stored, .missing]
                for _ in 0..<4 {
                    let sequence = ack.first &+ UInt32(number(below: 40)) &- 4
                    let verdict = kawamori_ack_verdict(input, sequence)
                    isSame =
                        isSame && frame.verdict(on: sequence) == verdicts[Int(verdict.rawValue)]
                }
            }
            settle(status, nil, isSame: isSame)
        } catch {
            settle(status, error)
        }
    }

    private mutating func judgeCompact() {
        var compact = kawamori_compact()
        let status = kawamori_decode_compact(input, input.count, &compact)
        do {
            let frame = try CompactFrame.decode(input.span)
            settle(
                status, nil,
                isSame: frame.bootCounter == compact.boot_counter
                    && frame.sequence == compact.sequence && frame.value == compact.value
                    && frame.errorCode == compact.error
                    && (frame.ageSeconds ?? .max) == compact.age && frame.encode() == input)
        } catch {
            settle(status, error)
        }
        var ack = kawamori_compact_ack()
        let second = kawamori_decode_compact_ack(input, input.count, &ack)
        do {
            let frame = try CompactAcknowledgementFrame.decode(input.span)
            settle(
                second, nil,
                isSame: frame.bootCounter == ack.boot_counter && frame.nextSequence == ack.next
                    && frame.storedBits == ack.stored && frame.encode() == input)
        } catch {
            settle(second, error)
        }
    }

    private mutating func judgeOthers() {
        var seal = kawamori_seal()
        var command = kawamori_command()
        let first = kawamori_decode_command(input, input.count, &command, &seal)
        do {
            let frame = try CommandFrame.decode(input.span)
            let arguments = frame.order.arguments
            settle(
                first, nil,
                isSame: frame.deviceID == command.device_id && frame.counter == command.counter
                    && frame.expiresSeconds == command.expires && frame.order.kind == command.kind
                    && arguments[0] == command.argument.0 && arguments[1] == command.argument.1
                    && arguments[2] == command.argument.2 && isSame(frame.seal, seal))
        } catch {
            settle(first, error)
        }
        var reply = kawamori_command_reply()
        let second = kawamori_decode_command_reply(input, input.count, &reply, &seal)
        do {
            let frame = try CommandReplyFrame.decode(input.span)
            settle(
                second, nil,
                isSame: frame.deviceID == reply.device_id && frame.counter == reply.counter
                    && frame.kind == reply.kind && frame.result.rawValue == reply.result
                    && frame.uptimeSeconds == reply.uptime && isSame(frame.seal, seal))
        } catch {
            settle(second, error)
        }
        judgeStatus()
    }

    private mutating func judgeStatus() {
        var seal = kawamori_seal()
        var twin = kawamori_device_status()
        let status = kawamori_decode_status(input, input.count, &twin, &seal)
        do {
            let frame = try StatusFrame.decode(input.span)
            settle(
                status, nil,
                isSame: frame.deviceID == twin.device_id && frame.bootCounter == twin.boot_counter
                    && frame.state.rawValue == twin.state && frame.uptimeSeconds == twin.uptime
                    && frame.wantsTime == (twin.flags & 1 != 0)
                    && frame.nextContactSeconds == twin.next_contact
                    && frame.heldCount == twin.held && frame.lostCount == twin.lost
                    && frame.lastCommandCounter == twin.last_command
                    && frame.health.batteryMillivolts == twin.battery_millivolts
                    && frame.health.signalDBm == twin.signal_dbm
                    && frame.isFlood == (twin.mode == 1)
                    && frame.firmwareMajor == twin.firmware_major
                    && frame.firmwareMinor == twin.firmware_minor
                    && frame.wearCount == (twin.has_wear == 0 ? nil : twin.wear)
                    && isSame(frame.seal, seal))
        } catch {
            settle(status, error)
        }
    }
}

extension ProtocolVector {
    /// The gateway's word for a status of the C codec; nil for success.
    static func reason(of status: kawamori_status) -> RejectionReason? {
        switch status {
        case KAWAMORI_OK: nil
        case KAWAMORI_EMPTY: .emptyPayload
        case KAWAMORI_TRUNCATED: .truncated
        case KAWAMORI_CHECKSUM: .checksumMismatch
        case KAWAMORI_UNKNOWN_VERSION: .unknownVersion
        default: .malformed
        }
    }
}

/// A repeatable source of numbers: SplitMix64 (Steele, Lea and Flood, 2014).
struct SeededNumbers: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
