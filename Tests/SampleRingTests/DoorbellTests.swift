import Glibc
import SampleRing
import Synchronization
import Testing

@Suite struct DoorbellTests {
    @Test func `many rings before a wait are one`() throws {
        let bell = try Doorbell()
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

    @Test func `the descriptors are closed with the bell`() throws {
        var bell: Doorbell? = try Doorbell()
        let descriptor = try #require(bell?.fileDescriptor)
        let other = dup(descriptor)
        defer { close(other) }
        bell = nil
        var byte: UInt8 = 0
        // Both ends of the bell are closed, so what is left of it reads as ended.
        #expect(read(other, &byte, 1) == 0)
    }

    @Test func `no ring is lost while one thread rings as fast as it can`() async throws {
        let bell = try Doorbell()
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
                guard bell.wait(timeoutMilliseconds: 10_000) else { return rounds - seen }
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
    @Test func `what was put down before a ring is seen after it`() async throws {
        let (there, back) = (try Doorbell(), try Doorbell())
        let word = Word()
        let rounds = 20_000
        async let answers: Void = onThread {
            for _ in 1...rounds {
                guard there.wait(timeoutMilliseconds: 10_000) else { return }
                word.value *= -1
                back.ring()
            }
        }
        let wrong = await onThread {
            for number in 1...rounds {
                word.value = number
                there.ring()
                guard back.wait(timeoutMilliseconds: 10_000), word.value == -number else {
                    return number
                }
            }
            return 0
        }
        await answers
        #expect(wrong == 0)
    }
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
