import ArgumentParser
import CLinux
import Foundation
import GPIO
import GatewayModel

/// `kawamori gpio watch`: the edges of lines, as they come.
struct GPIOWatch: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Print the edges of lines as they come.",
        discussion: """
            Each edge with the local time, the line, whether the pin rose or fell and what that \
            means, the time since the edge before, and the width of an active pulse. Lost edges \
            are told. Ctrl-C ends it with a summary.

            Example: kawamori gpio watch GPIO17 --bias pull-up --active-low
                     kawamori gpio watch 17 27 --chip gpiochip0 --count 100
            """)

    @Argument(help: ArgumentHelp("The lines: names, or offsets with --chip.", valueName: "line"))
    var lines: [String]

    @Option(help: "The chip: label, name or path. Without it the chip that has the line is taken.")
    var chip: String?

    @Flag(help: "The lines are active while their pins are low.")
    var activeLow = false

    @Option(help: "The resistor in the pin: as-is, disabled, pull-up or pull-down.")
    var bias = GPIOInputSettings.Bias.asIs

    @Option(help: ArgumentHelp("The kernel's debounce; libgpiod 2 only.", valueName: "us"))
    var debounceUs: UInt32 = 0

    @Option(help: "End after so many edges.")
    var count: Int?

    func validate() throws {
        _ = try GPIOCommand.addresses(lines, chip: chip)
        let debounce = GPIOInputSettings.Limits.debounceMicroseconds
        guard debounce.contains(debounceUs) else {
            throw ValidationError("--debounce-us takes at most \(debounce.upperBound)")
        }
        if let count, count < 1 { throw ValidationError("--count is at least 1") }
    }

    func run() throws {
        let stop = StopSignal()
        let output = BufferedOutput()
        do {
            let watched = try open()
            let names = watched.map { line in
                "\(line.line.place), \(line.isActive ? "active" : "inactive")"
            }
            output.write("watching \(names.joined(separator: "; ")); Ctrl-C ends it\n")
            defer {
                for line in watched { output.write("\(line.name): \(line.report.summary)\n") }
                output.flush()
            }
            try watch(watched, until: stop, output)
        } catch let failure as AdapterFailure {
            throw Exit.failure(failure)
        }
    }

    private func open() throws -> [WatchedLine] {
        let settings = GPIOInputSettings(
            isActiveLow: activeLow, bias: bias, debounceMicroseconds: debounceUs,
            consumer: "kawamori-watch")
        return try GPIOCommand.addresses(lines, chip: chip).map {
            try WatchedLine(address: $0, settings: settings)
        }
    }

    private func watch(
        _ watched: [WatchedLine], until stop: StopSignal, _ output: BufferedOutput
    ) throws {
        let width = watched.map(\.name.count).max() ?? 0
        /// Writes what there is to say of a line, its name padded to the longest.
        func tell(_ texts: [String], of line: WatchedLine, at nanoseconds: Int64) {
            let name = line.name + String(repeating: " ", count: width - line.name.count)
            for text in texts {
                output.write("\(LocalTime.text(nanoseconds: nanoseconds))  \(name)  \(text)\n")
            }
        }
        var left = count ?? .max
        while left > 0, !stop.isRaised {
            output.flush()
            var entries = watched.map {
                pollfd(fd: $0.line.fileDescriptor, events: Int16(POLLIN), revents: 0)
            }
            // Unsafe: the array is lent for the call, with its count. The time limit is for
            // Ctrl-C, and for a chip that goes without waking us.
            _ = unsafe poll(&entries, nfds_t(entries.count), 200)
            for (line, entry) in zip(watched, entries) where entry.revents != 0 { try line.read() }
            // Edges of several lines are told in the order in which they happened.
            let edges = watched.enumerated().flatMap { index, line in
                line.edges.map { (index: index, edge: $0) }
            }.sorted { $0.edge.nanoseconds < $1.edge.nanoseconds }
            let difference = kawamori_realtime_nanoseconds() - kawamori_monotonic_nanoseconds()
            for (index, edge) in edges.prefix(left) {
                let texts = watched[index].report.take(edge)
                tell(texts, of: watched[index], at: edge.nanoseconds + difference)
            }
            left -= min(left, edges.count)
            for line in watched {
                tell(try line.tellFullRead(), of: line, at: kawamori_realtime_nanoseconds())
            }
        }
    }
}

/// A line with what is told of it.
private final class WatchedLine {
    var line: GPIOInputLine
    /// How the texts call it.
    let name: String
    var report: EdgeReport
    /// The level when it was opened.
    let isActive: Bool
    /// The edges of the last read.
    private(set) var edges: [LineEdge] = []
    private var wasFull = false

    init(address: LineAddress, settings: GPIOInputSettings) throws {
        line = try GPIOInputLine(address: address, settings: settings)
        name = line.place.name ?? "line \(line.place.offset)"
        report = EdgeReport(
            isActiveLow: settings.isActiveLow, numbersEdges: GPIOLibrary.numbersEdges)
        isActive = try line.level()
    }

    /// Takes what waits; the edges of the read before are gone.
    func read() throws {
        _ = try line.readEdges(into: &edges)
        wasFull = line.wasLastReadFull
    }

    /// What there is to say of a full read; forgets the edges, which have been told.
    func tellFullRead() throws -> [String] {
        edges.removeAll(keepingCapacity: true)
        guard wasFull else { return [] }
        wasFull = false
        return report.takeFullRead(capacity: line.capacity, isActive: try line.level())
    }
}

extension GPIOInputSettings.Bias: ExpressibleByArgument {}
