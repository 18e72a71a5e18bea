import GatewayModel

/// What a session needs from the machine's lines: the kernel's in the house, simulated ones in
/// tests. One thread uses it.
protocol LineBank: AnyObject {
    /// Asks for a line with both edges.
    func openInput(_ input: GPIOInput) throws(AdapterFailure) -> any InputLine

    /// Asks for a line as output, inactive.
    func openTrigger(_ trigger: GPIOTrigger) throws(AdapterFailure) -> any TriggerLine
}

/// An input that we hold; letting go of it gives the line back.
protocol InputLine: AnyObject {
    /// What poll(2) watches: readable while edges wait, hung up when the chip is gone.
    var fileDescriptor: Int32 { get }

    /// Whether the last read found the kernel's buffer so full that edges after the ones read may
    /// have been dropped without a trace.
    var wasFull: Bool { get }

    /// Appends the oldest waiting edges, as many as one read takes, without blocking.
    ///
    /// - Returns: how many; 0 where none wait.
    func readEdges(into edges: inout [LineEdge]) throws(AdapterFailure) -> Int

    /// The logical level now.
    func level() throws(AdapterFailure) -> Bool
}

/// An output that triggers a sensor; letting go of it gives the line back.
protocol TriggerLine: AnyObject {
    /// Makes the line active for at least that long, and inactive again.
    func pulse(microseconds: UInt32) throws(AdapterFailure)
}
