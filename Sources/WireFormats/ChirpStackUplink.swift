package import GatewayModel

/// A LoRaWAN device's message, as ChirpStack v4 publishes it in JSON.
///
/// The network server has checked who sends: the device's join and the message's MIC vouch for the
/// DevEUI. Fields with their default value may be missing, as protobuf's JSON mapping allows; the rest
/// is passed over.
///
/// - Source: ChirpStack v4, `integration.proto`, `UplinkEvent`; Protocol Buffers, "ProtoJSON format".
package struct ChirpStackUplink: Sendable, Equatable {
    /// The DevEUI: the device id of the frames inside.
    package var deviceID: UInt64
    /// The LoRaWAN port, 1 to 223; an answer goes back on it.
    package var port: UInt8
    /// The frame.
    package var payload: [UInt8]

    package init(deviceID: UInt64, port: UInt8, payload: [UInt8]) {
        self.deviceID = deviceID
        self.port = port
        self.payload = payload
    }

    /// Reads one event.
    ///
    /// - Throws: `missingField` without a DevEUI, `malformed` for one that is none and for data that is
    ///   not base64, `emptyPayload` where the device sent no data, `numberOutOfRange` for a port that
    ///   carries none, and whatever is wrong with the JSON.
    package static func decode(_ bytes: Span<UInt8>) throws(DecodeError) -> ChirpStackUplink {
        let leaves = try JSONLeafSearch.leaves(
            at: [
                JSONPointer("/deviceInfo/devEui"), JSONPointer("/fPort"), JSONPointer("/data"),
            ], in: bytes)
        guard case .string(let name)? = leaves[0]?.value else {
            throw DecodeError(
                .missingField, at: leaves[0]?.byteOffset,
                "no text at '/deviceInfo/devEui'; is this an `up` event of ChirpStack v4 in JSON?")
        }
        guard let device = DeviceID(name), name.utf8.count == 16 else {
            throw DecodeError(
                .malformed, at: leaves[0]?.byteOffset, "`\(name)` is no DevEUI of sixteen digits")
        }
        let payload = try data(leaves[2])
        guard !payload.isEmpty else {
            throw DecodeError(.emptyPayload, "the device sent no data")
        }
        guard case .number(let number)? = leaves[1]?.value, let port = UInt8(exactly: number),
            (1...223).contains(port)
        else {
            throw DecodeError(
                .numberOutOfRange, at: leaves[1]?.byteOffset, "no port from 1 to 223 at '/fPort'")
        }
        return ChirpStackUplink(deviceID: device.number, port: port, payload: payload)
    }

    private static func data(_ leaf: JSONLeaf?) throws(DecodeError) -> [UInt8] {
        switch leaf?.value {
        case nil, .null: return []
        case .string(let text):
            guard case .bytes(let bytes) = Base64.decode(Array(text.utf8)) else {
                throw DecodeError(.malformed, at: leaf?.byteOffset, "'/data' is not base64")
            }
            return bytes
        case .number, .bool:
            throw DecodeError(.missingField, at: leaf?.byteOffset, "'/data' is no text")
        }
    }
}
