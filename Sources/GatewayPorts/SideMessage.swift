package import GatewayModel

/// What a source hands over besides samples, by its bounded side lane.
package enum SideMessage: Sendable {
    /// A camera's event; its picture, where it has one, is already fsynced in the spool.
    case detection(Detection)
    /// A message that could not be used.
    case rejected(RejectedMessage)
    /// Something could not be kept at the source.
    case loss(LossRecord)
    /// Something of the gateway itself has failed, or works again.
    case condition(SystemCondition)
    /// A frame of a device whose readings are not stored, and which is shown with the device.
    case quarantined(RejectionReason)
    /// The source's own state changed.
    case sourceStatus(SourceStatus)

    /// Whether it only says how the source stands.
    package var isSourceStatus: Bool {
        if case .sourceStatus = self { true } else { false }
    }
}

/// How a source stands with the world, for people.
package struct SourceStatus: Sendable, Equatable {
    /// The source, such as `mqtt`.
    package var name: String
    package var isConnected: Bool
    /// One sentence: to what it is connected, or why not and what is being done.
    package var detail: String
    /// Since when.
    package var since: GatewayInstant

    package init(name: String, isConnected: Bool, detail: String, since: GatewayInstant) {
        self.name = name
        self.isConnected = isConnected
        self.detail = detail
        self.since = since
    }
}
