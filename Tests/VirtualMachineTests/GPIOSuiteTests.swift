import Testing

extension VirtualMachineTests {
    /// The programs that stand on libgpiod, over the kernel's own simulated chip.
    @Suite(.timeLimit(.minutes(10))) struct GPIOSuiteTests {
        @Test(arguments: Generation.allCases)
        func `every check of gpio-suite holds`(generation: Generation) async throws {
            let run = try await GuestRun("gpio-suite", on: generation)
            #expect(run.failed == [])
            #expect(!run.passed.isEmpty)
            #expect(run.status == 0, "\(run.lastLines)")
        }

        @Test(arguments: Generation.allCases)
        func `a failed check in the machine fails here`(generation: Generation) async throws {
            let run = try await GuestRun("three-failures", on: generation)
            #expect(run.status == 3, "\(run.lastLines)")
            #expect(run.failed == ["FAIL one", "FAIL two", "FAIL three"])
            #expect(run.passed == ["ok but this"])
            #expect(run.figures.contains("lines 8 count"))
        }
    }
}
