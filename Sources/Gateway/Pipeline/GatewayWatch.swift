import Alerting
import GatewayModel
import GatewayPorts

/// Watches what makes the gateway blind or mute, and says what people must do about it: silent sensors,
/// weak batteries, wrong clocks, a broker or a target that is away, a disk that fills, certificates
/// that expire.
///
/// Nothing here changes a level: a sensor that falls silent in a flood leaves its alarms as they
/// were. Each condition must last before it is told, and lie clearly on the other side before it is
/// over. Pure: the present comes in as data.
struct GatewayWatch: Sendable {
    /// What is known of one sensor.
    struct Sensor: Sendable {
        var id: SensorID
        /// The interval of its description, in seconds; nil where it has none.
        var intervalSeconds: Double?
        /// Within how many seconds its device speaks again, by its own word; nil where it says
        /// nothing. It knows the mode that it is in.
        var speaksWithinSeconds: UInt32?
        /// Whether a level of its station is reached.
        var isFlood: Bool
        /// When a reading of it was received last; nil where none ever was.
        var heard: SteadyInstant?
        var batteryMillivolts: UInt16?
        /// The limit of its description, in millivolts; nil where it has none.
        var batteryLowMillivolts: Int?
        /// How far its clock is ahead of ours; nil where nobody knows.
        var clockOffsetMilliseconds: Int64?
    }

    /// A certificate, by the name of what uses it.
    struct Certificate: Sendable, Equatable {
        var name: String
        var ends: UTCInstant
    }

    /// Everything that is looked at.
    struct Present: Sendable {
        var now: GatewayInstant
        var started: SteadyInstant
        /// The station that the gateway's own matters belong to.
        var home: StationID
        var sensors: [Sensor] = []
        /// The source that hears the sensors; nil before it has said anything.
        var broker: SourceStatus?
        var targets: [TargetStatus] = []
        /// Free on the disk, and the mark below which it is low.
        var freeBytes: Int64?
        var lowWaterBytes: Int64 = 200_000_000
        var certificates: [Certificate] = []
    }

    private typealias Policy = HeldConditions.Policy

    /// A device that is late is given as much again as it says, and a minute.
    private static let lateFactor = 1.5
    private static let lateSeconds = 60.0
    /// So many intervals without a reading are silence; in a flood fewer.
    private static let silentIntervals = 3.0
    private static let silentIntervalsInFlood = 2.0
    /// A clock that is off by more is wrong, and right again below half of it, in seconds.
    private static let clockErrorSeconds = 60.0
    /// Days before its end at which a certificate is told of.
    private static let certificateDays = 14.0

    private var held = HeldConditions()

    /// Looks at the present.
    ///
    /// - Returns: what has changed.
    mutating func step(_ present: Present) -> [SystemCondition] {
        var conditions: [SystemCondition] = []
        func tell(
            _ subject: AlarmSubject, _ isFailing: Bool?, _ policy: Policy, _ detail: String
        ) {
            let told = held.take(
                subject, isFailing: isFailing, policy: policy, at: present.now.steady)
            guard let told else { return }
            conditions.append(
                SystemCondition(
                    subject: subject, isFailing: told, detail: told ? detail : "",
                    at: present.now))
        }
        func home(_ rule: String) -> AlarmSubject {
            AlarmSubject(station: present.home, rule: "system." + rule)
        }
        tell(
            home("broker"), present.broker.map { !$0.isConnected },
            Policy(openSeconds: 180, closeSeconds: 60), present.broker?.detail ?? "")
        for sensor in present.sensors {
            for sign in [silence(of: sensor, present), battery(of: sensor), clock(of: sensor)] {
                tell(sign.subject, sign.isFailing, sign.policy, sign.detail)
            }
        }
        for target in present.targets {
            // Before the first attempt nobody knows.
            let works: Bool? = target.isReachable && target.lastSuccess == nil ? nil : false
            tell(
                home("target.\(target.name)"), target.isReachable ? works : true,
                Policy(openSeconds: 600, closeSeconds: 60), target.lastFailure ?? "")
        }
        tell(
            home("clock"), present.now.quality == .unknown,
            Policy(openSeconds: 1800, closeSeconds: 60), "")
        if let free = present.freeBytes {
            let mark = present.lowWaterBytes
            tell(
                home("disk"), free < mark ? true : free >= mark / 8 * 10 ? false : nil,
                Policy(openSeconds: 60, closeSeconds: 60), "\(free / 1_000_000) MB")
        }
        for certificate in present.certificates {
            // A clock that was never set says nothing of an end.
            let days = certificate.ends.seconds(since: present.now.utc) / 86_400
            let isKnown = present.now.quality != .unknown
            tell(
                home("certificate.\(certificate.name)"),
                isKnown ? days <= Self.certificateDays : nil,
                Policy(openSeconds: 0, closeSeconds: 0), certificate.ends.rfc3339())
        }
        return conditions
    }

