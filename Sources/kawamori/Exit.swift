import ArgumentParser
import Foundation
import GatewayModel

/// The exit codes of sysexits(3) that kawamori uses; 64 for wrong usage comes from the parser.
enum Exit {
    static let data = ExitCode(65)
    static let unavailable = ExitCode(69)
    static let inputOutput = ExitCode(74)
    static let configuration = ExitCode(78)

    /// Says why on standard error, one line, and gives back what to exit with.
    static func failure(_ message: String, _ code: ExitCode) -> ExitCode {
        FileHandle.standardError.write(Data("kawamori: \(message)\n".utf8))
        return code
    }

    /// The code of a failure of the world.
    static func failure(_ failure: AdapterFailure) -> ExitCode {
        let code =
            switch failure.code {
            case .inputOutput, .exhausted: inputOutput
            case .corrupt, .rejected: data
            case .unreachable, .refused, .busy, .unavailable: unavailable
            }
        return self.failure(failure.description, code)
    }
}
