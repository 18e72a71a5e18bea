import GPIO
import GatewayModel

/// The machine's own lines, by libgpiod.
final class KernelLineBank: LineBank {
    func openInput(_ input: GPIOInput) throws(AdapterFailure) -> any InputLine {
        try KernelInputLine(input)
    }

    func openTrigger(_ trigger: GPIOTrigger) throws(AdapterFailure) -> any TriggerLine {
        try KernelTriggerLine(trigger)
    }
}

private final class KernelInputLine: InputLine {
    private var line: GPIOInputLine

    init(_ input: GPIOInput) throws(AdapterFailure) {
        line = try GPIOInputLine(address: input.address, settings: Self.possible(input.line))
    }

    /// What this generation of the library can do: without the kernel's debounce the stages, which
    /// debounce by themselves, only see more edges.
    private static func possible(_ wanted: GPIOInputSettings) -> GPIOInputSettings {
        guard wanted.debounceMicroseconds > 0, GPIOLibrary.generation < 2 else { return wanted }
        return GPIOInputSettings(
            isActiveLow: wanted.isActiveLow, bias: wanted.bias,
            eventBufferSize: wanted.eventBufferSize, consumer: wanted.consumer)
    }

    var fileDescriptor: Int32 { line.fileDescriptor }

    // Where the kernel numbers its edges, the numbers tell of every loss, and a full read of none.
    var wasFull: Bool { line.wasLastReadFull && !GPIOLibrary.numbersEdges }

    func readEdges(into edges: inout [LineEdge]) throws(AdapterFailure) -> Int {
        try line.readEdges(into: &edges)
    }

    func level() throws(AdapterFailure) -> Bool { try line.level() }
}

private final class KernelTriggerLine: TriggerLine {
    private let line: GPIOOutputLine

    init(_ trigger: GPIOTrigger) throws(AdapterFailure) {
        line = try GPIOOutputLine(address: trigger.address, settings: trigger.line)
    }

    func pulse(microseconds: UInt32) throws(AdapterFailure) {
        _ = try line.triggerPulse(microseconds: microseconds)
    }
}
