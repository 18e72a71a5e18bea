import Foundation
import Testing

/// The C headers, `Sources/CFirmwareProtocol/include`, by way of the system's compilers.
@Suite struct KawamoriFirmwareTests {
    @Test(arguments: [
        ["-x", "c", "-std=c99"], ["-x", "c", "-std=c99", "-O2"], ["-x", "c++"],
        ["-x", "c", "-std=c99", "-m32"],
        ["-x", "c", "-std=c99", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
    ])
    func `the headers compile without a warning and pass their vectors`(
        options: [String]
    ) throws {
        guard
            let program = try CompiledProgram(
                [ProtocolVector.folder.appending(path: "tests/vectors_test.c")], options: options)
        else { return }
        let tested = try program.run([ProtocolVector.file.path(), "300"])
        #expect(tested.status == 0, "\(tested.output)")
        #expect(tested.output.contains("\(ProtocolVector.all.count) cases, 0 failures"))
    }

    @Test(arguments: [
        ["-std=c99", "-O2"], ["-std=c99", "-m32"],
        ["-std=c99", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all"],
    ])
    func `the reference firmware keeps every reading, whatever the power does`(
        options: [String]
    ) throws {
        let sources = ["firmware/sensor.c", "tests/sensor_test.c"].map {
            ProtocolVector.folder.appending(path: $0)
        }
        guard let program = try CompiledProgram(sources, options: options) else { return }
        let tested = try program.run(["4"])
        #expect(tested.status == 0 && tested.output == "0 failures\n", "\(tested.output)")
    }

    @Test func `the firmware for this computer compiles, and says how it is used`() throws {
        let sources = ["firmware/sensor.c", "firmware/boards/host/main.c"].map {
            ProtocolVector.folder.appending(path: $0)
        }
        let program = try #require(
            try CompiledProgram(
                sources, options: ["-std=c99", "-D_POSIX_C_SOURCE=200809L"],
                libraries: ["-lmosquitto", "-lm"]))
        let refused = try program.run([])
        #expect(refused.status == 64 && refused.output.hasPrefix("usage: sensor --broker"))
    }
}
