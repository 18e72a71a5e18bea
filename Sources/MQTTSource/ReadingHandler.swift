package import GatewayModel
package import GatewayPorts
import QualityControl
package import SampleRing
package import WireFormats

/// Turns the messages of sensors into samples on the ring.
package final class ReadingHandler: MessageHandler {
    /// Who knows the devices behind firmware frames.
    package struct Devices {
        package var registrar: any DeviceRegistrar
        package var keys: any FrameKeys

        package init(registrar: any DeviceRegistrar, keys: any FrameKeys) {
            self.registrar = registrar
            self.keys = keys
        }
    }

    private let intake: Intake
    private let book: TopicBook
    /// The map for the message at hand.
    private var topics: TopicMap
    private let greatestByteCount: Int
    private let devices: Devices?
    /// Reused from message to message.
    private var readings: [DecodedReading] = []
    private var samples: [Sample] = []
    /// What is wrong with the message at hand, and what of it is only counted.
    private var faults: [DecodeError] = []
    private var counted: [RejectionReason] = []

    /// - Parameters:
    ///   - sourceName: the source's name in counters and in the quarantine.
    ///   - samples: the ring's end of this session.
    ///   - sideLane: for what does not fit a slot.
    ///   - topics: where each topic goes.
    ///   - greatestByteCount: longer payloads are refused, in bytes.
    ///   - devices: who knows devices and keys; nil takes every firmware frame unseen.
    package init(
        sourceName: String, samples: consuming SampleRing.Producer,
        sideLane: SideLane<SideMessage>, topics: TopicBook, greatestByteCount: Int,
        devices: Devices? = nil
    ) {
        intake = Intake(sourceName: sourceName, samples: samples, sideLane: sideLane)
        book = topics
        self.topics = topics.topics
        self.greatestByteCount = greatestByteCount
        self.devices = devices
    }

    package var hasRoom: Bool { intake.hasRoom }

    package func take(
        topic: String, payload: Span<UInt8>, isRetained: Bool, received: GatewayInstant
    ) -> Bool {
        topics = book.topics
        samples.removeAll(keepingCapacity: true)
        // A record, or a route, that fails does not cost the others.
        faults.removeAll(keepingCapacity: true)
        counted.removeAll(keepingCapacity: true)
        do {
            // The names of other topics are taken apart, which costs: readings come first.
            if topics.isRouted(topic) {
                try takeReadings(topic, payload, isRetained: isRetained, received: received)
            } else if let sensor = TopicMap.statusSensor(of: topic) {
                try takeStatus(payload, sensor: sensor, isRetained: isRetained, received: received)
            } else if TopicMap.isReplyTopic(topic) {
                try takeReply(payload, isRetained: isRetained, received: received)
            } else {
                try takeReadings(topic, payload, isRetained: isRetained, received: received)
            }
        } catch {
            faults.append(error)
        }
        var isWhole = intake.reject(faults, topic: topic, payload: payload, received: received)
        for reason in counted {
            isWhole = intake.push(.quarantined(reason), received: received) && isWhole
        }
        for sample in samples { isWhole = intake.push(sample) && isWhole }
        return isWhole
    }

    package func report(_ status: SessionStatus, at instant: GatewayInstant) {
        intake.report(status, at: instant)
    }

    // MARK: - Readings

    private func takeReadings(
        _ topic: String, _ payload: Span<UInt8>, isRetained: Bool, received: GatewayInstant
    ) throws(DecodeError) {
        if isRetained {
            throw DecodeError(.retained, "the broker kept this message; it is no new reading")
        }
        try admit(payload)
        // A device on a topic that nobody has configured is worth knowing: it waits for adoption.
        if let sensor = topics.unknownSensor(of: topic), Self.isFrame(payload), devices != nil {
            _ = try takeFrame(payload, sensor: sensor, received: received)
            return
        }
        for route in try topics.routes(of: topic) {
            do {
                if route.format == .chirpStack, devices != nil {
                    try takeUplink(route, topic, payload, received: received)
                } else {
                    try takeRoute(route, payload, received: received)
                }
            } catch {
                faults.append(error)
            }
        }
    }

    private func takeRoute(
        _ route: TopicRoute, _ payload: Span<UInt8>, received: GatewayInstant
    ) throws(DecodeError) {
        readings.removeAll(keepingCapacity: true)
        let format: PayloadFormat
        if let configured = route.format {
            format = configured
        } else {
            format = try PayloadFormat.detect(payload)
        }
        let isFrame = format == .firmware && Self.isFrame(payload) && devices != nil
        if isFrame {
            guard try takeFrame(payload, sensor: route.sensor, received: received) else { return }
        } else {
            try PayloadFormat.decodeReadings(
                payload, format: format, receivedAt: received, fields: route.fields,
                into: &readings)
        }
        takeSamples(on: route, areOfFrame: isFrame, received: received)
    }

    /// Turns the readings at hand into samples.
    private func takeSamples(
        on route: TopicRoute, areOfFrame isFrame: Bool, received: GatewayInstant
    ) {
        for reading in readings {
            do {
                let channel = try topics.channel(for: reading, on: route)
                if !isFrame { try requireNoDevice(of: topics.sensor(of: reading, on: route)) }
                samples.append(try sample(of: reading, in: channel, received: received))
            } catch {
                faults.append(error)
            }
        }
    }

    private func admit(_ payload: Span<UInt8>) throws(DecodeError) {
        if payload.count > greatestByteCount {
            throw DecodeError(
                .oversize, "\(payload.count) bytes; at most \(greatestByteCount) are taken")
        }
    }

    /// Refuses readings that no device vouches for, where the sensor belongs to one.
    private func requireNoDevice(of sensor: SensorID?) throws(DecodeError) {
        guard let sensor, let device = devices?.registrar.device(of: sensor) else { return }
        throw DecodeError(
            .unknownDevice,
            "\(sensor) belongs to device \(device), and this reading names no device")
    }

    private func sample(
        of reading: DecodedReading, in channel: TopicMap.Channel, received: GatewayInstant
    ) throws(DecodeError) -> Sample {
        var rawValue = reading.rawValue ?? .nan
        var burst = reading.burst
        if let unit = reading.unit, !unit.isEmpty {
            guard let factor = UnitScale.factor(from: unit, to: channel.rawUnit) else {
                throw DecodeError(
                    .unitMismatch,
                    "the reading is in `\(unit)`, the sensor is configured in `\(channel.rawUnit)`")
            }
            rawValue *= factor
            if let spread = burst?.spread {
                burst?.spread = min(
                    Float16(Double(spread) * factor), Float16.greatestFiniteMagnitude)
            }
            if reading.rawValue != nil, !rawValue.isFinite {
                throw DecodeError(.numberOutOfRange, "the value overflows in `\(channel.rawUnit)`")
            }
        }
        var marks: SampleMarks = []
        if reading.isDeviceTimeRelative { marks.insert(.deviceTimeIsRelative) }
        if reading.wantsAcknowledgement { marks.insert(.wantsAcknowledgement) }
        marks.formUnion(Self.placeMarks(of: reading, in: channel))
        return Sample(
            channel: channel.index, rawValue: rawValue, received: received,
            identity: reading.identity, deviceTime: reading.deviceTime,
            errorCode: reading.errorCode, batteryMillivolts: reading.batteryMillivolts,
            burst: burst, deviceID: reading.deviceID ?? 0, marks: marks)
    }
}