    private struct Sign {
        var subject: AlarmSubject
        var isFailing: Bool?
        var policy: Policy
        var detail: String
    }

    private static func subject(_ matter: String, _ sensor: Sensor) -> AlarmSubject {
        AlarmSubject(station: sensor.id.station, rule: "system.\(matter).\(sensor.id.local)")
    }

    // MARK: - Silence

    /// After how many seconds without a reading a sensor is silent; nil where nobody knows when it
    /// ought to speak.
    static func silentSeconds(_ sensor: Sensor) -> Double? {
        if let seconds = sensor.speaksWithinSeconds, seconds > 0 {
            return Double(seconds) * lateFactor + lateSeconds
        }
        let intervals = sensor.isFlood ? silentIntervalsInFlood : silentIntervals
        return sensor.intervalSeconds.map { max($0, lateSeconds) * intervals }
    }

    /// Silence counts from the last reading, and while we could hear: neither the time in which the
    /// gateway did not run nor that without a broker is the sensor's.
    private func silence(of sensor: Sensor, _ present: Present) -> Sign {
        var listening = present.started
        if let broker = present.broker { listening = max(listening, broker.since.steady) }
        let since = max(sensor.heard ?? listening, listening)
        let seconds = present.now.steady.seconds(since: since)
        var isFailing: Bool?
        if let limit = Self.silentSeconds(sensor), present.broker?.isConnected ?? true {
            // What has not spoken since we listen is neither: an alarm of it stays as it is.
            let isHeard = sensor.heard.map { $0 >= listening } ?? false
            isFailing = seconds >= limit ? true : isHeard ? false : nil
        }
        return Sign(
            subject: Self.subject("silent", sensor), isFailing: isFailing,
            policy: Policy(openSeconds: 0, closeSeconds: 0), detail: "\(Int(seconds / 60)) min")
    }

    // MARK: - Batteries and clocks

    /// The voltage below which a battery is low, in millivolts, by what it must be: one lithium cell,
    /// or a lead battery of 12 V or 24 V; nil where it is none of them.
    static func lowMillivolts(_ millivolts: UInt16) -> Int? {
        switch millivolts {
        case 2500...4400: 3400
        case 9000...15_500: 11_800
        case 18_000...31_000: 23_600
        default: nil
        }
    }

    private func battery(of sensor: Sensor) -> Sign {
        let millivolts = sensor.batteryMillivolts ?? 0
        let limit = millivolts > 0 ? sensor.batteryLowMillivolts : nil
        let isFailing = (limit ?? Self.lowMillivolts(millivolts)).flatMap { low -> Bool? in
            // Between the two it stays as it was: a battery is weaker while the radio sends.
            Int(millivolts) <= low ? true : Int(millivolts) >= low + low / 25 ? false : nil
        }
        return Sign(
            subject: Self.subject("battery", sensor), isFailing: isFailing,
            policy: Policy(openSeconds: 1800, closeSeconds: 1800), detail: "\(millivolts) mV")
    }

    private func clock(of sensor: Sensor) -> Sign {
        let seconds = sensor.clockOffsetMilliseconds.map { Double($0) / 1000 }
        let isFailing = seconds.flatMap { seconds -> Bool? in
            let error = seconds.magnitude
            return error > Self.clockErrorSeconds
                ? true : error <= Self.clockErrorSeconds / 2 ? false : nil
        }
        let whole = Int((seconds ?? 0).rounded())
        return Sign(
            subject: Self.subject("clock", sensor), isFailing: isFailing,
            policy: Policy(openSeconds: 600, closeSeconds: 600),
            detail: "\(whole > 0 ? "+" : "")\(whole) s")
    }
}
