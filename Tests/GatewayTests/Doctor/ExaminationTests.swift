import Foundation
import GPIO
import GatewayModel
import SQLiteStore
import Testing

@testable import Gateway

@Suite struct ExaminationTests {
    private let folder: ConfigurationFolder
    private let configuration: GatewayConfiguration

    init() throws {
        folder = try ConfigurationFolder()
        try folder.write(
            "stations/one.yaml",
            """
            station: { id: pole, name: 一番, river: 川 }
            sensors:
              - { id: lid, kind: contact.door, unit: state }
              - { id: near, kind: stage.ultrasonic, unit: us,
                  calibration: { type: linear, offset: 3.2, scale: -0.00017, unit: m } }
            levels: { danger: 2.5 }
            """)
        configuration = try folder.load(
            """
            gateway: { id: test }
            stations: [stations/*.yaml]
            gpio:
              chip: pole-sim
              inputs:
                - { sensor: pole.lid, line: LID }
                - { sensor: pole.near, trigger: T, echo: E }
              outputs:
                - { name: lamp, line: LAMP, station: pole, level: danger }
            """)
    }

    /// A machine on which all is well, and every line is free.
    private var machine: Examination.Machine {
        var machine = Examination.Machine.healthy
        machine.findLine = { (address) throws(AdapterFailure) in (Self.place(address), nil) }
        return machine
    }

    private static func place(_ address: LineAddress) -> LinePlace {
        guard case .name(let name) = address.line else { preconditionFailure("named lines only") }
        return LinePlace(
            chipPath: "/dev/gpiochip0", chipName: "gpiochip0", offset: 3, name: name)
    }

    /// What is found of clock, disk and lines.
    private func findings(_ machine: Examination.Machine) async -> [String] {
        await Examination(configuration, machine: machine).findings()
            .filter { ["clock", "state"].contains($0.subject) || $0.subject.hasPrefix("gpio") }
            .map(\.description)
    }

    @Test func `a machine that has everything is well in every line`() async {
        let found = await findings(machine)
        #expect(
            found == [
                "ok      clock: the kernel says that it is synchronised, and off by 12 ms at most",
                "ok      state: 1000 MB are free at /var/lib/kawamori",
                "ok      gpio: libgpiod 2.2.1 numbers every edge: losses are counted exactly",
                "ok      gpio pole.lid: LID (gpiochip0 line 3), free",
                "ok      gpio pole.near trigger: T (gpiochip0 line 3), free",
                "ok      gpio pole.near echo: E (gpiochip0 line 3), free",
                "ok      gpio lamp: LAMP (gpiochip0 line 3), free",
            ])
    }

    @Test func `what the old library cannot do is said`() async {
        var machine = machine
        machine.libraryVersion = "1.6.3"
        machine.libraryLimits = ["No numbers.", "No debounce."]
        let found = await findings(machine)
        #expect(
            found[2]
                == "advice  gpio: libgpiod 1.6.3 can do less than libgpiod 2: No numbers. No debounce."
        )
    }

    @Test func `a line of another program is a fault, one of ours is not`() async {
        var machine = machine
        machine.findLine = { (address) throws(AdapterFailure) in
            (Self.place(address), address.line == .name("LID") ? "gpiomon" : "kawamori lamp")
        }
        let found = await findings(machine)
        #expect(found[3].hasPrefix("fault   gpio pole.lid: LID (gpiochip0 line 3) is held by gpio"))
        #expect(found[6] == "ok      gpio lamp: LAMP (gpiochip0 line 3), held by the gateway")
    }

    @Test func `a missing chip says what the system said`() async {
        var machine = machine
        machine.findLine = { (_) throws(AdapterFailure) in
            throw AdapterFailure(.unavailable, operation: "find pole-sim", cause: "no such chip")
        }
        let found = await findings(machine)
        #expect(found[6] == "fault   gpio lamp: find pole-sim: no such chip (unavailable)")
    }

    @Test func `an unset clock is advice, a full or closed card a fault`() async {
        var machine = machine
        machine.clockErrorMilliseconds = { nil }
        machine.freeBytes = { _ in 5_000_000 }
        let full = await findings(machine)
        #expect(full[0].hasPrefix("advice  clock: not synchronised"))
        #expect(full[1].hasPrefix("fault   state: only 5 MB"))
        machine.freeBytes = { _ in nil }
        let closed = await findings(machine)
        #expect(closed[1].contains("cannot be written"))
    }

    @Test func `findings can be read by a program`() throws {
        let json = Examination.json([.init(.fault, "state", "it is \"full\"")])
        let list = try JSONDecoder().decode([[String: String]].self, from: Data(json.utf8))
        #expect(
            list == [["subject": "state", "text": "it is \"full\"", "verdict": "fault"]])
    }

    @Test func `a database of another user is a fault that names the file`() async {
        var machine = machine
        machine.isWritable = { !$0.hasSuffix("-wal") }
        let found = await findings(machine)
        #expect(
            found[1].hasPrefix(
                "fault   state: /var/lib/kawamori/kawamori.db-wal cannot be written by this user"))
    }
}

extension Examination.Machine {
    /// A machine on which all is well and no gateway runs.
    static var healthy: Self {
        Self(
            clockErrorMilliseconds: { 12 }, freeBytes: { _ in 1_000_000_000 },
            isWritable: { _ in true },
            store: { _, _ in
                StoreExamination(directory: "/nonexistent/kawamori", isInUse: false)
            },
            isHeld: { _ in false }, brokerSettings: { nil }, unit: { nil },
            certificateEnd: { _, _ in instant(86_400 * 300).utc }, keyTrouble: { _ in nil },
            now: { instant().utc },
            network: Examination.Network(
                status: { () async throws(AdapterFailure) in
                    throw AdapterFailure(.unreachable, operation: "ask", cause: "nobody is there")
                },
                reach: { (_, _, _) async throws(AdapterFailure) in nil },
                signIn: { (_) async throws(AdapterFailure) in }),
            libraryVersion: "2.2.1", libraryLimits: [],
            findLine: { (_) throws(AdapterFailure) in
                throw AdapterFailure(.unavailable, operation: "find a line", cause: "no chip")
            })
    }
}
