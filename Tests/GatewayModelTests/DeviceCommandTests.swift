import GatewayModel
import Testing

@Suite struct DeviceCommandTests {
    @Test(arguments: [
        DeviceOrder.interval(calmSeconds: 600, floodSeconds: 120),
        .mode(isFlood: true, seconds: 0), .measureNow, .reboot, .identify(seconds: 60),
    ])
    func `an order comes back from its name and numbers`(order: DeviceOrder) {
        #expect(DeviceOrder(name: order.name, arguments: order.arguments) == order)
    }

    @Test(
        arguments: [
            ("interval", [0, 60]), ("interval", [60]), ("interval", [60, 86_401]),
            ("mode", [2, 0]),
            ("measure-now", [1]), ("reboot", [1]), ("identify", [0]), ("identify", []),
            ("time", []),
            ("", []),
        ] as [(String, [UInt32])])
    func `what is out of range is no order`(name: String, arguments: [UInt32]) {
        #expect(DeviceOrder(name: name, arguments: arguments) == nil)
    }
}
