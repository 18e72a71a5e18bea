import GatewayModel
import QualityControl
import Testing

@Suite struct LocationCheckTests {
    private let station = GeoPosition(latitude: 38.7, longitude: 139.8)

    private func flag(_ latitude: Double, _ longitude: Double) -> QualityFlag {
        QualityLimits.Location(rangeMetres: 500)
            .flag(GeoPosition(latitude: latitude, longitude: longitude), station: station)
    }

    @Test func `a device far from its station is suspect, one nowhere fails`() {
        #expect(flag(38.7, 139.8) == .good)
        #expect(flag(38.704, 139.8) == .good)
        #expect(flag(38.705, 139.8) == .suspect)
        #expect(flag(0, 0) == .suspect)
        #expect(flag(91, 139.8) == .fail)
        #expect(flag(38.7, .nan) == .fail)
    }

    @Test func `what says nothing of its place is not evaluated`() {
        #expect(
            QualityLimits.Location(rangeMetres: 500).flag(nil, station: station) == .notEvaluated)
    }

    @Test func `the flag is the payload's, late readings and bounds included`() {
        var control = QualityControl(limits: QualityLimits(location: .init(rangeMetres: 500)))
        let flags = [QualityFlag.good, .suspect, .fail, nil].map {
            control.judge(
                value: 1, time: SteadyInstant(milliseconds: 0), isBound: true,
                context: QualityContext(location: $0)
            ).report[.location]
        }
        #expect(flags == [.good, .suspect, .fail, .notEvaluated])
    }
}
