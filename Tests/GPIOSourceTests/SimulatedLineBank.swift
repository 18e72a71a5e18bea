import GPIO
import GatewayModel

@testable import GPIOSource

/// Pins by their addresses, in place of the machine's lines.
final class SimulatedLineBank: LineBank, Sendable {
    let pins: [LineAddress: SimulatedPin]

    init(_ pins: [LineAddress: SimulatedPin]) { self.pins = pins }

    func openInput(_ input: GPIOInput) throws(AdapterFailure) -> any InputLine {
        try SimulatedInputLine(try pin(input.address))
    }

    func openTrigger(_ trigger: GPIOTrigger) throws(AdapterFailure) -> any TriggerLine {
        try SimulatedTriggerLine(try pin(trigger.address))
    }

    private func pin(_ address: LineAddress) throws(AdapterFailure) -> SimulatedPin {
        guard let pin = pins[address] else {
            throw AdapterFailure(.unavailable, operation: "find \(address)", cause: "no such line")
        }
        return pin
    }
}

private final class SimulatedInputLine: InputLine {
    private let pin: SimulatedPin
    private(set) var wasFull = false

    init(_ pin: SimulatedPin) throws(AdapterFailure) {
        try pin.open()
        self.pin = pin
    }

    deinit { pin.release() }

    var fileDescriptor: Int32 { pin.fileDescriptor }

    func readEdges(into edges: inout [LineEdge]) throws(AdapterFailure) -> Int {
        let count = try pin.read(into: &edges)
        wasFull = pin.generation == 1 && count == pin.capacity
        return count
    }

    func level() throws(AdapterFailure) -> Bool { try pin.level() }
}

private final class SimulatedTriggerLine: TriggerLine {
    private let pin: SimulatedPin

    init(_ pin: SimulatedPin) throws(AdapterFailure) {
        try pin.open()
        self.pin = pin
    }

    deinit { pin.release() }

    func pulse(microseconds: UInt32) throws(AdapterFailure) { try pin.pulse(microseconds) }
}
