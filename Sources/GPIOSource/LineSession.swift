import GatewayModel
import GatewayPorts

/// All lines of the session, turn by turn; it neither waits nor starts a thread.
final class LineSession {
    /// How soon a full side lane is asked again for the status.
    private static let retryNanoseconds: Int64 = 1_000_000_000
    /// Room for one read of the largest buffer that the kernel keeps.
    private static let readCapacity = 1024

    private let sourceName: String
    private let lines: [SensedLine]
    private let bank: any LineBank
    private let intake: LineIntake
    private let clock: any GatewayClock
    private var edges: [LineEdge] = []
    /// Which lines were held when the status was told; empty before it was.
    private var toldStanding: [Bool] = []
    private var statusRetryAt: Int64?

    init(
        sourceName: String, settings: GPIOSettings, bank: any LineBank, intake: LineIntake,
        board: LineBoard, clock: any GatewayClock
    ) {
        self.sourceName = sourceName
        self.bank = bank
        self.intake = intake
        self.clock = clock
        let start = clock.now().monotonicNanoseconds
        lines = settings.inputs.map {
            SensedLine($0, settings: settings, board: board, startNanoseconds: start)
        }
        edges.reserveCapacity(Self.readCapacity)
    }

    var lineCount: Int { lines.count }

    /// What poll(2) watches of a line; negative where the line is not held.
    func fileDescriptor(at index: Int) -> Int32 { lines[index].fileDescriptor }

    /// Takes what poll(2) said of a line.
    func mark(_ index: Int, isReady: Bool, isHungUp: Bool) {
        lines[index].mark(isReady: isReady, isHungUp: isHungUp)
    }

    /// Does what is due, line by line, each at most its share.
    ///
    /// - Returns: when the next turn is due though no edge comes, in monotonic nanoseconds; nil
    ///   while nothing is planned.
    func turn() -> Int64? {
        let now = TurnClock(now: clock.now())
        var deadline = Int64.max
        for line in lines {
            line.turn(now, bank: bank, edges: &edges, intake: intake)
            deadline = min(deadline, line.deadlineNanoseconds ?? .max)
        }
        tellStatus(now)
        intake.announce()
        deadline = min(deadline, statusRetryAt ?? .max)
        return deadline == .max ? nil : deadline
    }

    /// Reads what the kernel still keeps, hands everything over, and gives all lines back.
    ///
    /// - Parameter failure: why the session ends; nil where it was stopped.
    func finish(_ failure: AdapterFailure? = nil) {
        let now = TurnClock(now: clock.now())
        for line in lines { line.finish(now, edges: &edges, intake: intake) }
        tell(isConnected: false, detail: failure?.description ?? "stopped", now)
        toldStanding = []
        intake.announce()
    }

    // MARK: - Status

    private func tellStatus(_ now: TurnClock) {
        statusRetryAt = nil
        let isKnown =
            toldStanding.count == lines.count
            && lines.indices.allSatisfy { toldStanding[$0] == lines[$0].isHeld }
        guard !isKnown else { return }
        let missing = lines.filter { !$0.isHeld }.map { "\($0.sensor)" }
        let all = lines.count == 1 ? "the line is held" : "all \(lines.count) lines are held"
        let some =
            "\(missing.count) of \(lines.count) lines cannot be read: "
            + missing.joined(separator: ", ")
        if tell(isConnected: missing.isEmpty, detail: missing.isEmpty ? all : some, now) {
            toldStanding = lines.map(\.isHeld)
        } else {
            statusRetryAt = now.nanoseconds + Self.retryNanoseconds
        }
    }

    @discardableResult
    private func tell(isConnected: Bool, detail: String, _ now: TurnClock) -> Bool {
        intake.offer(
            .sourceStatus(
                SourceStatus(
                    name: sourceName, isConnected: isConnected, detail: detail, since: now.now)),
            at: now.now.utc)
    }
}
