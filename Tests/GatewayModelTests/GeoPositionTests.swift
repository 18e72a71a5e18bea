import GatewayModel
import Testing

@Suite struct GeoPositionTests {
    private func metres(_ first: (Double, Double), _ second: (Double, Double)) -> Double {
        GeoPosition(latitude: first.0, longitude: first.1)
            .metres(to: GeoPosition(latitude: second.0, longitude: second.1))
    }

    @Test func `distances are those of the great circle`() {
        // By the haversine formula with the same radius.
        #expect(abs(metres((38.7, 139.8), (38.7, 139.9)) - 8678.0) < 1)
        #expect(abs(metres((38.7, 139.8), (38.8, 139.8)) - 11_119.5) < 1)
        #expect(abs(metres((38.7, 139.8), (38.704, 139.805)) - 621.4) < 0.1)
        #expect(abs(metres((0, 179.9), (0, -179.9)) - 22_239) < 1, "across the date line")
        #expect(metres((38.7, 139.8), (38.7, 139.8)) == 0)
        #expect(metres((90, 10), (90, 170)) < 1e-6, "at the pole there is no east")
    }

    @Test(arguments: [
        (90.0, 180.0, true), (-90, -180, true), (90.001, 0, false), (0, 180.001, false),
        (.nan, 0, false), (0, .nan, false),
    ])
    func `a place that is none is known`(latitude: Double, longitude: Double, isPlausible: Bool) {
        #expect(GeoPosition(latitude: latitude, longitude: longitude).isPlausible == isPlausible)
    }
}
