import GRDB
import GatewayModel
import GatewayPorts

/// How detections stand in their rows.
enum DetectionRows {
    /// Stores a detection once per camera and event.
    ///
    /// An event that comes again may bring what the first message lacked: a picture, a surer
    /// species. It fills the row that is there. Only where the rules now want to tell people, and
    /// did not before, it takes a new row, because the followers of the stream have passed the old.
    ///
    /// - Returns: the new row; nil where the event had one and kept it.
    static func store(
        _ detection: Detection, boot: Int64, in database: Database
    ) throws -> Int64? {
        let camera = detection.camera.description
        let search = try database.cachedStatement(
            sql: "SELECT \(columns) FROM detection WHERE camera = ? AND event_id = ?")
        let known = try Row.fetchOne(search, arguments: [camera, detection.eventID]).map(stored)
        guard let known else { return try insert(detection, boot: boot, into: database) }
        var merged = known.detection
        merged.image = merged.image ?? detection.image
        merged.box = merged.box ?? detection.box
        if detection.verdict == .notified && merged.verdict != .notified {
            merged.species = detection.species
            merged.confidence = detection.confidence
            merged.verdict = .notified
            merged.received = detection.received
            try database.execute(sql: "DELETE FROM detection WHERE row = ?", arguments: [known.row])
            return try insert(merged, boot: boot, into: database)
        }
        if merged != known.detection {
            try database.execute(
                sql: """
                    UPDATE detection SET image_name = ?, image_bytes = ?, image_type = ?, box = ?
                    WHERE row = ?
                    """,
                arguments: [
                    merged.image?.fileName, merged.image?.byteCount, merged.image?.mediaType,
                    merged.box.map(text), known.row,
                ])
        }
        return nil
    }

    private static func insert(
        _ detection: Detection, boot: Int64, into database: Database
    ) throws -> Int64 {
        let statement = try database.cachedStatement(
            sql: """
                INSERT INTO detection (camera, event_id, species, confidence, box, camera_ms, boot,
                    received_ns, received_ms, clock, image_name, image_bytes, image_type, verdict,
                    simulated) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
                """)
        try statement.execute(arguments: [
            detection.camera.description, detection.eventID, detection.species,
            detection.confidence, detection.box.map(text), detection.cameraTime?.milliseconds, boot,
            detection.received.monotonicNanoseconds, detection.received.utc.milliseconds,
            Int64(detection.received.quality.rawValue), detection.image?.fileName,
            detection.image?.byteCount, detection.image?.mediaType, detection.verdict.rawValue,
            detection.isSimulated,
        ])
        return database.lastInsertedRowID
    }

    static let columns = """
        row, camera, event_id, species, confidence, box, camera_ms, received_ns, received_ms, clock, \
        image_name, image_bytes, image_type, verdict, simulated, boot
        """

    static func stored(_ row: Row) throws -> StoredDetection {
        guard let camera = SensorID(RecordRows.text(row, 1)) else {
            throw DatabaseError(
                resultCode: .SQLITE_CORRUPT, message: "a detection's camera has no valid id")
        }
        var image: SpooledImage?
        if let name = row[10] as String? {
            image = SpooledImage(
                fileName: name, byteCount: Int(RecordRows.number(row, 11)),
                mediaType: RecordRows.text(row, 12))
        }
        let detection = Detection(
            camera: camera, eventID: RecordRows.text(row, 2), species: RecordRows.text(row, 3),
            confidence: (row[4] as Double?) ?? 0, box: (row[5] as String?).flatMap(box),
            cameraTime: (row[6] as Int64?).map { UTCInstant(milliseconds: $0) },
            received: RecordRows.received(row, 7), image: image,
            verdict: try RecordRows.word(row, 13), isSimulated: RecordRows.number(row, 14) != 0)
        return StoredDetection(row: RecordRows.number(row, 0), detection: detection)
    }

    /// A box as `x y width height`; Swift writes numbers so that they read back the same.
    private static func text(_ box: BoundingBox) -> String {
        "\(box.x) \(box.y) \(box.width) \(box.height)"
    }

    private static func box(_ text: String) -> BoundingBox? {
        let numbers = text.split(separator: " ").compactMap { Double($0) }
        guard numbers.count == 4 else { return nil }
        return BoundingBox(x: numbers[0], y: numbers[1], width: numbers[2], height: numbers[3])
    }
}
