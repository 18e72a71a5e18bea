import GatewayModel
import Glibc

/// One check that the suite runs, by name.
struct Check: Sendable {
    let name: String
    let body: @Sendable () throws -> Void

    init(_ name: String, _ body: @escaping @Sendable () throws -> Void) {
        self.name = name
        self.body = body
    }
}

/// Why a check failed.
struct CheckFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Fails the check unless a condition holds.
func require(_ condition: Bool, _ why: @autoclosure () -> String) throws {
    if !condition { throw CheckFailure(why()) }
}

/// Fails the check unless two values are equal.
func requireEqual<Value: Equatable>(_ value: Value, _ expected: Value, _ what: String) throws {
    try require(value == expected, "\(what) is \(value), not \(expected)")
}

/// Fails the check unless `body` throws a failure of the world, which it gives back.
func requireFailure(_ what: String, _ body: () throws -> Void) throws -> AdapterFailure {
    do {
        try body()
    } catch let failure as AdapterFailure {
        try require(failure.isRetryable, "\(what) must be worth another try: \(failure)")
        return failure
    }
    throw CheckFailure("\(what) did not fail")
}

/// Prints something measured.
func figure(_ name: String, _ value: some CustomStringConvertible, _ unit: String) {
    say("figure \(name) \(value) \(unit)")
}

/// Prints a line at once: a kernel that dies in the next check must not take it along.
func say(_ line: String) {
    print(line)
    _ = fflush(nil)
}
