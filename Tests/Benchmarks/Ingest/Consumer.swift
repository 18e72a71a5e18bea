import TestSupport

/// A program that takes readings from a broker, makes them durable, and acknowledges them then.
protocol Consumer: AnyObject {
    var program: Program { get }
    /// The path of its database.
    var database: String { get }
}

extension Consumer {
    /// How many readings it has stored, wherever they stand by now.
    var readingCount: Int64 {
        get throws {
            try DatabaseEye.ask(
                "SELECT (SELECT count(*) FROM recent) + (SELECT count(*) FROM archive)",
                in: database)
        }
    }

    /// Fails where it has not stored as many readings as that.
    func requireReadings(_ count: Int) throws {
        let stored = try readingCount
        guard stored == Int64(count) else {
            throw BenchError(
                "\(program.name) has stored \(stored) readings instead of \(count):\n"
                    + program.lastWords)
        }
    }
}

/// Which of the two is measured.
enum Contender: CaseIterable {
    case gateway
    case peer

    /// Starts it, and waits until it has its subscription.
    ///
    /// - Parameters:
    ///   - scene: whose readings come.
    ///   - broker: where they come from.
    ///   - commitSeconds: how long a reading may wait for its commit.
    /// - Returns: the program, ready for readings.
    /// - Throws: `BenchError` with its log where it does not come up.
    func start(
        _ scene: Scene, broker: Broker, commitSeconds: Double
    ) throws -> any Consumer {
        switch self {
        case .gateway:
            try Gateway(
                Gateway.Settings(
                    floodSeconds: commitSeconds, calmSeconds: commitSeconds,
                    stationFiles: scene.stationFiles),
                broker: broker)
        case .peer: try Peer(scene, broker: broker, commitSeconds: commitSeconds)
        }
    }
}
