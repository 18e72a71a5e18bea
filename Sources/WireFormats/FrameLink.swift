package import GatewayModel

/// What is known of the link that brings a firmware frame.
package struct FrameLink: Sendable {
    /// The device that the link itself names and vouches for, as LoRaWAN does; nil elsewhere.
    package var deviceID: UInt64?
    /// Who checks the frames' signatures; nil where nobody does.
    package var keys: (any FrameKeys)?

    package init(deviceID: UInt64? = nil, keys: (any FrameKeys)? = nil) {
        self.deviceID = deviceID
        self.keys = keys
    }

    /// Refuses a frame in another device's name than the link vouches for.
    ///
    /// - Throws: `unknownDevice`.
    package func check(_ frameDeviceID: UInt64) throws(DecodeError) {
        guard let deviceID, deviceID != frameDeviceID else { return }
        throw DecodeError(
            .unknownDevice,
            "the link names device \(DeviceID(deviceID)), the frame \(DeviceID(frameDeviceID))")
    }
}
