import GatewayModel
import Testing

@testable import Gateway

@Suite struct WaitingRowsTests {
    private func row(_ number: Int, isLate: Bool = false) throws -> ReplayedRow {
        ReplayedRow(
            sensor: try testSensorID("pole-1.level"), number: number, timeText: "",
            observation: Observation(
                channel: ChannelIndex(1), time: UTCInstant(milliseconds: 0), deviceTime: nil,
                received: GatewayInstant(
                    monotonicNanoseconds: 0, utc: UTCInstant(milliseconds: 0),
                    quality: .synchronised),
                rawValue: 1, value: 1, flag: .good, report: QualityReport(), errorCode: 0,
                calibrationVersion: 1, identity: .none, marks: isLate ? .late : []),
            smoothed: nil, level: nil, transitions: [])
    }

    private var failed: QualityReport {
        var report = QualityReport()
        report[.spike] = .fail
        return report
    }

    @Test func `a row waits for the next of its own file, and for those before it`() throws {
        var waiting = WaitingRows(fileCount: 2)
        var gone: [Int] = []
        waiting.take(try row(1), from: 0, settling: nil) { gone.append($0.number) }
        waiting.take(try row(11), from: 1, settling: nil) { gone.append($0.number) }
        waiting.take(try row(12), from: 1, settling: nil) { gone.append($0.number) }
        #expect(gone == [])
        waiting.take(try row(2), from: 0, settling: nil) { gone.append($0.number) }
        #expect(gone == [1, 11])
        waiting.end(1) { gone.append($0.number) }
        #expect(gone == [1, 11, 12])
        waiting.end(0) { gone.append($0.number) }
        #expect(gone == [1, 11, 12, 2])
    }

    @Test func `the next row of the file settles the one before, a late row settles none`() throws {
        var waiting = WaitingRows(fileCount: 1)
        var gone: [ReplayedRow] = []
        waiting.take(try row(1), from: 0, settling: nil) { gone.append($0) }
        waiting.take(try row(2, isLate: true), from: 0, settling: nil) { gone.append($0) }
        #expect(gone.isEmpty)
        waiting.take(try row(3), from: 0, settling: failed) { gone.append($0) }
        #expect(gone.map(\.number) == [1, 2])
        #expect(gone.map(\.observation.flag) == [.fail, .good])
    }

    @Test func `a sensor that speaks seldom holds up a bounded number of rows`() throws {
        var waiting = WaitingRows(fileCount: 2)
        var gone = 0
        waiting.take(try row(0), from: 0, settling: nil) { _ in gone += 1 }
        for number in 1..<ReplayRun.waitingLimit {
            waiting.take(try row(number), from: 1, settling: nil) { _ in gone += 1 }
        }
        #expect(gone == 0)
        waiting.take(try row(ReplayRun.waitingLimit), from: 1, settling: nil) { _ in gone += 1 }
        #expect(gone == ReplayRun.waitingLimit)
        // What has gone out settles no more.
        waiting.take(try row(-1), from: 0, settling: failed) { _ in gone += 1 }
        #expect(gone == ReplayRun.waitingLimit)
    }
}
