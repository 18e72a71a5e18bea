import GPIO
import GatewayModel
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
        Examination.Machine(
            clockErrorMilliseconds: { 12 }, freeBytes: { _ in 1_000_000_000 },
            isWritable: { _ in true },
            libraryVersion: "2.2.1", libraryLimits: [],
            findLine: { (address) throws(AdapterFailure) in (Self.place(address), nil) })
    }

    private static func place(_ address: LineAddress) -> LinePlace {
        guard case .name(let name) = address.line else { preconditionFailure("named lines only") }
        return LinePlace(
            chipPath: "/dev/gpiochip0", chipName: "gpiochip0", offset: 3, name: name)
    }

    private func findings(_ machine: Examination.Machine) -> [String] {
        Examination(configuration, machine: machine).findings().map(\.description)
    }

    @Test func `a machine that has everything is well in every line`() {
        #expect(
            findings(machine) == [
                "ok      clock: the kernel says that it is synchronised, and off by 12 ms at most",
                "ok      state: 1000 MB are free at /var/lib/kawamori",
                "ok      gpio: libgpiod 2.2.1 numbers every edge: losses are counted exactly",
                "ok      gpio pole.lid: LID (gpiochip0 line 3), free",
                "ok      gpio pole.near trigger: T (gpiochip0 line 3), free",
                "ok      gpio pole.near echo: E (gpiochip0 line 3), free",
                "ok      gpio lamp: LAMP (gpiochip0 line 3), free",
            ])
    }

    @Test func `what the old library cannot do is said`() {
        var machine = machine
        machine.libraryVersion = "1.6.3"
        machine.libraryLimits = ["No numbers.", "No debounce."]
        #expect(
            findings(machine)[2]
                == "advice  gpio: libgpiod 1.6.3 can do less than libgpiod 2: No numbers. No debounce."
        )
    }

    @Test func `a line of another program is a fault, one of ours is not`() {
        var machine = machine
        machine.findLine = { (address) throws(AdapterFailure) in
            (Self.place(address), address.line == .name("LID") ? "gpiomon" : "kawamori lamp")
        }
        let found = findings(machine)
        #expect(found[3].hasPrefix("fault   gpio pole.lid: LID (gpiochip0 line 3) is held by gpio"))
        #expect(found[6] == "ok      gpio lamp: LAMP (gpiochip0 line 3), held by the gateway")
    }

    @Test func `a missing chip says what the system said`() {
        var machine = machine
        machine.findLine = { (_) throws(AdapterFailure) in
            throw AdapterFailure(.unavailable, operation: "find pole-sim", cause: "no such chip")
        }
        #expect(
            findings(machine)[6] == "fault   gpio lamp: find pole-sim: no such chip (unavailable)")
    }

    @Test func `an unset clock is advice, a full or closed card a fault`() {
        var machine = machine
        machine.clockErrorMilliseconds = { nil }
        machine.freeBytes = { _ in 5_000_000 }
        #expect(findings(machine)[0].hasPrefix("advice  clock: not synchronised"))
        #expect(findings(machine)[1].hasPrefix("fault   state: only 5 MB"))
        machine.freeBytes = { _ in nil }
        #expect(findings(machine)[1].contains("cannot be written"))
    }

    @Test func `a database of another user is a fault that names the file`() {
        var machine = machine
        machine.isWritable = { !$0.hasSuffix("-wal") }
        #expect(
            findings(machine)[1].hasPrefix(
                "fault   state: /var/lib/kawamori/kawamori.db-wal cannot be written by this user"))
    }
}