extension ReadingHandler {
    /// What a reading's position comes to: a slot of the ring has no room for the position itself.
    private static func placeMarks(
        of reading: DecodedReading, in channel: TopicMap.Channel
    ) -> SampleMarks {
        guard let place = channel.place else { return [] }
        switch place.limits.flag(reading.position, station: place.station) {
        case .good: return .isInPlace
        case .suspect: return .isOutOfPlace
        case .fail: return .isNowhere
        case .notEvaluated, .missing: return []
        }
    }
}

// MARK: - Devices

extension ReadingHandler {
    private static func isFrame(_ payload: Span<UInt8>) -> Bool {
        payload.count > 0 && payload[0] == FirmwareFrame.magic
    }

    /// Takes a data frame: its readings stand in `readings` where they may be stored.
    ///
    /// - Returns: whether they may.
    private func takeFrame(
        _ payload: Span<UInt8>, sensor: SensorID, uplink: ChirpStackUplink? = nil,
        downlink: DownlinkPath? = nil, received: GatewayInstant
    ) throws(DecodeError) -> Bool {
        let frame = try FirmwareFrame.decode(payload)
        let device = DeviceID(frame.deviceID)
        try uplink?.link.check(frame.deviceID)
        // Join and MIC stand for a signature that is not there; one that is there has to be right.
        if uplink == nil || frame.seal != nil {
            try verify(frame.seal, of: device, payload, received: received)
        }
        frame.append(to: &readings, from: payload, receivedAt: received)
        return try admit(
            DeviceFrame(
                device: device, sensor: sensor, bootCounter: frame.bootCounter,
                firstSequence: frame.firstSequence, readingCount: frame.readingCount,
                oldestHeld: frame.oldestSequence,
                batteryMillivolts: frame.health?.batteryMillivolts ?? 0,
                signalStrength: frame.health?.signalDBm ?? 0, keyID: frame.seal?.keyID,
                downlink: downlink),
            unit: frame.unit.name ?? "", received: received)
    }

