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
}
