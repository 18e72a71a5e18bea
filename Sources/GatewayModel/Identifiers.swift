/// The name of a pole: a slug of `a–z 0–9 - _`, 1 to 63 bytes, unique in one gateway.
///
/// It stands in topics, file names and URLs, which is why it is narrow.
package struct StationID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The slug itself.
    package let text: String

    /// Accepts `text` where it is a slug, and is nil otherwise.
    package init?(_ text: String) {
        guard isSlug(text) else { return nil }
        self.text = text
    }

    package var description: String { text }

    package static func < (left: StationID, right: StationID) -> Bool { left.text < right.text }
}

/// The name of one channel on a station, written `station.sensor`, unique in one gateway.
///
/// The dot cannot stand in either slug, so the written form splits in one way only.
package struct SensorID: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// The station that carries the sensor.
    package let station: StationID
    /// The sensor's slug within its station, as the station file writes it.
    package let local: String

    /// Accepts a slug within `station`, and is nil where `local` is no slug.
    package init?(station: StationID, local: String) {
        guard isSlug(local) else { return nil }
        self.station = station
        self.local = local
    }

    /// Reads the written form `station.sensor`, and is nil where it is not that.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let station = StationID(String(parts[0])) else { return nil }
        self.init(station: station, local: String(parts[1]))
    }

    package var description: String { "\(station.text).\(local)" }

    package static func < (left: SensorID, right: SensorID) -> Bool {
        (left.station, left.local) < (right.station, right.local)
    }
}

/// A sensor's row in the gateway's channel table: what a `Sample` carries instead of a name.
///
/// The store assigns it once per sensor and keeps it for ever, so that rows stay small.
package struct ChannelIndex: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// The row's number, from 1; 0 never names a channel.
    package let number: UInt32

    package init(_ number: UInt32) { self.number = number }

    package static func < (left: ChannelIndex, right: ChannelIndex) -> Bool {
        left.number < right.number
    }
}

/// Whether `text` is 1 to 63 bytes of `a–z 0–9 - _`, beginning with a letter or digit.
private func isSlug(_ text: String) -> Bool {
    let bytes = text.utf8
    guard (1...63).contains(bytes.count), let first = bytes.first else { return false }
    let isWord = { (byte: UInt8) in
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
    return isWord(first)
        && bytes.allSatisfy { isWord($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
}
