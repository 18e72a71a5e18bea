import Foundation
import GRDB
import Glibc
import TestSupport
import Testing

extension VirtualMachineTests {
    /// The power goes under load, again and again on the same disk; what the fleet was told is on disk
    /// must be there. `KAWAMORI_POWER_CUTS=300` cuts more often than three times, two machines at a
    /// time, and shows also that a loss would be seen.
    @Suite(.timeLimit(.minutes(24 * 60))) struct PowerCutTests {
        @Test func `what was acknowledged outlives power cuts`() async throws {
            let cutCount = Self.wantedCutCount ?? 3
            var left = stride(from: 0, to: cutCount, by: Self.cutsOfADrive).map {
                min(Self.cutsOfADrive, cutCount - $0)
            }[...]
            var all = Series()
            try await withThrowingTaskGroup(of: Series.self) { group in
                for count in left.prefix(2) { group.addTask { try await series(of: count) } }
                left = left.dropFirst(2)
                while let series = try await group.next() {
                    all.add(series)
                    print(
                        "power cuts so far: \(all.starts.count), acknowledged:"
                            + " \(all.acknowledgedCount), lost: \(all.lostCount)")
                    if let count = left.popFirst() {
                        group.addTask { try await self.series(of: count) }
                    }
                }
            }
            #expect(all.starts.count == cutCount)
            let starts = all.starts.sorted()
            try FigureFile.add([
                "power-cut cuts \(cutCount) count",
                "power-cut acknowledged \(all.acknowledgedCount) readings",
                "power-cut lost \(all.lostCount) readings",
                "power-cut start to first stored reading, median \(starts[cutCount / 2]) s",
                "power-cut start to first stored reading, longest \(starts[cutCount - 1]) s",
            ])
        }

        @Test(.enabled(if: wantedCutCount != nil, "with KAWAMORI_POWER_CUTS"))
        func `a drive that lies about its flushes is found out`() async throws {
            let directory = try TemporaryDirectory()
            let drive = try await CutDrive(in: directory, keepsPromises: false)
            var acknowledged = AcknowledgedReadings()
            _ = try await run(on: drive, in: directory, &acknowledged)
            let stored: [String: Set<AcknowledgedReadings.ReadingNumber>]
            do {
                stored = try await readBack(from: drive, in: directory)
            } catch let error as TestSupportError {
                // Such a drive may also leave nothing that could be read.
                print("power-cut control: \(error)")
                stored = [:]
            }
            let lost = acknowledged.missing(from: stored).values.reduce(0, +)
            #expect(lost > 0)
            try FigureFile.add(["power-cut control lost \(lost) of \(acknowledged.count) readings"])
        }

        /// The lives of one pole, read back at their end: its disk stays of a size that a slow machine
        /// can export in time.
        private static let cutsOfADrive = 25

        /// What came of cuts.
        private struct Series {
            /// From each start of the daemon to its first acknowledgement, in seconds.
            var starts: [Double] = []
            var acknowledgedCount = 0
            var lostCount = 0

            mutating func add(_ other: Series) {
                starts += other.starts
                acknowledgedCount += other.acknowledgedCount
                lostCount += other.lostCount
            }
        }

        /// Cuts the power of one pole so many times, and then looks what its disk holds.
        private func series(of cutCount: Int) async throws -> Series {
            let directory = try TemporaryDirectory()
            let drive = try await CutDrive(in: directory)
            var acknowledged = AcknowledgedReadings()
            var series = Series()
            for _ in 0..<cutCount {
                series.starts.append(try await run(on: drive, in: directory, &acknowledged))
            }
            let stored = try await readBack(from: drive, in: directory)
            #expect(acknowledged.count >= Self.leastCount * cutCount)
            let lost = acknowledged.missing(from: stored)
            #expect(lost == [:])
            series.acknowledgedCount = acknowledged.count
            series.lostCount = lost.values.reduce(0, +)
            return series
        }

        private static let wantedCutCount =
            ProcessInfo.processInfo.environment["KAWAMORI_POWER_CUTS"].flatMap(Int.init)

        /// One life of the pole: it starts, serves for a while, and the power goes.
        ///
        /// - Returns: from the daemon's start to the first acknowledgement, in seconds; the fleet
        ///   begins as soon as the daemon's page answers.
        private func run(
            on drive: CutDrive, in directory: TemporaryDirectory,
            _ acknowledged: inout AcknowledgedReadings
        ) async throws -> Double {
            let machine = try await boot("power-pole", drive, in: directory, within: 280)
            let deadline = ContinuousClock.now + .seconds(270)
            var answered: ContinuousClock.Instant?
            var first: ContinuousClock.Instant?
            while acknowledgementCount(of: machine) < Self.leastCount {
                if answered == nil, secondsToPage(of: machine) != nil { answered = .now }
                if first == nil, acknowledgementCount(of: machine) > 0 { first = .now }
                guard machine.isRunning, ContinuousClock.now < deadline else {
                    throw TestSupportError("no acknowledgement came:\n\(console(of: machine))")
                }
                try await Task.sleep(for: .milliseconds(20))
            }
            let begun = ContinuousClock.now
            try await Task.sleep(for: .milliseconds(Int.random(in: 200...6000)))
            // The drive loses its power no later than the machine that could still speak.
            try await drive.cut()
            machine.send(SIGTERM)
            try await machine.ending(within: 30)
            let text = console(of: machine)
            #expect(!text.contains("\nFAIL "), "\(text.suffix(4000))")
            try acknowledged.take(console: text)
            let seconds = try #require(secondsToPage(of: machine))
            return seconds + ((first ?? begun) - (answered ?? begun)) / .seconds(1)
        }

        /// What the machine says of its daemon's start; nil where it has not yet.
        private func secondsToPage(of machine: ChildProcess) -> Double? {
            console(of: machine).firstMatch(of: /figure start_to_page ([0-9.]+) s\n/)
                .flatMap { Double($0.output.1) }
        }

        /// What a last life of the pole finds on the disk, by sensor.
        ///
        /// - Throws: `TestSupportError` where it finds nothing whole.
        private func readBack(
            from drive: CutDrive, in directory: TemporaryDirectory
        ) async throws -> [String: Set<AcknowledgedReadings.ReadingNumber>] {
            let output = directory.file("read-back")
            try FileManager.default.createDirectory(
                atPath: output, withIntermediateDirectories: false)
            let machine = try await boot(
                "power-check", drive, in: directory, within: 280, output: output)
            let ending = try await machine.ending(within: 300)
            let text = console(of: machine)
            try await drive.disconnect()
            guard ending == .code(0) else { throw TestSupportError("\(text.suffix(4000))") }
            let verdict = try await DatabaseQueue(path: output + "/kawamori.db").read {
                try String.fetchAll($0, sql: "PRAGMA integrity_check")
            }
            guard verdict == ["ok"] else {
                throw TestSupportError("the database is not whole: \(verdict)")
            }
            var stored: [String: Set<AcknowledgedReadings.ReadingNumber>] = [:]
            for sensor in (1...8).map({ "stage-\($0)" }) {
                let table = try String(contentsOfFile: "\(output)/\(sensor).csv", encoding: .utf8)
                let rows = table.split(whereSeparator: \.isNewline).map {
                    $0.split(separator: ",", omittingEmptySubsequences: false)
                }
                let place = try #require(rows.first?.firstIndex(of: "key"))
                let numbers = rows.dropFirst().compactMap { Self.number(ofKey: $0[place]) }
                #expect(numbers.count == rows.count - 1, "\(sensor) has rows without a number")
                stored[sensor] = Set(numbers)
                #expect(numbers.count == stored[sensor]?.count, "\(sensor) has a reading twice")
            }
            return stored
        }

        /// Boot counter and sequence of an exported reading, from its key `…/sBOOT-SEQUENCE`.
        private static func number(
            ofKey text: Substring
        ) -> AcknowledgedReadings.ReadingNumber? {
            let key = text.split(separator: "/").last ?? ""
            let parts = key.dropFirst().split(separator: "-")
            guard key.first == "s", parts.count == 2, let boot = UInt32(parts[0]),
                let sequence = UInt32(parts[1])
            else { return nil }
            return AcknowledgedReadings.ReadingNumber(boot: boot, sequence: sequence)
        }

        private func boot(
            _ program: String, _ drive: CutDrive, in directory: TemporaryDirectory,
            within seconds: Int, output: String? = nil
        ) async throws -> ChildProcess {
            try VirtualMachineKit.require()
            let folder = output.map { ["-o", $0] } ?? []
            return try ChildProcess(
                executable: VirtualMachineKit.scripts.appending(path: "boot.sh").path(),
                arguments: ["1", program, "-t", "\(seconds)"] + folder
                    + (try await drive.connect()),
                directory: directory, name: program)
        }

        /// Acknowledgements before each cut, so that there is something to lose.
        private static let leastCount = 16

        private func acknowledgementCount(of machine: ChildProcess) -> Int {
            console(of: machine).split(separator: "\n").count { $0.hasPrefix("ack ") }
        }

        /// A serial console ends its lines with CR and LF, which Swift takes for one character.
        private func console(of machine: ChildProcess) -> String {
            machine.output.replacing("\r\n", with: "\n")
        }
    }
}
