import GPIO
import Glibc

// Runs inside the virtual machine, where gpio-sim gives it a real driver: one line for each check,
// and as exit status the number of those that failed. An argument runs only the checks whose names
// hold it.

if CommandLine.arguments.dropFirst().first == "toggle" {
    do {
        try ToggleProgram.run(Array(CommandLine.arguments.dropFirst(2)))
        exit(0)
    } catch {
        say("FAIL \(error)")
        exit(1)
    }
}

let allChecks =
    addressChecks + edgeChecks + outputChecks + rateChecks + sessionChecks + sessionEchoChecks
    + removalChecks + sessionRemovalChecks
let wanted = CommandLine.arguments.dropFirst().first ?? ""
let checks = allChecks.filter { wanted.isEmpty || $0.name.contains(wanted) }
var failureCount: Int32 = checks.isEmpty ? 1 : 0

figure("library_generation", GPIOLibrary.generation, "(libgpiod \(GPIOLibrary.version))")
for check in checks {
    do {
        try check.body()
        say("ok \(check.name)")
    } catch {
        failureCount += 1
        say("FAIL \(check.name): \(error)")
    }
}
say("\(checks.count) checks, \(failureCount) failed")
exit(min(failureCount, 40))
