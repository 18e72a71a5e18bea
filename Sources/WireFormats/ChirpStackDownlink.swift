/// A message for a LoRaWAN device, as ChirpStack v4 takes it in JSON: it waits in the network server for
/// the window after the device's next uplink.
///
/// - Source: ChirpStack v4, `integration.proto`, `DownlinkCommand`.
package enum ChirpStackDownlink {
    /// Writes a message that the device does not confirm to the network: what it confirms it confirms
    /// with its own frames.
    ///
    /// - Parameters:
    ///   - payload: the frame.
    ///   - deviceID: the DevEUI.
    ///   - port: the LoRaWAN port, that of the uplink.
    /// - Returns: the message's bytes.
    package static func encode(_ payload: [UInt8], to deviceID: UInt64, port: UInt8) -> [UInt8] {
        let digits = String(deviceID, radix: 16)
        var text = JSONText()
        text.beginObject()
        text.member("devEui", String(repeating: "0", count: 16 - digits.utf8.count) + digits)
        text.member("confirmed", false)
        text.member("fPort", Double(port))
        text.member("data", Base64.encode(payload))
        text.endObject()
        return text.bytes
    }

    /// The topic for messages to the device whose uplinks come on `topic`; nil where those come
    /// elsewhere than ChirpStack's event topics.
    package static func topic(forUplinksOn topic: String) -> String? {
        let ending = "/event/up"
        guard topic.hasSuffix(ending) else { return nil }
        return topic.dropLast(ending.utf8.count) + "/command/down"
    }
}
