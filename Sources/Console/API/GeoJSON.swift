import GatewayModel
import GatewayPorts

/// The stations as a GeoJSON feature collection.
///
/// - Source: RFC 7946: positions are longitude, then latitude, in WGS 84.
struct StationCollection: Encodable {
    struct Point: Encodable {
        let type = "Point"
        let coordinates: [Double]
    }

    struct Feature: Encodable {
        let type = "Feature"
        let id: String
        let geometry: Point?
        let properties: StationDocument

        enum CodingKeys: String, CodingKey { case type, id, geometry, properties }

        // A feature without a position has a geometry of null; leaving it out is not allowed.
        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(type, forKey: .type)
            try container.encode(id, forKey: .id)
            try container.encode(geometry, forKey: .geometry)
            try container.encode(properties, forKey: .properties)
        }
    }

    /// The media type of the format.
    static let contentType = "application/geo+json"

    let type = "FeatureCollection"
    let features: [Feature]

    init(_ documents: [StationDocument]) {
        features = documents.map { document in
            var geometry: Point?
            if let latitude = document.latitude, let longitude = document.longitude {
                geometry = Point(coordinates: [longitude, latitude])
            }
            return Feature(id: document.id, geometry: geometry, properties: document)
        }
    }
}
