import ArgumentParser
import Foundation
import Gateway
import GatewayModel

/// `kawamori device`: firmware devices, their adoption, their commands, their keys.
struct Device: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show, adopt and command the firmware devices of a running gateway.",
        discussion: """
            Run it on the gateway itself, as the gateway's user or root.

            Example: kawamori device list
                     kawamori device adopt 70b3d57ed0001234 --sensor seiryuji-01.stage-1
                     kawamori device command 70b3d57ed0001234 measure-now --expires 1h
            """,
        subcommands: [
            DeviceList.self, DeviceShow.self, DeviceAdopt.self, DeviceRefuse.self,
            DeviceCommandCommand.self, DeviceExport.self, DeviceKey.self,
        ])
}

/// What all of these commands take.
typealias DeviceOptions = QueryOptions<DeviceQuery>

extension DeviceID: ExpressibleByArgument {
    /// Reads a device's number as people type it.
    package init?(argument: String) { self.init(argument) }
}

/// `kawamori device list`.
struct DeviceList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List every device that was ever heard.",
        discussion: "Example: kawamori device list --json")

    @OptionGroup var options: DeviceOptions

    @Flag(help: "Print the API's JSON.")
    var json = false

    func run() async throws {
        if json {
            let bytes = try await options.ask { query throws(AdapterFailure) in
                try await query.json(nil)
            }
            FileHandle.standardOutput.write(Data(bytes + [0x0A]))
            return
        }
        print(
            try await options.ask { query throws(AdapterFailure) in try await query.list() },
            terminator: "")
    }
}

/// `kawamori device show`.
struct DeviceShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one device, what it sent, and the configuration that would take it.",
        discussion: "Example: kawamori device show 70b3d57ed0001234")

    @Argument(help: "The device's sixteen hexadecimal digits.")
    var device: DeviceID

    @OptionGroup var options: DeviceOptions

    @Flag(help: "Print the API's JSON.")
    var json = false

    func run() async throws {
        if json {
            let bytes = try await options.ask { query throws(AdapterFailure) in
                try await query.json(device)
            }
            FileHandle.standardOutput.write(Data(bytes + [0x0A]))
            return
        }
        print(
            try await options.ask { query throws(AdapterFailure) in
                try await query.show(device)
            }, terminator: "")
    }
}

/// `kawamori device adopt`.
struct DeviceAdopt: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adopt", abstract: "Take a device's readings as those of a sensor.",
        discussion: """
            It takes effect at once and stays; the device that the sensor had before is quarantined. \
            A sensor that no station file has is made: with the lines of --from, else with those \
            that `kawamori device show` suggests. Look at them afterwards, above all at the \
            calibration; adopting again with --from describes it anew.

            Example: kawamori device adopt 70b3d57ed0001234 --sensor seiryuji-01.stage-1
                     kawamori device adopt 70b3d57ed0001234 --sensor seiryuji-01.rain-2 --kind rain.tipping
                     kawamori device adopt 70b3d57ed0001234 --sensor seiryuji-01.stage-2 --from stage-2.yaml
            """)

    @Argument(help: "The device's sixteen hexadecimal digits.")
    var device: DeviceID

    @Option(
        help: ArgumentHelp(
            "A sensor of a station file, or a new one of a station.", valueName: "station.sensor"))
    var sensor: String

    @Option(help: "What a new sensor measures, such as stage.pressure.")
    var kind: String?

    @Option(
        help: ArgumentHelp(
            "A file with the new sensor's entry, as it would stand under `sensors`.",
            valueName: "file"))
    var from: String?

    @OptionGroup var options: DeviceOptions

    func validate() throws {
        if kind != nil, from != nil {
            throw ValidationError("The file says the kind itself; give --kind or --from.")
        }
    }

    func run() async throws {
        var lines: (text: String, file: String)?
        if let from {
            guard let text = try? String(contentsOfFile: from, encoding: .utf8) else {
                throw Exit.failure("\(from) cannot be read as UTF-8 text", Exit.data)
            }
            lines = (text, from)
        }
        print(
            try await options.ask { [lines] query throws(AdapterFailure) in
                try await query.adopt(device, as: sensor, kind: kind, lines: lines)
            }, terminator: "")
    }
}

/// `kawamori device export`.
struct DeviceExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Print the adopted sensors as lines for the station files.",
        discussion: """
            Copy them under `sensors` of the station file, restart the gateway, and delete the files \
            that `kawamori check` then names.

            Example: kawamori device export --config /etc/kawamori/kawamori.yaml
            """)

    @OptionGroup var options: DeviceOptions

    func run() async throws {
        let text = try await options.ask { query throws(AdapterFailure) in query.exportedSensors }
        print(text, terminator: "")
    }
}

/// `kawamori device refuse`.
struct DeviceRefuse: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refuse", abstract: "Take no more frames of a device.",
        discussion: "Example: kawamori device refuse 70b3d57ed0001234")

    @Argument(help: "The device's sixteen hexadecimal digits.")
    var device: DeviceID

    @OptionGroup var options: DeviceOptions

    func run() async throws {
        print(
            try await options.ask { query throws(AdapterFailure) in
                try await query.refuse(device)
            }, terminator: "")
    }
}
