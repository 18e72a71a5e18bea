import GatewayModel
import Testing

@testable import Gateway

@Suite struct ExaminationMachineTests {
    @Test func `systemd's properties are read line by line`() {
        let text = "Type=notify\nResult=\nExecStart={ path=/usr/bin/kawamori }\n\nnonsense\n"
        #expect(
            Examination.Machine.properties(of: text) == [
                "Type": "notify", "Result": "", "ExecStart": "{ path=/usr/bin/kawamori }",
            ])
    }

    @Test func `a program's output is taken, a failure is none`() {
        #expect(Program.output(of: "/bin/echo", ["one", "two"]) == "one two\n")
        #expect(Program.output(of: "/bin/false", []) == nil)
        #expect(Program.output(of: "/nonexistent/program", []) == nil)
    }
}
