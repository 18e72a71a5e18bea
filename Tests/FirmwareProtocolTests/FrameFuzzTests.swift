import Foundation
import GatewayModel
import Testing

/// C against Swift. `KAWAMORI_FUZZ_COUNT` asks for a longer run, `KAWAMORI_FUZZ_SEED` for another.
@Suite struct FrameFuzzTests {
    @Test func `C and Swift judge and read damaged frames alike`() {
        let environment = ProcessInfo.processInfo.environment
        let count = environment["KAWAMORI_FUZZ_COUNT"].flatMap { Int($0) } ?? 100_000
        let seed = environment["KAWAMORI_FUZZ_SEED"].flatMap { UInt64($0) } ?? 2026
        var fuzz = FrameFuzz(seeds: ProtocolVector.all.map(\.frame), state: seed)
        fuzz.run(count: count)
        let tally = fuzz.tally
        #expect(tally.differences == [])
        // The run means something only where each verdict comes up often.
        #expect(tally.acceptedCount > count / 20)
        for reason in [
            RejectionReason.emptyPayload, .malformed, .truncated, .unknownVersion,
            .checksumMismatch,
        ] {
            #expect(tally.refusedCounts[reason, default: 0] > count / 2000, "\(reason)")
        }
        print("fuzzed \(count): accepted \(tally.acceptedCount), refused \(tally.refusedCounts)")
    }
}
