/// What a device says of itself that the gateway watches.
struct DeviceSigns: Sendable, Equatable {
    /// Within how many seconds it speaks again; nil or 0 where it does not say.
    var speaksWithinSeconds: UInt32?
    /// How far its clock is ahead of ours; nil where it has given no reading a time.
    var clockOffsetMilliseconds: Int64?
}
