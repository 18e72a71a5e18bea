/// The readings of the newest stretch of time, and what they come to.
///
/// Two stacks make a queue: the older one holds, with every reading, the summary of it and all that
/// are younger in that stack, so that a reading leaves without anything having to be subtracted. A
/// running sum would carry every spike's rounding error on for ever; this one is as exact as adding
/// up anew, in constant time on the average.
///
/// Memory is bounded: from `exactCount` places on, readings that come faster than `exactCount` in a
/// window share a place, and leave together when the youngest of them does. Once a window is full,
/// nothing is allocated.
struct SlidingWindow: Sendable, Equatable {
    private struct Place: Sendable, Equatable {
        let first: Int64
        var last: Int64
        var summary: ValueSpread
    }

    /// So many places hold one reading each.
    static let exactCount = 4096

    /// The older readings, the oldest one last; each summary is of its place and all younger ones.
    private var older: [Place] = []
    /// The younger readings, the oldest one first.
    private var younger: [Place] = []
    private var youngerSummary = ValueSpread()
    /// Readings this near to each other may share a place, in milliseconds.
    private let shareMilliseconds: Int64

    /// - Parameter lengthMilliseconds: how far the window reaches back.
    init(lengthMilliseconds: Int64) {
        shareMilliseconds = lengthMilliseconds / Int64(Self.exactCount)
    }

    /// What the readings come to.
    var summary: ValueSpread {
        guard !older.isEmpty else { return youngerSummary }
        var all = older[older.count - 1].summary
        all.join(youngerSummary)
        return all
    }

    /// The time of the oldest reading; nil where there is none.
    var oldest: Int64? {
        if !older.isEmpty { return older[older.count - 1].first }
        return !younger.isEmpty ? younger[0].first : nil
    }

    /// How many places are taken.
    var placeCount: Int { older.count + younger.count }

    /// Takes a reading that is no older than the others.
    mutating func append(_ value: Double?, at milliseconds: Int64) {
        let summary = ValueSpread(value)
        youngerSummary.join(summary)
        let newest = younger.count - 1
        if placeCount >= Self.exactCount, newest >= 0,
            milliseconds &- younger[newest].first < shareMilliseconds
        {
            younger[newest].last = milliseconds
            younger[newest].summary.join(summary)
        } else {
            younger.append(Place(first: milliseconds, last: milliseconds, summary: summary))
        }
    }

    /// Lets go of the readings before a time.
    mutating func drop(before milliseconds: Int64) {
        while true {
            while !older.isEmpty, older[older.count - 1].last < milliseconds {
                older.removeLast()
            }
            guard older.isEmpty, !younger.isEmpty, younger[0].last < milliseconds
            else { return }
            var suffix = ValueSpread()
            while !younger.isEmpty {
                var place = younger.removeLast()
                place.summary.join(suffix)
                suffix = place.summary
                older.append(place)
            }
            youngerSummary = ValueSpread()
        }
    }

    /// Lets go of all readings.
    mutating func removeAll() {
        older.removeAll(keepingCapacity: true)
        younger.removeAll(keepingCapacity: true)
        youngerSummary = ValueSpread()
    }
}

/// How many readings there are, their range, and how far they spread around their mean; two of these
/// make one.
///
/// - Source: T. F. Chan, G. H. Golub, R. J. LeVeque, Updating Formulae and a Pairwise Algorithm for
///   Computing Sample Variances (1979).
struct ValueSpread: Sendable, Equatable {
    /// How many readings there are, with and without a value.
    private(set) var readingCount = 0
    /// How many of the readings have a value.
    private(set) var count = 0
    /// Infinity where there is no value.
    private(set) var low = Double.infinity
    /// Minus infinity where there is no value.
    private(set) var high = -Double.infinity
    private var mean = 0.0
    private var squares = 0.0

    /// Of no reading.
    init() {}

    /// Of one reading; nil where it has no value.
    init(_ value: Double?) {
        readingCount = 1
        guard let value else { return }
        count = 1
        low = value
        high = value
        mean = value
    }

    /// Takes up the readings of another.
    mutating func join(_ other: ValueSpread) {
        readingCount += other.readingCount
        guard other.count > 0 else { return }
        low = min(low, other.low)
        high = max(high, other.high)
        let share = Double(other.count) / Double(count + other.count)
        let distance = other.mean - mean
        squares += other.squares + distance * distance * (Double(count) * share)
        mean = count == 0 ? other.mean : mean + distance * share
        count += other.count
    }

    /// The highest value less the lowest; nil where there is none.
    var width: Double? { count > 0 ? high - low : nil }

    /// Of the population, so that one value alone has none; nil where there is no value.
    var standardDeviation: Double? {
        count > 0 ? (squares / Double(count)).squareRoot() : nil
    }
}
