import GPIO
import GatewayModel
import LineSensing
import Testing

@testable import GPIOSource

/// What people are told of an output.
@Suite struct OutputTroubleTests {
    private let words = OutputWords(output: SessionRig.outputs()[0])

    private func state(
        _ cause: RelayCause, isHeld: Bool = true, problem: String = ""
    ) -> RelayState {
        RelayState(
            isHeld: isHeld, isActive: cause == .alarm || cause == .test, cause: cause,
            activation: 1, problem: problem)
    }

    @Test func `a trouble is a line that is not held, or an alarm that is not shown`() {
        #expect(OutputTrouble(state(.alarm), isWanted: true) == .none)
        #expect(OutputTrouble(state(.maximumReached), isWanted: true) == .maximumReached)
        #expect(OutputTrouble(state(.maximumReached), isWanted: false) == .none)
        #expect(
            OutputTrouble(
                state(.maximumReached, isHeld: false, problem: "busy"), isWanted: true)
                == .notHeld("busy"))
    }

    @Test func `each trouble is one sentence that says what is wrong and what to do`() {
        #expect(
            words.sentence(on: .notHeld("use lamp: busy"))
                == "the output lamp (lamp of gpiochip0) cannot be switched, no alarm will be seen "
                + "or heard there: use lamp: busy; it is tried again every few seconds")
        #expect(
            words.sentence(on: .maximumReached)
                == "the output lamp (lamp of gpiochip0) was on for its maximum of 600 s and is off "
                + "now, although the alarm stands; acknowledge the alarm, a further level switches "
                + "it on again")
        #expect(
            words.sentence(on: .guardGone("killed"))
                == "the output lamp (lamp of gpiochip0) is off, the process that drives it is "
                + "gone: killed; it is started again")
        #expect(
            words.sentence(on: .none)
                == "the output lamp (lamp of gpiochip0) is held and can be switched")
    }

    @Test(arguments: [
        (RelayCause.start, "off"), (.alarm, "on, because an alarm wants it"),
        (.test, "on for a test"), (.commanded, "off, because no alarm wants it"),
        (.testOver, "off after a test"),
        (.leaseEnded, "off, because the gateway did not say in time that it still lives"),
        (.maximumReached, "off after its maximum of 600 s for one alarm"),
    ])
    func `the bench sees who holds the line and why it is on or off`(
        cause: RelayCause, text: String
    ) {
        #expect(
            words.detail(of: state(cause), guard: "process 7 since noon")
                == "Held by process 7 since noon; \(text).")
    }

    @Test func `the bench sees why a line is not held`() {
        #expect(
            words.detail(of: state(.start, isHeld: false, problem: "busy"), guard: "process 7")
                == "Not held: busy; it is tried again every few seconds.")
    }
}
