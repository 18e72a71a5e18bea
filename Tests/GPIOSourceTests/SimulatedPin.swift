import GPIO
import GatewayModel
import Glibc
import Synchronization

@testable import GPIOSource

/// One pin with the kernel behind it, as far as a session can tell.
///
/// Generation 1 keeps 16 edges, drops the newest beyond them and numbers none. Generation 2 keeps
/// as many as asked for, drops the oldest, and goes on numbering.
///
/// - Source: Linux, `drivers/gpio/gpiolib-cdev.c`.
final class SimulatedPin: Sendable {
    /// How the pin answers when it is asked for.
    enum Standing: Sendable { case free, busy, missing }

    struct State: Sendable {
        var isActive = false
        var standing = Standing.free
        var isHeld = false
        /// Whether the chip went while the line was held; nothing can be read any more.
        var isGone = false
        /// Whether a chip that is gone gives no edges instead of an error.
        var isMute = false
        /// How often edges were asked for.
        var readCount = 0
        var waiting: [LineEdge] = []
        var sequence: UInt32 = 0
        /// What the kernel dropped.
        var droppedCount = 0
        /// How often the line was asked for.
        var openCount = 0
        /// How often and how long it was triggered, as an output.
        var pulses: [UInt32] = []
        /// An edge that comes after the level was read, before the next look; once.
        var edgeAfterLevel: LineEdge?
        /// Edges that come just after a read found none; once.
        var edgesAfterEmptyRead: [LineEdge] = []
        /// Edges that come as fast as they are read.
        var edgesToCome = 0
        /// What poll(2) watches: readable while edges wait, hung up once the chip has gone.
        var readingEnd: Int32 = -1
        var writingEnd: Int32 = -1
    }

    let generation: Int
    let capacity: Int
    let state = Mutex(State())

    init(generation: Int = 2, capacity: Int = 1024) {
        self.generation = generation
        self.capacity = generation == 1 ? 16 : capacity
    }

    deinit { state.withLock { Self.closeEnds(&$0) } }

    var fileDescriptor: Int32 { state.withLock { $0.readingEnd } }

    /// Whether poll(2) would say that edges wait.
    var isReadable: Bool { state.withLock { $0.isHeld && !$0.waiting.isEmpty } }
    var isHungUp: Bool { state.withLock { $0.isHeld && $0.isGone } }
    var droppedCount: Int { state.withLock { $0.droppedCount } }
    var readCount: Int { state.withLock { $0.readCount } }
    var openCount: Int { state.withLock { $0.openCount } }
    var pulses: [UInt32] { state.withLock { $0.pulses } }

    // MARK: - The world's side

    /// Changes the level, if it is another one.
    func set(_ isActive: Bool, at nanoseconds: Int64) {
        state.withLock { state in
            guard state.isActive != isActive else { return }
            state.isActive = isActive
            guard state.isHeld, !state.isGone else { return }
            state.sequence &+= 1
            add(
                LineEdge(
                    nanoseconds: nanoseconds, sequence: generation == 1 ? 0 : state.sequence,
                    isActive: isActive), to: &state)
        }
    }

    /// Makes the contact close and open.
    func close(at nanoseconds: Int64, for duration: Int64) {
        set(true, at: nanoseconds)
        set(false, at: nanoseconds + duration)
    }

    private func add(_ edge: LineEdge, to state: inout State) {
        if state.waiting.count == capacity {
            state.droppedCount += 1
            guard generation > 1 else { return }
            state.waiting.removeFirst()
        }
        state.waiting.append(edge)
        if state.waiting.count == 1 { Self.signal(state) }
    }

    /// The chip is unplugged; whoever holds the line finds it dead.
    func vanish() {
        state.withLock {
            $0.standing = .missing
            $0.isGone = true
            Glibc.close($0.writingEnd)
            $0.writingEnd = -1
        }
    }

    /// The chip is there again, or whoever held the line lets go of it.
    func becomeFree() {
        state.withLock {
            $0.standing = .free
            $0.isGone = false
        }
    }

    private static func signal(_ state: State) {
        var byte: UInt8 = 1
        _ = write(state.writingEnd, &byte, 1)
    }

    private static func closeEnds(_ state: inout State) {
        for end in [state.readingEnd, state.writingEnd] where end >= 0 { Glibc.close(end) }
        (state.readingEnd, state.writingEnd) = (-1, -1)
    }

    // MARK: - The session's side

    func open() throws(AdapterFailure) {
        let standing = state.withLock { state in
            state.openCount += 1
            guard state.standing == .free else { return state.standing }
            state.isHeld = true
            var ends: [Int32] = [-1, -1]
            let kind = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
            precondition(socketpair(AF_UNIX, Int32(kind), 0, &ends) == 0, "no socket pair")
            (state.readingEnd, state.writingEnd) = (ends[0], ends[1])
            state.waiting.removeAll(keepingCapacity: true)
            state.sequence = 0
            return .free
        }
        switch standing {
        case .free: return
        case .busy:
            throw AdapterFailure(
                .busy, operation: "take a line", cause: "held by `other`; stop that first")
        case .missing:
            throw AdapterFailure(.unavailable, operation: "find a line", cause: "no such chip")
        }
    }

    func release() {
        state.withLock {
            $0.isHeld = false
            Self.closeEnds(&$0)
        }
    }

    func read(into edges: inout [LineEdge]) throws(AdapterFailure) -> Int {
        let (taken, isGone) = state.withLock { state in
            state.readCount += 1
            guard !state.isGone else { return ([LineEdge](), !state.isMute) }
            let taken = Array(state.waiting.prefix(capacity))
            state.waiting.removeFirst(taken.count)
            if state.waiting.isEmpty, !taken.isEmpty {
                var byte: UInt8 = 0
                _ = Glibc.read(state.readingEnd, &byte, 1)
            }
            if taken.isEmpty {
                for edge in state.edgesAfterEmptyRead {
                    state.sequence &+= 1
                    add(edge, to: &state)
                }
                state.edgesAfterEmptyRead = []
            }
            for _ in 0..<min(state.edgesToCome, 16) where !taken.isEmpty {
                let last = state.waiting.last ?? taken[taken.count - 1]
                state.isActive.toggle()
                state.edgesToCome -= 1
                state.sequence &+= 1
                add(
                    LineEdge(
                        nanoseconds: last.nanoseconds + 1000,
                        sequence: generation == 1 ? 0 : state.sequence,
                        isActive: state.isActive), to: &state)
            }
            return (taken, false)
        }
        if isGone { throw gone("read edges") }
        edges += taken
        return taken.count
    }

    func level() throws(AdapterFailure) -> Bool {
        let level = state.withLock { state -> Bool? in
            guard !state.isGone else { return nil }
            let level = state.isActive
            if let edge = state.edgeAfterLevel.take() {
                state.isActive = edge.isActive
                state.sequence &+= 1
                add(edge, to: &state)
            }
            return level
        }
        guard let level else { throw gone("read the level") }
        return level
    }

    func pulse(_ microseconds: UInt32) throws(AdapterFailure) {
        let isGone = state.withLock { state in
            state.pulses.append(microseconds)
            return state.isGone
        }
        if isGone { throw gone("set the line") }
    }

    private func gone(_ operation: String) -> AdapterFailure {
        AdapterFailure(.unavailable, operation: operation, cause: "the chip is gone")
    }
}
