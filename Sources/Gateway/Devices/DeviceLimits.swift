/// What the register of devices may hold, and its intervals; one place for all of its numbers.
enum DeviceLimits {
    /// Devices that are remembered: more than one gateway's sensors and their neighbours'.
    static let deviceCount = 256
    /// Frames of a device that nobody has adopted that are kept for showing.
    static let shownFrameCount = 4
    /// Commands of a device that are remembered, and those of them that may be open.
    static let commandCount = 32
    static let openCommandCount = 8
    /// A row of a device that only goes on as before is written this often, in seconds…
    static let saveSeconds = 300.0
    /// …and after this many readings, so that the newest stored identities always reach back to it.
    static let saveReadingCount = 128
    /// The least time between two sendings of one command, in seconds.
    static let resendSeconds = 5.0
}
