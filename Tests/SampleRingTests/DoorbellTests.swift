import Glibc
import SampleRing
import Synchronization
import Testing

@Suite struct DoorbellTests {
    @Test(arguments: [Doorbell.Sleeper.pollLoop, .thread])
    func `many rings before a wait are one`(sleeper: Doorbell.Sleeper) throws {
        let bell = try Doorbell(for: sleeper)
        #expect(!bell.wait(timeoutMilliseconds: 0))
        for _ in 0..<10_000 { bell.ring() }
        #expect(bell.wait(timeoutMilliseconds: 0))
        #expect(!bell.wait(timeoutMilliseconds: 0))
        bell.ring()
        #expect(bell.wait(timeoutMilliseconds: 0))
    }

    @Test func `the descriptor is readable while the bell is rung`() throws {
        let bell = try Doorbell()
        func isReadable() -> Bool {
            var entry = pollfd(fd: bell.fileDescriptor, events: Int16(POLLIN), revents: 0)
            return poll(&entry, 1, 0) == 1
        }
        #expect(!isReadable())
        bell.ring()
        #expect(isReadable())
        #expect(bell.clear())
        #expect(!isReadable())
        #expect(!bell.clear())
    }

    @Test func `the descriptor is closed with the bell`() throws {
        var bell: Doorbell? = try Doorbell()
        let descriptor = try #require(bell?.fileDescriptor)
        func kind() -> String { target(ofLink: "/proc/self/fd/\(descriptor)") }
        #expect(kind() == "anon_inode:[eventfd]")
        bell = nil
        #expect(kind() != "anon_inode:[eventfd]")
    }

    @Test(arguments: [Doorbell.Sleeper.pollLoop, .thread])
    func `a wait for a bell that nobody rings ends in time`(sleeper: Doorbell.Sleeper) throws {
        let bell = try Doorbell(for: sleeper)
        #expect(!bell.wait(timeoutMilliseconds: 1))
        #expect(!bell.wait(timeoutMilliseconds: 1, strategy: .spinThenPark(lookCount: 10)))
        // The sleep that came to nothing has left nothing behind.
        bell.ring()
        #expect(bell.wait(timeoutMilliseconds: nil))
        #expect(!bell.clear())
    }

    @Test(arguments: waits)
    func `a thread at a silent bell is never woken`(
        sleeper kind: Doorbell.Sleeper, strategy: WaitingStrategy
    ) async throws {
        let bell = try Doorbell(for: kind)
        let sleeper = Sleeper()
        async let asleep = onThread {
            // Once to and fro first, so that no page of the code need be fetched afterwards.
            bell.ring()
            var woken = bell.wait(timeoutMilliseconds: nil, strategy: strategy)
            _ = switchCount()
            sleeper.folder.withLock { $0 = target(ofLink: "/proc/thread-self") }
            let before = switchCount()
            woken = bell.wait(timeoutMilliseconds: nil, strategy: strategy) && woken
            return (woken: woken, times: switchCount() - before)
        }
        func isSleeping() -> Bool {
            text(ofFile: "/proc/\(sleeper.folder.withLock { $0 })/status").contains("S (sleeping)")
        }
        while !isSleeping() { letOthersRun() }
        // A wake-up in this time would be one more; more time would show more of them.
        usleep(100_000)
        bell.ring()
        let (woken, times) = await asleep
        #expect(woken)
        #expect(times <= 1)
    }

    @Test func `a descriptor of a bell for a thread alone is a mistake of ours`() async {
        await #expect(processExitsWith: .failure) {
            _ = try Doorbell(for: .thread).fileDescriptor
        }
    }

    @Test func `a wait for less than no time is a mistake of ours`() async {
        await #expect(processExitsWith: .failure) {
            _ = try Doorbell().wait(timeoutMilliseconds: -1)
        }
    }

    private static let waits: [(Doorbell.Sleeper, WaitingStrategy)] = [
        (.pollLoop, .park), (.thread, .park), (.pollLoop, .spinThenPark(lookCount: 100)),
        (.thread, .spinThenPark(lookCount: 100)),
    ]

    @Test(arguments: waits)
    func `no ring is lost while one thread rings as fast as it can`(
        sleeper: Doorbell.Sleeper, strategy: WaitingStrategy
    ) async throws {
        let bell = try Doorbell(for: sleeper)
        let work = Counters()
        let rounds = 200_000
        async let ringing: Void = onThread {
            for number in 1...rounds {
                work.offered.store(number, ordering: .relaxed)
                bell.ring()
                // Now and then let the other side fall asleep first.
                if number % 64 == 0 {
                    while work.seen.load(ordering: .relaxed) < number { sched_yield() }
                }
            }
        }
        let lost = await onThread {
            var seen = 0
            while seen < rounds {
                guard bell.wait(timeoutMilliseconds: 10_000, strategy: strategy) else {
                    return rounds - seen
                }
                seen = work.offered.load(ordering: .relaxed)
                work.seen.store(seen, ordering: .relaxed)
            }
            return 0
        }
        // A lost ring would leave the ringing thread spinning, so say so before awaiting it.
        #expect(lost == 0)
        work.seen.store(.max, ordering: .relaxed)
        await ringing
    }

    /// The word is guarded by nothing but the bells, which the thread sanitizer checks.
    @Test(arguments: waits)
    func `what was put down before a ring is seen after it`(
        sleeper: Doorbell.Sleeper, strategy: WaitingStrategy
    ) async throws {
        let (there, back) = (try Doorbell(for: sleeper), try Doorbell(for: sleeper))
        let word = Word()
        let rounds = 20_000
        async let answers: Void = onThread {
            for _ in 1...rounds {
                guard there.wait(timeoutMilliseconds: 10_000, strategy: strategy) else { return }
                word.value *= -1
                back.ring()
            }
        }
        let wrong = await onThread {
            for number in 1...rounds {
                word.value = number
                there.ring()
                guard back.wait(timeoutMilliseconds: 10_000, strategy: strategy),
                    word.value == -number
                else { return number }
            }
            return 0
        }
        await answers
        #expect(wrong == 0)
    }
}

private func target(ofLink path: String) -> String {
    var bytes = [CChar](repeating: 0, count: 200)
    let count = readlink(path, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(count, 0)).map(UInt8.init), as: UTF8.self)
}

/// How often the kernel has put the calling thread to sleep because it wanted to.
private func switchCount() -> Int {
    let lines = text(ofFile: "/proc/thread-self/status").split(separator: "\n")
    let line = lines.first { $0.hasPrefix("voluntary_ctxt_switches:") }
    return line?.split(separator: "\t").last.flatMap { Int($0) } ?? -1
}

/// A file of /proc, which says 0 of its own length.
private func text(ofFile path: String) -> String {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 8192)
    let count = read(descriptor, &bytes, bytes.count)
    return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
}

/// Where the kernel shows a thread, below /proc.
private final class Sleeper: Sendable {
    let folder = Mutex("")
}

/// What the ringing side has offered and the waiting side has seen.
private final class Counters: Sendable {
    let offered = Atomic(0)
    let seen = Atomic(0)
}

/// A plain variable that two threads hand to each other.
private final class Word: @unchecked Sendable {
    var value = 0
}
