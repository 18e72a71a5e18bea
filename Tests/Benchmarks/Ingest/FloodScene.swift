import GatewayModel

/// Stations whose level is crossed up and down: many of them, for one that opens too often is told as
/// unsteady.
struct FloodScene: Sendable {
    static let stationCount = 20
    /// Each so many'th message of the load crosses a level.
    static let messagesPerCrossing = 50
    private static let firstDevice: UInt64 = 0x70b3_d57e_e000_0000

    /// The stations' texts by name: one level, no hold, and no check that could doubt a reading.
    var stationFiles: [String: String] {
        var files: [String: String] = [:]
        for number in 1...Self.stationCount {
            files["flood-\(number)"] = """
                station: { id: flood-\(number), name: 出水 \(number), river: 試験川, \
                timezone: Asia/Tokyo }
                sensors:
                  - { id: stage-1, kind: stage.ultrasonic, unit: mm, interval: 60, calibration: \
                { type: linear, offset: 3.2, scale: -0.001, unit: m } }
                levels: { caution: 1.50, hysteresis: 0.05, hold: 0 }

                """
        }
        return files
    }

    /// The message of a crossing: one station after the other rises, then all of them fall, and so on.
    func message(_ crossing: Int, time: UTCInstant) -> (topic: String, payload: [UInt8]) {
        let (turn, station) = (crossing / Self.stationCount, crossing % Self.stationCount)
        return (
            "kawamori/v1/flood-\(station + 1)/stage-1/data",
            Scene.frame(
                device: Self.firstDevice + UInt64(station), number: turn, time: time,
                millimetres: turn % 2 == 0 ? 1500 : 2500)
        )
    }
}
