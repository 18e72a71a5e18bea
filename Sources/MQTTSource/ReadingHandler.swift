package import GatewayModel
package import GatewayPorts
package import SampleRing
package import WireFormats

/// Turns the messages of sensors into samples on the ring.
package final class ReadingHandler: MessageHandler {
    private let intake: Intake
    private let topics: TopicMap
    private let greatestByteCount: Int
    private let link: FrameLink
    /// Reused from message to message.
    private var readings: [DecodedReading] = []
    private var samples: [Sample] = []

    /// - Parameters:
    ///   - sourceName: the source's name in counters and in the quarantine.
    ///   - samples: the ring's end of this session.
    ///   - sideLane: for what does not fit a slot.
    ///   - topics: where each topic goes.
    ///   - greatestByteCount: longer payloads are refused, in bytes.
    ///   - keys: who checks the signatures of firmware frames; nil where nobody does.
    package init(
        sourceName: String, samples: consuming SampleRing.Producer,
        sideLane: SideLane<SideMessage>, topics: TopicMap, greatestByteCount: Int,
        keys: (any FrameKeys)? = nil
    ) {
        intake = Intake(sourceName: sourceName, samples: samples, sideLane: sideLane)
        self.topics = topics
        self.greatestByteCount = greatestByteCount
        link = FrameLink(keys: keys)
    }

    package var hasRoom: Bool { intake.hasRoom }

    package func take(
        topic: String, payload: Span<UInt8>, isRetained: Bool, received: GatewayInstant
    ) -> Bool {
        samples.removeAll(keepingCapacity: true)
        // A record, or a route, that fails does not cost the others.
        var faults: [DecodeError] = []
        do {
            for route in try admit(topic, payload, isRetained: isRetained) {
                takeRoute(route, payload, received: received, faults: &faults)
            }
        } catch {
            faults.append(error)
        }
        var isWhole = intake.reject(faults, topic: topic, payload: payload, received: received)
        for sample in samples { isWhole = intake.push(sample) && isWhole }
        return isWhole
    }

    private func takeRoute(
        _ route: TopicRoute, _ payload: Span<UInt8>, received: GatewayInstant,
        faults: inout [DecodeError]
    ) {
        do {
            try decode(payload, route: route, received: received)
        } catch {
            faults.append(error)
            return
        }
        for reading in readings {
            do {
                samples.append(try sample(of: reading, on: route, received: received))
            } catch {
                faults.append(error)
            }
        }
    }

    package func report(_ status: SessionStatus, at instant: GatewayInstant) {
        intake.report(status, at: instant)
    }

    private func admit(
        _ topic: String, _ payload: Span<UInt8>, isRetained: Bool
    ) throws(DecodeError) -> [TopicRoute] {
        if isRetained {
            throw DecodeError(.retained, "the broker kept this message; it is no new reading")
        }
        if payload.count > greatestByteCount {
            throw DecodeError(
                .oversize, "\(payload.count) bytes; at most \(greatestByteCount) are taken")
        }
        return try topics.routes(of: topic)
    }

    private func decode(
        _ payload: Span<UInt8>, route: TopicRoute, received: GatewayInstant
    ) throws(DecodeError) {
        readings.removeAll(keepingCapacity: true)
        let format: PayloadFormat
        if let configured = route.format {
            format = configured
        } else {
            format = try PayloadFormat.detect(payload)
        }
        try PayloadFormat.decodeReadings(
            payload, format: format, receivedAt: received, fields: route.fields, link: link,
            into: &readings)
    }

    private func sample(
        of reading: DecodedReading, on route: TopicRoute, received: GatewayInstant
    ) throws(DecodeError) -> Sample {
        let channel = try topics.channel(for: reading, on: route)
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
        return Sample(
            channel: channel.index, rawValue: rawValue, received: received,
            identity: reading.identity, deviceTime: reading.deviceTime,
            errorCode: reading.errorCode, batteryMillivolts: reading.batteryMillivolts,
            burst: burst, deviceID: reading.deviceID ?? 0, marks: marks)
    }
}
