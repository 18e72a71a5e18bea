import GatewayModel
import Testing
import WireFormats

@Suite struct CommandFrameTests {
    @Test(arguments: ProtocolVector.of(.command))
    func `a vector is read, written and refused as it says`(vector: ProtocolVector) throws {
        try vector.check()
    }

    @Test(arguments: [
        CommandFrame.Order.interval(calmSeconds: 600, floodSeconds: 120),
        .mode(isFlood: true, holdSeconds: 7200), .mode(isFlood: false, holdSeconds: 0), .measure,
        .time(unixSeconds: 1_795_000_000, echoedUptimeSeconds: 30, echoedBootCounter: 7),
        .reboot, .identify(seconds: 30),
    ])
    func `an order comes back as it was given`(order: CommandFrame.Order) throws {
        let frame = CommandFrame(deviceID: 1, counter: 2, expiresSeconds: 3, order: order)
        let decoded = try CommandFrame.decode(frame.encode().span)
        #expect(decoded == frame)
        if case .other = decoded.order { Issue.record("\(order) became something else") }
    }

    @Test(
        arguments: [
            (1, [0, 60, 0]), (1, [60, 86_401, 0]), (2, [2, 0, 0]), (3, [1, 0, 0]),
            (99, [0, 0, 0]),
        ] as [(UInt8, [UInt32])])
    func `an order that nobody here knows keeps its numbers`(
        kind: UInt8, numbers: [UInt32]
    ) throws {
        let order = CommandFrame.Order.other(
            kind: kind, arguments: [numbers[0], numbers[1], numbers[2]])
        let frame = CommandFrame(deviceID: 1, counter: 2, expiresSeconds: 3, order: order)
        #expect(try CommandFrame.decode(frame.encode().span).order == order)
    }
}
