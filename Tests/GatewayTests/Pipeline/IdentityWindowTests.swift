import GatewayModel
import Testing

@testable import Gateway

@Suite struct IdentityWindowTests {
    private func sequence(_ number: UInt32, boot: UInt32 = 1) -> ReadingIdentity {
        .sequence(bootCounter: boot, sequence: number)
    }

    @Test func `an identity is new, then a duplicate, or a conflict with other content`() {
        var window = IdentityWindow()
        #expect(window.judge(sequence(1), digest: 7) == .new)
        #expect(window.judge(sequence(1), digest: 7) == .new)
        window.remember(sequence(1), digest: 7)
        #expect(window.judge(sequence(1), digest: 7) == .duplicate)
        #expect(window.judge(sequence(1), digest: 8) == .conflicting)
        window.remember(sequence(1), digest: 8)
        #expect(window.judge(sequence(1), digest: 7) == .duplicate)
        #expect(window.judge(sequence(1), digest: 8) == .duplicate)
    }

    @Test func `no identity is always new`() {
        var window = IdentityWindow()
        window.remember(.none, digest: 7)
        #expect(window.judge(.none, digest: 7) == .new)
    }

    @Test func `what the window has let go is the store's to answer`() {
        var window = IdentityWindow()
        for number in 0..<UInt32(IdentityWindow.capacity) {
            window.remember(sequence(number + 10), digest: 0)
        }
        #expect(window.judge(sequence(10), digest: 0) == .duplicate)
        #expect(window.judge(sequence(3), digest: 0) == .beyondWindow)
        window.remember(sequence(1000), digest: 0)
        #expect(window.judge(sequence(10), digest: 0) == .beyondWindow)
        #expect(window.judge(sequence(11), digest: 0) == .duplicate)
        #expect(window.judge(sequence(1001), digest: 0) == .new)
        #expect(window.judge(sequence(5, boot: 2), digest: 0) == .beyondWindow)
    }

    @Test func `after a device's next boot its readings are new again without asking the store`() {
        var window = IdentityWindow()
        for number in 0..<UInt32(IdentityWindow.capacity) {
            window.remember(sequence(number + 1000), digest: 0)
        }
        #expect(window.judge(sequence(1, boot: 2), digest: 0) == .beyondWindow)
        window.learnTop(sequence(1, boot: 2))
        window.remember(sequence(1, boot: 2), digest: 0)
        #expect(window.judge(sequence(2, boot: 2), digest: 0) == .new)
        #expect(window.judge(sequence(999, boot: 1), digest: 0) == .beyondWindow)
    }

    @Test func `a restored window that is full asks before it trusts the order`() {
        var full = IdentityWindow()
        for number in 0..<UInt32(IdentityWindow.capacity) {
            full.restore(sequence(number + 10), digest: 0)
        }
        full.didRestore()
        #expect(full.judge(sequence(5000), digest: 0) == .beyondWindow)
        #expect(full.judge(sequence(10), digest: 0) == .duplicate)
        full.learnTop(sequence(6000))
        #expect(full.judge(sequence(5000), digest: 0) == .beyondWindow)
        #expect(full.judge(sequence(6001), digest: 0) == .new)
        var whole = IdentityWindow()
        whole.restore(sequence(10), digest: 0)
        whole.didRestore()
        #expect(whole.judge(sequence(11), digest: 0) == .new)
        #expect(whole.judge(sequence(10), digest: 0) == .duplicate)
    }

    /// What the store answers when it is asked for the highest identity of the kind.
    private func highest(
        like identity: ReadingIdentity, among seen: some Sequence<ReadingIdentity>
    ) -> ReadingIdentity? {
        switch identity {
        case .sequence(let boot, _):
            let sequences = seen.compactMap { other -> UInt32? in
                guard case .sequence(boot, let number) = other else { return nil }
                return number
            }
            return sequences.max().map { sequence($0, boot: boot) }
        case .deviceTime:
            let times = seen.compactMap { other -> UTCInstant? in
                guard case .deviceTime(let time) = other else { return nil }
                return time
            }
            return times.max().map { .deviceTime($0) }
        case .none: return nil
        }
    }

    @Test(arguments: 1...20)
    func `against a memory without bounds it never errs, it only asks`(seed: UInt64) {
        var numbers = SeededNumbers(state: seed)
        var window = IdentityWindow()
        var seen: [ReadingIdentity: Set<UInt32>] = [:]
        var count = 0
        for step in 0..<2_000 {
            let around = UInt32(step / 2 + Int.random(in: 0...40, using: &numbers))
            let identity: ReadingIdentity =
                switch Int.random(in: 0..<10, using: &numbers) {
                case 0: sequence(.random(in: 0...2_000, using: &numbers))
                case 1: .deviceTime(UTCInstant(milliseconds: Int64(around)))
                case 2: sequence(around, boot: .random(in: 0...4, using: &numbers))
                default: sequence(around, boot: UInt32(step / 700))
                }
            let digest = UInt32.random(in: 0...1, using: &numbers)
            let verdict = window.judge(identity, digest: digest)
            let known = seen[identity]
            switch verdict {
            case .new: #expect(known == nil)
            case .duplicate: #expect(known?.contains(digest) == true)
            // One of two contents may have left the window already; the identity is known.
            case .conflicting: #expect(known != nil)
            case .beyondWindow: #expect(count >= IdentityWindow.capacity)
            }
            guard verdict != .duplicate, known?.contains(digest) != true else { continue }
            if verdict == .beyondWindow, known == nil {
                // As the pipeline does where the store knows no such reading.
                if let highest = highest(like: identity, among: seen.keys) {
                    window.learnTop(highest)
                }
                window.learnTop(identity)
            }
            window.remember(identity, digest: digest)
            seen[identity, default: []].insert(digest)
            count += 1
        }
    }

    @Test func `while the past is hidden, nothing unseen is surely new`() {
        var window = IdentityWindow()
        window.hidesPast = true
        let first = ReadingIdentity.sequence(bootCounter: 1, sequence: 5)
        #expect(window.judge(first, digest: 1) == .beyondWindow)
        window.learnTop(first)
        window.remember(first, digest: 1)
        #expect(window.judge(first, digest: 1) == .duplicate)
        let higher = ReadingIdentity.sequence(bootCounter: 1, sequence: 6)
        #expect(window.judge(higher, digest: 1) == .beyondWindow)
        window.hidesPast = false
        #expect(window.judge(higher, digest: 1) == .new)
    }
}
