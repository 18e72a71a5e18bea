import Foundation
import GatewayModel
import Glibc
import LineSensing
import Synchronization
import Testing

@testable import GPIOSource

/// The guard's loop over a real socket, on a thread instead of in a process.
@Suite struct RelayGuardTests {
    private let lines = FakeLines()

    /// The daemon's end of a guard that runs on a thread.
    private final class Guarded: Sendable {
        let socket: Int32
        private let guardSocket: Int32
        private let signal: (reading: Int32, writing: Int32)
        private let ended = Mutex<RelayGuard.Ending?>(nil)
        private let heard = Mutex((lines: TextLines(), reports: [RelayReport]()))

        init(_ lines: FakeLines) {
            var ends: [Int32] = [-1, -1]
            socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends)
            (socket, guardSocket) = (ends[0], ends[1])
            // The least that the kernel gives: a few reports fill it.
            var least: Int32 = 1
            setsockopt(
                guardSocket, SOL_SOCKET, SO_SNDBUF, &least, socklen_t(MemoryLayout<Int32>.size))
            pipe(&ends)
            signal = (ends[0], ends[1])
            Thread.detachNewThread { [self] in
                let ending = RelayGuard.run(
                    input: guardSocket, output: guardSocket, signals: signal.reading
                ) { (wiring: RelayWiring) throws(AdapterFailure) in try lines.open(wiring) }
                close(guardSocket)
                ended.withLock { $0 = ending }
            }
        }

        deinit {
            close(socket)
            close(signal.reading)
            close(signal.writing)
        }

        var ending: RelayGuard.Ending? { ended.withLock { $0 } }

        func say(_ text: String) {
            let bytes = Array(text.utf8)
            #expect(send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count)
        }

        func say(_ order: RelayOrder) { say(order.text + "\n") }

        func hold(_ line: String, lease: Double) {
            say(
                .hold(
                    output: 0,
                    RelayWiring(
                        chip: nil, line: line, isActiveLow: false, isOpenDrain: false,
                        limits: RelayLimits(
                            maximumOnNanoseconds: 3600 * second,
                            leaseNanoseconds: Int64(lease * 1e9)))))
        }

        func on() { say(.command(output: 0, .on(activation: 1, sinceNanoseconds: .max))) }

        func raise(_ number: UInt8) {
            var byte = number
            #expect(write(signal.writing, &byte, 1) == 1)
        }

        /// Everything that the guard has said so far.
        func reports() -> [RelayReport] {
            var bytes = [UInt8](repeating: 0, count: 65_536)
            let count = recv(socket, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            return heard.withLock { heard in
                for text in heard.lines.take(bytes[..<max(0, count)]) ?? [] {
                    if let report = RelayReport(text) { heard.reports.append(report) }
                }
                return heard.reports
            }
        }

        /// The newest state of the first output.
        var state: RelayState? {
            for case .state(0, let state) in reports().reversed() { return state }
            return nil
        }
    }

    @Test func `orders switch the line, and each is answered`() async throws {
        let guarded = Guarded(lines)
        guarded.hold("lamp", lease: 3600)
        try await waitUntil("it is held") { guarded.state?.isHeld == true }
        guarded.on()
        try await waitUntil("it is on") { guarded.state?.isActive == true }
        #expect(lines.level("lamp") == true)
        guarded.say(.command(output: 0, .off))
        try await waitUntil("it is off") { guarded.state?.cause == .commanded }
        #expect(lines.level("lamp") == false)
        #expect(guarded.ending == nil)
    }

    @Test func `a daemon that hangs loses its lease`() async throws {
        let guarded = Guarded(lines)
        guarded.hold("lamp", lease: 0.1)
        guarded.on()
        try await waitUntil("the lease ends") { guarded.state?.cause == .leaseEnded }
        #expect(lines.level("lamp") == false)
        #expect(guarded.ending == nil)
    }

    @Test func `the end of the input switches off, gives back and ends`() async throws {
        let guarded = Guarded(lines)
        guarded.hold("lamp", lease: 3600)
        guarded.on()
        try await waitUntil("it is on") { lines.level("lamp") == true }
        shutdown(guarded.socket, Int32(SHUT_WR))
        try await waitUntil("it ends") { guarded.ending != nil }
        #expect(guarded.ending == .abandoned)
        #expect(lines.level("lamp") == nil)
        #expect(lines.setCount("lamp") == 2)
        #expect(guarded.reports().last == .end("whoever gave the orders is gone"))
    }

    @Test func `a signal does the same`() async throws {
        let guarded = Guarded(lines)
        guarded.hold("lamp", lease: 3600)
        guarded.on()
        try await waitUntil("it is on") { lines.level("lamp") == true }
        guarded.raise(15)
        try await waitUntil("it ends") { guarded.ending != nil }
        #expect(guarded.ending == .signal(15))
        #expect(lines.level("lamp") == nil)
        #expect(guarded.reports().last == .end("asked to end by signal 15"))
    }

    @Test(arguments: ["nonsense\n", "off\t1\n", "off\t0\nhold\t5\n"])
    func `what it does not understand does the same`(text: String) async throws {
        let guarded = Guarded(lines)
        guarded.hold("lamp", lease: 3600)
        guarded.on()
        try await waitUntil("it is on") { lines.level("lamp") == true }
        guarded.say(text)
        try await waitUntil("it ends") { guarded.ending != nil }
        guard case .badOrder = guarded.ending else {
            Issue.record("it ended otherwise: \(String(describing: guarded.ending))")
            return
        }
        #expect(lines.level("lamp") == nil)
    }

    @Test func `a line without an end is no order`() async throws {
        let guarded = Guarded(lines)
        guarded.say(String(repeating: "x", count: TextLines.byteLimit + 1))
        try await waitUntil("it ends") { guarded.ending != nil }
        #expect(guarded.ending == .badOrder("a line without an end"))
    }

    @Test func `a daemon that does not read is not waited for, and then told everything`()
        async throws
    {
        let guarded = Guarded(lines)
        guarded.hold("lamp", lease: 3600)
        // Far more answers than the socket holds.
        let many = String(repeating: "off\t0\n", count: 1000)
        for _ in 0..<50 { guarded.say(many) }
        guarded.on()
        try await waitUntil("orders are still obeyed") { lines.level("lamp") == true }
        try await waitUntil("it is told") { guarded.state?.isActive == true }
    }
}
