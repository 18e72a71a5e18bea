/// Error codes that the gateway itself gives to readings of its own lines; devices use those below.
package enum ReadingError {
    /// No ping of the burst came back: nothing in range, or the sensor is deaf.
    package static let echoLost: UInt16 = 60_001
    /// Too few pings of the burst came back for a median.
    package static let tooFewEchoes: UInt16 = 60_002
    /// The pulse was longer than the sensor's range allows: its own sign for "no target".
    package static let beyondRange: UInt16 = 60_003
    /// The line cannot be read: its chip is gone, or somebody else holds it.
    package static let lineUnavailable: UInt16 = 60_010
}
