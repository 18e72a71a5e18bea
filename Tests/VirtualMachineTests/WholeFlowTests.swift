import Testing

extension VirtualMachineTests {
    /// The daemon on simulated lines, from a contact that closes to a lamp that lights.
    @Suite(.timeLimit(.minutes(10))) struct WholeFlowTests {
        @Test(arguments: Generation.allCases)
        func `rain and float reach the database and light the lamp`(
            generation: Generation
        ) async throws {
            let run = try await GuestRun("whole-flow", on: generation, within: 500)
            #expect(run.failed == [])
            #expect(run.passed.contains("ok the daemon ends in good order"))
            #expect(run.status == 0, "\(run.lastLines)")
        }
    }
}
