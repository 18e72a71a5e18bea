import GatewayModel
import GatewayPorts

/// The sum of the readings of one interval, which readings and other sums can be added to in any
/// order: a late reading lands as if it had come in time.
struct RollUpSums: Equatable {
    /// Readings that have a value and did not fail.
    var count: Int64 = 0
    /// All readings.
    var total: Int64 = 0
    var minimum: Double?
    var maximum: Double?
    var sum: Double?
    /// The last value by the readings' time, then by arrival, with both.
    var last: (value: Double, time: Int64, row: Int64)?
    /// QARTOD's precedence of the worst flag, from 0 for missing to 4 for fail.
    var worst: Int64 = 0

    /// Adds one reading.
    mutating func add(value: Double?, flag: QualityFlag, time: Int64, row: Int64) {
        total += 1
        worst = max(worst, Self.rank(of: flag))
        guard let value, flag != .fail else { return }
        var one = RollUpSums()
        one.count = 1
        one.minimum = value
        one.maximum = value
        one.sum = value
        one.last = (value, time, row)
        add(one)
    }

    /// Adds the sum of other readings.
    mutating func add(_ other: RollUpSums) {
        count += other.count
        total += other.total
        worst = max(worst, other.worst)
        minimum = Self.combine(minimum, other.minimum, by: min)
        maximum = Self.combine(maximum, other.maximum, by: max)
        sum = Self.combine(sum, other.sum, by: +)
        if let ours = last, let theirs = other.last,
            (ours.time, ours.row) > (theirs.time, theirs.row)
        {
            return
        }
        last = other.last ?? last
    }

    /// The sum as readers see it.
    func rollUp(start: Int64) -> RollUp {
        RollUp(
            start: UTCInstant(milliseconds: start), count: Int(count), totalCount: Int(total),
            minimum: minimum, mean: sum.map { $0 / Double(count) }, maximum: maximum,
            last: last?.value, sum: sum, worstFlag: Self.flag(ofRank: worst))
    }

    static func == (left: RollUpSums, right: RollUpSums) -> Bool {
        left.count == right.count && left.total == right.total && left.minimum == right.minimum
            && left.maximum == right.maximum && left.sum == right.sum
            && left.worst == right.worst && left.last?.value == right.last?.value
            && left.last?.time == right.last?.time && left.last?.row == right.last?.row
    }

    private static func combine(
        _ left: Double?, _ right: Double?, by operation: (Double, Double) -> Double
    ) -> Double? {
        guard let left, let right else { return left ?? right }
        return operation(left, right)
    }

    /// - Source: QARTOD water level v2.1, §3.1.
    private static func rank(of flag: QualityFlag) -> Int64 {
        switch flag {
        case .missing: 0
        case .notEvaluated: 1
        case .good: 2
        case .suspect: 3
        case .fail: 4
        }
    }

    private static func flag(ofRank rank: Int64) -> QualityFlag {
        QualityFlag.allCases.first { Self.rank(of: $0) == rank } ?? .missing
    }
}

extension RollUp.Resolution {
    /// Times are held within this many milliseconds of the epoch, so that an interval's bounds
    /// never overflow: 285 000 years, beyond any clock.
    static let timeLimit: Int64 = 9_000_000_000_000_000

    /// The start of the interval that `milliseconds` lies in.
    ///
    /// All intervals begin at whole ones of the station's own clock, `offsetSeconds` from UTC: a
    /// day at its midnight.
    func start(of milliseconds: Int64, offsetSeconds: Int64) -> Int64 {
        let held = max(-Self.timeLimit, min(Self.timeLimit, milliseconds))
        let local = held + offsetSeconds * 1000
        let remainder = local % rawValue
        return held - (remainder < 0 ? remainder + rawValue : remainder)
    }

    /// The first start of an interval at or after `milliseconds`.
    func firstStart(from milliseconds: Int64, offsetSeconds: Int64) -> Int64 {
        let held = max(-Self.timeLimit, min(Self.timeLimit, milliseconds))
        let start = start(of: held, offsetSeconds: offsetSeconds)
        return start < held ? start + rawValue : start
    }
}
