import GatewayModel
import GatewayPorts
import Hummingbird

/// What the cameras saw, with pictures.
struct DetectionPage {
    /// How many detections stand on one page.
    static let pageSize = 24

    let parts: ConsoleParts

    func respond(_ request: Request, _ context: ConsoleContext) async throws -> Response {
        let snapshot = parts.board.snapshot
        let before = try QueryReader(request: request).number(
            "before", in: 1...Int64.max, default: .max)
        let found = try await parts.read { () async throws(AdapterFailure) in
            try await parts.archive.detections(
                before: before == .max ? nil : before, limit: Self.pageSize)
        }
        var content: [String: Any] = [
            "detections": found.map { card($0, snapshot: snapshot, language: context.language) },
            "hasDetections": !found.isEmpty,
        ]
        if found.count == Self.pageSize, let last = found.last {
            content["older"] = "/console/detections?before=\(last.row)"
        }
        return parts.pages.page(
            "detections",
            frame: parts.frame(.detections, context: context, isSimulated: snapshot.isSimulated),
            content: content)
    }

    private func card(
        _ stored: StoredDetection, snapshot: LiveSnapshot, language: Language
    ) -> [String: Any] {
        let detection = stored.detection
        let station = snapshot.stations.first { $0.id == detection.camera.station }
        let camera = station?.sensors.first { $0.id == detection.camera }
        let time = CivilTime(
            detection.received.utc, offsetSeconds: station?.offsetSeconds ?? 32_400)
        var values: [String: Any] = [
            "species": detection.species,
            "confidence": "\(fixed(detection.confidence * 100, decimals: 0)) %",
            "station": station.map { language.name(of: $0) } ?? detection.camera.station.text,
            "camera": camera.map { language.name(of: $0) } ?? detection.camera.local,
            "time": time.text, "iso": time.iso,
            "verdict": language.verdict(detection.verdict),
            "verdictClass": detection.verdict == .notified ? "ok" : "soft",
            "isSimulatedEvent": detection.isSimulated,
        ]
        if let taken = detection.cameraTime {
            let civil = CivilTime(taken, offsetSeconds: station?.offsetSeconds ?? 32_400)
            values["taken"] = ["text": civil.text, "iso": civil.iso]
        }
        if detection.image != nil {
            values["image"] = "/api/v1/detections/\(stored.row)/image"
            values["alternative"] = language.pick(
                "\(detection.species) の検知画像", "Picture of \(detection.species)")
        }
        if let box = detection.box {
            values["box"] = [
                "x": fixed(box.x, decimals: 4), "y": fixed(box.y, decimals: 4),
                "width": fixed(box.width, decimals: 4), "height": fixed(box.height, decimals: 4),
            ]
        }
        return values
    }
}