    /// Asks the register about the readings at hand.
    ///
    /// - Returns: whether they may be stored.
    private func admit(
        _ frame: DeviceFrame, unit: String, received: GatewayInstant
    ) throws(DecodeError) -> Bool {
        guard let devices else { return false }
        let (device, sensor) = (frame.device, frame.sensor)
        switch devices.registrar.admit(frame, received: received) {
        case .accepted: return true
        case .refused(let reason): counted.append(reason)
        case .quarantined(let reason, let isNews):
            devices.registrar.keep(shown(frame, unit: unit, received: received), of: device)
            guard isNews else {
                counted.append(reason)
                return false
            }
            throw DecodeError(
                reason,
                "device \(device) is not known as \(sensor); its readings wait in its memory:"
                    + " kawamori device adopt \(device) --sensor \(sensor)")
        }
        return false
    }

    /// Takes what a LoRaWAN network server brings: frames as elsewhere, and compact ones, of the device
    /// that the network vouches for.
    private func takeUplink(
        _ route: TopicRoute, _ topic: String, _ payload: Span<UInt8>, received: GatewayInstant
    ) throws(DecodeError) {
        readings.removeAll(keepingCapacity: true)
        let uplink = try ChirpStackUplink.decode(payload)
        let frame = uplink.payload
        switch frame.first {
        case StatusFrame.magic:
            try uplink.link.check(try StatusFrame.decode(frame.span).deviceID)
            try takeStatus(
                frame.span, sensor: route.sensor, isRetained: false, received: received)
        case CommandReplyFrame.magic:
            try uplink.link.check(try CommandReplyFrame.decode(frame.span).deviceID)
            try takeReply(frame.span, isRetained: false, received: received)
        default:
            let isCompact = frame.first == CompactFrame.magic
            let downlink = ChirpStackDownlink.topic(forUplinksOn: topic).map { topic in
                DownlinkPath(
                    topic: topic, port: uplink.port, isCompact: isCompact, byteCount: frame.count)
            }
            let mayStore =
                isCompact
                ? try takeCompact(uplink, downlink, sensor: route.sensor, received: received)
                : try takeFrame(
                    frame.span, sensor: route.sensor, uplink: uplink, downlink: downlink,
                    received: received)
            guard mayStore else { return }
            takeSamples(on: route, areOfFrame: true, received: received)
        }
    }

    /// Takes a compact frame: its reading stands in `readings` where it may be stored.
    private func takeCompact(
        _ uplink: ChirpStackUplink, _ downlink: DownlinkPath?, sensor: SensorID,
        received: GatewayInstant
    ) throws(DecodeError) -> Bool {
        let frame = try CompactFrame.decode(uplink.payload.span)
        readings.append(frame.reading(deviceID: uplink.deviceID, receivedAt: received))
        return try admit(
            DeviceFrame(
                device: DeviceID(uplink.deviceID), sensor: sensor,
                bootCounter: UInt32(frame.bootCounter), firstSequence: UInt32(frame.sequence),
                readingCount: 1, downlink: downlink),
            unit: "", received: received)
    }

