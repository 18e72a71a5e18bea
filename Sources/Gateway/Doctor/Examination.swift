import Foundation
import GPIO
import GatewayModel
import SQLiteStore

/// What `kawamori doctor` looks at: whether the machine has what the configuration asks for.
///
/// It changes nothing, holds no line and no lock, and may run beside the daemon or without one.
package struct Examination: Sendable {
    /// One thing that was looked at.
    package struct Finding: Sendable, Equatable, Encodable, CustomStringConvertible {
        /// How it stands.
        package enum Verdict: String, Sendable, Encodable {
            case well = "ok"
            /// It works; a person should know.
            case advice
            /// It does not work.
            case fault
        }

        package var verdict: Verdict
        /// What was looked at, such as `gpio lamp`.
        package var subject: String
        /// How it stands and what to do.
        package var text: String

        package var description: String {
            let word = verdict.rawValue.padding(toLength: 7, withPad: " ", startingAt: 0)
            return "\(word) \(subject): \(text)"
        }
    }

    /// What the machine says when it is asked; tests give answers of their own.
    struct Machine: Sendable {
        /// The greatest error of the civil clock in milliseconds; nil where nothing disciplines it.
        var clockErrorMilliseconds: @Sendable () -> Int64?
        /// The bytes that are free where a file lies; nil where the folder cannot be used.
        var freeBytes: @Sendable (_ folder: String) -> Int64?
        /// Whether this user may write a file; true, too, where there is none.
        var isWritable: @Sendable (_ file: String) -> Bool
        /// How the database stands.
        var store: @Sendable (_ folder: String, _ isInUse: Bool) -> StoreExamination
        /// Whether some process holds the state directory as its gateway.
        var isHeld: @Sendable (_ folder: String) -> Bool
        /// The settings of a broker on this machine, by their names; nil where it has no file.
        var brokerSettings: @Sendable () -> [String: String]?
        /// What systemd says of our unit, by the names of its properties; nil where there is none.
        var unit: @Sendable () -> [String: String]?
        /// When the certificates in a file end, our own or those of authorities; nil where it cannot be
        /// read.
        var certificateEnd: @Sendable (_ file: String, _ isOwn: Bool) -> UTCInstant?
        /// What is wrong with a key's file; nil where nothing is.
        var keyTrouble: @Sendable (KeyFile) -> AdapterFailure?
        var now: @Sendable () -> UTCInstant
        var network: Network
        var libraryVersion: String
        var libraryLimits: [String]
        /// Where a line is and who holds it; nil where nobody does.
        var findLine: @Sendable (LineAddress) throws(AdapterFailure) -> (LinePlace, holder: String?)
    }

    /// What the network says when it is asked.
    struct Network: Sendable {
        /// What the running gateway says of itself.
        var status: @Sendable () async throws(AdapterFailure) -> [UInt8]
        /// Opens a connection and closes it again; tells when the other side's certificate ends, nil
        /// without TLS.
        var reach:
            @Sendable (_ host: String, _ port: Int, _ tls: Bool) async throws(AdapterFailure)
                -> UTCInstant?
        /// Signs in at a broker, under a name of its own, and leaves again.
        var signIn: @Sendable (GatewayConfiguration.Connection) async throws(AdapterFailure) -> Void
    }

    let configuration: GatewayConfiguration
    let machine: Machine
    private let trouble: String?

    package init(_ start: StartConfiguration) {
        self.init(
            start.configuration, machine: .real(start.configuration), trouble: start.trouble)
    }

    init(_ configuration: GatewayConfiguration, machine: Machine, trouble: String? = nil) {
        self.configuration = configuration
        self.trouble = trouble
        self.machine = machine
    }

    /// Below this much room on the card, in bytes, a flood's readings may not fit.
    private static let leastFreeBytes: Int64 = 200_000_000

    /// Looks at everything.
    ///
    /// What does not answer within seconds counts as unreachable, so that it takes half a minute at
    /// the longest, however much is down.
    package func findings() async -> [Finding] {
        let answer = await askGateway()
        let isInUse = answer.isRunning || machine.isHeld(configuration.gateway.statePath)
        let brokers = await self.brokers
        let targets = await self.targets(answer.document)
        var findings = [trouble.map { Finding(.fault, "configuration", $0) }].compactMap(\.self)
        findings += configuration.warnings.map { Finding(.advice, "configuration", $0.description) }
        findings += [clock, state] + database(isInUse: isInUse) + [spool]
        findings += service(answer, isInUse) + brokers + targets
        findings += certificates + keys + adopted + lines
        return findings
    }

    private var adopted: [Finding] {
        let files = AdoptedSensors(statePath: configuration.gateway.statePath)
        let about =
            configuration.adopted.isEmpty
            ? []
            : [
                Finding(
                    .well, "adopted sensors",
                    configuration.adopted.keys.sorted().map(\.description).joined(separator: ", "))
            ]
        return about
            + files.setAside.map {
                Finding(
                    .advice, "adopted sensors",
                    "\($0) could not be used at a start and is not measured; adopt its device again,"
                        + " or repair the file and name it back, then delete this one")
            }
    }

    private var clock: Finding {
        machine.clockErrorMilliseconds().map { error in
            Finding(
                .well, "clock",
                "the kernel says that it is synchronised, and off by \(error) ms at most")
        }
            ?? Finding(
                .advice, "clock",
                "not synchronised: times count as unknown (時刻未同期) until NTP answers, and are "
                    + "corrected then; see `timedatectl`")
    }

    private var state: Finding {
        let path = configuration.gateway.statePath
        let goesOn =
            "the gateway judges and tells meanwhile, stores nothing, and goes on by itself then"
        guard let free = machine.freeBytes(path) else {
            return Finding(
                .fault, "state",
                "\(path) cannot be written: create it for the user of the daemon, or give it to that"
                    + " user; where the system has made the card read-only, look at `dmesg` and"
                    + " replace it; \(goesOn)")
        }
        let closed = ["kawamori.db", "kawamori.db-wal", "kawamori.db-shm"]
            .map { "\(path)/\($0)" }.filter { !machine.isWritable($0) }
        if let file = closed.first {
            return Finding(
                .fault, "state",
                "\(file) cannot be written by this user; give it to the user of the daemon"
                    + " (`chown`), and run doctor as that user; \(goesOn)")
        }
        let megabytes = free / 1_000_000
        guard free >= Self.leastFreeBytes else {
            return Finding(
                .fault, "state",
                "only \(megabytes) MB are free at \(path); make room on the card: below"
                    + " `retention: { low_water_megabytes: … }` the oldest readings, pictures and"
                    + " sums make room, and each removal stands in the loss ledger")
        }
        return Finding(.well, "state", "\(megabytes) MB are free at \(path)")
    }

    // MARK: - GPIO

    /// Who may hold a line of ours: the daemon, and the process that keeps its relays.
    private static let ownHolder = "kawamori"

    private var lines: [Finding] {
        guard !configuration.lines.isEmpty else { return [] }
        let library = "libgpiod \(machine.libraryVersion)"
        let about: Finding =
            machine.libraryLimits.isEmpty
            ? Finding(.well, "gpio", "\(library) numbers every edge: losses are counted exactly")
            : Finding(
                .advice, "gpio",
                ([library + " can do less than libgpiod 2:"] + machine.libraryLimits)
                    .joined(separator: " "))
        let inputs = configuration.lines.inputs.flatMap { input in
            pins(of: input.wiring).map { line($0.pin, subject: "gpio \(input.sensor)\($0.part)") }
        }
        let outputs = configuration.lines.outputs.map { line($0.pin, subject: "gpio \($0.name)") }
        return [about] + inputs + outputs
    }

    private func pins(
        of wiring: GatewayConfiguration.LineWiring
    ) -> [(pin: GatewayConfiguration.Pin, part: String)] {
        switch wiring {
        case .tippingBucket(let pin, _), .contact(let pin, _), .pulseWidth(let pin, _, _):
            [(pin, "")]
        case .echo(let trigger, let echo, _): [(trigger, " trigger"), (echo, " echo")]
        }
    }

    private func line(_ pin: GatewayConfiguration.Pin, subject: String) -> Finding {
        do {
            let (place, holder) = try machine.findLine(AdapterCatalog.address(pin))
            guard let holder else { return Finding(.well, subject, "\(place), free") }
            guard holder.hasPrefix(Self.ownHolder) else {
                return Finding(
                    .fault, subject,
                    "\(place) is held by \(holder); stop that program, or wire another line")
            }
            return Finding(.well, subject, "\(place), held by the gateway")
        } catch {
            return Finding(.fault, subject, error.description)
        }
    }
}

extension Examination {
    /// The findings as JSON: a list of `verdict`, `subject` and `text`.
    package static func json(_ findings: [Finding]) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        // Three texts can always be written.
        let data = (try? encoder.encode(findings)) ?? Data()
        return String(decoding: data, as: UTF8.self) + "\n"
    }
}

extension Examination.Finding {
    init(_ verdict: Verdict, _ subject: String, _ text: String) {
        self.init(verdict: verdict, subject: subject, text: text)
    }
}
