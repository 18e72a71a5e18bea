import ArgumentParser
import Gateway
import GatewayModel

/// `kawamori device command`.
struct DeviceCommandCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "command", abstract: "Put a command on its way to a device.",
        discussion: """
            interval CALM FLOOD     measure so often, in seconds
            mode flood|calm [S]     take that interval, for S seconds or until told otherwise
            measure-now             measure and send at once
            identify [S]            blink for S seconds, else for 60
            reboot                  start again

            The device gets it when it next speaks; `kawamori device show` tells what became of it.

            Example: kawamori device command 70b3d57ed0001234 measure-now --expires 1h
            """)

    @Argument(help: "The device's sixteen hexadecimal digits.")
    var device: DeviceID

    @Argument(help: "The command, with its numbers behind it.")
    var order: [String]

    @Option(help: "For how long it may wait, such as 90s, 15m, 1h or 2d.")
    var expires = TimeSpan(seconds: 93_600)

    @OptionGroup var options: DeviceOptions

    func run() async throws {
        let order = try Self.order(self.order)
        print(
            try await options.ask { query throws(AdapterFailure) in
                try await query.order(order, to: device, expiresSeconds: expires.seconds)
            }, terminator: "")
    }

    /// Reads a command as people type it.
    static func order(_ words: [String]) throws -> DeviceOrder {
        let numbers: [UInt32]
        switch (words.first, words.dropFirst().first) {
        case ("mode", "flood"?), ("mode", "calm"?):
            numbers =
                [words[1] == "flood" ? 1 : 0] + (words.count == 2 ? [0] : [])
                + words.dropFirst(2).compactMap { UInt32($0) }
            guard numbers.count == 2, words.count <= 3 else { throw Self.unknown(words) }
        case ("identify", nil): numbers = [60]
        default:
            numbers = words.dropFirst().compactMap { UInt32($0) }
            guard numbers.count == words.count - 1 else { throw Self.unknown(words) }
        }
        guard let order = DeviceOrder(name: words.first ?? "", arguments: numbers) else {
            throw Self.unknown(words)
        }
        return order
    }

    private static func unknown(_ words: [String]) -> ValidationError {
        ValidationError(
            "“\(words.joined(separator: " "))” is no command; see kawamori device command --help")
    }
}

/// A span of time as people type it.
struct TimeSpan: ExpressibleByArgument, CustomStringConvertible {
    var seconds: UInt32

    init(seconds: UInt32) { self.seconds = seconds }

    init?(argument: String) {
        let units: [Character: UInt32] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        let unit = argument.last.flatMap { units[$0] }
        let digits = unit == nil ? argument[...] : argument.dropLast()
        guard let number = UInt32(digits) else { return nil }
        let (product, hasOverflow) = number.multipliedReportingOverflow(by: unit ?? 1)
        guard !hasOverflow, product > 0 else { return nil }
        seconds = product
    }

    var description: String {
        seconds.isMultiple(of: 3600) ? "\(seconds / 3600)h" : "\(seconds)s"
    }
}