    /// Checks a frame's signature; who fails is counted at the device that it names.
    private func verify(
        _ seal: FrameSeal?, of device: DeviceID, _ payload: Span<UInt8>, received: GatewayInstant
    ) throws(DecodeError) {
        guard let devices else { return }
        do {
            try Self.check(seal, payload, device: device, keys: devices.keys)
        } catch {
            devices.registrar.noteForgery(of: device, received: received)
            throw error
        }
    }

    private static func check(
        _ seal: FrameSeal?, _ payload: Span<UInt8>, device: DeviceID, keys: some FrameKeys
    ) throws(DecodeError) {
        try seal.verify(payload, deviceID: device.number, keys: keys)
    }

    private func shown(
        _ frame: DeviceFrame, unit: String, received: GatewayInstant
    ) -> ShownFrame {
        ShownFrame(
            received: received.utc, bootCounter: frame.bootCounter, unit: unit,
            readingCount: frame.readingCount,
            readings: readings.prefix(ShownFrame.readingLimit).enumerated().map { index, reading in
                ShownReading(
                    sequence: frame.firstSequence &+ UInt32(index), time: reading.deviceTime,
                    value: reading.rawValue, errorCode: reading.errorCode)
            })
    }

    /// Takes how a device is. The broker keeps it, which is how a last will reaches who comes later;
    /// it is never a reading.
    private func takeStatus(
        _ payload: Span<UInt8>, sensor: SensorID, isRetained: Bool, received: GatewayInstant
    ) throws(DecodeError) {
        // The empty message clears what the broker keeps.
        guard let devices, payload.count > 0 else { return }
        try admit(payload)
        let frame = try StatusFrame.decode(payload)
        let device = DeviceID(frame.deviceID)
        try verify(frame.seal, of: device, payload, received: received)
        let isTaken = devices.registrar.take(
            DeviceReport(frame, received: received.utc, isRetained: isRetained), of: device,
            at: sensor, received: received)
        if !isTaken, !isRetained { counted.append(.unknownDevice) }
    }

    /// Takes a device's answer to a command.
    private func takeReply(
        _ payload: Span<UInt8>, isRetained: Bool, received: GatewayInstant
    ) throws(DecodeError) {
        guard let devices else { return }
        if isRetained { throw DecodeError(.retained, "the broker kept this answer") }
        try admit(payload)
        let frame = try CommandReplyFrame.decode(payload)
        let device = DeviceID(frame.deviceID)
        try verify(frame.seal, of: device, payload, received: received)
        devices.registrar.take(
            DeviceReply(
                device: device, counter: frame.counter, failure: frame.result.failureName),
            received: received)
    }
}

extension ChirpStackUplink {
    /// What the network vouches for.
    var link: FrameLink { FrameLink(deviceID: deviceID) }
}

extension CommandReplyFrame.Result {
    /// Why a command was not done, in a word for machines; nil where it was.
    var failureName: String? {
        switch self {
        case .done: nil
        case .expired: "expired"
        case .superseded: "superseded"
        case .unsupported: "unsupported"
        case .refused: "refused"
        case .clockNotSet: "clock_not_set"
        case .failed: "failed"
        default: "result_\(rawValue)"
        }
    }
}

extension DeviceReport {
    init(_ frame: StatusFrame, received: UTCInstant, isRetained: Bool) {
        let presence: Presence =
            switch frame.state {
            case .offline: .offline
            case .awake: .awake
            case .asleep: .asleep
            }
        self.init(
            presence: presence, firmwareVersion: "\(frame.firmwareMajor).\(frame.firmwareMinor)",
            bootCounter: frame.bootCounter, uptimeSeconds: frame.uptimeSeconds,
            nextContactSeconds: frame.nextContactSeconds, lostReadings: frame.lostCount,
            heldReadings: frame.heldCount, isInFloodMode: frame.isFlood,
            wantsTime: frame.wantsTime, batteryMillivolts: frame.health.batteryMillivolts,
            signalStrength: frame.health.signalDBm,
            lastCommandCounter: frame.lastCommandCounter, received: received,
            isRetained: isRetained)
    }
}
