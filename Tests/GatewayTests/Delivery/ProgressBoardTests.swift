import GatewayPorts
import Testing

@testable import Gateway

@Suite struct ProgressBoardTests {
    private func progress(
        _ target: String, _ stream: DeliveryStream = .observations, _ position: Int64,
        backlog: [ClosedRange<Int64>] = []
    ) -> TargetProgress {
        TargetProgress(target: target, stream: stream, position: position, backlog: backlog)
    }

    @Test func `many deliveries become one row for each target and stream`() {
        let board = ProgressBoard(saved: [])
        for position: Int64 in 1...9 { board.note(progress("city", .observations, position)) }
        board.note(progress("city", .transitions, 2))
        board.note(progress("mail", .transitions, 1))
        let unsaved = board.takeUnsaved()
        #expect(unsaved.count == 3)
        #expect(unsaved.contains(progress("city", .observations, 9)))
        #expect(board.takeUnsaved().isEmpty)
    }

    @Test func `what is saved already is not saved again`() {
        let saved = progress("city", .observations, 9)
        let board = ProgressBoard(saved: [saved])
        #expect(board.progress(of: "city") == [saved])
        board.note(saved)
        #expect(board.takeUnsaved().isEmpty)
        board.note(progress("city", .observations, 10))
        #expect(board.takeUnsaved() == [progress("city", .observations, 10)])
        #expect(board.progress(of: "city").map(\.position) == [10])
        #expect(board.progress(of: "mail").isEmpty)
    }

    @Test func `the forwarded row is the one that the slowest target has passed`() {
        let board = ProgressBoard(saved: [])
        #expect(board.forwardedRow(targets: []) == .max)
        board.note(progress("city", .observations, 100))
        board.note(progress("hub", .observations, 90, backlog: [40...50]))
        #expect(board.forwardedRow(targets: ["city"]) == 100)
        #expect(board.forwardedRow(targets: ["city", "hub"]) == 39)
        // A target that has never been heard of has passed nothing.
        #expect(board.forwardedRow(targets: ["city", "new"]) == 0)
        // Mails read no observations and hold nothing back.
        board.note(progress("mail", .transitions, 1))
        #expect(board.forwardedRow(targets: ["city"]) == 100)
    }

    @Test func `rows that came back are handed over once, to their target`() {
        let board = ProgressBoard(saved: [])
        board.giveBack([3...9], to: "city")
        board.giveBack([20...30], to: "city")
        #expect(board.takeReturned(target: "mail") == [])
        #expect(board.takeReturned(target: "city") == [3...9, 20...30])
        #expect(board.takeReturned(target: "city") == [])
    }
}
