package import GPIO
package import GatewayModel
package import LineSensing

/// One lamp or siren relay, as it is configured.
package struct OutputSettings: Sendable, Equatable {
    /// A slug, unique among the outputs; the console and the conditions name the output by it.
    package var name: String
    /// Whose alarms switch it on.
    package var station: StationID
    package var address: LineAddress
    /// Whether a low pin means active.
    package var isActiveLow: Bool
    /// Whether the driver only pulls to ground.
    package var isOpenDrain: Bool
    /// The lowest flood level whose alarm switches it on.
    package var level: FloodLevel
    /// What switches it off again.
    package var end: RelayPolicy.End
    /// The longest it is on for one activation, in seconds, 1 to 3600.
    package let maximumOnSeconds: Double
    /// How long a test pulse lasts, in seconds, 0.1 to 10; never longer than the maximum on-time.
    package let testSeconds: Double

    /// - Precondition: the seconds are in their ranges.
    package init(
        name: String, station: StationID, address: LineAddress, isActiveLow: Bool = false,
        isOpenDrain: Bool = false, level: FloodLevel, until end: RelayPolicy.End = .acknowledged,
        maximumOnSeconds: Double = 600, testSeconds: Double = 1
    ) {
        precondition((1...3600).contains(maximumOnSeconds), "a maximum on-time of 1 s to an hour")
        precondition((0.1...10).contains(testSeconds), "a test of 0.1 s to 10 s")
        self.name = name
        self.station = station
        self.address = address
        self.isActiveLow = isActiveLow
        self.isOpenDrain = isOpenDrain
        self.level = level
        self.end = end
        self.maximumOnSeconds = maximumOnSeconds
        self.testSeconds = testSeconds
    }

    /// The line as people write it: its name, or its offset.
    var lineText: String {
        switch address.line {
        case .name(let name): name
        case .offset(let offset): String(offset)
        }
    }

    var policy: RelayPolicy { RelayPolicy(station: station, least: level, until: end) }

    /// What the guard must know.
    func wiring(leaseNanoseconds: Int64) -> RelayWiring {
        RelayWiring(
            chip: address.chip, line: lineText, isActiveLow: isActiveLow, isOpenDrain: isOpenDrain,
            limits: RelayLimits(
                maximumOnNanoseconds: Int64(maximumOnSeconds * 1e9),
                leaseNanoseconds: leaseNanoseconds))
    }
}
