import Testing

@testable import WireFormats

@Suite struct ChirpStackDownlinkTests {
    @Test func `it is the command that ChirpStack takes`() {
        let bytes = ChirpStackDownlink.encode([0x63, 0x02, 0x07], to: 0xA1, port: 2)
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"devEui":"00000000000000a1","confirmed":false,"fPort":2,"data":"YwIH"}"#)
    }

    @Test(arguments: [
        ("application/1/device/a1/event/up", "application/1/device/a1/command/down"),
        ("as923/application/1/device/a1/event/up", "as923/application/1/device/a1/command/down"),
        ("application/1/device/a1/event/join", nil), ("kawamori/v1/a/b/data", nil), ("", nil),
    ])
    func `it goes to the topic beside the uplinks'`(uplinks: String, downlinks: String?) {
        #expect(ChirpStackDownlink.topic(forUplinksOn: uplinks) == downlinks)
    }
}
