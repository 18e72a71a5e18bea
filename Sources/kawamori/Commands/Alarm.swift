import ArgumentParser
import Foundation
import Gateway
import GatewayModel

/// `kawamori alarm`: the alarms of a running gateway, and what people do with them.
struct Alarm: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the alarms of a running gateway, acknowledge them, put them aside.",
        discussion: """
            Run it on the gateway itself, as the gateway's user or root.

            Example: kawamori alarm list
                     kawamori alarm ack 12 --comment "on my way"
                     kawamori alarm shelve 12 --for 2h --reason "the sensor is being cleaned"
            """,
        subcommands: [
            AlarmList.self, AlarmAcknowledge.self, AlarmComment.self, AlarmAssign.self,
            AlarmShelve.self, AlarmUnshelve.self,
        ])
}

/// What all of these commands take.
typealias AlarmOptions = QueryOptions<AlarmQuery>

extension QueryOptions where Query == AlarmQuery {
    /// Does something with an alarm, and prints how it stands then.
    func handle(_ request: AlarmRequest, _ number: Int64) async throws {
        print(
            try await ask { query throws(AdapterFailure) in
                try await query.handle(request, number)
            }, terminator: "")
    }
}

/// `kawamori alarm list`.
struct AlarmList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the open alarms, the newest first.",
        discussion: "Example: kawamori alarm list --all --json")

    @Flag(help: "List past alarms too, the newest hundred.")
    var all = false

    @Flag(help: "Print the API's JSON.")
    var json = false

    @OptionGroup var options: AlarmOptions

    func run() async throws {
        if json {
            let bytes = try await options.ask { query throws(AdapterFailure) in
                try await query.json(all: all)
            }
            FileHandle.standardOutput.write(Data(bytes + [0x0A]))
            return
        }
        print(
            try await options.ask { query throws(AdapterFailure) in
                try await query.list(all: all)
            }, terminator: "")
    }
}

/// `kawamori alarm ack`.
struct AlarmAcknowledge: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ack", abstract: "Say that you know of an alarm.",
        discussion: "Example: kawamori alarm ack 12 --comment \"on my way\"")

    @Argument(help: "The alarm's number, as the list has it.")
    var number: Int64

    @Option(help: "What to say with it.")
    var comment: String?

    @OptionGroup var options: AlarmOptions

    func run() async throws {
        print(
            try await options.ask { query throws(AdapterFailure) in
                try await query.acknowledge(number, comment: comment)
            }, terminator: "")
    }
}

/// `kawamori alarm comment`.
struct AlarmComment: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "comment", abstract: "Say something about an open alarm.",
        discussion: "Example: kawamori alarm comment 12 \"the weir is clear\"")

    @Argument(help: "The alarm's number.")
    var number: Int64

    @Argument(help: "What to say.")
    var text: String

    @OptionGroup var options: AlarmOptions

    func run() async throws { try await options.handle(.comment(text), number) }
}

/// `kawamori alarm assign`.
struct AlarmAssign: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assign", abstract: "Say who sees to an open alarm.",
        discussion: "Example: kawamori alarm assign 12 sato")

    @Argument(help: "The alarm's number.")
    var number: Int64

    @Argument(help: "The person's name; an empty one takes it back.")
    var name: String

    @OptionGroup var options: AlarmOptions

    func run() async throws { try await options.handle(.assign(to: name), number) }
}

/// `kawamori alarm shelve`.
struct AlarmShelve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shelve", abstract: "Put an open alarm aside: nobody is woken by it.",
        discussion: """
            It comes back by itself, and is told again where it is still on. A higher flood level \
            of the same station brings it back at once, and is never put aside with it.

            Example: kawamori alarm shelve 12 --for 2h --reason "the sensor is being cleaned"
            """)

    @Argument(help: "The alarm's number.")
    var number: Int64

    @Option(name: .customLong("for"), help: "For how long, such as 30m or 2h; at most 24h.")
    var span: TimeSpan

    @Option(help: "Why; everybody can read it.")
    var reason: String

    @OptionGroup var options: AlarmOptions

    func run() async throws {
        try await options.handle(.shelve(seconds: Double(span.seconds), reason: reason), number)
    }
}

/// `kawamori alarm unshelve`.
struct AlarmUnshelve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unshelve", abstract: "Take an alarm back that was put aside.",
        discussion: "Example: kawamori alarm unshelve 12")

    @Argument(help: "The alarm's number.")
    var number: Int64

    @OptionGroup var options: AlarmOptions

    func run() async throws { try await options.handle(.unshelve, number) }
}
