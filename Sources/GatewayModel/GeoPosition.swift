/// A place on the earth, WGS 84, in degrees; what a device says of its own may be none.
package struct GeoPosition: Sendable, Equatable, BitwiseCopyable {
    /// North of the equator; NaN where the device said none.
    package var latitude: Double
    /// East of Greenwich; NaN where the device said none.
    package var longitude: Double

    package init(latitude: Double, longitude: Double) {
        self.latitude = latitude
        self.longitude = longitude
    }

    /// Whether there is such a place.
    package var isPlausible: Bool {
        latitude.magnitude <= 90 && longitude.magnitude <= 180
    }

    /// The distance to another place in metres, as on a map of the neighbourhood: right to a thousandth up
    /// to a hundred kilometres away from the poles, which is far beyond any station.
    package func metres(to other: GeoPosition) -> Double {
        // The mean radius of the earth.
        let metresPerDegree = 6_371_008.8 * Double.pi / 180
        var east = (longitude - other.longitude).magnitude
        if east > 180 { east = 360 - east }
        let width = east * Self.cosine(degrees: (latitude + other.latitude) / 2)
        let height = latitude - other.latitude
        return (width * width + height * height).squareRoot() * metresPerDegree
    }

    /// By its series: up to 90° twelve terms leave nothing of binary64.
    private static func cosine(degrees: Double) -> Double {
        let square = -(degrees * Double.pi / 180) * (degrees * Double.pi / 180)
        var term = 1.0
        var sum = 1.0
        var order = 1.0
        while order < 24 {
            term *= square / (order * (order + 1))
            sum += term
            order += 2
        }
        return sum
    }
}
