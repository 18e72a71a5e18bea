import Gateway
import GatewayModel
import GatewayPorts
import Glibc
import SQLiteStore

/// A pole with twenty sensors, a reading a minute each, through months of its life: the real pipeline and
/// the real store, as fast as the machine can.
final class PoleYears {
    /// How things stood at the end of a month.
    struct Month {
        var number: Int
        var readingCount: Int
        /// Database and log, in bytes.
        var fileBytes: Int64
        /// Memory that no file stands behind, in bytes.
        var anonymousBytes: Int64
        /// What the process has handed to the disk, in bytes; proc_pid_io(5), `write_bytes`.
        var writtenBytes: Int64
    }

    static let sensorCount = 20
    private static let minutesPerDay = 1440
    /// The daemon looks after its store more often; compaction comes by the hour all the same.
    private static let maintenanceMinutes = 10
    private static let daysPerMonth = 30
    private static let start: Int64 = 1_795_252_200_000

    private let folder: String
    private let windowMinutes: Int
    private let store: SQLiteStore
    private var pipeline: Pipeline
    private let channels: [ChannelIndex]

    /// - Parameters:
    ///   - folder: where the database goes; empty.
    ///   - rawDays: how long raw readings are kept.
    ///   - windowMinutes: readings of so many minutes go into one commit; 0 commits each by itself.
    /// - Throws: `AdapterFailure` where the store cannot be made.
    init(folder: String, rawDays: Int, windowMinutes: Int) throws {
        self.folder = folder
        self.windowMinutes = windowMinutes
        guard let station = StationID("pole-1") else { preconditionFailure("pole-1 is a name") }
        let sensors = (1...Self.sensorCount).compactMap { SensorID("pole-1.stage-\($0)") }.map {
            SensorDescription(
                id: $0, kind: SensorKind("stage.ultrasonic"), rawUnit: "mm",
                calibration: Calibration(
                    form: .linear(offset: 3.2, scale: -0.001), unit: "m", version: 1))
        }
        (store, _, _) = try SQLiteStore.open(
            directory: folder, gatewayID: "endurance", bootID: "boot",
            now: Self.instant(minute: 0), limits: StoreLimits(rawDays: rawDays))
        let numbers = try store.channels(of: sensors)
        channels = sensors.compactMap { numbers[$0.id] }
        pipeline = Pipeline(
            Pipeline.Start(
                stations: [Station(id: station, name: "模擬局", river: "模擬川", sensors: sensors)],
                channels: numbers, oldestPlausible: UTCInstant(milliseconds: 0),
                futureToleranceSeconds: 600))
    }

    /// Lives through so many months of thirty days.
    ///
    /// - Parameters:
    ///   - count: how many.
    ///   - body: told at the end of each.
    /// - Throws: `AdapterFailure` where the store fails.
    func live(months count: Int, body: (Month) -> Void) throws {
        var minute = 0
        for month in 1...count {
            for _ in 0..<Self.daysPerMonth * Self.minutesPerDay {
                try take(minute)
                minute += 1
                if windowMinutes > 0, minute % windowMinutes == 0 { try commit() }
                guard minute % Self.maintenanceMinutes == 0 else { continue }
                while try store.maintain(
                    now: Self.instant(minute: minute).utc, forwarded: .max)
                {}
            }
            body(
                Month(
                    number: month, readingCount: minute * Self.sensorCount, fileBytes: fileBytes,
                    anonymousBytes: Self.anonymousBytes, writtenBytes: Self.writtenBytes))
        }
        try store.close()
    }

    private func commit() throws {
        _ = try store.commit(pipeline.output.batch)
        _ = pipeline.didCommit()
        _ = pipeline.takeNews()
    }

    private func take(_ minute: Int) throws {
        let received = Self.instant(minute: minute)
        for (index, channel) in channels.enumerated() {
            // A slow wave with some noise, other for each sensor.
            let noise = (minute &* 2_654_435_761 &+ index &* 40_503) >> 7 & 15
            try pipeline.take(
                Sample(
                    channel: channel, rawValue: Double(2500 + noise + minute / 60 % 24 * 3),
                    received: received,
                    identity: .sequence(
                        bootCounter: 1, sequence: UInt32(truncatingIfNeeded: minute)),
                    deviceID: UInt64(index + 1)),
                past: .none)
            if windowMinutes == 0 { try commit() }
        }
    }

    private static func instant(minute: Int) -> GatewayInstant {
        GatewayInstant(
            monotonicNanoseconds: Int64(minute + 1) * 60_000_000_000,
            utc: UTCInstant(milliseconds: start + Int64(minute) * 60_000), quality: .synchronised)
    }

    private var fileBytes: Int64 {
        ["/kawamori.db", "/kawamori.db-wal"].reduce(0) { sum, name in
            var facts = stat()
            // The C string and the structure are lent for the call.
            return unsafe stat(folder + name, &facts) == 0 ? sum + Int64(facts.st_size) : sum
        }
    }

    private static var anonymousBytes: Int64 {
        number("RssAnon:", in: "/proc/self/status") * 1024
    }

    private static var writtenBytes: Int64 { number("write_bytes:", in: "/proc/self/io") }

    /// The number behind a word of a file in /proc; 0 where it is not there.
    private static func number(_ word: String, in path: String) -> Int64 {
        guard let file = unsafe fopen(path, "re") else { return 0 }
        defer { _ = unsafe fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while unsafe fgets(&line, 256, file) != nil {
            let text = line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:))
            let parts = String(decoding: text, as: UTF8.self).split(
                whereSeparator: \.isWhitespace)
            if let first = parts.first, first == word, parts.count > 1 {
                return Int64(parts[1]) ?? 0
            }
        }
        return 0
    }
}
