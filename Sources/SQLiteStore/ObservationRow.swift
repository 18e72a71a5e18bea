import GRDB
import GatewayModel
import GatewayPorts

/// How an observation stands in a row of `recent` or `archive`.
enum ObservationRow {
    /// The columns that both tables share, in the order that `ObservationInsertion` and
    /// `observation(_:first:)` use.
    static let columns = """
        row, channel, boot, received_ns, received_ms, clock, device_ms, time_ms, raw, value, flag, \
        report, error, calibration, identity, id_boot, id_sequence, marks, device, spread, \
        burst, recalibrations, final_report
        """

    /// An identity as columns: 0 none, 1 boot counter and sequence, 2 device time.
    static func columns(
        of identity: ReadingIdentity
    ) -> (kind: Int64, boot: Int64?, sequence: Int64?) {
        switch identity {
        case .none: (0, nil, nil)
        case .sequence(let boot, let sequence): (1, Int64(boot), Int64(sequence))
        case .deviceTime: (2, nil, nil)
        }
    }

    /// A burst's counts as one number.
    static func number(_ burst: BurstStatistics) -> Int64 {
        Int64(burst.validCount) + 256 * Int64(burst.pingCount)
    }

    /// The burst of a row; nil for a single measurement.
    private static func burst(spread: Double?, number: Int64?) -> BurstStatistics? {
        number.map {
            BurstStatistics(
                spread: Float16(spread ?? 0), validCount: UInt8(truncatingIfNeeded: $0),
                pingCount: UInt8(truncatingIfNeeded: $0 >> 8))
        }
    }

    /// Reads the columns of an observation, which begin at column `first` with `row`.
    ///
    /// Numbers that do not fit their type can stand only in a damaged file; they are read as their
    /// low bits or the nearest meaning instead of ending the program.
    static func observation(_ row: Row, first: Int = 0) -> Observation {
        func number(_ column: Int) -> Int64 { (row[first + column] as Int64?) ?? 0 }
        func instant(_ column: Int) -> UTCInstant? {
            (row[first + column] as Int64?).map { UTCInstant(milliseconds: $0) }
        }
        let deviceTime = instant(6)
        let identity: ReadingIdentity
        switch number(14) {
        case 1:
            identity = .sequence(
                bootCounter: UInt32(truncatingIfNeeded: number(15)),
                sequence: UInt32(truncatingIfNeeded: number(16)))
        case 2: identity = deviceTime.map { .deviceTime($0) } ?? .none
        default: identity = .none
        }
        var observation = Observation(
            channel: ChannelIndex(UInt32(truncatingIfNeeded: number(1))),
            time: UTCInstant(milliseconds: number(7)), deviceTime: deviceTime,
            received: GatewayInstant(
                monotonicNanoseconds: number(3), utc: UTCInstant(milliseconds: number(4)),
                quality: ClockQuality(rawValue: UInt8(truncatingIfNeeded: number(5))) ?? .unknown),
            rawValue: row[first + 8] as Double?, value: row[first + 9] as Double?,
            flag: QualityFlag(rawValue: UInt8(truncatingIfNeeded: number(10))) ?? .notEvaluated,
            report: QualityReport(packed: UInt64(bitPattern: number(11))),
            errorCode: UInt16(truncatingIfNeeded: number(12)),
            calibrationVersion: UInt32(truncatingIfNeeded: number(13)), identity: identity,
            marks: ObservationMarks(rawValue: UInt16(truncatingIfNeeded: number(17))),
            burst: burst(
                spread: row[first + 19] as Double?, number: row[first + 20] as Int64?),
            deviceID: UInt64(bitPattern: number(18)))
        observation.recalibrationCount = UInt16(truncatingIfNeeded: number(21))
        observation.finalReport = (row[first + 22] as Int64?).map {
            QualityReport(packed: UInt64(bitPattern: $0))
        }
        return observation
    }

    /// A query's head for `stored(_:gatewayID:)`; `source` gives rows of `columns` under any name.
    static func storedQuery(from source: String) -> String {
        """
        SELECT o.*, b.boot_id, c.station, c.sensor, c.unit, c.raw_unit, b.anchor_ns,
            b.anchor_error_ms, b.is_bounded
        FROM (\(source)) AS o JOIN boot AS b ON b.id = o.boot
        JOIN channel AS c ON c.number = o.channel
        """
    }

    /// The greatest error of a reading's time by the gateway's clock: the boot's anchor is there from
    /// column `first` on. A bounded boot's error is how far its bounds lie apart.
    private static func timeError(
        of observation: Observation, _ row: Row, first: Int
    ) -> Int64? {
        guard let nanoseconds = row[first] as Int64?, let error = row[first + 1] as Int64?,
            observation.marks.contains(.timeUncertain) || !observation.isTimeUncertain
        else { return nil }
        if (row[first + 2] as Int64?) == 1 { return error }
        return ClockAnchor(
            monotonicNanoseconds: nanoseconds, utc: observation.received.utc,
            errorMilliseconds: error
        ).errorMilliseconds(atNanoseconds: observation.received.monotonicNanoseconds)
    }

    /// Reads a row of `storedQuery`; nil where its channel's name is none, which a damaged file
    /// alone can hold.
    static func stored(_ row: Row, gatewayID: String) -> StoredObservation? {
        func text(_ column: Int) -> String { (row[column] as String?) ?? "" }
        guard let station = StationID(text(24)),
            let sensor = SensorID(station: station, local: text(25))
        else { return nil }
        let observation = observation(row)
        return StoredObservation(
            row: (row[0] as Int64?) ?? 0, sensor: sensor, observation: observation,
            key: ObservationKey(
                gateway: gatewayID, sensor: sensor, observation: observation, bootID: text(23)),
            unit: text(26), rawUnit: text(27),
            timeErrorMilliseconds: timeError(of: observation, row, first: 28))
    }
}
