import ArgumentParser
import Foundation
import Gateway
import GatewayModel

/// `kawamori decode`: a payload on standard input, one JSON line per sample or detection.
struct Decode: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what a payload says.",
        discussion: """
            Reads one payload from standard input. A bad one ends with code 65 and one line that \
            says where and why.

            Example: mosquitto_sub -t 'kawamori/v1/+/+/data' -C 1 -N | kawamori decode --format firmware
            """)

    @Option(help: "firmware, senml-json, json, chirpstack or camera.")
    var format: PayloadDecoding.Format

    @Flag(help: "The input is hexadecimal text; white space is passed over.")
    var hex = false

    @Option(
        help: ArgumentHelp(
            "A configuration whose topic map tells where JSON fields stand; needs --topic.",
            valueName: "file"))
    var config: String?

    @Option(help: "The topic whose field map is used.")
    var topic: String?

    func run() throws {
        var input = Array(FileHandle.standardInput.readDataToEndOfFile())
        if hex {
            do {
                input = try PayloadDecoding.bytes(hexadecimal: input)
            } catch {
                throw Exit.failure(error.description, Exit.data)
            }
        }
        let fields = try config.map { try Configuration.load($0) }
            .flatMap { configuration in configuration.topics.first { $0.topic == topic }?.fields }
        do {
            for line in try PayloadDecoding.lines(input, format: format, fields: fields) {
                print(line)
            }
        } catch {
            throw Exit.failure(error.description, Exit.data)
        }
    }
}

extension PayloadDecoding.Format: ExpressibleByArgument {}
